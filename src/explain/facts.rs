//! The facts about resource types, in the form in which the explanation needs them: the only door to the schemas here.

use super::model::{Label, OnChange};
use crate::graph::Step;
use crate::schema::store;
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
    pub known: bool,
    create_only: Vec<Vec<&'static str>>,
    conditional: Vec<Vec<&'static str>>,
    /// The properties that identify it, below `/properties/`.
    pub identifier: Vec<&'static str>,
    pub read_only: Vec<&'static str>,
    pub attributes: Vec<&'static str>,
    pub stateful: bool,
    pub custom: bool,
}

/// Facts by type, each looked up once.
#[derive(Debug, Default)]
pub(super) struct Facts {
    types: RefCell<BTreeMap<String, Rc<TypeRules>>>,
}

fn steps(pointer: &'static str) -> Vec<&'static str> {
    pointer.trim_start_matches("/properties/").split('/').filter(|s| *s != "*").collect()
}

fn read(kind: &str) -> TypeRules {
    let custom = kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource";
    let Some(facts) = store::find(kind).filter(|_| !custom) else {
        return TypeRules { custom, ..TypeRules::default() };
    };
    let plain = |pointer: &'static str| pointer.trim_start_matches("/properties/");
    TypeRules {
        known: true,
        create_only: facts.create_only().map(steps).collect(),
        conditional: facts.conditional_create_only().map(steps).collect(),
        identifier: facts.primary_identifier().map(plain).collect(),
        read_only: facts.read_only().map(plain).collect(),
        attributes: facts.attributes().map(|a| a.0).collect(),
        stateful: store::table("tables/stateful_types").is_some_and(|t| t.get(kind).is_some()),
        custom,
    }
}

impl Facts {
    /// What is known about a type.
    pub fn of(&self, kind: &str) -> Rc<TypeRules> {
        if let Some(found) = self.types.borrow().get(kind) {
            return Rc::clone(found);
        }
        let made = Rc::new(read(kind));
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
        if !rules.known {
            return Change::schema(OnChange::Unknown, "the type is not in the schemas");
        }
        if let Some(found) = curated().iter().find(|c| c.kind == kind && starts(path, &c.property)) {
            let on_change = match &*found.on_change {
                "replace" => OnChange::Replace,
                "never" => OnChange::Never,
                _ => OnChange::Conditional,
            };
            let (source, note) = (found.source.clone(), Some(found.note.clone()));
            return Change { on_change, label: Label::Documented, source, note };
        }
        let inside = |list: &[Vec<&str>]| list.iter().any(|c| path.len() >= c.len() && path[..c.len()] == c[..]);
        let around = |list: &[Vec<&str>]| list.iter().any(|c| path.len() < c.len() && c[..path.len()] == *path);
        if path.is_empty() {
            return Change::schema(OnChange::Conditional, "createOnlyProperties");
        }
        if inside(&rules.create_only) {
            Change::schema(OnChange::Replace, "createOnlyProperties")
        } else if inside(&rules.conditional) || around(&rules.conditional) {
            Change::schema(OnChange::Conditional, "conditionalCreateOnlyProperties")
        } else if around(&rules.create_only) {
            let mut change = Change::schema(OnChange::Conditional, "createOnlyProperties");
            change.note = Some("a part of it cannot change in place".to_owned());
            change
        } else {
            Change::schema(OnChange::Never, "not in createOnlyProperties")
        }
    }
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
