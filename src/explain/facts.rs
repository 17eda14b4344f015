//! The facts about resource types, in the form in which the explanation needs them: the only door to the schemas here.

use super::model::{Label, OnChange};
use crate::graph::Step;
use crate::schema::traits::{self, ChangeSource, Traits};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

/// Date of the resource schemas.
pub(super) const SCHEMA_DATE: &str = "2026-10-20";

/// What a change does, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub on_change: OnChange,
    pub label: Label,
    pub source: String,
    pub note: Option<String>,
}

impl Change {
    fn schema(on_change: OnChange, source: &str) -> Self {
        Change { on_change, label: Label::Schema, source: source.to_owned(), note: None }
    }
}

/// A property whose rule depends on values.
#[derive(Debug, Deserialize)]
struct Curated {
    #[serde(rename = "type")]
    kind: String,
    property: String,
    #[serde(rename = "onChange")]
    on_change: String,
    note: String,
    source: String,
}

fn curated() -> &'static [Curated] {
    static LIST: OnceLock<Vec<Curated>> = OnceLock::new();
    LIST.get_or_init(|| {
        serde_json::from_str(include_str!("../../schemas/explain/conditional.json")).unwrap_or_default()
    })
}

/// What is known about one type.
#[derive(Debug, Default)]
pub(super) struct TypeRules {
    /// None for a custom resource and for a type that is not known.
    pub traits: Option<Traits>,
    pub custom: bool,
}

/// Facts by type, each looked up once.
#[derive(Debug, Default)]
pub(super) struct Facts {
    types: RefCell<BTreeMap<String, Rc<TypeRules>>>,
}

impl Facts {
    /// What is known about a type.
    pub fn of(&self, kind: &str) -> Rc<TypeRules> {
        if let Some(found) = self.types.borrow().get(kind) {
            return Rc::clone(found);
        }
        let custom = kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource";
        let traits = Traits::of(kind).filter(|_| !custom && !kind.ends_with("::MODULE"));
        let made = Rc::new(TypeRules { traits, custom });
        self.types.borrow_mut().insert(kind.to_owned(), Rc::clone(&made));
        made
    }

    /// What a change at a place of a resource does; the path starts at the resource's body.
    pub fn change(&self, kind: &str, path: &[Step<'_>]) -> Change {
        let mut keys = path.iter().filter_map(|s| match s {
            Step::Key(k) if !k.starts_with("Fn::") && *k != "Ref" => Some(*k),
            _ => None,
        });
        match keys.next() {
            Some("Properties") => self.property_change(kind, &keys.collect::<Vec<_>>()),
            Some(section) => Change {
                on_change: OnChange::Never,
                label: Label::Documented,
                source: format!("user guide: {section} attribute"),
                note: None,
            },
            None => Change::schema(OnChange::Unknown, "no path"),
        }
    }

    /// What a change of a property does; the path starts below `Properties`, without list indexes.
    pub fn property_change(&self, kind: &str, path: &[&str]) -> Change {
        let rules = self.of(kind);
        if rules.custom {
            if path == ["ServiceToken"] {
                let mut change = Change::schema(OnChange::Refused, "user guide: custom resources");
                change.label = Label::Documented;
                return change;
            }
            return Change {
                on_change: OnChange::Conditional,
                label: Label::Documented,
                source: "user guide: custom resources".to_owned(),
                note: Some("its provider decides: a new physical id means a replacement".to_owned()),
            };
        }
        let Some(traits) = rules.traits else {
            return Change::schema(OnChange::Unknown, "the type is not in the schemas");
        };
        if let Some(found) = curated().iter().find(|c| c.kind == kind && starts(path, &c.property)) {
            let on_change = match &*found.on_change {
                "replace" => OnChange::Replace,
                "never" => OnChange::Never,
                _ => OnChange::Conditional,
            };
            let (source, note) = (found.source.clone(), Some(found.note.clone()));
            return Change { on_change, label: Label::Documented, source, note };
        }
        let (said, source) = traits.on_change(path);
        match said {
            traits::OnChange::Replace => Change::schema(OnChange::Replace, source.describe()),
            traits::OnChange::MayReplace => Change {
                on_change: OnChange::Conditional,
                label: match source {
                    ChangeSource::SourcesDisagree | ChangeSource::Specification => Label::Documented,
                    _ => Label::Schema,
                },
                source: source.describe().to_owned(),
                note: None,
            },
            traits::OnChange::Update if above_create_only(traits, path) => {
                let mut change = Change::schema(OnChange::Conditional, ChangeSource::CreateOnly.describe());
                change.note = Some("a part of it cannot change in place".to_owned());
                change
            }
            traits::OnChange::Update => Change::schema(OnChange::Never, source.describe()),
        }
    }
}

/// Whether something below this place is create-only.
fn above_create_only(traits: Traits, path: &[&str]) -> bool {
    traits.create_only().chain(traits.conditional_create_only()).any(|known| {
        let mut parts = known.split('/').filter(|p| *p != "*");
        path.iter().all(|step| parts.next() == Some(step)) && parts.next().is_some()
    })
}

fn starts(path: &[&str], property: &str) -> bool {
    let wanted: Vec<&str> = property.split('.').collect();
    path.len() >= wanted.len() && path[..wanted.len()] == wanted[..]
}

/// `AWS::EC2::Instance` as `EC2 Instance`.
pub(super) fn short_type(kind: &str) -> String {
    let parts: Vec<&str> = kind.split("::").collect();
    match parts.as_slice() {
        ["AWS", service, rest @ ..] if !rest.is_empty() => format!("{service} {}", rest.join(" ")),
        ["Custom", name] => format!("custom {name}"),
        _ => kind.to_owned(),
    }
}
