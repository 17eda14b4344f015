//! The walk over the calls of a template: what each function takes, and which functions may stand in its arguments.
//!
//! A call is looked at once, from the outermost function inwards. A fault in an argument belongs to the outermost function,
//! except that a `Ref` answers for itself; below the value of an output everything belongs to the output.

use super::names::Names;
use super::{
    BASE64_ARGUMENT, CIDR_ARGUMENT, FIND_IN_MAP_ARGUMENT, GET_ATT_TARGET, GET_AZS_ARGUMENT, GET_STACK_OUTPUT_ARGUMENT,
    IF_ARGUMENT, IMPORT_VALUE_ARGUMENT, JOIN_ARGUMENT, LENGTH_ARGUMENT, REF_TARGET, SELECT_ARGUMENT, SPLIT_ARGUMENT,
    SUB_ARGUMENT, TO_JSON_STRING_ARGUMENT, UNKNOWN_FUNCTION,
};
use crate::diagnostic::{Applicability, Diagnostic};
use crate::intrinsics::Intrinsic::{self, *};
use crate::rule::suggest::nearest;
use crate::rule::{Context, Rule};
use crate::schema::store;
use crate::source::Span;
use crate::syntax::{Call, Node, NodeKind};

/// What an argument may be.
pub(super) struct Slot {
    /// Functions that may stand here.
    pub functions: &'static [Intrinsic],
    /// What a literal must be.
    pub want: Want,
}

/// Kinds of argument.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Text; numbers and booleans pass.
    Text,
    /// A whole number, between two bounds.
    Whole(i64, i64),
    /// A list.
    List,
    /// Anything.
    Any,
}

impl Want {
    fn words(self) -> &'static str {
        match self {
            Want::Text => "a string",
            Want::Whole(..) => "a whole number",
            Want::List => "a list",
            Want::Any => "a value",
        }
    }
}

/// What a call gives, as far as that is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    Scalar,
    List,
    Unknown,
}

/// The functions inside a value that makes text, the widest list.
const IN_SUB: &[Intrinsic] = &[
    Base64,
    FindInMap,
    GetAtt,
    GetAZs,
    GetStackOutput,
    If,
    ImportValue,
    Join,
    Select,
    Sub,
    ToJsonString,
    Transform,
    Ref,
];
const IN_BASE64: &[Intrinsic] = &[
    Base64,
    Cidr,
    Contains,
    FindInMap,
    GetAtt,
    GetStackOutput,
    If,
    ImportValue,
    Join,
    Length,
    Select,
    Sub,
    ToJsonString,
    Transform,
    Ref,
];
const IN_CIDR: &[Intrinsic] = &[FindInMap, GetAtt, If, ImportValue, Select, Sub, Ref];
const IN_JOIN_LIST: &[Intrinsic] = &[Cidr, FindInMap, GetAtt, GetAZs, If, Split, Ref];
const IN_JOIN_ITEM: &[Intrinsic] =
    &[Base64, FindInMap, GetAtt, GetStackOutput, If, ImportValue, Join, Select, Sub, Transform, Ref];
const IN_SELECT_LIST: &[Intrinsic] = &[FindInMap, GetAtt, GetAZs, If, Split, Cidr, Ref];
const IN_SELECT_ITEM: &[Intrinsic] = &[FindInMap, GetAtt, GetStackOutput, If, Ref];
const IN_SPLIT: &[Intrinsic] = &[Base64, FindInMap, GetAtt, GetAZs, If, ImportValue, Join, Select, Sub, Ref];
const IN_GET_AZS: &[Intrinsic] = &[GetAtt, If, Join, Select, Sub, Ref];
const IN_IMPORT: &[Intrinsic] = &[Base64, FindInMap, If, Join, Select, Sub, Ref];
const IN_STACK_OUTPUT: &[Intrinsic] = &[Base64, FindInMap, GetAtt, If, ImportValue, Join, Select, Sub, Ref];
const IN_LENGTH: &[Intrinsic] = &[Ref, FindInMap, Split, If, GetAZs];
const IN_LENGTH_ITEM: &[Intrinsic] = &[If, Base64, FindInMap, Join, Select, Split, Sub, ToJsonString, GetAZs, Ref];
const IN_EQUALS: &[Intrinsic] = &[Ref, FindInMap, Sub, Join, Select, Split, Length, ToJsonString];
const IN_FIND: &[Intrinsic] = &[FindInMap, Ref];
const IN_FIND_EXTENDED: &[Intrinsic] = &[FindInMap, Join, Sub, If, Select, Length, ToJsonString, Ref];
const IN_NAME_EXTENDED: &[Intrinsic] = &[Ref, Base64, FindInMap, Sub, If, Join, ToJsonString];

/// Checks the calls of one template.
pub(super) struct Checker<'c, 'a> {
    pub cx: &'c mut Context<'a>,
    pub names: Names<'a>,
    /// Inside the value of an output.
    pub in_output: bool,
    /// The outermost function around, `If` left out.
    owner: Option<Intrinsic>,
    /// `ToJsonString` and `Length` answer for everything inside them.
    pinned: Option<&'static Rule>,
    extensions: bool,
}

impl<'c, 'a> Checker<'c, 'a> {
    /// A checker for the template of a context.
    pub fn new(cx: &'c mut Context<'a>) -> Self {
        let extensions = cx.template.has_language_extensions();
        let names = Names::new(cx.template);
        Checker { cx, names, in_output: false, owner: None, pinned: None, extensions }
    }

    /// Checks a value where functions may stand anywhere.
    pub fn free(&mut self, node: &'a Node) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|n| self.free(n)),
            NodeKind::Map(entries) => {
                if self.unknown_function(node) {
                    return;
                }
                for e in entries {
                    if !super::is_macro_key(&e.key.text) {
                        self.free(&e.value);
                    }
                }
            }
            NodeKind::Call(call) => match call.function {
                If => {
                    for branch in self.if_branches(call) {
                        self.free(branch);
                    }
                }
                _ => self.outermost(call, node),
            },
            NodeKind::Tagged(_) => {
                self.unknown_function(node);
            }
            _ => {}
        }
    }

    /// Checks a call that no other function encloses.
    pub fn outermost(&mut self, call: &'a Call, node: &'a Node) {
        let before = self.owner.replace(call.function);
        self.call(call, node);
        self.owner = before;
    }

    /// Checks the value of an output: it must give text.
    pub fn output_value(&mut self, node: &'a Node) {
        let Some(call) = node.as_call() else {
            if matches!(node.kind, NodeKind::Tagged(_) | NodeKind::Map(_)) {
                self.unknown_function(node);
            }
            return;
        };
        if call.function == If {
            for branch in self.if_branches(call) {
                self.output_value(branch);
            }
            return;
        }
        if call.function.is_boolean() {
            let message = format!("an output needs a string, but `{}` gives a condition", call.function.name());
            self.report(call.function, extent(node), message).help("`Fn::If` chooses a string.");
            return;
        }
        if self.gives(call) == Gives::List {
            let message = format!("an output needs a string, but {} gives a list", self.said(call));
            let help = "`Fn::Join` makes one string of a list.";
            self.report(call.function, extent(node), message).help(help);
        }
        self.outermost(call, node);
    }

    // --- reporting -----------------------------------------------------------------------------------------------------

    /// Reports a fault of `function` under the rule that answers for it here.
    pub fn report(&mut self, function: Intrinsic, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let rule = self.answers_for(function);
        self.cx.report(rule, span, message)
    }

    fn answers_for(&self, function: Intrinsic) -> &'static Rule {
        if let Some(rule) = self.pinned {
            return rule;
        }
        if self.in_output {
            return crate::rules::find("E6101").unwrap_or(&REF_TARGET);
        }
        match function {
            Ref => &REF_TARGET,
            other => rule_of(self.owner.unwrap_or(other)),
        }
    }

    /// `Ref` to a list parameter needs its name said; other calls their function.
    fn said(&self, call: &Call) -> String {
        match (call.function, call.argument.as_str()) {
            (Ref, Some(name)) => format!("`{name}`"),
            (GetAtt, _) => match crate::intrinsics::get_att_parts(&call.argument) {
                Some(parts) => format!("`{}.{}`", parts.id, parts.attribute),
                None => "`Fn::GetAtt`".to_owned(),
            },
            (function, _) => format!("`{}`", function.name()),
        }
    }

    /// What a call gives.
    pub fn gives(&self, call: &Call) -> Gives {
        match call.function {
            Cidr | GetAZs | Split => Gives::List,
            Base64 | Join | Sub | ToJsonString | Length | ImportValue | GetStackOutput => Gives::Scalar,
            Ref => call.argument.as_str().map_or(Gives::Unknown, |name| self.names.ref_gives(name)),
            GetAtt => self.names.get_att_gives(&call.argument),
            _ => Gives::Unknown,
        }
    }

    /// Reports a value that is meant as a function which does not exist. Returns whether it did.
    pub fn unknown_function(&mut self, node: &'a Node) -> bool {
        let (name, span) = match &node.kind {
            // An unknown tag is a fault of the text, reported where the text is read.
            NodeKind::Tagged(t) => return !t.tag.starts_with("!!"),
            NodeKind::Map(entries) => match entries.as_slice() {
                [only] if only.key.text.starts_with("Fn::") && !super::is_macro_key(&only.key.text) => {
                    (&*only.key.text, only.key.span)
                }
                _ => return false,
            },
            _ => return false,
        };
        if Intrinsic::from_name(name).is_some() || self.names.has_macros() {
            return false;
        }
        let rule = match self.owner {
            Some(_) => self.answers_for(Condition),
            None => &UNKNOWN_FUNCTION,
        };
        let source = self.cx.document.file.slice(span).to_owned();
        let message = format!("there is no function `{name}`");
        let d = self.cx.report(rule, span, message);
        d.reference_at(node.span);
        if let Some(near) = super::meant(name) {
            d.help(format!("Did you mean `{near}`?"));
            d.fix(Applicability::Unsafe, format!("write `{near}`"), span, super::requoted(&source, near));
        }
        true
    }

    // --- arguments -----------------------------------------------------------------------------------------------------

    /// Checks one argument.
    pub fn argument(&mut self, of: Intrinsic, what: &str, node: &'a Node, slot: &Slot) {
        if let NodeKind::Call(call) = &node.kind {
            if slot.functions.contains(&call.function) {
                self.nested(of, what, call, node, slot);
            } else if slot.want != Want::Any && call.function != Transform {
                let message = format!("`{}` cannot stand for {what} of `{}`", call.function.name(), of.name());
                let help = allowed_functions(slot.functions);
                self.report(of, extent(node), message).help(help);
            }
            return;
        }
        if slot.want != Want::Any && self.unknown_function(node) {
            return;
        }
        let wrong = match slot.want {
            Want::Any => return,
            Want::Text => node.scalar_text().is_none(),
            Want::List => node.as_list().is_none(),
            Want::Whole(least, most) => match whole(node) {
                Some(n) if n < least || n > most => {
                    let bounds = match (least, most) {
                        (0, i64::MAX) => "0 or more".to_owned(),
                        _ => format!("{least} to {most}"),
                    };
                    let message = format!("{what} of `{}` is {n}; it must be {bounds}", of.name());
                    self.report(of, node.span, message);
                    return;
                }
                found => found.is_none(),
            },
        };
        if wrong {
            let message = format!("{what} of `{}` must be {}, not {}", of.name(), slot.want.words(), node.describe());
            self.report(of, node.span, message);
        }
    }

    /// A call in an argument where it may stand.
    fn nested(&mut self, of: Intrinsic, what: &str, call: &'a Call, node: &'a Node, slot: &Slot) {
        if call.function == If {
            for branch in self.if_branches(call) {
                self.argument(of, what, branch, slot);
            }
            return;
        }
        let gives = self.gives(call);
        let wrong = match slot.want {
            Want::Text | Want::Whole(..) => gives == Gives::List,
            Want::List => gives == Gives::Scalar,
            Want::Any => false,
        };
        if wrong {
            let found = if gives == Gives::List { "a list" } else { "a single value" };
            let message = format!(
                "{what} of `{}` must be {}, but {} gives {found}",
                of.name(),
                slot.want.words(),
                self.said(call)
            );
            self.report(call.function, extent(node), message);
        }
        self.call(call, node);
    }

    /// The items of an argument that must be a list of so many; `None` (and a report) when it is not.
    fn items(&mut self, call: &'a Call, least: usize, most: usize, takes: &str) -> Option<&'a [Node]> {
        let name = call.function.name();
        let message = match call.argument.as_list() {
            Some(items) if items.len() >= least && items.len() <= most => return Some(items),
            Some(items) => format!("`{name}` takes {takes}, not a list of {}", items.len()),
            None => format!("`{name}` takes {takes}, not {}", call.argument.describe()),
        };
        self.report(call.function, call.function_span, message);
        // The parts that are there are still checked when only their number is wrong.
        call.argument.as_list()
    }

    /// Checks one call: its arguments, and what they name.
    fn call(&mut self, call: &'a Call, node: &'a Node) {
        match call.function {
            Ref => self.reference(call),
            GetAtt => self.attribute(call),
            Sub => self.substitution(call),
            Join => self.join(call),
            Select => self.select(call),
            Split => self.split(call),
            FindInMap => self.find_in_map(call),
            If => {
                for branch in self.if_branches(call) {
                    self.free(branch);
                }
            }
            Cidr => self.cidr(call),
            GetAZs => self.zones(call),
            Base64 => {
                let slot = Slot { functions: IN_BASE64, want: Want::Text };
                self.single(call, "the argument", &slot);
            }
            ImportValue => {
                let slot = Slot { functions: IN_IMPORT, want: Want::Text };
                self.single(call, "the argument", &slot);
            }
            Length => self.length(call, node),
            ToJsonString => self.json_text(call, node),
            GetStackOutput => self.stack_output(call),
            Equals => self.condition_items(&call.argument, Equals, IN_EQUALS),
            And | Or | Not => self.condition_items(&call.argument, call.function, &[And, Or, Not, Equals]),
            Contains | EachMemberEquals | EachMemberIn => self.condition_items(&call.argument, call.function, &[Ref]),
            Condition | Transform | RefAll | ValueOf | ValueOfAll => {}
        }
    }

    /// A function of one argument.
    fn single(&mut self, call: &'a Call, what: &str, slot: &Slot) {
        let before = self.cx.findings.list.len();
        self.argument(call.function, what, &call.argument, slot);
        // A literal of the wrong kind is the fault of the whole argument, so it stands at the function.
        if call.argument.as_call().is_none() {
            let head = call.function_span;
            self.cx.findings.list[before..].iter_mut().for_each(|d| d.reference_span = Some(head));
        }
    }

    /// The condition functions: their own shape belongs to the sections, the functions inside are checked here.
    fn condition_items(&mut self, argument: &'a Node, of: Intrinsic, functions: &'static [Intrinsic]) {
        let slot = Slot { functions, want: Want::Text };
        for item in argument.as_list().unwrap_or_default() {
            if let NodeKind::Call(call) = &item.kind
                && functions.contains(&call.function)
            {
                if of == Equals {
                    self.nested(of, "a side", call, item, &slot);
                } else {
                    self.call(call, item);
                }
            }
        }
    }

    fn join(&mut self, call: &'a Call) {
        let Some(items) = self.items(call, 2, 2, "a delimiter and a list of values") else { return };
        if let Some(delimiter) = items.first() {
            self.argument(Join, "the delimiter", delimiter, &Slot { functions: &[], want: Want::Text });
        }
        let Some(list) = items.get(1) else { return };
        self.argument(Join, "the second argument", list, &Slot { functions: IN_JOIN_LIST, want: Want::List });
        for item in list.as_list().unwrap_or_default() {
            if !item.is_null() {
                self.argument(Join, "an item", item, &Slot { functions: IN_JOIN_ITEM, want: Want::Text });
            }
        }
    }

    fn select(&mut self, call: &'a Call) {
        let Some(items) = self.items(call, 2, 2, "an index and a list") else { return };
        let length = items.get(1).and_then(Node::as_list).map(<[Node]>::len);
        if let Some(index) = items.first() {
            let functions: &[Intrinsic] = if self.extensions { &[Ref, FindInMap, Length] } else { &[Ref, FindInMap] };
            match (whole(index), length) {
                (Some(n), Some(length)) if items.len() == 2 && n >= 0 && n >= length as i64 => {
                    let holds = match length {
                        0 => "is empty".to_owned(),
                        1 => "has one item".to_owned(),
                        n => format!("has {n} items"),
                    };
                    let message = format!("`Fn::Select` takes item {n}, but the list {holds}");
                    let d = self.report(Select, index.span, message);
                    if length > 0 {
                        d.help(format!("Items count from 0, so the last one is {}.", length - 1));
                    }
                }
                _ => self.argument(Select, "the index", index, &Slot { functions, want: Want::Whole(0, i64::MAX) }),
            }
        }
        let Some(list) = items.get(1) else { return };
        self.argument(Select, "the second argument", list, &Slot { functions: IN_SELECT_LIST, want: Want::List });
        for item in list.as_list().unwrap_or_default() {
            self.argument(Select, "an item", item, &Slot { functions: IN_SELECT_ITEM, want: Want::Any });
        }
    }

    fn split(&mut self, call: &'a Call) {
        let Some(items) = self.items(call, 2, 2, "a delimiter and a string") else { return };
        if let Some(delimiter) = items.first() {
            self.argument(Split, "the delimiter", delimiter, &Slot { functions: &[], want: Want::Text });
        }
        let Some(source) = items.get(1) else { return };
        self.argument(Split, "the second argument", source, &Slot { functions: IN_SPLIT, want: Want::Text });
        if source.as_str().is_some_and(crate::intrinsics::dynamic::contains) {
            let message = "`Fn::Split` cannot split a dynamic reference: it is resolved later";
            self.report(Split, source.span, message);
        }
    }

    fn cidr(&mut self, call: &'a Call) {
        let takes = "an address block, a count and the bits of each block";
        let Some(items) = self.items(call, 2, 3, takes) else { return };
        let slots =
            [("the address block", Want::Text), ("the count", Want::Whole(1, 256)), ("the bits", Want::Whole(1, 128))];
        for (item, (what, want)) in items.iter().zip(slots) {
            self.argument(Cidr, what, item, &Slot { functions: IN_CIDR, want });
        }
        if let Some(block) = items.first()
            && let Some(text) = block.as_str()
            && !is_block(text)
        {
            let message = format!("`{text}` is not an address block such as `10.0.0.0/16`");
            self.report(Cidr, block.span, message);
        }
    }

    fn zones(&mut self, call: &'a Call) {
        let before = self.cx.findings.list.len();
        self.single(call, "the argument", &Slot { functions: IN_GET_AZS, want: Want::Text });
        if matches!(call.argument.kind, NodeKind::List(_) | NodeKind::Map(_)) {
            self.cx.findings.list[before..].iter_mut().take(1).for_each(|d| _ = d.also("no region has such a name"));
        }
        let Some(region) = call.argument.as_str() else { return };
        if !region.is_empty() && !store::is_region(region) {
            let message = format!("`{region}` is not a region");
            let near = region.strip_suffix(|c: char| c.is_ascii_lowercase()).filter(|r| store::is_region(r));
            let span = call.argument.span;
            let d = self.report(GetAZs, span, message);
            match near {
                Some(near) => d.help(format!("`{region}` names an availability zone; its region is `{near}`.")),
                None => d.help("Leave it empty, `\"\"`, for the region of the stack."),
            };
        }
    }

    fn length(&mut self, call: &'a Call, node: &'a Node) {
        if !self.needs_extensions(call, node) {
            return;
        }
        let before = self.pinned.replace(&LENGTH_ARGUMENT);
        self.single(call, "the argument", &Slot { functions: IN_LENGTH, want: Want::List });
        for item in call.argument.as_list().unwrap_or_default() {
            self.argument(Length, "an item", item, &Slot { functions: IN_LENGTH_ITEM, want: Want::Any });
        }
        self.pinned = before;
    }

    fn json_text(&mut self, call: &'a Call, node: &'a Node) {
        if !self.needs_extensions(call, node) {
            return;
        }
        let before = self.pinned.replace(&TO_JSON_STRING_ARGUMENT);
        let empty = match &call.argument.kind {
            NodeKind::List(items) => items.is_empty(),
            NodeKind::Map(entries) => entries.is_empty(),
            NodeKind::Call(_) | NodeKind::Tagged(_) => false,
            _ => true,
        };
        if empty {
            let message =
                format!("`Fn::ToJsonString` takes a mapping or a list with content, not {}", call.argument.describe());
            self.report(ToJsonString, call.function_span, message);
        } else {
            self.free(&call.argument);
        }
        self.pinned = before;
    }

    /// `Fn::Length` and `Fn::ToJsonString` exist only with the language extensions.
    fn needs_extensions(&mut self, call: &'a Call, node: &'a Node) -> bool {
        if self.extensions {
            return true;
        }
        let rule = rule_of(call.function);
        let message = format!("`{}` needs the transform `AWS::LanguageExtensions`", call.function.name());
        let help = "Add `Transform: AWS::LanguageExtensions` to the top level of the template.";
        self.cx.report(rule, extent(node), message).help(help);
        false
    }

    fn stack_output(&mut self, call: &'a Call) {
        const MEMBERS: [&str; 4] = ["StackName", "OutputName", "Region", "RoleArn"];
        let head = call.function_span;
        let Some(entries) = call.argument.as_map() else {
            let message = format!(
                "`Fn::GetStackOutput` takes a mapping with `StackName` and `OutputName`, not {}",
                call.argument.describe()
            );
            self.report(GetStackOutput, head, message);
            return;
        };
        for e in entries {
            if !MEMBERS.contains(&&*e.key.text) {
                let message = format!("`{}` is not a member of `Fn::GetStackOutput`", e.key.text);
                let near = nearest(&e.key.text, MEMBERS);
                let d = self.report(GetStackOutput, e.key.span, message);
                d.help(match near {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => "Its members are `StackName`, `OutputName`, `Region` and `RoleArn`.".to_owned(),
                });
                continue;
            }
            let slot = Slot { functions: IN_STACK_OUTPUT, want: Want::Text };
            self.argument(GetStackOutput, &format!("`{}`", e.key.text), &e.value, &slot);
        }
        for required in ["StackName", "OutputName"] {
            if call.argument.get(required).is_none() {
                self.report(GetStackOutput, head, format!("`Fn::GetStackOutput` needs `{required}`"));
            }
        }
    }

    /// Checks the shape and condition of an `If`; its branches when it has any.
    pub fn if_branches(&mut self, call: &'a Call) -> Vec<&'a Node> {
        let takes = "a condition and two values";
        let Some([condition, rest @ ..]) = self.items(call, 3, 3, takes) else { return Vec::new() };
        match condition.as_str() {
            Some(name) if !self.names.knows_condition(name) => {
                let near = nearest(name, self.cx.template.conditions.names()).map(str::to_owned);
                let any = !self.cx.template.conditions.is_empty();
                let source = self.cx.document.file.slice(condition.span).to_owned();
                let d = self.report(If, condition.span, format!("there is no condition `{name}`"));
                match near {
                    Some(near) => {
                        let text = super::requoted(&source, &near);
                        d.help(format!("Did you mean `{near}`?"));
                        d.fix(Applicability::Unsafe, format!("write `{near}`"), condition.span, text);
                    }
                    None if !any => {
                        d.help("Define it in the section `Conditions`.");
                    }
                    None => {}
                }
            }
            Some(_) => {}
            None => {
                let message = format!(
                    "the first argument of `Fn::If` must be the name of a condition, not {}",
                    condition.describe()
                );
                self.report(If, condition.span, message).also("no condition has such a name");
            }
        }
        if rest.len() == 2 { rest.iter().collect() } else { Vec::new() }
    }

    // --- what the reference functions need from here -------------------------------------------------------------------

    /// Functions that may stand for a name: none without the language extensions.
    pub fn in_name(&self) -> &'static [Intrinsic] {
        if self.extensions { IN_NAME_EXTENDED } else { &[] }
    }

    /// Functions that may stand for an attribute.
    pub fn in_attribute(&self) -> &'static [Intrinsic] {
        if self.extensions { IN_NAME_EXTENDED } else { &[Ref] }
    }

    fn in_find(&self) -> &'static [Intrinsic] {
        if self.extensions { IN_FIND_EXTENDED } else { IN_FIND }
    }

    /// Reports at the name of the function.
    pub fn report_at_head(&mut self, call: &'a Call, message: String) -> &mut Diagnostic {
        self.report(call.function, call.function_span, message)
    }

    /// The items of a `FindInMap` after checking their kinds.
    pub fn find_in_map_items(&mut self, call: &'a Call) -> Option<&'a [Node]> {
        let takes = "a mapping, a top-level key and a second-level key";
        let items = self.items(call, 3, 4, takes)?;
        let functions = self.in_find();
        for (item, what) in items.iter().zip(["the mapping", "the top-level key", "the second-level key"]) {
            self.argument(FindInMap, what, item, &Slot { functions, want: Want::Text });
        }
        Some(items)
    }

    /// Checks the values of a `Sub` map.
    pub fn sub_values(&mut self, map: &'a Node) {
        for e in map.as_map().unwrap_or_default() {
            let slot = Slot { functions: IN_SUB, want: Want::Text };
            self.argument(Sub, &format!("the value of `{}`", e.key.text), &e.value, &slot);
        }
    }
}

/// The rule of a function's own faults.
pub(super) fn rule_of(function: Intrinsic) -> &'static Rule {
    let section = |id: &str| crate::rules::find(id).unwrap_or(&REF_TARGET);
    match function {
        GetAtt => &GET_ATT_TARGET,
        FindInMap => &FIND_IN_MAP_ARGUMENT,
        GetAZs => &GET_AZS_ARGUMENT,
        ImportValue => &IMPORT_VALUE_ARGUMENT,
        Select => &SELECT_ARGUMENT,
        Split => &SPLIT_ARGUMENT,
        Sub => &SUB_ARGUMENT,
        Base64 => &BASE64_ARGUMENT,
        Join => &JOIN_ARGUMENT,
        Cidr => &CIDR_ARGUMENT,
        If => &IF_ARGUMENT,
        Length => &LENGTH_ARGUMENT,
        ToJsonString => &TO_JSON_STRING_ARGUMENT,
        GetStackOutput => &GET_STACK_OUTPUT_ARGUMENT,
        Equals => section("E8003"),
        And => section("E8004"),
        Not => section("E8005"),
        Or => section("E8006"),
        _ => &REF_TARGET,
    }
}

fn allowed_functions(functions: &[Intrinsic]) -> String {
    match functions {
        [] => "Only a literal value can stand here.".to_owned(),
        some => {
            let names: Vec<String> = some.iter().map(|f| format!("`{}`", f.name())).collect();
            format!("Functions that can stand here: {}.", names.join(", "))
        }
    }
}

/// A literal whole number, also as text.
fn whole(node: &Node) -> Option<i64> {
    match &node.kind {
        NodeKind::Number(_) => node.as_f64().filter(|n| n.abs() < 9e15).map(|n| n.trunc() as i64),
        NodeKind::String(s) => s.trim().parse().ok(),
        _ => None,
    }
}

fn is_block(text: &str) -> bool {
    let Some((address, mask)) = text.split_once('/') else { return false };
    let Ok(mask) = mask.parse::<u8>() else { return false };
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => mask <= 32,
        Ok(std::net::IpAddr::V6(_)) => mask <= 128,
        Err(_) => false,
    }
}

/// Whether a name is shaped like a region: `eu-west-1`, `us-gov-east-1`.
pub(super) fn is_region(name: &str) -> bool {
    let mut parts: Vec<&str> = name.split('-').collect();
    let Some(number) = parts.pop() else { return false };
    parts.len() >= 2
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
        && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase()))
}

/// The place of a whole value, its tag included.
pub(super) fn extent(node: &Node) -> Span {
    match &node.kind {
        NodeKind::Call(call) if call.short => call.function_span.to(node.span),
        NodeKind::Tagged(t) => t.tag_span.to(node.span),
        _ => node.span,
    }
}
