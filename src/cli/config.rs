//! Which settings apply to which file: the configuration files found for it, and the command line.
//!
//! `.cfnlintrc` is looked for in the home folder and in the current one, as cfn-lint does; `stacklens.toml` in the folder of
//! the file and in those above it, the nearest alone. The latter is the stronger.

use super::gather::Input;
use super::{CheckArgs, check};
use crate::engine::Engine;
use crate::rule::suggest::nearest;
use crate::rules::accepted::instead_of;
use crate::schema::store;
use crate::settings::config::{self, ConfigFile, Flavor, Problem};
use crate::settings::globs::Globs;
use crate::settings::layer::{Key, Layer};
use crate::settings::{ADVICE, Settings, ids, options, rule_option, severity};
use crate::source::SourceFile;
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Configuration")]
pub(super) struct ConfigArgs {
    /// Take this stacklens.toml or .cfnlintrc instead of those that would be found
    #[arg(long, value_name = "FILE", visible_alias = "config-file")]
    config: Option<PathBuf>,

    /// Take no configuration file
    #[arg(long, conflicts_with = "config")]
    no_config: bool,

    /// Say for each file what applies to it and why, and check nothing
    #[arg(long)]
    pub(super) explain_config: bool,

    /// Give rules whose id starts like this another severity, or `off`
    #[arg(long, value_name = "PREFIX=LEVEL", value_delimiter = ',')]
    severity: Vec<String>,

    /// Report these even where they are ignored
    #[arg(long, short = 'm', value_name = "PREFIX", value_delimiter = ',')]
    mandatory_checks: Vec<String>,

    /// Set an option of a rule
    #[arg(long, short = 'x', value_name = "RULE:OPTION=VALUE")]
    configure_rule: Vec<String>,

    /// Leave files alone whose path matches
    #[arg(long, value_name = "PATTERN")]
    ignore_templates: Vec<String>,

    /// Pass over files that cannot be read
    #[arg(long, short = 'b')]
    ignore_bad_template: bool,

    /// Also run experimental rules
    #[arg(long, short = 'e')]
    include_experimental: bool,

    /// Join the lists of configuration files, templates and the command line
    #[arg(long)]
    merge_configs: bool,
}

/// Names under which a configuration of cfn-lint is looked for, in order.
const RC_NAMES: &[&str] = &[".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml"];
/// The name of our own configuration.
const OWN_NAME: &str = "stacklens.toml";

/// A configuration file that was read.
struct Source {
    /// The folder that its patterns and files are relative to.
    folder: PathBuf,
    flavor: Flavor,
    config: ConfigFile,
    /// Why it applies.
    why: &'static str,
}

/// The settings of a run.
pub(super) struct Configuration {
    command_line: Layer,
    /// For every file, weakest first.
    general: Vec<Source>,
    /// `stacklens.toml` by the folder it is in.
    found: BTreeMap<PathBuf, Source>,
    /// Whether `stacklens.toml` is looked for.
    discover: bool,
    here: PathBuf,
    /// Where standard input is taken to be from.
    stdin: PathBuf,
}

/// What applies to one file.
pub(super) struct Applied {
    /// What configuration files give.
    pub(super) config: Layer,
    /// Their names and why they apply, weakest first.
    pub(super) files: Vec<(String, &'static str)>,
    /// Where it is said that the file is left alone.
    pub(super) ignored: Option<String>,
}

impl Configuration {
    /// Reads the configuration for some inputs.
    ///
    /// # Errors
    /// When a setting cannot be understood. What is worth knowing otherwise goes to `remarks`.
    pub(super) fn read(args: &CheckArgs, inputs: &[Input], remarks: &mut Vec<String>) -> Result<Self, String> {
        let here = std::path::absolute(".").map_err(|e| format!("cannot find the current folder: {e}"))?;
        let own = &args.configuration;
        let mut read = Configuration {
            command_line: command_line(args, remarks)?,
            general: Vec::new(),
            found: BTreeMap::new(),
            discover: !own.no_config && own.config.is_none(),
            stdin: here.join(args.selection.stdin_filename.as_deref().unwrap_or("-")),
            here,
        };
        if let Some(path) = &own.config {
            read.general.push(read.source(path, Flavor::of(&path.to_string_lossy()), "named with --config")?);
        } else if read.discover {
            let home = std::env::home_dir().filter(|h| *h != read.here && !h.as_os_str().is_empty());
            let places = [(home, "in the home folder"), (Some(read.here.clone()), "in the current folder")];
            for (folder, why) in places {
                let path = folder.and_then(|f| RC_NAMES.iter().map(|n| f.join(n)).find(|p| p.is_file()));
                if let Some(path) = path {
                    read.general.push(read.source(&path, Flavor::CfnLint, why)?);
                }
            }
            for input in inputs.iter().chain(&[Input::Stdin]) {
                read.discover_for(input)?;
            }
        }
        read.judge(remarks)?;
        Ok(read)
    }

    /// Looks for `stacklens.toml` above an input.
    fn discover_for(&mut self, input: &Input) -> Result<(), String> {
        if let Some(folder) = self.own_folder(input)
            && !self.found.contains_key(&folder)
        {
            let source = self.source(&folder.join(OWN_NAME), Flavor::Ours, "found above the file")?;
            self.found.insert(folder, source);
        }
        Ok(())
    }

    /// The folder of the `stacklens.toml` that is nearest to an input.
    fn own_folder(&self, input: &Input) -> Option<PathBuf> {
        let path = self.absolute(input)?;
        let mut folder = path.parent();
        while let Some(here) = folder {
            if self.found.contains_key(here) || here.join(OWN_NAME).is_file() {
                return Some(here.to_owned());
            }
            folder = here.parent();
        }
        None
    }

    fn absolute(&self, input: &Input) -> Option<PathBuf> {
        match input {
            Input::Stdin => Some(self.stdin.clone()),
            Input::Named(path) | Input::Found(path) => std::path::absolute(path).ok(),
            Input::Failed(..) => None,
        }
    }

    fn source(&self, path: &Path, flavor: Flavor, why: &'static str) -> Result<Source, String> {
        let shown = path.strip_prefix(&self.here).unwrap_or(path).display().to_string();
        let bytes = std::fs::read(path).map_err(|e| format!("cannot read `{shown}`: {e}"))?;
        let file = SourceFile::from_bytes(&*shown, bytes).map_err(|(e, _)| format!("`{shown}`: {}", e.message))?;
        let mut config = config::read(file, flavor);
        let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // The paths in a file of cfn-lint are relative to where it is called.
        let folder = match flavor {
            Flavor::Ours => full.parent().unwrap_or(&self.here).to_owned(),
            Flavor::CfnLint => self.here.clone(),
        };
        load_parameters(&mut config.layer, &folder)?;
        for paths in &mut config.paths {
            load_parameters(&mut paths.layer, &folder)?;
        }
        Ok(Source { folder, flavor, config, why })
    }

    /// Says what is wrong with the files; an error when the run must not go on.
    fn judge(&self, remarks: &mut Vec<String>) -> Result<(), String> {
        let mut fatal = Vec::new();
        for source in self.general.iter().chain(self.found.values()) {
            for problem in &source.config.problems {
                let text = say(&source.config.file, problem);
                if problem.fatal { fatal.push(text) } else { remarks.push(text) }
            }
        }
        if fatal.is_empty() { Ok(()) } else { Err(fatal.join("\nstacklens: ")) }
    }

    /// What applies to an input.
    pub(super) fn applied(&self, input: &Input) -> Applied {
        let mut applied = Applied { config: Layer::default(), files: Vec::new(), ignored: None };
        let own = if self.discover { self.own_folder(input).and_then(|f| self.found.get(&f)) } else { None };
        let path = self.absolute(input);
        for source in self.general.iter().chain(own) {
            let relative = path.as_deref().and_then(|p| relative(p, &source.folder));
            let mut layer = source.config.layer.clone();
            if let Some(path) = &relative {
                for matching in source.config.paths.iter().filter(|p| p.globs.cover(path)) {
                    layer.add(&matching.layer);
                }
                applied.ignored = applied.ignored.or_else(|| ignored(&layer, path, source.flavor == Flavor::Ours));
            }
            applied.config = match source.flavor {
                Flavor::CfnLint => applied.config.replaced_by(&layer),
                Flavor::Ours => applied.config.under(&layer),
            };
            applied.files.push((source.config.file.name.clone(), source.why));
        }
        let path = path.as_deref().and_then(|p| relative(p, &self.here));
        let ignored = |path: String| ignored(&self.command_line, &path, true);
        applied.ignored = applied.ignored.or_else(|| path.and_then(ignored));
        applied
    }

    /// What the command line gives.
    pub(super) fn command_line(&self) -> &Layer {
        &self.command_line
    }

    /// What applies to the run as a whole, from where it was started.
    pub(super) fn of_run(&self) -> Layer {
        self.applied(&Input::Stdin).config
    }

    /// The patterns of the files that are to be checked when none is named.
    pub(super) fn templates(&self) -> Result<Option<Globs>, String> {
        let layer = self.of_run();
        let patterns: Vec<&str> = layer.values(Key::Templates).collect();
        if patterns.is_empty() { Ok(None) } else { Globs::new(patterns, false).map(Some) }
    }
}

/// The engines of a run: one for each combination of settings.
pub(super) struct Engines {
    engines: Vec<Engine>,
    of_input: Vec<usize>,
}

impl Engines {
    /// Prepares the engines of some inputs.
    pub(super) fn new(configuration: &Configuration, applied: &[Applied], verbose: bool) -> Self {
        let mut known: BTreeMap<Layer, usize> = BTreeMap::new();
        let mut engines = Vec::new();
        let mut index = |layer: &Layer| {
            *known.entry(layer.clone()).or_insert_with(|| {
                let mut settings = Settings::new(layer.clone(), configuration.command_line.clone());
                settings.say_undecided = verbose;
                settings.options.shared_parameters |= applied.len() != 1;
                engines.push(Engine::new(settings));
                engines.len() - 1
            })
        };
        index(&configuration.of_run());
        let of_input = applied.iter().map(|a| index(&a.config)).collect();
        Engines { engines, of_input }
    }

    /// The engine of an input; that of the run for what is none.
    pub(super) fn of(&self, input: Option<usize>) -> &Engine {
        let index = input.and_then(|i| self.of_input.get(i)).copied().unwrap_or(0);
        &self.engines[index]
    }
}

/// The path below a folder, with slashes.
pub(super) fn relative(path: &Path, folder: &Path) -> Option<String> {
    let path = path.strip_prefix(folder).ok()?;
    Some(path.to_string_lossy().replace('\\', "/"))
}

/// Where it is said that a path is left alone.
fn ignored(layer: &Layer, path: &str, anywhere: bool) -> Option<String> {
    let patterns = layer.given(Key::IgnoreTemplates).iter();
    let covers = |pattern: &str| Globs::new([pattern], anywhere).is_ok_and(|g| g.cover(path));
    patterns.filter(|p| covers(&p.value)).map(|p| format!("`{}` in {}", p.value, p.origin)).next()
}

/// Puts the values of parameter files before those that stand in the layer itself.
fn load_parameters(layer: &mut Layer, folder: &Path) -> Result<(), String> {
    let mut loaded = Layer::default();
    for file in layer.given(Key::ParameterFiles) {
        let origin = Arc::from(format!("{} ({})", file.value, file.origin));
        for (name, value) in check::parameter_file(&folder.join(&file.value))? {
            loaded.give(Key::Parameters, format!("{name}={value}"), &origin);
        }
    }
    let mut own = Layer::default();
    for given in layer.given(Key::Parameters) {
        own.give(Key::Parameters, &*given.value, &given.origin);
    }
    loaded.add(&own);
    *layer = layer.replaced_by(&loaded);
    Ok(())
}

/// `stacklens.toml:3:1: there is no setting ...`.
fn say(file: &SourceFile, problem: &Problem) -> String {
    let at = file.position(problem.span.start);
    let help = problem.help.as_deref().map_or_else(String::new, |h| format!("; {}", lower(h)));
    format!("{}:{}:{}: {}{help}", file.name, at.line, at.column, problem.message)
}

/// A sentence as the rest of one.
fn lower(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

/// The settings of the command line.
fn command_line(args: &CheckArgs, remarks: &mut Vec<String>) -> Result<Layer, String> {
    let own = &args.configuration;
    let origin: Arc<str> = Arc::from("the command line");
    let mut layer = Layer::default();
    let lists = [
        (Key::IncludeChecks, &args.include_checks),
        (Key::IgnoreChecks, &args.ignore_checks),
        (Key::MandatoryChecks, &own.mandatory_checks),
    ];
    for (key, prefixes) in lists {
        for prefix in prefixes.iter().filter(|p| !p.is_empty() && !ids::is_known(p)) {
            remarks.push(unknown_id(prefix));
        }
        for prefix in prefixes.iter().filter(|_| key != Key::IgnoreChecks) {
            remarks.extend(instead_of(prefix).map(|instead| format!("`{prefix}` is no rule here: {instead}")));
        }
        layer.give_all(key, prefixes, &origin);
    }
    if args.advice {
        for prefix in ADVICE {
            layer.give(Key::IncludeChecks, prefix, &origin);
        }
    }
    for text in &own.severity {
        let Some((prefix, _)) = text.split_once('=').filter(|(_, level)| severity(level).is_some()) else {
            return Err(format!("`--severity {text}` must be as in W2001=error; levels are error, warning, info, off"));
        };
        if !ids::is_known(prefix) {
            remarks.push(unknown_id(prefix));
        }
        layer.give(Key::Severity, text, &origin);
    }
    for text in &own.configure_rule {
        match rule_option(text) {
            Some((rule, option, _)) => {
                let said = |(message, help): (String, Option<String>)| {
                    message + &help.map_or_else(String::new, |h| format!("; {}", lower(&h)))
                };
                remarks.extend(options::fault(rule, option).map(said));
            }
            None => return Err(format!("`--configure-rule {text}` must be as in I3042:region=true")),
        }
        layer.give(Key::ConfigureRules, text, &origin);
    }
    for region in &args.regions {
        known_region(region, remarks)?;
    }
    layer.give_all(Key::Regions, &args.regions, &origin);
    layer.give_all(Key::IgnoreTemplates, &own.ignore_templates, &origin);
    Globs::new(own.ignore_templates.iter().map(String::as_str), true)?;
    if let Some(date) = &args.as_of {
        layer.give(Key::AsOf, date, &origin);
    }
    for path in &args.parameter_file {
        let from = Arc::from(path.display().to_string());
        for (name, value) in check::parameter_file(path)? {
            layer.give(Key::Parameters, format!("{name}={value}"), &from);
        }
    }
    for (name, value) in &args.parameter_overrides {
        layer.give(Key::Parameters, format!("{name}={value}"), &origin);
    }
    let flags = [
        (Key::IgnoreBadTemplate, own.ignore_bad_template),
        (Key::IncludeExperimental, own.include_experimental),
        (Key::MergeConfigs, own.merge_configs),
    ];
    for (key, _) in flags.iter().filter(|f| f.1) {
        layer.give(*key, "true", &origin);
    }
    Ok(layer)
}

fn unknown_id(prefix: &str) -> String {
    let help = ids::suggestion(prefix).map_or_else(String::new, |h| format!("; {}", lower(&h)));
    format!("no rule has an id that starts with `{prefix}`{help}")
}

/// A region that is not known may be new, if it looks like one.
fn known_region(region: &str, remarks: &mut Vec<String>) -> Result<(), String> {
    if region == "ALL_REGIONS" || store::is_region(region) {
        return Ok(());
    }
    let near = nearest(region, store::regions()).map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
    let message = format!("there is no region `{region}`{near}");
    if crate::value::regions::is_region(region) {
        remarks.push(message);
        return Ok(());
    }
    Err(message)
}
