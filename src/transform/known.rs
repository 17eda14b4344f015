//! Putting in what is known: a function whose value the given parameters, defaults, mappings and the region decide is
//! replaced by that value. What only the deployment decides stays as it is.

use crate::conditions::Pins;
use crate::resolve::Resolver;
use crate::source::Span;
use crate::syntax::{Call, Entry, Node, NodeKind, Tagged};
use crate::template::Template;
use crate::value::OriginKind;

/// The sections whose values are put in; the others define what is known.
const SECTIONS: &[&str] = &["Resources", "Outputs"];

/// A copy of a template with everything known put in.
pub(super) fn put_in(root: &Node, region: &str, given: &[(String, String)]) -> Node {
    let template = Template::read(root);
    let regions = [region.to_owned()];
    let mut parameters = given.to_vec();
    for p in template.parameters.iter() {
        let default = p.default().and_then(|n| match &n.kind {
            NodeKind::List(items) => Some(items.iter().filter_map(Node::scalar_text).collect::<Vec<_>>().join(",")),
            _ => n.scalar_text().map(str::to_owned),
        });
        // What the parameter store holds is known at deployment.
        if let Some(default) = default
            && !p.is_ssm()
            && !parameters.iter().any(|g| g.0 == p.name())
        {
            parameters.push((p.name().to_owned(), default));
        }
    }
    let resolver = Resolver::new(&template, &regions, &parameters);
    let NodeKind::Map(sections) = &root.kind else { return root.clone() };
    let sections = sections
        .iter()
        .map(|e| {
            let here = SECTIONS.contains(&&*e.key.text);
            let value = if here { copy(&e.value, &resolver) } else { Some(e.value.clone()) };
            Entry { key: e.key.clone(), value: value.unwrap_or_else(|| nothing(e.value.span)) }
        })
        .collect();
    Node { span: root.span, style: root.style, kind: NodeKind::Map(sections) }
}

fn nothing(span: Span) -> Node {
    Node::generated(span, NodeKind::Null)
}

/// A copy with what is known put in; `None` for `AWS::NoValue`.
fn copy<'a>(node: &'a Node, resolver: &Resolver<'a>) -> Option<Node> {
    let kind = match &node.kind {
        NodeKind::List(items) => NodeKind::List(items.iter().filter_map(|n| copy(n, resolver)).collect()),
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .iter()
                .filter_map(|e| Some(Entry { key: e.key.clone(), value: copy(&e.value, resolver)? }))
                .collect(),
        ),
        NodeKind::Call(call) => {
            if let Some(value) = known(node, resolver) {
                return value;
            }
            let argument = copy(&call.argument, resolver).unwrap_or_else(|| nothing(call.argument.span));
            NodeKind::Call(Box::new(Call { argument, ..(**call).clone() }))
        }
        NodeKind::Tagged(t) => {
            let value = copy(&t.value, resolver).unwrap_or_else(|| nothing(t.value.span));
            NodeKind::Tagged(Box::new(Tagged { value, ..(**t).clone() }))
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => node.kind.clone(),
    };
    Some(Node { span: node.span, style: node.style, kind })
}

/// The one value of a call, when there is exactly one and it holds nothing that is undecided.
fn known<'a>(node: &'a Node, resolver: &Resolver<'a>) -> Option<Option<Node>> {
    let found = resolver.candidates(node, &Pins::none());
    let [only] = found.candidates.as_slice() else { return None };
    let stand_in = |o: &crate::value::Origin<'_>| {
        matches!(o.kind, OriginKind::Placeholder | OriginKind::MinValue | OriginKind::MaxValue)
    };
    if found.rest.is_some() || only.origins.iter().any(stand_in) {
        return None;
    }
    let Some(value) = &only.value else { return Some(None) };
    // A branch of `Fn::If` is part of the document: calls inside it are asked on their own.
    Some(match value {
        crate::value::ValueNode::Borrowed(inner) => copy(inner, resolver),
        crate::value::ValueNode::Made(made) => {
            let mut undecided = false;
            made.walk(&mut |n| undecided |= n.as_call().is_some());
            if undecided {
                return None;
            }
            Some((**made).clone())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, DocumentKind};
    use crate::source::SourceFile;

    #[test]
    fn what_is_known_is_put_in_and_the_rest_stays() {
        let text = "Parameters:\n  Stage: {Type: String}\n  Size: {Type: String, Default: small}\n  Late: {Type: String}\n\
                    Mappings:\n  M:\n    prod: {Name: big}\n\
                    Conditions:\n  IsProd: !Equals [!Ref Stage, prod]\n\
                    Resources:\n  T:\n    Type: AWS::SNS::Topic\n    Properties:\n      A: !Ref Stage\n      B: !Sub '${Stage}-${Size}-${AWS::Region}'\n      \
                    C: !FindInMap [M, !Ref Stage, Name]\n      D: !If [IsProd, yes-prod, no-prod]\n      E: !Ref Late\n      F: !GetAtt T.Arn\n      \
                    G: !If [IsProd, !Ref AWS::NoValue, x]\n      H: !Join ['-', [!Ref Stage, !Ref Late]]\n";
        let file = SourceFile::new("t.yaml", text);
        let tree = crate::syntax::read(&file);
        let document = Document::new(file, DocumentKind::Template, tree);
        let root = put_in(document.root().unwrap(), "eu-west-1", &[("Stage".to_owned(), "prod".to_owned())]);
        let property = |name: &str| root.at(&["Resources", "T", "Properties", name]);
        let text = |name: &str| property(name).and_then(Node::as_str).map(str::to_owned);
        assert_eq!(text("A").as_deref(), Some("prod"));
        assert_eq!(text("B").as_deref(), Some("prod-small-eu-west-1"));
        assert_eq!(text("C").as_deref(), Some("big"));
        assert_eq!(text("D").as_deref(), Some("yes-prod"));
        assert!(property("E").unwrap().as_call().is_some());
        assert!(property("F").unwrap().as_call().is_some());
        assert!(property("G").is_none());
        let joined = property("H").unwrap().as_call().unwrap();
        assert_eq!(joined.argument.as_list().unwrap()[1].as_list().unwrap()[0].as_str(), Some("prod"));
    }
}
