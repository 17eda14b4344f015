//! What a model says for learning.

use super::Place;
use serde::Serialize;

/// What there is to learn from a file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Lessons {
    /// The day on which the facts were looked up.
    pub date: String,
    /// What values of this file mean.
    pub values: Vec<Lesson>,
    /// What the policies say, by the one whom it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Aloud>,
    /// Sections, functions, events and the like that occur.
    pub terms: Vec<Occurrence>,
    /// Questions, with answers from this model.
    pub questions: Vec<Question>,
}

/// A fact at the value that it concerns.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lesson {
    /// The resource type, `buildspec` or `appspec`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The property or key: `RedrivePolicy`.
    pub property: String,
    /// The resource; empty for a file that is no template.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The value, when it is a single one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What to know about the property.
    pub text: String,
    /// How the figure is computed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub formula: String,
    /// What it means here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub here: Option<String>,
    /// What that depends on, when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<String>,
    /// What says so.
    pub source: String,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// The policies of a role, or on a queue, a bucket, ...
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aloud {
    /// The logical id.
    pub about: String,
    /// What it is: `role`.
    pub what: String,
    /// Who works with the role: "the function Worker".
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<String>,
    /// What the policies say.
    pub statements: Vec<Said>,
}

/// A statement in words.
#[derive(Clone, Debug, Serialize)]
pub struct Said {
    /// A sentence without its subject: "lets it send messages to the queue Jobs".
    pub text: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// A term that the file uses.
#[derive(Clone, Debug, Serialize)]
pub struct Occurrence {
    /// The term: `Fn::Sub`.
    pub name: String,
    /// How often it stands there; 0 for an event that happens without being written.
    pub count: u32,
    /// Where it stands first.
    pub at: Place,
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}
