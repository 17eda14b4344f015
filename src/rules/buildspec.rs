//! Buildspecs: what one document alone can decide. The shape comes from `schemas/buildspec.json`; the rest are the
//! tables of the CodeBuild reference.

mod batch;
mod commands;
mod crossed;
mod environment;
mod files;
mod phases;
mod structure;

use crate::buildspec::Buildspec;
use crate::diagnostic::{Findings, Severity};
use crate::rule::outcome::conclude;
use crate::rule::{Check, Family, Rule};

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &DOCUMENT_SHAPE,
        &YAML_SYNTAX,
        &DUPLICATE_KEY,
        &UNKNOWN_KEY,
        &VERSION,
        &PHASES_SHAPE,
        &PHASE_NAME_UNKNOWN,
        &COMMANDS_MISSING,
        &COMMAND_NOT_TEXT,
        &COMMANDS_SHAPE,
        &ON_FAILURE_UNKNOWN,
        &FINALLY_SHAPE,
        &RUNTIME_UNKNOWN,
        &RUNTIME_PLACE,
        &STEPS_WITH_COMMANDS,
        &ENV_SHAPE,
        &SHELL_UNKNOWN,
        &RESERVED_NAME,
        &SECRET_LITERAL,
        &SECRET_REFERENCE,
        &EXPORTED_VARIABLES,
        &ENV_SIZE,
        &VARIABLE_TWICE,
        &SWITCH_NOT_YES_NO,
        &ARTIFACTS_FILES,
        &DISCARD_PATHS,
        &BASE_DIRECTORY,
        &SECONDARY_ARTIFACTS,
        &ARTIFACTS_TYPE,
        &PATH_FORM,
        &REPORTS,
        &CACHE,
        &BATCH_KIND,
        &BATCH_IDENTIFIER,
        &BATCH_DEPENDENCY,
        &BATCH_CYCLE,
        &BATCH_DEPEND_ON_PLACE,
        &BATCH_COMPUTE_FLEET,
        &BATCH_FANOUT,
        &BATCH_MATRIX,
        &BATCH_ENUM,
        &PACKAGED_TEMPLATE,
        &ECR_LOGIN,
        &POST_BUILD_AFTER_FAILURE,
        &CD_IN_0_1,
        &SPLIT_BLOCK,
    ],
    checks: &[
        Check::Document(structure::syntax),
        Check::Buildspec(structure::structure),
        Check::Buildspec(phases::phases),
        Check::Buildspec(environment::environment),
        Check::Buildspec(files::files),
        Check::Buildspec(batch::batch),
        Check::Buildspec(commands::commands),
        Check::Bundle(crossed::secondary),
        Check::Bundle(crossed::base_directories),
        Check::Buildspec(outcomes),
    ],
};

const fn rule(
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    page: &'static str,
    severity: Severity,
) -> Rule {
    Rule { id, name, summary, page, severity, checks: &[] }
}

use Severity::{Error, Info, Warning};

static DOCUMENT_SHAPE: Rule = rule(
    "CB101",
    "document-shape",
    "the file is no buildspec: empty, a list, or a project definition",
    include_str!("buildspec/CB101.md"),
    Error,
);
static YAML_SYNTAX: Rule =
    rule("CB102", "yaml-syntax", "the text is not YAML", include_str!("buildspec/CB102.md"), Error);
static DUPLICATE_KEY: Rule =
    rule("CB103", "duplicate-key", "a key stands twice in one mapping", include_str!("buildspec/CB103.md"), Warning);
static UNKNOWN_KEY: Rule =
    rule("CB104", "unknown-key", "CodeBuild does not know the key", include_str!("buildspec/CB104.md"), Warning);
static VERSION: Rule = rule(
    "CB110",
    "version-unknown",
    "`version` is missing or none that CodeBuild reads",
    include_str!("buildspec/CB110.md"),
    Error,
);
static PHASES_SHAPE: Rule = rule(
    "CB120",
    "phases-shape",
    "`phases` is missing, empty or no mapping",
    include_str!("buildspec/CB120.md"),
    Error,
);
static PHASE_NAME_UNKNOWN: Rule =
    rule("CB121", "phase-name-unknown", "the phase is none of the four", include_str!("buildspec/CB121.md"), Error);
static COMMANDS_MISSING: Rule =
    rule("CB122", "commands-missing", "a phase has no commands", include_str!("buildspec/CB122.md"), Error);
static COMMAND_NOT_TEXT: Rule = rule(
    "CB123",
    "command-not-text",
    "a command is read as something else than text",
    include_str!("buildspec/CB123.md"),
    Error,
);
static COMMANDS_SHAPE: Rule =
    rule("CB124", "commands-shape", "`commands` is no list", include_str!("buildspec/CB124.md"), Error);
static ON_FAILURE_UNKNOWN: Rule = rule(
    "CB125",
    "on-failure-unknown",
    "`on-failure` has no value that CodeBuild knows",
    include_str!("buildspec/CB125.md"),
    Error,
);
static FINALLY_SHAPE: Rule = rule(
    "CB126",
    "finally-shape",
    "`finally` is no list or stands without `commands`",
    include_str!("buildspec/CB126.md"),
    Error,
);
static RUNTIME_UNKNOWN: Rule = rule(
    "CB127",
    "runtime-unknown",
    "a runtime or its version is in no build image",
    include_str!("buildspec/CB127.md"),
    Error,
);
static RUNTIME_PLACE: Rule = rule(
    "CB128",
    "runtime-versions-outside-install",
    "`runtime-versions` stands outside `install`",
    include_str!("buildspec/CB128.md"),
    Warning,
);
static STEPS_WITH_COMMANDS: Rule = rule(
    "CB129",
    "steps-with-commands",
    "a phase has both `steps` and `commands`",
    include_str!("buildspec/CB129.md"),
    Warning,
);
static ENV_SHAPE: Rule = rule(
    "CB130",
    "env-shape",
    "`env` or a mapping below it has the wrong shape",
    include_str!("buildspec/CB130.md"),
    Error,
);
static SHELL_UNKNOWN: Rule = rule(
    "CB131",
    "shell-unknown",
    "`env.shell` names no shell of the build images",
    include_str!("buildspec/CB131.md"),
    Error,
);
static RESERVED_NAME: Rule = rule(
    "CB132",
    "variable-name-reserved",
    "a variable has a name that is reserved",
    include_str!("buildspec/CB132.md"),
    Warning,
);
static SECRET_LITERAL: Rule = rule(
    "CB133",
    "secret-literal",
    "a secret stands in the buildspec as plain text",
    include_str!("buildspec/CB133.md"),
    Warning,
);
static SECRET_REFERENCE: Rule = rule(
    "CB134",
    "secret-reference-malformed",
    "a secrets-manager reference has the wrong form",
    include_str!("buildspec/CB134.md"),
    Error,
);
static EXPORTED_VARIABLES: Rule = rule(
    "CB135",
    "exported-variables",
    "an exported variable cannot be exported",
    include_str!("buildspec/CB135.md"),
    Error,
);
static ENV_SIZE: Rule =
    rule("CB136", "env-too-large", "the variables together are too long", include_str!("buildspec/CB136.md"), Info);
static VARIABLE_TWICE: Rule = rule(
    "CB137",
    "variable-twice",
    "a variable is defined in two sections of `env`",
    include_str!("buildspec/CB137.md"),
    Warning,
);
static SWITCH_NOT_YES_NO: Rule =
    rule("CB138", "switch-not-yes-no", "a switch is neither yes nor no", include_str!("buildspec/CB138.md"), Warning);
static ARTIFACTS_FILES: Rule =
    rule("CB140", "artifacts-files", "`artifacts` has no usable `files`", include_str!("buildspec/CB140.md"), Error);
static DISCARD_PATHS: Rule = rule(
    "CB141",
    "discard-paths-flattens",
    "`discard-paths` moves the files that an AppSpec names by folder",
    include_str!("buildspec/CB141.md"),
    Warning,
);
static BASE_DIRECTORY: Rule = rule(
    "CB142",
    "base-directory",
    "`base-directory` is no path, or no folder of the build",
    include_str!("buildspec/CB142.md"),
    Warning,
);
static SECONDARY_ARTIFACTS: Rule = rule(
    "CB143",
    "secondary-artifacts",
    "`secondary-artifacts` has the wrong shape",
    include_str!("buildspec/CB143.md"),
    Error,
);
static ARTIFACTS_TYPE: Rule = rule(
    "CB144",
    "artifacts-type",
    "`artifacts.type` has no effect any more",
    include_str!("buildspec/CB144.md"),
    Info,
);
static PATH_FORM: Rule = rule(
    "CB145",
    "path-form",
    "a path matches nothing because of its form",
    include_str!("buildspec/CB145.md"),
    Warning,
);
static REPORTS: Rule = rule(
    "CB150",
    "reports",
    "a report group is incomplete or has an unknown format",
    include_str!("buildspec/CB150.md"),
    Error,
);
static CACHE: Rule =
    rule("CB160", "cache", "`cache` is incomplete or has an unknown action", include_str!("buildspec/CB160.md"), Error);
static BATCH_KIND: Rule =
    rule("CB170", "batch-kind", "a batch has no kind, or several", include_str!("buildspec/CB170.md"), Error);
static BATCH_IDENTIFIER: Rule = rule(
    "CB171",
    "batch-identifier",
    "a build of a batch has no usable identifier",
    include_str!("buildspec/CB171.md"),
    Error,
);
static BATCH_DEPENDENCY: Rule = rule(
    "CB172",
    "batch-dependency-unknown",
    "a build waits for one that does not exist",
    include_str!("buildspec/CB172.md"),
    Error,
);
static BATCH_CYCLE: Rule =
    rule("CB173", "batch-cycle", "builds of a batch wait for each other", include_str!("buildspec/CB173.md"), Error);
static BATCH_DEPEND_ON_PLACE: Rule = rule(
    "CB174",
    "depend-on-in-build-list",
    "`depend-on` stands in a build list",
    include_str!("buildspec/CB174.md"),
    Warning,
);
static BATCH_COMPUTE_FLEET: Rule = rule(
    "CB175",
    "compute-type-with-fleet",
    "a build names both a compute type and a fleet",
    include_str!("buildspec/CB175.md"),
    Error,
);
static BATCH_FANOUT: Rule =
    rule("CB176", "batch-fanout", "`parallelism` is missing or not above 0", include_str!("buildspec/CB176.md"), Error);
static BATCH_MATRIX: Rule =
    rule("CB177", "batch-matrix", "a value of a build matrix is no list", include_str!("buildspec/CB177.md"), Error);
static BATCH_ENUM: Rule = rule(
    "CB178",
    "batch-environment-unknown",
    "a build names an unknown environment or compute type",
    include_str!("buildspec/CB178.md"),
    Error,
);
static PACKAGED_TEMPLATE: Rule = rule(
    "CB181",
    "packaged-template-not-in-artifacts",
    "a packaged template is made but not handed on",
    include_str!("buildspec/CB181.md"),
    Warning,
);
static ECR_LOGIN: Rule = rule(
    "CB183",
    "ecr-login",
    "a login to a registry is written in a form that does not work",
    include_str!("buildspec/CB183.md"),
    Error,
);
static POST_BUILD_AFTER_FAILURE: Rule = rule(
    "CB184",
    "post-build-after-failure",
    "`post_build` publishes even when `build` failed",
    include_str!("buildspec/CB184.md"),
    Info,
);
static CD_IN_0_1: Rule = rule(
    "CB187",
    "cd-in-0-1",
    "`cd` has no effect on the next command under version 0.1",
    include_str!("buildspec/CB187.md"),
    Warning,
);
static SPLIT_BLOCK: Rule = rule(
    "CB188",
    "split-block",
    "a shell block is spread over several commands",
    include_str!("buildspec/CB188.md"),
    Warning,
);

const UNREAD: &str = "the build stops before its first phase";
const NO_BATCH: &str = "the batch stops before any of its builds begins";

/// What comes of the errors here.
const OUTCOMES: &[(&Rule, &str)] = &[
    (&DOCUMENT_SHAPE, UNREAD),
    (&YAML_SYNTAX, UNREAD),
    (&VERSION, UNREAD),
    (&PHASES_SHAPE, UNREAD),
    (&PHASE_NAME_UNKNOWN, UNREAD),
    (&COMMANDS_MISSING, UNREAD),
    (&COMMAND_NOT_TEXT, UNREAD),
    (&COMMANDS_SHAPE, UNREAD),
    (&ON_FAILURE_UNKNOWN, UNREAD),
    (&FINALLY_SHAPE, UNREAD),
    (&RUNTIME_UNKNOWN, "the phase `install` fails before its first command"),
    (&ENV_SHAPE, UNREAD),
    (&SHELL_UNKNOWN, UNREAD),
    (&SECRET_REFERENCE, UNREAD),
    (&EXPORTED_VARIABLES, "no later action gets it"),
    (&ARTIFACTS_FILES, "the build ends without an artifact, at UPLOAD_ARTIFACTS at the latest"),
    (&SECONDARY_ARTIFACTS, "the build ends without these artifacts, at UPLOAD_ARTIFACTS at the latest"),
    (&REPORTS, "the build ends without this report"),
    (&CACHE, "the next build begins without the cache"),
    (&BATCH_KIND, NO_BATCH),
    (&BATCH_IDENTIFIER, NO_BATCH),
    (&BATCH_DEPENDENCY, NO_BATCH),
    (&BATCH_CYCLE, NO_BATCH),
    (&BATCH_COMPUTE_FLEET, NO_BATCH),
    (&BATCH_FANOUT, NO_BATCH),
    (&BATCH_MATRIX, NO_BATCH),
    (&BATCH_ENUM, NO_BATCH),
    (&ECR_LOGIN, "the command fails in its phase"),
];

fn outcomes(_: &Buildspec<'_>, findings: &mut Findings) {
    conclude(findings, OUTCOMES);
}
