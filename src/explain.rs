//! What a file is, builds and does: one [model](model::Model) of it, and the views that print the model.
//!
//! The explanation knows no rule: it says what will happen, not what is wrong. Every claim says how it is known.

mod advice;
mod appspec;
mod beanstalk;
mod buildspec;
mod cards;
mod effects;
mod existence;
mod facts;
mod hidden;
mod lessons;
pub mod markdown;
pub mod model;
mod order;
pub mod overview;
mod pipelines;
mod policies;
pub mod queries;
mod requests;
mod resources;
mod safety;
pub mod scenario;
mod sentences;
mod short;
mod stacks;
mod taskdef;
mod teach;
mod template;
pub mod terms;
pub mod text;
mod values;
pub mod view;
mod ways;

pub use model::Model;

use crate::bundle::Bundle;
use crate::digest;
use crate::document::{Document, DocumentKind, Stack};
use crate::settings::FACTS_DATE;
use model::{Assumptions, Availability, DataInfo, FileInfo, Permissions, Scenarios, VERSION};

/// What a resource of a type is called in a sentence: `queue`.
pub(crate) fn noun(kind: &str) -> String {
    sentences::noun(kind, 1)
}

/// What an explanation depends on besides the file.
#[derive(Clone, Debug)]
pub struct ExplainOptions {
    /// The region.
    pub region: String,
    /// The stack's name, when it is known.
    pub stack_name: Option<String>,
    /// Values of parameters by name; defaults of the template fill the rest.
    pub parameters: Vec<(String, String)>,
    /// Whether there shall be [lessons](model::Lessons) in the model.
    pub lessons: bool,
    /// The day that counts as today for runtimes and schedules, as `2026-11-21`.
    pub as_of: String,
    /// What templates beside the file import: name of the template, name of the import with `${...}` for what is not
    /// known. None when nobody looked.
    pub imports: Option<Vec<(String, String)>>,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        ExplainOptions {
            region: "us-east-1".to_owned(),
            stack_name: None,
            parameters: Vec::new(),
            lessons: false,
            as_of: FACTS_DATE.to_owned(),
            imports: None,
        }
    }
}

use std::collections::BTreeMap;

/// What is there around a document.
#[derive(Clone, Copy, Default)]
#[allow(missing_debug_implementations)]
pub struct Around<'a, 'b> {
    /// The templates that a template deploys as stacks of their own, by what is written there as their place.
    pub nested: Option<&'a BTreeMap<String, Stack>>,
    /// The documents of the folder, and the path of this one among them.
    pub bundle: Option<(&'a Bundle<'b>, &'a str)>,
    /// Parameters that are given what only the deployment knows, in words: those of a nested stack.
    pub given: Option<&'a BTreeMap<String, String>>,
}

impl Model {
    /// The model of a document. Never fails: what cannot be understood is not in it, or stands under `undecided`.
    pub fn of(document: &Document, options: &ExplainOptions) -> Model {
        Model::within(document, options, Around::default())
    }

    /// The model of a template with those of its nested stacks.
    pub fn of_stack(stack: &Stack, options: &ExplainOptions) -> Model {
        Model::within(&stack.document, options, Around { nested: Some(&stack.nested), ..Around::default() })
    }

    /// The model of a document and of what it uses around it.
    pub fn within(document: &Document, options: &ExplainOptions, around: Around<'_, '_>) -> Model {
        let mut model = empty(document, options);
        match document.kind {
            DocumentKind::Template => template::fill(&mut model, document, options, around),
            DocumentKind::AppSpec => appspec::fill(&mut model, document, around),
            DocumentKind::Buildspec => buildspec::fill(&mut model, document, around),
            DocumentKind::TaskDefinition => taskdef::fill(&mut model, document),
            DocumentKind::StateMachine => pipelines::fill_definition(&mut model, document),
            DocumentKind::Beanstalk => beanstalk::fill(&mut model, document),
        }
        if options.lessons && document.kind != DocumentKind::Template {
            model.lessons = Some(lessons::of_file(&model, document, options));
        }
        model
    }
}

fn empty(document: &Document, options: &ExplainOptions) -> Model {
    let kind = match document.kind {
        DocumentKind::Template => "cloudformation",
        DocumentKind::AppSpec => "appspec",
        DocumentKind::Buildspec => "buildspec",
        DocumentKind::TaskDefinition => "taskdefinition",
        DocumentKind::StateMachine => "statemachine",
        DocumentKind::Beanstalk => "beanstalk",
    };
    Model {
        explain_version: VERSION,
        file: FileInfo {
            path: document.file.name.clone(),
            kind,
            platform: None,
            description: None,
            sha256: digest::sha256(document.file.text.as_bytes()),
        },
        data: DataInfo { schemas: facts::SCHEMA_DATE },
        assumptions: Assumptions {
            region: options.region.clone(),
            stack_name: options.stack_name.clone(),
            parameters: Vec::new(),
        },
        in_short: Vec::new(),
        written: 0,
        resources: Vec::new(),
        edges: Vec::new(),
        cycles: Vec::new(),
        waves: Vec::new(),
        deletion: Vec::new(),
        longest_chain: Vec::new(),
        conditions: Vec::new(),
        scenarios: Scenarios::default(),
        parameters: Vec::new(),
        outputs: Vec::new(),
        imports: Vec::new(),
        advice: Vec::new(),
        data_at_risk: Vec::new(),
        capabilities: Vec::new(),
        permissions: Permissions::default(),
        limits: Vec::new(),
        availability: Availability::default(),
        requests: Vec::new(),
        stacks: Vec::new(),
        network: Vec::new(),
        sheets: Vec::new(),
        undecided: Vec::new(),
        lessons: None,
    }
}
