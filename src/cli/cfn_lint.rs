//! Options of cfn-lint that are called otherwise here, or that there is no use for: understood, or answered.

use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug, Clone, Default)]
pub(super) struct CfnLintArgs {
    #[arg(long = "template", short = 't', hide = true, num_args = 1.., value_name = "FILE")]
    pub(super) templates: Vec<PathBuf>,
    #[arg(long, short = 'l', hide = true)]
    list_rules: bool,
    #[arg(long, short = 'L', hide = true)]
    list_templates: bool,
    #[arg(long, short = 'u', hide = true)]
    update_specs: bool,
    #[arg(long, short = 'p', hide = true)]
    patch_specs: bool,
    #[arg(long, short = 'g', hide = true)]
    build_graph: bool,
    #[arg(long, short = 'a', hide = true, num_args = 1..)]
    append_rules: Vec<PathBuf>,
    #[arg(long, short = 'z', hide = true)]
    custom_rules: Option<PathBuf>,
    #[arg(long, hide = true)]
    override_spec: Option<PathBuf>,
    #[arg(long, short = 's', hide = true, num_args = 1..)]
    registry_schemas: Vec<PathBuf>,
    #[arg(long, hide = true, num_args = 1..)]
    deployment_files: Vec<PathBuf>,
    #[arg(long, short = 'D', hide = true)]
    debug: bool,
    #[arg(long, short = 'I', hide = true)]
    info: bool,
}

impl CfnLintArgs {
    /// What to do instead, for an option whose work cannot be done.
    pub(super) fn answer(&self) -> Option<&'static str> {
        let answers = [
            (self.list_rules, "`stacklens rule` lists the rules"),
            (self.list_templates, "`stacklens check --explain-config` says which files are checked, and how"),
            (self.update_specs, "the facts about resource types are built in; a newer stacklens has newer ones"),
            (self.patch_specs, "the facts about resource types are built in; there is nothing to patch"),
            (self.build_graph, "`check` draws no graph"),
            (!self.append_rules.is_empty(), "rules written in Python cannot be run: leave out `--append-rules`"),
            (self.custom_rules.is_some(), "custom rules are not supported: leave out `--custom-rules`"),
            (self.override_spec.is_some(), "the facts about resource types are built in: leave out `--override-spec`"),
            (
                !self.registry_schemas.is_empty(),
                "private resource types are not supported: leave out `--registry-schemas`",
            ),
            (!self.deployment_files.is_empty(), "deployment files are not read: leave out `--deployment-files`"),
        ];
        answers.into_iter().find(|a| a.0).map(|a| a.1)
    }
}
