//! Elastic Beanstalk: configuration files, and the options of environments in them and in templates.

mod files;
mod folder;
mod options;

use crate::rule::{Check, Family, rule};

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &PLACE,
        &UNREADABLE,
        &KEY_UNKNOWN,
        &SETTINGS_SHAPE,
        &OPTION_UNKNOWN,
        &FILE_MODE,
        &CONTENT_AND_SOURCE,
        &COMMANDS_SHAPE,
        &LEADER_ONLY,
        &KEY_TWICE,
        &OLD_HOOKS,
        &HOOK_NOT_EXECUTABLE,
        &OPTION_VALUE,
        &OPTION_IN_TEMPLATE,
        &ENVIRONMENT_LOSES,
    ],
    checks: &[
        Check::Document(files::check),
        Check::Resource(
            &["AWS::ElasticBeanstalk::Environment", "AWS::ElasticBeanstalk::ConfigurationTemplate"],
            options::in_template,
        ),
        Check::Bundle(folder::check),
    ],
};

rule!(PLACE, "beanstalk" / "EB101", "extension-not-read", Warning, "a configuration file lies where nobody reads it");
rule!(UNREADABLE, "beanstalk" / "EB102", "extension-unreadable", Error, "a configuration file cannot be read");
rule!(
    KEY_UNKNOWN,
    "beanstalk" / "EB103",
    "extension-key-unknown",
    Error,
    "a configuration file has a key that there is not"
);
rule!(
    SETTINGS_SHAPE,
    "beanstalk" / "EB104",
    "option-settings-shape",
    Error,
    "`option_settings` is neither a list of options nor a mapping of namespaces"
);
rule!(
    OPTION_UNKNOWN,
    "beanstalk" / "EB105",
    "environment-option-unknown",
    Error,
    "a namespace or an option of an environment that there is not"
);
rule!(FILE_MODE, "beanstalk" / "EB106", "file-mode", Error, "the mode of a file is not six octal digits as text");
rule!(
    CONTENT_AND_SOURCE,
    "beanstalk" / "EB107",
    "content-and-source",
    Error,
    "a file has both a content and a source, or none of them"
);
rule!(
    COMMANDS_SHAPE,
    "beanstalk" / "EB108",
    "extension-commands-shape",
    Error,
    "commands are no mapping of names to mappings with `command`"
);
rule!(
    LEADER_ONLY,
    "beanstalk" / "EB109",
    "leader-only-in-commands",
    Warning,
    "`leader_only` stands where it has no effect"
);
rule!(KEY_TWICE, "beanstalk" / "EB110", "extension-key-twice", Error, "a key stands twice in a configuration file");
rule!(
    OLD_HOOKS,
    "beanstalk" / "EB111",
    "hooks-of-former-platforms",
    Info,
    "a file is put where only platforms before Amazon Linux 2 run it"
);
rule!(
    HOOK_NOT_EXECUTABLE,
    "beanstalk" / "EB112",
    "platform-hook-not-executable",
    Info,
    "a platform hook may not be executed"
);
rule!(
    OPTION_VALUE,
    "beanstalk" / "EB120",
    "environment-option-value",
    Error,
    "an option of an environment has a value that it does not take"
);
rule!(
    OPTION_IN_TEMPLATE,
    "beanstalk" / "SL220",
    "environment-option-refused",
    Error,
    "an environment in a template has an option or a value that there is not"
);
rule!(
    ENVIRONMENT_LOSES,
    "beanstalk" / "SL221",
    "environment-loses-data",
    Info,
    "an environment deletes its database, or never runs its periodic tasks"
);
