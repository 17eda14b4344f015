//! Whether statements cover an action and a resource.

use super::{Answer, Effect, Item, Piece, Principals, Statement};

/// What an action is done on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'t> {
    /// No resource in particular: the action knows none, or it is not known which.
    Any,
    /// A resource of the template.
    Local {
        /// Its logical id.
        id: &'t str,
        /// Its type.
        kind: &'t str,
        /// Its part: the objects of a bucket, the stream of a table.
        part: Part,
    },
}

/// A part of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The resource itself.
    Itself,
    /// What its ARN and a slash begin: the objects of a bucket.
    Below,
    /// The stream of a table.
    Stream,
}

impl<'t> Target<'t> {
    /// A resource itself.
    pub fn of(resource: &crate::template::Resource<'t>) -> Self {
        Target::Local { id: resource.id(), kind: resource.kind().unwrap_or_default(), part: Part::Itself }
    }

    /// A part of a resource.
    pub fn part(resource: &crate::template::Resource<'t>, part: Part) -> Self {
        Target::Local { id: resource.id(), kind: resource.kind().unwrap_or_default(), part }
    }
}

/// The service in the ARNs of a type, where it is not the second part of the type in small letters.
const SERVICES: &[(&str, &str)] = &[
    ("ElasticLoadBalancingV2", "elasticloadbalancing"),
    ("KinesisFirehose", "firehose"),
    ("StepFunctions", "states"),
    ("OpenSearchService", "es"),
    ("Elasticsearch", "es"),
    ("EFS", "elasticfilesystem"),
    ("Serverless", ""),
    ("ApiGatewayV2", "apigateway"),
];

/// The service in the ARNs of a type; empty when it is not certain.
pub fn service_of(kind: &str) -> String {
    let Some(name) = kind.strip_prefix("AWS::").and_then(|rest| rest.split("::").next()) else { return String::new() };
    match SERVICES.iter().find(|s| s.0 == name) {
        Some((_, service)) => (*service).to_owned(),
        None => name.to_lowercase(),
    }
}

/// Whether a text fits a pattern with `*` and `?`.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(b) if *b == b'?' || *b == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

fn least(a: Answer, b: Answer) -> Answer {
    match (a, b) {
        (Answer::No, _) | (_, Answer::No) => Answer::No,
        (Answer::Yes, Answer::Yes) => Answer::Yes,
        _ => Answer::Unknown,
    }
}

/// The best of the answers of some items; a rest that is not known may be anything.
fn any(answers: impl Iterator<Item = (Answer, bool)>, whole: bool) -> Answer {
    let mut best = if whole { Answer::No } else { Answer::Unknown };
    for (answer, maybe) in answers {
        match answer {
            Answer::Yes if !maybe => return Answer::Yes,
            Answer::Yes | Answer::Unknown => best = Answer::Unknown,
            Answer::No => {}
        }
    }
    best
}

fn turned(answer: Answer, negated: bool) -> Answer {
    match (answer, negated) {
        (Answer::Yes, true) => Answer::No,
        (Answer::No, true) => Answer::Yes,
        (answer, _) => answer,
    }
}

/// The type of a resource by its logical id.
pub type KindOf<'k> = &'k dyn Fn(&str) -> Option<String>;

impl Statement {
    /// Whether its actions include one, given as `sqs:SendMessage`.
    pub fn names_action(&self, action: &str) -> Answer {
        let Some(clause) = &self.actions else { return Answer::No };
        let wanted = action.to_lowercase();
        let covers = |item: &Item| match item.literal() {
            Some(pattern) if fits(&pattern.to_lowercase(), &wanted) => Answer::Yes,
            Some(_) => Answer::No,
            None => Answer::Unknown,
        };
        turned(any(clause.items.iter().map(|item| (covers(item), item.maybe)), clause.whole), clause.negated)
    }

    /// Whether its resources include one.
    pub fn names_resource(&self, target: Target<'_>, kinds: KindOf<'_>) -> Answer {
        let Some(clause) = &self.resources else { return Answer::No };
        let covers = |item: &Item| (covers(item, target, kinds), item.maybe);
        turned(any(clause.items.iter().map(covers), clause.whole), clause.negated)
    }

    /// Whether it is certainly, or perhaps, about an action on a resource, whatever its effect.
    pub fn is_about(&self, action: &str, target: Target<'_>, kinds: KindOf<'_>) -> Answer {
        let both = least(self.names_action(action), self.names_resource(target, kinds));
        let open = self.maybe || self.is_conditional();
        if both == Answer::Yes && open { Answer::Unknown } else { both }
    }
}

/// Whether some statements allow an action on a resource. What limits a statement makes its yes uncertain.
pub fn allowed<'s>(
    statements: impl Iterator<Item = &'s Statement>,
    whole: bool,
    action: &str,
    target: Target<'_>,
    kinds: KindOf<'_>,
) -> Answer {
    let mut best = if whole { Answer::No } else { Answer::Unknown };
    let mut denied = false;
    for statement in statements {
        let about = statement.is_about(action, target, kinds);
        match (statement.effect, about) {
            (_, Answer::No) => {}
            (Some(Effect::Deny), _) => denied = true,
            (Some(Effect::Allow), Answer::Yes) => best = Answer::Yes,
            _ if best == Answer::No => best = Answer::Unknown,
            _ => {}
        }
    }
    if denied && best == Answer::Yes { Answer::Unknown } else { best }
}

impl Principals {
    /// Whether a service is among them, given as `sns.amazonaws.com`.
    pub fn name_service(&self, service: &str) -> Answer {
        let first = service.split('.').next().unwrap_or(service);
        let covers = |kind: &str, who: &Item| match who.literal() {
            Some("*") => Answer::Yes,
            Some(name) if kind == "Service" && (name == service || name.starts_with(&format!("{first}."))) => {
                Answer::Yes
            }
            Some(_) => Answer::No,
            None if kind == "Service" => Answer::Unknown,
            None => Answer::No,
        };
        turned(any(self.list.iter().map(|p| (covers(&p.kind, &p.who), p.who.maybe)), self.whole), self.negated)
    }

    /// Whether everybody is among them.
    pub fn name_everybody(&self) -> Answer {
        let covers = |who: &Item| match who.literal() {
            Some("*") => Answer::Yes,
            Some(_) => Answer::No,
            None => Answer::Unknown,
        };
        turned(any(self.list.iter().map(|p| (covers(&p.who), p.who.maybe)), self.whole), self.negated)
    }

    /// Whether somebody other than services may be among them: accounts, users, roles.
    pub fn may_name_identities(&self) -> bool {
        self.negated || !self.whole || self.list.iter().any(|p| p.kind != "Service")
    }
}

/// A text in one string: `\u{1}` where something is not known, `\u{2}` where a resource gives a part.
pub fn shape(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Hole(_) => "\u{1}",
            Piece::Ref(_) | Piece::Attribute(..) => "\u{2}",
        })
        .collect()
}

/// Whether a resource of a statement covers what is asked about.
fn covers(item: &Item, target: Target<'_>, kinds: KindOf<'_>) -> Answer {
    if item.literal() == Some("*") {
        return Answer::Yes;
    }
    let Target::Local { id, kind, part } = target else { return Answer::Unknown };
    let shape = shape(&item.pieces);
    let service = service_of(kind);
    let named = item.pieces.iter().find_map(|piece| match piece {
        Piece::Ref(name) => Some((name.as_str(), "")),
        Piece::Attribute(name, attribute) => Some((name.as_str(), attribute.as_str())),
        _ => None,
    });
    if let Some(rest) = shape.strip_prefix("arn:") {
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        let [_, of, region, account, name] = parts.as_slice() else { return Answer::Unknown };
        if !of.contains(['*', '?', '\u{1}', '\u{2}']) && !service.is_empty() && *of != service {
            return Answer::No;
        }
        let open = |text: &str| matches!(text, "" | "*" | "\u{1}");
        if *name == "*" && *of == service && open(region) && open(account) {
            return Answer::Yes;
        }
        return match named {
            Some((name, _)) if name == id => tail(&shape, part, kind == "AWS::S3::Bucket"),
            Some((name, _)) => other(name, kind, kinds),
            None => Answer::Unknown,
        };
    }
    match named {
        Some((name, "StreamArn")) if name == id && shape == "\u{2}" => {
            if part == Part::Stream {
                Answer::Yes
            } else {
                Answer::No
            }
        }
        Some((name, _)) if name == id && shape.starts_with('\u{2}') => tail(&shape, part, true),
        Some((name, _)) if shape.starts_with('\u{2}') => other(name, kind, kinds),
        _ => Answer::Unknown,
    }
}

/// What follows the name of the resource itself.
fn tail(shape: &str, part: Part, certain: bool) -> Answer {
    let rest = shape.split_once('\u{2}').map_or("", |s| s.1);
    match (part, rest) {
        (Part::Itself, "") if certain => Answer::Yes,
        (Part::Itself, "*") if certain => Answer::Yes,
        (Part::Below | Part::Stream, "") if certain => Answer::No,
        (Part::Below | Part::Stream, "*" | "/*") => Answer::Yes,
        (Part::Stream, "/stream/*") => Answer::Yes,
        _ => Answer::Unknown,
    }
}

/// A statement that names another resource of the template.
fn other(name: &str, kind: &str, kinds: KindOf<'_>) -> Answer {
    match kinds(name) {
        Some(found) if found == kind => Answer::No,
        // These hand on values of elsewhere.
        Some(found) if OPAQUE.iter().any(|o| found.starts_with(o)) || !found.starts_with("AWS::") => Answer::Unknown,
        Some(found) if service_of(&found) != service_of(kind) => Answer::No,
        _ => Answer::Unknown,
    }
}

const OPAQUE: &[&str] = &["AWS::CloudFormation::", "AWS::SSM::", "AWS::ServiceCatalog::", "AWS::Serverless::"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        assert!(fits("get*", "getobject"));
        assert!(fits("*tagging", "getobjecttagging"));
        assert!(fits("get?bject*", "getobject"));
        assert!(fits("*a*b*", "xxaxxbxx"));
        assert!(!fits("get*x", "getobject"));
        assert!(!fits("ge?", "ge"));
    }

    /// What a resource of a statement covers of the queue `Q`, the bucket `B` and its objects, the stream of table `T`.
    fn answers(pieces: &[Piece]) -> [Answer; 4] {
        let item = Item { pieces: pieces.to_vec(), span: crate::source::Span::new(0, 0), maybe: false };
        let kinds = |id: &str| match id {
            "Q" | "Other" => Some("AWS::SQS::Queue".to_owned()),
            "B" => Some("AWS::S3::Bucket".to_owned()),
            "T" => Some("AWS::DynamoDB::Table".to_owned()),
            "Stack" => Some("AWS::CloudFormation::Stack".to_owned()),
            _ => None,
        };
        let local = |id, kind, part| Target::Local { id, kind, part };
        [
            covers(&item, local("Q", "AWS::SQS::Queue", Part::Itself), &kinds),
            covers(&item, local("B", "AWS::S3::Bucket", Part::Itself), &kinds),
            covers(&item, local("B", "AWS::S3::Bucket", Part::Below), &kinds),
            covers(&item, local("T", "AWS::DynamoDB::Table", Part::Stream), &kinds),
        ]
    }

    #[test]
    fn resources() {
        use Answer::{No as N, Unknown as U, Yes as Y};
        let text = |t: &str| Piece::Text(t.to_owned());
        let arn = |id: &str| Piece::Attribute(id.to_owned(), "Arn".to_owned());
        let hole = || Piece::Hole("AWS::Region".to_owned());
        assert_eq!(answers(&[text("*")]), [Y, Y, Y, Y]);
        assert_eq!(answers(&[arn("Q")]), [Y, N, N, N]);
        assert_eq!(answers(&[arn("Other")]), [N, N, N, N]);
        assert_eq!(answers(&[arn("B")]), [N, Y, N, N]);
        assert_eq!(answers(&[arn("B"), text("/*")]), [N, U, Y, N]);
        assert_eq!(answers(&[text("arn:aws:s3:::"), Piece::Ref("B".to_owned()), text("/*")]), [N, U, Y, N]);
        assert_eq!(answers(&[text("arn:aws:sqs:"), hole(), text(":"), hole(), text(":*")]), [Y, N, N, N]);
        assert_eq!(answers(&[text("arn:aws:sqs:eu-west-1:123456789012:jobs")]), [U, N, N, N]);
        assert_eq!(answers(&[arn("T"), text("/stream/*")]), [N, N, N, Y]);
        assert_eq!(answers(&[Piece::Attribute("T".to_owned(), "StreamArn".to_owned())]), [N, N, N, Y]);
        assert_eq!(answers(&[Piece::Attribute("Stack".to_owned(), "Outputs.X".to_owned())]), [U, U, U, U]);
        assert_eq!(answers(&[hole()]), [U, U, U, U]);
    }
}
