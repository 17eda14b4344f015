//! Texts with variables: a `Fn::Sub` that does nothing, a variable without `Fn::Sub`, a `Fn::Join` that is a `Fn::Sub`,
//! and ARNs that hold for one partition alone.

use super::names::Names;
use super::{HARD_CODED_PARTITION, JOIN_FOR_SUB, SUB_WITHOUT_VARIABLES, VARIABLE_WITHOUT_SUB};
use crate::diagnostic::Applicability;
use crate::intrinsics::{Intrinsic, PSEUDO_PARAMETERS, get_att_parts, sub};
use crate::rule::{CallSite, Context, pattern};
use crate::source::{SourceFile, Span};
use crate::syntax::{Call, Format, Node, NodeKind, Style};
use std::collections::BTreeSet;
use std::ops::Range;

/// Whether functions are evaluated where a call stands.
fn is_evaluated(site: &CallSite<'_>) -> bool {
    let first = site.keys.first().copied().unwrap_or("");
    match site.section {
        "Resources" => super::RESOURCE_PARTS.contains(&first),
        "Outputs" => matches!(first, "Value" | "Export"),
        "Conditions" | "Rules" => true,
        _ => false,
    }
}

/// Names of a `Sub` text that are variables.
fn has_variables(text: &str) -> bool {
    sub::variables(text).iter().any(|v| !v.name.starts_with('!'))
}

/// A `Fn::Sub` without a variable.
pub(super) fn sub_without_variables(call: &Call, site: &CallSite<'_>, cx: &mut Context<'_>) {
    if cx.template.is_sam() || !is_evaluated(site) {
        return;
    }
    let text = match &call.argument.kind {
        NodeKind::List(items) => match items.as_slice() {
            [text, map] if map.as_map().is_some() => text,
            _ => return,
        },
        _ => &call.argument,
    };
    let Some(content) = text.scalar_text() else { return };
    if has_variables(content) {
        return;
    }
    let edit = plain_text(call, site, &cx.document.file).filter(|_| !content.contains("${"));
    let d = cx.report(&SUB_WITHOUT_VARIABLES, call.function_span, "`Fn::Sub` has no variable to replace");
    d.help("The text can stand alone.");
    if let Some((span, replacement)) = edit {
        d.fix(Applicability::Safe, "write the text alone", span, replacement);
    }
}

/// The edit that drops a `Fn::Sub` around a plain text.
fn plain_text(call: &Call, site: &CallSite<'_>, file: &SourceFile) -> Option<(Span, String)> {
    let argument = &call.argument;
    argument.as_str()?;
    if argument.style == Style::Generated || argument.span.start < call.function_span.end {
        return None;
    }
    let between = Span { start: call.function_span.end, end: argument.span.start };
    if call.short {
        let blank = file.slice(between).chars().all(char::is_whitespace);
        return blank.then(|| (Span { start: call.function_span.start, end: argument.span.start }, String::new()));
    }
    if argument.style == Style::Block || file.slice(between).trim() != ":" {
        return None;
    }
    let text = file.slice(argument.span).to_owned();
    if file.slice(site.span).starts_with('{') {
        return Some((site.span, text));
    }
    // The text moves up to the key, unless there is a comment between them.
    let before = file.text.get(..call.function_span.start as usize)?;
    let key = before.trim_end();
    if key.ends_with(':') && key.len() < before.len() {
        return Some((Span::new(key.len(), argument.span.end as usize), format!(" {text}")));
    }
    Some((call.function_span.to(argument.span), text))
}

/// A `Fn::Join` with an empty delimiter over plain parts.
pub(super) fn join_for_sub(call: &Call, site: &CallSite<'_>, cx: &mut Context<'_>) {
    if !is_evaluated(site) || is_cdk(cx) {
        return;
    }
    let Some([delimiter, list]) = call.argument.as_list() else { return };
    let Some(items) = list.as_list() else { return };
    if delimiter.as_str() != Some("") || !items.iter().all(is_plain_part) {
        return;
    }
    let span = call.function_span.to(call.argument.span);
    let commented = cx.document.tree.comments.iter().any(|c| span.contains(c.span));
    let text = items.iter().map(part_text).collect::<Option<String>>().filter(|_| !commented);
    let quoted = text.and_then(|t| serde_json::to_string(&t).ok());
    let json = cx.document.tree.format == Format::Json;
    let d =
        cx.report(&JOIN_FOR_SUB, delimiter.span, "`Fn::Join` with an empty delimiter is easier to read as `Fn::Sub`");
    if let Some(text) = quoted {
        let replacement = match (call.short, json) {
            (true, _) => format!("!Sub {text}"),
            (false, true) => format!("\"Fn::Sub\": {text}"),
            (false, false) => format!("Fn::Sub: {text}"),
        };
        d.fix(Applicability::Safe, "write it as `Fn::Sub`", span, replacement);
    }
}

fn is_cdk(cx: &Context<'_>) -> bool {
    cx.template.resources.iter().any(|r| r.kind() == Some("AWS::CDK::Metadata"))
}

fn is_plain_part(item: &Node) -> bool {
    match &item.kind {
        NodeKind::Call(call) => match call.function {
            Intrinsic::Ref | Intrinsic::GetAtt => true,
            Intrinsic::Sub => call.argument.scalar_text().is_some(),
            _ => false,
        },
        NodeKind::Map(entries) => entries.len() != 1,
        _ => true,
    }
}

/// A part as it stands in a `Sub` text.
fn part_text(item: &Node) -> Option<String> {
    match &item.kind {
        NodeKind::Call(call) => match call.function {
            Intrinsic::Ref => call.argument.as_str().map(|name| format!("${{{name}}}")),
            Intrinsic::GetAtt => {
                let p = get_att_parts(&call.argument)?;
                Some(format!("${{{}.{}}}", p.id, p.attribute))
            }
            Intrinsic::Sub => call.argument.as_str().map(str::to_owned),
            _ => None,
        },
        NodeKind::String(text) => Some(text.replace("${", "${!")),
        NodeKind::Number(text) => Some(text.to_string()),
        _ => None,
    }
}

/// Where a text stands, for the search of variables.
#[derive(Clone, Copy, Default)]
struct Place<'n> {
    /// The key or function right above.
    key: &'n str,
    /// Inside the definition of a state machine.
    definition: bool,
    /// The substitutions given for that definition.
    substitutions: Option<&'n Node>,
}

/// `${Name}` in a text that no `Fn::Sub` reads.
pub(super) fn variable_without_sub(cx: &mut Context<'_>) {
    let template = cx.template;
    let names = Names::new(template);
    let excluded: Vec<&str> =
        cx.options.rules.texts("E1029", "custom_excludes").filter(|pattern| !pattern.is_empty()).collect();
    let is_excluded =
        |name: &str| excluded.iter().any(|p| pattern::matches_start(p, &format!("${{{name}}}")) == Some(true));
    let mut found = Vec::new();
    search(template.root, Place::default(), &mut |text, place| {
        let Some(content) = text.as_str().filter(|c| c.contains("${")) else { return };
        let mut seen = BTreeSet::new();
        for (nth, v) in sub::variables(content).into_iter().enumerate() {
            let exact = content.get(v.offset.saturating_sub(2)..v.offset) == Some("${")
                && content.as_bytes().get(v.offset + v.name.len()) == Some(&b'}');
            let plain = v.name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'.'));
            if !exact || !plain || v.name.is_empty() || place.substitutions.is_some_and(|s| s.get(v.name).is_some()) {
                continue;
            }
            let known = match v.name.split_once('.') {
                Some((id, attribute)) => {
                    template.resources.contains(id) && names.attribute_fault(id, attribute).is_none()
                }
                None => {
                    PSEUDO_PARAMETERS.contains(&v.name)
                        || template.parameters.contains(v.name)
                        || template.resources.contains(v.name)
                }
            };
            if (known || place.definition) && seen.insert(v.name) && !is_excluded(v.name) {
                found.push((text, v.name, nth, known));
            }
        }
    });
    for (text, name, nth, known) in found {
        report_variable(cx, text, name, nth, known);
    }
}

fn report_variable(cx: &mut Context<'_>, text: &Node, name: &str, nth: usize, known: bool) {
    let span = sub::variable_span(&cx.document.file, text, name, nth);
    let json = cx.document.tree.format == Format::Json;
    let source = cx.document.file.slice(text.span).to_owned();
    let message = format!("`${{{name}}}` stands as it is: no `Fn::Sub` replaces it");
    let d = cx.report(&VARIABLE_WITHOUT_SUB, span, message);
    d.help(if known {
        "Put `!Sub` before the text; write `${!Name}` in it for what shall stay as it is."
    } else {
        "Give it a value in `DefinitionSubstitutions`, or put `!Sub` before the text."
    });
    if known && text.style != Style::Generated && !source.is_empty() {
        if json {
            d.fix(Applicability::Unsafe, "wrap the text in `Fn::Sub`", text.span, format!("{{\"Fn::Sub\": {source}}}"));
        } else {
            let before = Span { start: text.span.start, end: text.span.start };
            d.fix(Applicability::Unsafe, "put `!Sub` before the text", before, "!Sub ");
        }
    }
}

fn search<'n>(node: &'n Node, place: Place<'n>, visit: &mut dyn FnMut(&'n Node, Place<'n>)) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for e in entries {
                let key = &*e.key.text;
                let inside = matches!(key, "DefinitionString" | "Definition");
                let substitutions = if inside { node.get("DefinitionSubstitutions") } else { None };
                let next = Place {
                    key,
                    definition: place.definition || key == "DefinitionString",
                    substitutions: substitutions.or(place.substitutions),
                };
                search(&e.value, next, visit);
            }
        }
        NodeKind::List(items) => items.iter().for_each(|n| search(n, Place { key: "", ..place }, visit)),
        NodeKind::Call(call) if call.function != Intrinsic::Sub => {
            search(&call.argument, Place { key: call.function.name(), ..place }, visit);
        }
        NodeKind::Call(_) => {}
        NodeKind::Tagged(t) => search(&t.value, place, visit),
        NodeKind::String(_) if place.key != "TemplateBody" => visit(node, place),
        _ => {}
    }
}

/// A part of an ARN that should not be the same everywhere.
struct Fixed {
    /// The option of the rule that asks for it.
    option: &'static str,
    /// Whether it is looked at when nothing is said about it.
    usual: bool,
    /// What the ARN is bound to.
    noun: &'static str,
    /// The pseudo parameter that stands for it.
    general: &'static str,
    /// Whether putting that there is likely what is meant: another account may well be.
    likely: bool,
    /// Whether the part is free or is none that could be.
    is_free: fn(&str) -> bool,
}

const FIXED: [Fixed; 3] = [
    Fixed {
        option: "partition",
        usual: true,
        noun: "partition",
        general: "${AWS::Partition}",
        likely: true,
        is_free: |text| text.is_empty() || text.starts_with('*') || text.starts_with("${"),
    },
    Fixed {
        option: "region",
        usual: false,
        noun: "region",
        general: "${AWS::Region}",
        likely: true,
        is_free: |text| matches!(text, "" | "*") || text.starts_with("${"),
    },
    Fixed {
        option: "accountId",
        usual: false,
        noun: "account",
        general: "${AWS::AccountId}",
        likely: false,
        // Services have names in place of accounts: those of managed policies, of Lambda integrations, of CloudFront.
        is_free: |text| {
            ["", "cloudfront"].contains(&text) || ["*", "${", "aws", "lambda"].iter().any(|p| text.starts_with(p))
        },
    },
];

/// `arn:aws:` in a text that `Fn::Sub` reads; regions and accounts too when they are asked for.
pub(super) fn hard_coded_partition(call: &Call, site: &CallSite<'_>, cx: &mut Context<'_>) {
    if !matches!(site.section, "Resources" | "Globals") || cx.template.is_sam() {
        return;
    }
    // An inner `Sub` is part of the walk over the outer one.
    if site.around.iter().any(|c| c.function == Intrinsic::Sub) {
        return;
    }
    let asked = FIXED.map(|part| cx.options.rules.flag("I3042", part.option).unwrap_or(part.usual));
    let mut found = Vec::new();
    call.argument.walk(&mut |node| {
        let Some(text) = node.as_str() else { return };
        for (which, part) in FIXED.iter().enumerate().filter(|(which, _)| asked[*which]) {
            let first = arns(text)
                .into_iter()
                .map(|arn| arn[which].clone())
                .find(|range| !(part.is_free)(&text[range.clone()]));
            found.extend(first.map(|range| (node, part, range)));
        }
    });
    for (node, part, range) in found {
        report_fixed(cx, node, part, range);
    }
}

fn report_fixed(cx: &mut Context<'_>, node: &Node, part: &Fixed, range: Range<usize>) {
    let Some(text) = node.as_str() else { return };
    let (lead, fixed) = (&text[text[..range.start].rfind("arn:").unwrap_or(0)..range.start], &text[range.clone()]);
    let source = cx.document.file.slice(node.span);
    let span = match source.find(&format!("{lead}{fixed}:")) {
        Some(at) => {
            let start = node.span.start as usize + at + lead.len();
            Span::new(start, start + fixed.len())
        }
        None => node.span,
    };
    let exact = cx.document.file.slice(span) == fixed;
    let message = format!("the ARN holds for the {} `{fixed}` alone", part.noun);
    let d = cx.report(&HARD_CODED_PARTITION, span, message);
    d.help(format!("`{}` holds wherever the stack is deployed.", part.general));
    if exact && part.likely {
        d.fix(Applicability::Unsafe, format!("write `{}`", part.general), span, part.general);
    }
}

/// The places of partition, region and account in each ARN of a text.
fn arns(text: &str) -> Vec<[Range<usize>; 3]> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("arn:")) {
        let start = from + at + 4;
        from = start;
        let range = |from: usize, part: &str| from..from + part.len();
        let Some((partition, rest)) = text.get(start..).and_then(segment) else { continue };
        let Some((service, rest)) = rest.split_once(':') else { continue };
        let Some((region, rest)) = segment(rest) else { continue };
        if service.is_empty() || service.contains(char::is_whitespace) {
            continue;
        }
        let partition = range(start, partition);
        let region = range(partition.end + 1 + service.len() + 1, region);
        let account = range(region.end + 1, segment(rest).map_or("", |s| s.0));
        found.push([partition, region, account]);
    }
    found
}

/// A part of an ARN up to its colon; the colons of `${AWS::Name}` belong to the part.
fn segment(text: &str) -> Option<(&str, &str)> {
    let end = if text.starts_with("${") { text.find('}')? + 1 } else { 0 };
    let colon = end + text.get(end..)?.find(':')?;
    let part = text.get(..colon)?;
    (!part.contains(char::is_whitespace)).then(|| (part, &text[colon + 1..]))
}

#[cfg(test)]
mod tests {
    use super::{FIXED, arns};

    /// The first partition, region and account of a text that are not free.
    fn fixed(text: &str) -> [Option<&str>; 3] {
        [0, 1, 2].map(|which| {
            arns(text).into_iter().map(|arn| &text[arn[which].clone()]).find(|part| !(FIXED[which].is_free)(part))
        })
    }

    #[test]
    fn the_fixed_parts_of_an_arn_are_found() {
        assert_eq!(fixed("arn:aws:s3:::${B}/*"), [Some("aws"), None, None]);
        let two = "x arn:${AWS::Partition}:s3:::b arn:aws-cn:sns:${AWS::Region}:1:t";
        assert_eq!(fixed(two), [Some("aws-cn"), None, Some("1")]);
        assert_eq!(fixed("arn:*:s3:::b"), [None; 3]);
        assert_eq!(fixed("arn:${P}:iam::${AWS::AccountId}:role/x"), [None; 3]);
        assert_eq!(fixed("an arn: text"), [None; 3]);
        assert_eq!(fixed("arn:${P}:sqs:eu-west-1:123456789012:q"), [None, Some("eu-west-1"), Some("123456789012")]);
        assert_eq!(fixed("arn:${P}:iam::aws:policy/ReadOnlyAccess"), [None; 3]);
        assert_eq!(fixed("arn:${P}:iam::cloudfront:user/x"), [None; 3]);
    }
}
