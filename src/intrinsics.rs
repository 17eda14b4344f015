//! The intrinsic functions: their names in both spellings, and the pass that turns tagged nodes and single-key mappings
//! into `Call`s. Runs for templates only: an AppSpec or a buildspec has no functions.

pub mod dynamic;
pub mod sub;

use crate::source::Span;
use crate::syntax::{Call, Entry, Node, NodeKind, Style};

/// Every intrinsic function and the functions of the Rules section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // each variant is the function of that name
pub enum Intrinsic {
    Ref,
    GetAtt,
    Sub,
    Join,
    Select,
    Split,
    FindInMap,
    If,
    And,
    Or,
    Not,
    Equals,
    Condition,
    ImportValue,
    GetAZs,
    Cidr,
    Base64,
    Transform,
    Length,
    ToJsonString,
    GetStackOutput,
    Contains,
    EachMemberEquals,
    EachMemberIn,
    RefAll,
    ValueOf,
    ValueOfAll,
}

/// (function, long name, short tag). `Condition` and the Rules functions have a short tag too.
const NAMES: &[(Intrinsic, &str, &str)] = &[
    (Intrinsic::Ref, "Ref", "!Ref"),
    (Intrinsic::GetAtt, "Fn::GetAtt", "!GetAtt"),
    (Intrinsic::Sub, "Fn::Sub", "!Sub"),
    (Intrinsic::Join, "Fn::Join", "!Join"),
    (Intrinsic::Select, "Fn::Select", "!Select"),
    (Intrinsic::Split, "Fn::Split", "!Split"),
    (Intrinsic::FindInMap, "Fn::FindInMap", "!FindInMap"),
    (Intrinsic::If, "Fn::If", "!If"),
    (Intrinsic::And, "Fn::And", "!And"),
    (Intrinsic::Or, "Fn::Or", "!Or"),
    (Intrinsic::Not, "Fn::Not", "!Not"),
    (Intrinsic::Equals, "Fn::Equals", "!Equals"),
    (Intrinsic::Condition, "Condition", "!Condition"),
    (Intrinsic::ImportValue, "Fn::ImportValue", "!ImportValue"),
    (Intrinsic::GetAZs, "Fn::GetAZs", "!GetAZs"),
    (Intrinsic::Cidr, "Fn::Cidr", "!Cidr"),
    (Intrinsic::Base64, "Fn::Base64", "!Base64"),
    (Intrinsic::Transform, "Fn::Transform", "!Transform"),
    (Intrinsic::Length, "Fn::Length", "!Length"),
    (Intrinsic::ToJsonString, "Fn::ToJsonString", "!ToJsonString"),
    (Intrinsic::GetStackOutput, "Fn::GetStackOutput", "!GetStackOutput"),
    (Intrinsic::Contains, "Fn::Contains", "!Contains"),
    (Intrinsic::EachMemberEquals, "Fn::EachMemberEquals", "!EachMemberEquals"),
    (Intrinsic::EachMemberIn, "Fn::EachMemberIn", "!EachMemberIn"),
    (Intrinsic::RefAll, "Fn::RefAll", "!RefAll"),
    (Intrinsic::ValueOf, "Fn::ValueOf", "!ValueOf"),
    (Intrinsic::ValueOfAll, "Fn::ValueOfAll", "!ValueOfAll"),
];

/// Every function in the order of the table, for suggestions and lists.
pub fn all() -> impl Iterator<Item = Intrinsic> {
    NAMES.iter().map(|n| n.0)
}

/// Every pseudo parameter of templates.
pub const PSEUDO_PARAMETERS: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

impl Intrinsic {
    /// The long name: `Fn::Sub`, `Ref`, `Condition`.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|n| n.0 == self).map_or("", |n| n.1)
    }

    /// The YAML tag: `!Sub`.
    pub fn tag(self) -> &'static str {
        NAMES.iter().find(|n| n.0 == self).map_or("", |n| n.2)
    }

    /// The function of a long name.
    pub fn from_name(name: &str) -> Option<Intrinsic> {
        if !(name.starts_with("Fn::") || name == "Ref" || name == "Condition") {
            return None;
        }
        NAMES.iter().find(|n| n.1 == name).map(|n| n.0)
    }

    /// The function of a YAML tag (with its exclamation mark).
    pub fn from_tag(tag: &str) -> Option<Intrinsic> {
        NAMES.iter().find(|n| n.2 == tag).map(|n| n.0)
    }

    /// Whether the result is a condition (true or false).
    pub fn is_boolean(self) -> bool {
        matches!(
            self,
            Intrinsic::And
                | Intrinsic::Or
                | Intrinsic::Not
                | Intrinsic::Equals
                | Intrinsic::Condition
                | Intrinsic::Contains
                | Intrinsic::EachMemberEquals
                | Intrinsic::EachMemberIn
        )
    }
}

/// Turns every intrinsic of a template tree into a `Call`. Takes the root of the document.
///
/// `{Condition: x}` is a call only where a condition is expected (in `Conditions`, `Rules` and below the boolean
/// functions): elsewhere it is an attribute of a resource or a member of a policy statement.
pub fn recognize(root: Node) -> Node {
    let NodeKind::Map(entries) = root.kind else { return convert(root, false) };
    let entries = entries
        .into_iter()
        .map(|e| {
            let boolean = matches!(&*e.key.text, "Conditions" | "Rules");
            // A section is never a call itself, so that `Conditions: {Condition: ...}` keeps its shape.
            let value = match e.value.kind {
                NodeKind::Map(inner) => {
                    let inner =
                        inner.into_iter().map(|e| Entry { key: e.key, value: convert(e.value, boolean) }).collect();
                    Node { kind: NodeKind::Map(inner), ..e.value }
                }
                kind => convert(Node { kind, ..e.value }, boolean),
            };
            Entry { key: e.key, value }
        })
        .collect();
    Node { kind: NodeKind::Map(entries), ..root }
}

/// Turns the intrinsics of one value into calls; `boolean` says that a condition is expected here.
pub fn convert(node: Node, boolean: bool) -> Node {
    let Node { span, style, kind } = node;
    let kind = match kind {
        NodeKind::List(items) => NodeKind::List(items.into_iter().map(|n| convert(n, boolean)).collect()),
        NodeKind::Map(mut entries) => {
            let function = match entries.as_slice() {
                [only] => Intrinsic::from_name(&only.key.text).filter(|f| *f != Intrinsic::Condition || boolean),
                _ => None,
            };
            match (function, entries.pop()) {
                (Some(function), Some(only)) => {
                    let argument = convert(only.value, takes_condition(function));
                    NodeKind::Call(Box::new(Call { function, function_span: only.key.span, short: false, argument }))
                }
                (_, last) => {
                    entries.extend(last);
                    NodeKind::Map(
                        entries
                            .into_iter()
                            .map(|e| {
                                // The members of a rule that hold conditions; anything else keeps `Condition` as a key.
                                let boolean = boolean
                                    && (matches!(&*e.key.text, "Assert" | "RuleCondition" | "Assertions")
                                        || ["Fn::ForEach", "${", "&{"].iter().any(|p| e.key.text.contains(p)))
                                    || Intrinsic::from_name(&e.key.text).is_some_and(takes_condition);
                                Entry { key: e.key, value: convert(e.value, boolean) }
                            })
                            .collect(),
                    )
                }
            }
        }
        NodeKind::Tagged(t) => match Intrinsic::from_tag(&t.tag) {
            Some(function) => {
                let argument = convert(t.value, takes_condition(function));
                let argument = if function == Intrinsic::GetAtt { split_get_att(argument) } else { argument };
                NodeKind::Call(Box::new(Call { function, function_span: t.tag_span, short: true, argument }))
            }
            None => {
                let mut t = t;
                t.value = convert(t.value, false);
                NodeKind::Tagged(t)
            }
        },
        kind => kind,
    };
    Node { span, style, kind }
}

fn takes_condition(function: Intrinsic) -> bool {
    matches!(function, Intrinsic::And | Intrinsic::Or | Intrinsic::Not)
}

/// `!GetAtt A.B.C` means `[A, B.C]`: the logical id ends at the first dot.
fn split_get_att(argument: Node) -> Node {
    let Some(text) = argument.as_str() else { return argument };
    let Some(dot) = text.find('.') else {
        return argument;
    };
    let (id, attribute) = (&text[..dot], &text[dot + 1..]);
    // Inside a scalar without escapes the parts have exact places; otherwise both stand where the scalar stands.
    let quote = u32::from(matches!(argument.style, Style::SingleQuoted | Style::DoubleQuoted));
    let exact = argument.span.len() == text.len() + 2 * quote as usize;
    let start = argument.span.start + quote;
    let (first, second) = if exact {
        let middle = start + dot as u32;
        (Span { start, end: middle }, Span { start: middle + 1, end: start + text.len() as u32 })
    } else {
        (argument.span, argument.span)
    };
    let part = |span, text: &str| Node { span, style: Style::Plain, kind: NodeKind::String(text.into()) };
    let items = vec![part(first, id), part(second, attribute)];
    Node { span: argument.span, style: argument.style, kind: NodeKind::List(items) }
}

/// A `Fn::GetAtt` argument taken apart: logical id and attribute, each with its place. `None` when a part is a function.
#[derive(Clone, Copy, Debug)]
pub struct GetAttParts<'n> {
    /// The logical id.
    pub id: &'n str,
    /// Where it stands.
    pub id_span: Span,
    /// The attribute, dots included.
    pub attribute: &'n str,
    /// Where it stands.
    pub attribute_span: Span,
}

/// Takes a `Fn::GetAtt` argument apart, whichever of the three forms it has (list, text with a dot, short tag).
pub fn get_att_parts(argument: &Node) -> Option<GetAttParts<'_>> {
    match &argument.kind {
        NodeKind::List(items) => match items.as_slice() {
            [id, attribute] => Some(GetAttParts {
                id: id.as_str()?,
                id_span: id.span,
                attribute: attribute.as_str()?,
                attribute_span: attribute.span,
            }),
            _ => None,
        },
        NodeKind::String(text) => {
            let (id, attribute) = text.split_once('.')?;
            Some(GetAttParts { id, id_span: argument.span, attribute, attribute_span: argument.span })
        }
        _ => None,
    }
}
