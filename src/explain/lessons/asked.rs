//! Questions about the constructs that a file uses, with answers worked out from the file: what a function gives, what a
//! mapping holds for another region, who sees a secret, which rights a policy template stands for.

mod files;
mod functions;
mod sections;
mod serverless;

use crate::document::Document;
use crate::explain::ExplainOptions;
use crate::explain::model::{Model, Question};
use crate::explain::template::Context;
use crate::source::{SourceFile, Span};
use crate::syntax::Node;
use crate::template::Resource;

/// What questions about a template are worked out from.
struct Asker<'a, 'c, 'n> {
    model: &'a Model,
    context: &'a Context<'c, 'n>,
    /// The file as it is written, before transforms.
    written: &'a Node,
    options: &'a ExplainOptions,
    out: Vec<Question>,
}

impl<'n> Asker<'_, '_, 'n> {
    fn ask(&mut self, question: impl Into<String>, answer: impl Into<String>) {
        let question = question.into();
        if self.out.iter().all(|q| q.question != question) {
            self.out.push(Question { question, answer: answer.into() });
        }
    }

    /// The line of a span.
    fn line(&self, span: Span) -> u32 {
        line(self.context.file, span)
    }

    /// The resources that stand in the file and exist.
    fn own(&self) -> Vec<&'n Resource<'n>> {
        let written =
            |id: &str| self.model.existing().any(|r| r.id == id && r.origin.as_ref().is_none_or(|o| o.id == id));
        self.context.template.resources.iter().filter(|r| written(r.id())).collect()
    }

    /// Every property that stands in the file, with its resource and name.
    fn properties(&self) -> Vec<(&'n str, &'n str, &'n Node)> {
        let mut out = Vec::new();
        for resource in self.own() {
            let entries = resource.properties().and_then(Node::as_map).unwrap_or_default();
            // The body of an API is made by the transform, not by the author.
            let body = |name: &str| matches!(name, "Body" | "DefinitionBody");
            out.extend(entries.iter().filter(|e| !body(&e.key.text)).map(|e| (resource.id(), &*e.key.text, &e.value)));
        }
        out
    }
}

fn line(file: &SourceFile, span: Span) -> u32 {
    file.position(span.start).line
}

/// Questions about a template.
pub(super) fn of_template(
    model: &Model,
    context: &Context<'_, '_>,
    document: &Document,
    options: &ExplainOptions,
) -> Vec<Question> {
    let Some(written) = document.root() else { return Vec::new() };
    let mut asker = Asker { model, context, written, options, out: Vec::new() };
    if model.file.kind == "sam" {
        serverless::ask(&mut asker);
    }
    sections::ask(&mut asker);
    functions::ask(&mut asker);
    asker.out
}

/// Questions about an AppSpec or a buildspec.
pub(super) fn of_file(model: &Model, document: &Document) -> Vec<Question> {
    files::questions(model, document)
}
