//! Statements in words: "receive and delete messages of the queue `Jobs`".

mod phrases;

use super::matching::KindOf;
use super::{Clause, Condition, Effect, Item, Piece, Principals, Statement};
use phrases::{NOUNS, Phrase, phrase};

/// Most things of one kind that are named.
const MOST: usize = 5;

/// What words need to know of the template.
pub struct Words<'w> {
    /// The type of a resource.
    pub kinds: KindOf<'w>,
    /// What a resource of a type is called: `queue`.
    pub noun: &'w dyn Fn(&str) -> String,
}

impl std::fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Words")
    }
}

/// Several words with commas and `and`.
pub fn and(parts: &[String]) -> String {
    let (shown, more) = parts.split_at(parts.len().min(MOST));
    let mut shown = shown.to_vec();
    if !more.is_empty() {
        shown.push(format!("{} more", more.len()));
    }
    match shown.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A text of a policy between backticks, functions as `${...}`.
fn shown(pieces: &[Piece]) -> String {
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Ref(id) => format!("${{{id}}}"),
            Piece::Attribute(id, attribute) => format!("${{{id}.{attribute}}}"),
            Piece::Hole(name) if name.is_empty() => "${…}".to_owned(),
            Piece::Hole(name) => format!("${{{name}}}"),
        })
        .collect();
    format!("`{}`", text.replace('`', "'"))
}

impl Words<'_> {
    /// What a statement is about: the actions and with what, one part for each service.
    pub fn doings(&self, statement: &Statement) -> String {
        let Some(actions) = &statement.actions else { return "do nothing: the statement names no action".to_owned() };
        if actions.negated {
            let names: Vec<String> = actions.items.iter().map(|i| shown(&i.pieces)).collect();
            return format!("do everything but {}{}", and(&names), self.with(statement.resources.as_ref(), "", " on "));
        }
        let mut services: Vec<(String, Vec<&Item>)> = Vec::new();
        for item in &actions.items {
            let service = match item.literal() {
                Some("*" | "*:*") => "*".to_owned(),
                Some(text) => text.split(':').next().unwrap_or_default().to_lowercase(),
                None => String::new(),
            };
            match services.iter_mut().find(|s| s.0 == service) {
                Some((_, items)) => items.push(item),
                None => services.push((service, vec![item])),
            }
        }
        let parts: Vec<String> = services
            .iter()
            .map(|(service, items)| self.of_service(service, items, statement.resources.as_ref()))
            .collect();
        match parts.as_slice() {
            [] => "do what is not known here".to_owned(),
            _ => and(&parts),
        }
    }

    /// The actions of one service, those about the same thing together.
    fn of_service(&self, service: &str, items: &[&Item], resources: Option<&Clause>) -> String {
        if service == "*" {
            return format!("do everything{}", self.with(resources, "*", " with "));
        }
        let mut groups: Vec<(String, &'static str, Vec<String>)> = Vec::new();
        let mut others = Vec::new();
        for item in items {
            let Some(Phrase { verb, object, joint }) = item.literal().and_then(phrase) else {
                others.push(shown(&item.pieces));
                continue;
            };
            match groups.iter_mut().find(|g| g.0 == object && g.1 == joint) {
                Some((_, _, verbs)) if verbs.contains(&verb) => {}
                Some((_, _, verbs)) => verbs.push(verb),
                None => groups.push((object, joint, vec![verb])),
            }
        }
        let last = groups.len();
        let mut parts: Vec<String> = Vec::new();
        for (at, (object, joint, verbs)) in groups.iter().enumerate() {
            // Several objects of the same resource: it is named once.
            let same = groups.get(at + 1).is_some_and(|next| next.1 == *joint) && at + 1 < last;
            let with = if same { String::new() } else { self.with(resources, service, joint) };
            let object = if object.is_empty() { String::new() } else { format!(" {object}") };
            parts.push(format!("{}{object}{with}", and(verbs)));
        }
        if !others.is_empty() {
            parts.push(format!("do {}{}", and(&others), self.with(resources, service, " on ")));
        }
        and(&parts)
    }

    /// With what, behind a word that joins it; empty for actions that know no resources.
    fn with(&self, resources: Option<&Clause>, service: &str, joint: &str) -> String {
        let Some(clause) = resources.filter(|_| !joint.is_empty()) else { return String::new() };
        let names: Vec<String> = clause.items.iter().filter_map(|item| self.resource(item, service)).collect();
        let mut unique: Vec<String> = Vec::new();
        for name in names {
            if !unique.contains(&name) {
                unique.push(name);
            }
        }
        // The table, and the table with its indexes.
        let whole = unique.clone();
        unique.retain(|name| !whole.iter().any(|other| other.starts_with(&format!("{name} with "))));
        if !clause.whole {
            unique.push("what is not known here".to_owned());
        }
        match unique.as_slice() {
            [] => String::new(),
            _ if clause.negated => format!("{joint}everything but {}", and(&unique)),
            _ => format!("{joint}{}", and(&unique)),
        }
    }

    /// A resource: `the queue `Jobs``. `None` when it is certainly of another service than the action.
    fn resource(&self, item: &Item, service: &str) -> Option<String> {
        let noun = NOUNS.iter().find(|n| n.0 == service);
        if item.literal() == Some("*") {
            return Some(match (service, noun) {
                ("*", _) => "everything".to_owned(),
                (_, Some((_, one))) => format!("every {one}"),
                _ => "everything".to_owned(),
            });
        }
        if let Some(id) = item.resource() {
            let kind = (self.kinds)(id).unwrap_or_default();
            let what = if kind.is_empty() { format!("`{id}`") } else { format!("the {} `{id}`", (self.noun)(&kind)) };
            let tail = match item.pieces.last() {
                Some(Piece::Text(text)) if item.pieces.len() > 1 => text.trim_start_matches('/').trim_end_matches('*'),
                _ => "",
            };
            let below = match tail {
                "" | ":" => String::new(),
                tail if tail.starts_with("index/") => " with its indexes".to_owned(),
                tail if tail.starts_with("stream/") => " with its stream".to_owned(),
                tail => format!(" below `{tail}`"),
            };
            return Some(format!("{what}{below}"));
        }
        let text = shown(&item.pieces);
        let inner = text.trim_matches('`');
        // `${AWS::Region}` has colons of its own.
        let plain = inner.replace("${AWS::", "${");
        let parts: Vec<&str> = plain.splitn(6, ':').collect();
        let ["arn", _, of, _, _, name] = parts.as_slice() else { return Some(text.clone()) };
        if service != "*" && !service.is_empty() && *of != service && !of.contains(['*', '$']) {
            return None;
        }
        let name = name.rsplit_once(['/', ':']).map_or(*name, |(before, last)| match (*of, last) {
            ("s3", _) => name,
            (_, "*") => before.rsplit(['/', ':']).next().unwrap_or(before),
            (_, last) => last,
        });
        Some(match NOUNS.iter().find(|n| n.0 == *of) {
            Some((_, one)) if name == "*" => format!("every {one}"),
            Some((_, one)) if *of == "s3" => match name.split_once('/') {
                Some((bucket, "*")) => format!("the {one} `{bucket}`"),
                Some((bucket, below)) => format!("the {one} `{bucket}` below `{below}`"),
                None => format!("the {one} `{name}`"),
            },
            Some((_, one)) if name.contains('*') => format!("every {one} named `{name}`"),
            Some((_, one)) => format!("the {one} `{name}`"),
            None => text.clone(),
        })
    }

    /// Who: `the service `sns.amazonaws.com``, `everybody`.
    pub fn who(&self, principals: &Principals) -> String {
        let one = |kind: &str, who: &Item| {
            let text = shown(&who.pieces);
            let inner = text.trim_matches('`').to_owned();
            match kind {
                "AWS" if inner == "*" => "everybody".to_owned(),
                "AWS" if inner.contains("${AWS::AccountId}:root") || inner == "${AWS::AccountId}" => {
                    "this account".to_owned()
                }
                "AWS" if inner.ends_with(":root") => {
                    format!("the account `{}`", inner.split(':').nth(4).unwrap_or(&inner))
                }
                "AWS" => match who.resource() {
                    Some(id) => match (self.kinds)(id) {
                        Some(found) => format!("the {} `{id}`", (self.noun)(&found)),
                        None => text,
                    },
                    None => text,
                },
                "Service" => format!("the service {text}"),
                _ => text,
            }
        };
        let mut names: Vec<String> = principals.list.iter().map(|p| one(&p.kind, &p.who)).collect();
        names.dedup();
        if !principals.whole || names.is_empty() {
            names.push("somebody not known here".to_owned());
        }
        let all = and(&names);
        if principals.negated { format!("everybody but {all}") } else { all }
    }

    /// When, of a statement that is limited: `if `aws:SourceArn` is the topic `News``.
    pub fn when(&self, statement: &Statement) -> Option<String> {
        let mut parts: Vec<String> = statement.conditions.iter().map(|c| self.condition(c)).collect();
        if statement.more_conditions {
            parts.push("what is not known here holds".to_owned());
        }
        (!parts.is_empty()).then(|| format!("if {}", parts.join(" and ")))
    }

    fn condition(&self, condition: &Condition) -> String {
        let values: Vec<String> = condition.values.iter().map(|item| self.value(item)).collect();
        let operator = condition.operator.rsplit(':').next().unwrap_or(&condition.operator);
        let base = operator.trim_end_matches("IfExists");
        let literal = condition.values.first().and_then(Item::literal);
        let key = condition.key.to_lowercase();
        match (key.as_str(), literal) {
            ("aws:securetransport", Some("false")) => return "the request does not come by HTTPS".to_owned(),
            ("aws:securetransport", Some("true")) => return "the request comes by HTTPS".to_owned(),
            ("aws:multifactorauthpresent", Some("true")) => return "the caller has used a second factor".to_owned(),
            _ => {}
        }
        let name = format!("`{}`", condition.key.replace('`', "'"));
        let verb = match base {
            "Null" if literal == Some("true") => return format!("{name} is missing"),
            "Null" => return format!("{name} is there"),
            "StringEquals" | "ArnEquals" | "NumericEquals" | "DateEquals" | "Bool" | "BinaryEquals" => "is",
            "StringEqualsIgnoreCase" => "is, in whatever case,",
            "StringNotEquals" | "ArnNotEquals" | "NumericNotEquals" | "DateNotEquals" => "is not",
            "StringLike" | "ArnLike" => "is like",
            "StringNotLike" | "ArnNotLike" => "is not like",
            "IpAddress" => "is in",
            "NotIpAddress" => "is not in",
            "NumericLessThan" => "is less than",
            "NumericLessThanEquals" => "is at most",
            "NumericGreaterThan" => "is more than",
            "NumericGreaterThanEquals" => "is at least",
            "DateLessThan" | "DateLessThanEquals" => "is before",
            "DateGreaterThan" | "DateGreaterThanEquals" => "is after",
            other => return format!("{name} fits `{other}` {}", and(&values)),
        };
        let every = if condition.operator.starts_with("ForAllValues:") { "every value of " } else { "" };
        let or = if operator.ends_with("IfExists") { " or missing" } else { "" };
        format!("{every}{name} {verb} {}{or}", and(&values).replace(" and ", " or "))
    }

    fn value(&self, item: &Item) -> String {
        match item.pieces.as_slice() {
            [Piece::Ref(id)] | [Piece::Attribute(id, _)] => match (self.kinds)(id) {
                Some(kind) => format!("that of the {} `{id}`", (self.noun)(&kind)),
                None => shown(&item.pieces),
            },
            [Piece::Hole(name)] if name == "AWS::AccountId" => "this account".to_owned(),
            pieces => shown(pieces),
        }
    }

    /// A whole statement: `the role `Worker` may receive messages of the queue `Jobs``.
    pub fn sentence(&self, statement: &Statement, subject: &str) -> String {
        let subject = statement.principals.as_ref().map_or_else(|| subject.to_owned(), |p| self.who(p));
        let may = match statement.effect {
            Some(Effect::Allow) => "may",
            Some(Effect::Deny) => "must never",
            None => "may or may not",
        };
        let when = self.when(statement).map(|when| format!(", {when}")).unwrap_or_default();
        let perhaps = if statement.maybe { "perhaps " } else { "" };
        format!("{perhaps}{subject} {may} {}{when}", self.doings(statement))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Document, managed};

    fn say(json: &str) -> String {
        let value = managed::value(&serde_json::from_str(json).unwrap());
        let document = Document::of(&value);
        let kinds = |_: &str| None;
        let noun = |_: &str| String::new();
        let words = Words { kinds: &kinds, noun: &noun };
        words.sentence(&document.statements[0], "it")
    }

    #[test]
    fn statements_are_sentences() {
        let check = |statement: &str, expected: &str| {
            assert_eq!(say(&format!("{{\"Statement\": {{\"Effect\": \"Allow\", {statement}}}}}")), expected);
        };
        check(
            r#""Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "Resource": "arn:aws:sqs:eu-west-1:123456789012:jobs""#,
            "it may receive and delete messages and look up the settings of the queue `jobs`",
        );
        check(r#""Action": "*", "Resource": "*""#, "it may do everything with everything");
        check(r#""Action": "s3:*", "Resource": "*""#, "it may do anything with every bucket");
        check(r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*""#, "it may read objects of the bucket `b`");
        check(
            r#""Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*""#,
            "it may send traces",
        );
        check(
            r#""Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#,
            "everybody may do anything with every bucket, if the request does not come by HTTPS",
        );
        check(
            r#""Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceAccount": ["1", "2"]}}"#,
            "the service `sns.amazonaws.com` may send messages to every queue, if `aws:SourceAccount` is `1` or `2`",
        );
        check(
            r#""Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:RestoreTable"], "Resource": "arn:aws:dynamodb:*:*:table/orders""#,
            "it may read items of the table `orders` and do `dynamodb:RestoreTable` on the table `orders`",
        );
        check(r#""NotAction": "iam:*", "Resource": "*""#, "it may do everything but `iam:*` on everything");
    }
}
