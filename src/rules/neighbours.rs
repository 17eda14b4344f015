//! Templates and the files beside them: nested templates, code, handlers, and what other stacks export.

use crate::bundle::code::{self, Handler, LOCAL, Local};
use crate::bundle::{Bundle, In, exports, folder};
use crate::diagnostic::{Applicability, Severity};
use crate::rule::suggest::nearest;
use crate::rule::{Check, Crossed, Family, rule};
use crate::syntax::Style;
use crate::template::{Resource, Template};

/// The family.
pub static FAMILY: Family = Family {
    rules: &[&NESTED_TEMPLATE_MISSING, &LOCAL_FILE_MISSING, &HANDLER_MISSING, &IMPORT_UNKNOWN, &EXPORT_TWICE],
    checks: &[Check::Bundle(local_files), Check::Bundle(shared_names)],
};

rule!(
    NESTED_TEMPLATE_MISSING,
    "neighbours" / "SL046",
    "nested-template-missing",
    Error,
    "A nested stack names a template that is not there"
);
rule!(
    LOCAL_FILE_MISSING,
    "neighbours" / "SL047",
    "local-file-missing",
    Error,
    "A template names code or a definition that is not there"
);
rule!(
    HANDLER_MISSING,
    "neighbours" / "SL042",
    "handler-missing",
    Error,
    "The code of a function does not have its handler"
);
rule!(
    IMPORT_UNKNOWN,
    "neighbours" / "SL043",
    "import-unknown",
    Info,
    "No template of the folder exports a name that one imports"
);
rule!(EXPORT_TWICE, "neighbours" / "SL044", "export-twice", Info, "Two templates of the folder export the same name");

fn local_files(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    for template in &bundle.templates {
        for resource in template.view.resources.iter() {
            for (kind, property, what) in LOCAL {
                if resource.kind() == Some(kind) {
                    local_file(bundle, template, resource, property, what, crossed);
                }
            }
            if matches!(resource.kind(), Some("AWS::Serverless::Function" | "AWS::Lambda::Function")) {
                function_handler(bundle, template, resource, crossed);
            }
        }
    }
}

fn local_file(
    bundle: &Bundle<'_>,
    template: &In<'_, Template<'_>>,
    resource: &Resource<'_>,
    property: &str,
    what: &str,
    crossed: &mut Crossed,
) {
    let Some(node) = resource.property(property) else { return };
    let Some(path) = code::local_path(node) else { return };
    if property == "Location" && !path.contains(['.', '/']) {
        return;
    }
    let Local::Missing(near) = code::look(bundle, template.path, path) else { return };
    let (rule, fails) = if what == "template" {
        (&NESTED_TEMPLATE_MISSING, "so packaging the template fails, and without it the nested stack")
    } else {
        (&LOCAL_FILE_MISSING, "so building and packaging the template fails")
    };
    let message = format!("there is no `{path}` beside the template for the {what} of `{}`, {fails}", resource.id());
    let found = crossed.report(rule, template.path, node.span, message);
    match near {
        Some(near) => {
            let own = folder::parent(template.path);
            let inside = near.strip_prefix(own).unwrap_or(&near).trim_start_matches('/').to_owned();
            let lead = if path.starts_with("./") { "./" } else { "" };
            found.help(format!("did you mean `{lead}{inside}`?"));
            if node.style == Style::Plain && !path.contains("..") {
                found.fix(
                    Applicability::Unsafe,
                    format!("write `{lead}{inside}`"),
                    node.span,
                    format!("{lead}{inside}"),
                );
            }
        }
        None => {
            found.severity = if what == "template" { Severity::Error } else { Severity::Warning };
            found.help("the path starts at the folder of the template");
        }
    }
}

fn function_handler(
    bundle: &Bundle<'_>,
    template: &In<'_, Template<'_>>,
    function: &Resource<'_>,
    crossed: &mut Crossed,
) {
    let fails = "so every call of the function fails before its first line";
    let place = function.property("Handler").map_or(function.key.span, |n| n.span);
    let text = function.property("Handler").and_then(|n| n.as_str()).unwrap_or("");
    match code::handler(bundle, template, function) {
        Handler::Fine => {}
        Handler::NoFile(file, near) => {
            let message = format!("the handler of `{}` is in `{file}`, which is not there, {fails}", function.id());
            let found = crossed.report(&HANDLER_MISSING, template.path, place, message);
            match near {
                Some(near) => {
                    let name = text.rsplit('.').next().unwrap_or("handler");
                    found.help(format!("did you mean `{near}.{name}`?"));
                    if function.property("Handler").is_some_and(|n| n.style == Style::Plain) {
                        found.fix(
                            Applicability::Unsafe,
                            format!("write `{near}.{name}`"),
                            place,
                            format!("{near}.{name}"),
                        );
                    }
                }
                None => {
                    found.help("the handler is the path of a file in the code, without its ending, a dot and the name of a function");
                }
            }
        }
        Handler::NoFunction(file, name) => {
            let message = format!("`{file}` has no `{name}`, which is the handler of `{}`, {fails}", function.id());
            crossed
                .report(&HANDLER_MISSING, template.path, place, message)
                .help("write the name of a function that the file defines");
        }
    }
}

fn shared_names(bundle: &Bundle<'_>, crossed: &mut Crossed) {
    let (exports, imports, open) = exports::all(bundle);
    for (i, export) in exports.iter().enumerate() {
        let twin =
            exports[..i].iter().find(|e| e.text == export.text && e.path != export.path && !e.text.contains("${"));
        if let Some(twin) = twin {
            let message = format!(
                "`{}` exports `{}` too; in one account and region only one stack can have the name, the second one fails",
                twin.path, export.text
            );
            crossed
                .report(&EXPORT_TWICE, export.path, export.span, message)
                .help("put the name of the stack in front: `!Sub ${AWS::StackName}-...`");
        }
    }
    if exports.is_empty() || open {
        return;
    }
    for import in &imports {
        if exports.iter().any(|e| exports::may_meet(&e.text, &import.text)) {
            continue;
        }
        let message = format!("no template here exports `{}`; the stack fails unless another one does", import.text);
        let near = nearest(&import.text, exports.iter().map(|e| e.text.as_str())).map(str::to_owned);
        let found = crossed.report(&IMPORT_UNKNOWN, import.path, import.span, message);
        found.help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "deploy the stack that exports it first".to_owned(),
        });
    }
}
