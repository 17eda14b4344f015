//! What may still be said of a file that could not be read as a whole.
//!
//! The reader goes on behind a syntax error, so that every broken place of a file is shown. What it left out is not in
//! the tree, though: a rule would take it for missing, and that is no fault of the author.

use crate::diagnostic::Diagnostic;
use crate::document::{Document, DocumentKind};
use crate::source::Span;
use crate::syntax::SyntaxErrorKind;

/// Takes out findings that may only come from what is not in the tree. The sections of an AppSpec or a buildspec do not
/// depend on each other. Those of a template do, so there only faults of whole resources are left, and only if other
/// resources alone are broken.
pub fn retain_certain(document: &Document, list: &mut Vec<Diagnostic>) {
    if !document.tree.is_torn() {
        return;
    }
    let errors = &document.tree.errors;
    let is_syntax = |d: &Diagnostic| errors.iter().any(|e| e.span == d.span);
    if document.kind == DocumentKind::Template {
        let whole = Resources::of(document);
        list.retain(|d| is_syntax(d) || whole.as_ref().is_some_and(|whole| whole.certain(d)));
        return;
    }
    let whole = whole_sections(document);
    list.retain(|d| is_syntax(d) || whole.iter().any(|s| s.start < d.span.start && d.span.end <= s.end));
}

/// The resources of a template in which nothing but resources is broken.
struct Resources<'d> {
    text: &'d str,
    /// Those that were read whole, from the key to the next key.
    whole: Vec<Span>,
    /// What was left out.
    broken: &'d [Span],
}

impl<'d> Resources<'d> {
    /// `None` when it is not known what was left out, or it is not of a resource.
    fn of(document: &'d Document) -> Option<Self> {
        let (text, broken) = (document.file.text.as_str(), document.tree.left_out.as_slice());
        let of_resources = |region: &Span| {
            let start = region.start as usize;
            text[start..].starts_with([' ', '\t']) && section_at(text, start) == Some("Resources:")
        };
        if broken.is_empty() || !broken.iter().all(of_resources) {
            return None;
        }
        let root = document.root()?.as_map()?;
        let at = root.iter().position(|entry| &*entry.key.text == "Resources")?;
        let entries = root[at].value.as_map()?;
        let end = root.get(at + 1).map_or(text.len(), |next| next.key.span.start as usize);
        let mut whole = Vec::new();
        for (i, entry) in entries.iter().enumerate() {
            let end = entries.get(i + 1).map_or(end, |next| next.key.span.start as usize);
            let span = Span::new(entry.key.span.start as usize, end);
            // What follows an entry may have been a part of it.
            if !broken.iter().any(|region| (span.start..span.end).contains(&region.start)) {
                whole.push(span);
            }
        }
        Some(Resources { text, whole, broken })
    }

    /// Whether a finding would be there if all of the file had been read: an error in a whole resource that speaks of
    /// nothing that is in a broken one. What several resources show together is not certain then.
    fn certain(&self, finding: &Diagnostic) -> bool {
        let id = finding.rule.id;
        (id.starts_with("E1") || id.starts_with("E3"))
            && self.whole.iter().any(|s| s.start <= finding.span.start && finding.span.end <= s.end)
            && finding.message.split('`').skip(1).step_by(2).all(|name| !self.mentions(name))
    }

    fn mentions(&self, name: &str) -> bool {
        let name = name.split('.').next().unwrap_or(name);
        !name.is_empty() && self.broken.iter().any(|s| self.text[s.start as usize..s.end as usize].contains(name))
    }
}

/// The first line before a place that starts at the margin: the section that the place is in.
fn section_at(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let starts = |line: &&str| !line.starts_with([' ', '\t', '#', '\r']) && !line.is_empty();
    before.lines().rev().find(starts).map(str::trim_end)
}

/// The top-level entries of an AppSpec or buildspec without a syntax error in or right behind them, from the start of
/// the key to that of the next.
fn whole_sections(document: &Document) -> Vec<Span> {
    if !matches!(document.kind, DocumentKind::AppSpec | DocumentKind::Buildspec) {
        return Vec::new();
    }
    let entries = document.root().and_then(|r| r.as_map()).unwrap_or_default();
    let end = document.file.text.len();
    let mut found = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        let start = entry.key.span.start as usize;
        let end = entries.get(i + 1).map_or(end, |next| next.key.span.start as usize);
        let from = if i == 0 { 0 } else { start };
        let torn = |span: Span| (from..end.max(from + 1)).contains(&(span.start as usize));
        if !document.tree.errors.iter().any(|e| e.kind == SyntaxErrorKind::Malformed && torn(e.span)) {
            found.push(Span::new(start, end));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::document::{Document, DocumentKind, recognize};
    use crate::engine::check;
    use crate::rule::Options;
    use crate::source::SourceFile;
    use crate::syntax;

    /// The ids of what is found in a file, with their lines.
    fn found(name: &str, text: &str) -> Vec<(&'static str, u32)> {
        let file = SourceFile::new(name, text);
        let tree = syntax::read(&file);
        let kind = recognize(name, &tree).unwrap_or(DocumentKind::Template);
        let document = Document::new(file, kind, tree);
        let line = |start: u32| document.file.position(start).line;
        check(&document, &Options::default()).iter().map(|d| (d.rule.id, line(d.span.start))).collect()
    }

    #[test]
    fn what_a_torn_template_lacks_is_not_missing() {
        // Without its broken section the function would have no runtime, and `Table` would be no resource.
        let text = "Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function:\n    Runtime: python3.13\n    \
                    LoggingConfig:\n      [note]LogFormat: JSON\nResources:\n  Table:\n    Type: \"AWS::SNS::Topic\n  \
                    F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: src/\n      Handler: a.b\n      \
                    Environment: {Variables: {T: !Ref Table}}\n";
        let all = found("template.yaml", text);
        assert!(!all.is_empty() && all.iter().all(|f| f.0 == "E0000"), "{all:?}");
    }

    #[test]
    fn whole_resources_count_when_only_another_is_torn() {
        let text = "Resources:\n  Torn:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: a\n  Whole:\n    \
                    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Ref Missing\n      \
                    KmsMasterKeyId: !Ref Torn\n      DelaySecond: 5\n";
        assert_eq!(found("template.yaml", text), [("E0000", 5), ("E1020", 8), ("E3002", 10)]);
    }

    #[test]
    fn whole_sections_of_a_torn_appspec_count() {
        let text = "version: 0.0\nos: linux\nfiles:\n  - source: *\n    destination: /srv\nhooks:\n  AfterInstal:\n    \
                    - location: a.sh\n";
        assert_eq!(found("appspec.yml", text), [("CD102", 4), ("CD161", 7)]);
        // The event behind a misplaced one keeps its scripts.
        let text = "version: 0.0\nos: linux\nhooks:\n    BeforeInstall:\n    - location: a.sh\n  AfterInstall:\n    \
                    - location: b.sh\n";
        assert_eq!(found("appspec.yml", text), [("CD102", 6)]);
    }

    #[test]
    fn a_text_in_front_of_the_keys_is_one_error() {
        assert_eq!(
            found("appspec.yml", "// not used\n\nversion: 0.0\nos: linux\nhooks:\n  Install: []\n"),
            [("CD102", 3)]
        );
    }
}
