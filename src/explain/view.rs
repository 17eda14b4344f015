//! The model as titled sections of text, tables and lists, from which the text and Markdown views are printed.

use super::model::*;
use super::short::{place, when};
use std::collections::BTreeMap;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The short description and what is important.
    Brief,
    /// What will exist, what changes do, what to take care of, what is needed.
    Normal,
    /// Everything.
    Full,
    /// Everything, and what each part of the file is for.
    Teach,
}

/// A part of the explanation that can be asked for alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// The file in short.
    Short,
    /// What a transform made of it.
    Origins,
    /// What will exist, in order.
    Order,
    /// The documents of a folder.
    Folder,
    /// The nested stacks.
    Stacks,
    /// What parameters do.
    Parameters,
    /// Which values switch what.
    Scenarios,
    /// What to take care of.
    Risk,
    /// What happens step by step.
    Steps,
    /// Capabilities and permissions.
    Iam,
    /// What happens on failure and deletion.
    Life,
    /// Outputs, exports and imports.
    Outputs,
    /// Physical names.
    Names,
    /// Limits and regions.
    Limits,
    /// One card per resource.
    Resources,
    /// What the parts of the file are for.
    Teach,
    /// What was not decided.
    Undecided,
}

/// A titled part.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// Which part.
    pub part: Part,
    /// The title, in capitals for text.
    pub title: String,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Rows of cells; the head may be empty.
    Table {
        /// Titles of the columns.
        head: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
    /// A list; each item with how it is known.
    Items(Vec<Item>),
    /// Questions whose answers are folded away where the format can do that.
    Questions(Vec<Question>),
    /// Lines to copy.
    Code(String),
}

/// An item of a list.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What is said.
    pub text: String,
    /// How it is known, and more of that kind: `H1, documented`.
    pub tag: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// Whether it is worth a look at once.
    pub important: bool,
    /// More about it, line by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl Item {
    /// An item that needs no tag.
    pub fn plain(text: impl Into<String>) -> Item {
        Item { text: text.into(), ..Item::default() }
    }
}

/// A few names, then how many more.
pub(super) fn few(names: &[String], most: usize) -> String {
    if names.len() <= most {
        return names.join(", ");
    }
    format!("{} and {} more", names[..most - 1].join(", "), names.len() + 1 - most)
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// The first lines: what the file is and what is assumed.
pub fn head(model: &Model) -> Vec<String> {
    let name = &model.file.path;
    let mut first = match model.file.kind {
        "sam" => {
            let made = model.resources.len();
            format!("{name} · SAM template · {} written → {made} created", plural(model.written, "resource"))
        }
        "cloudformation" => format!("{name} · CloudFormation template · {}", plural(model.resources.len(), "resource")),
        "appspec" => {
            format!("{name} · CodeDeploy AppSpec, {}", model.file.platform.unwrap_or("compute platform not clear"))
        }
        "buildspec" => format!("{name} · CodeBuild buildspec"),
        "taskdefinition" => format!("{name} · ECS task definition"),
        other => format!("{name} · {other}"),
    };
    if model.is_template() {
        for (count, word) in [
            (model.parameters.len(), "parameter"),
            (model.conditions.len(), "condition"),
            (model.outputs.len(), "output"),
        ] {
            if count > 0 {
                first.push_str(&format!(", {}", plural(count, word)));
            }
        }
    }
    let mut out = vec![first];
    out.extend(
        model.file.description.iter().map(|d| format!("\"{}\"", d.split_whitespace().collect::<Vec<_>>().join(" "))),
    );
    if model.is_template() {
        let one = |p: &AssumedParameter| match (&p.value, p.from) {
            (Some(value), "stack") => format!("{}=<{value}>", p.name),
            (Some(value), from) if value.is_empty() => format!("{} empty ({from})", p.name),
            (Some(value), from) => format!("{}={value} ({from})", p.name),
            (None, "ssm") => format!("{}=<read from SSM at each deployment>", p.name),
            (None, "hidden") => format!("{}=<hidden>", p.name),
            (None, _) => format!("{}=<not given>", p.name),
        };
        let mut words: Vec<String> = model.assumptions.parameters.iter().map(one).collect();
        words.push(format!("region {}", model.assumptions.region));
        words.extend(model.assumptions.stack_name.iter().map(|s| format!("stack {s}")));
        out.push(format!("Assumed: {}", words.join(" · ")));
    }
    out
}

/// The sections of a level; only those asked for when some are.
pub fn sections(model: &Model, level: Level, only: &[Part]) -> Vec<Section> {
    let mut out = Vec::new();
    let mut put = |part: Part, least: Level, title: &str, blocks: Vec<Block>| {
        let wanted = if only.is_empty() { level >= least } else { only.contains(&part) };
        if wanted && !blocks.is_empty() {
            out.push(Section { part, title: title.to_owned(), blocks });
        }
    };
    let detailed = level >= Level::Full || !only.is_empty();
    put(Part::Short, Level::Brief, "IN SHORT", model.in_short.iter().map(|c| Block::Text(c.text.clone())).collect());
    if model.is_template() {
        put(Part::Origins, Level::Normal, "WHERE EACH RESOURCE COMES FROM", origins(model));
        put(Part::Order, Level::Normal, &exist_title(model), order(model));
        let brief = level == Level::Brief && only.is_empty();
        for (title, blocks) in super::stacks::sections(model, brief) {
            put(Part::Stacks, Level::Brief, &title, blocks);
        }
        put(Part::Parameters, Level::Normal, "IF YOU CHANGE A PARAMETER", parameters(model));
        put(Part::Scenarios, Level::Full, "WHAT THE CONDITIONS SWITCH", scenarios(model));
    }
    put(Part::Steps, Level::Brief, "STEP BY STEP", sheets(model));
    put(Part::Risk, Level::Brief, "TAKE CARE", care(model, detailed));
    put(Part::Steps, Level::Normal, "PATH OF A REQUEST", requests(model));
    put(Part::Steps, Level::Full, "WHERE THE NETWORK LEADS", network(model));
    if model.is_template() {
        put(Part::Iam, Level::Normal, "TO DEPLOY", deploy(model));
        put(Part::Life, Level::Normal, "IF IT FAILS", fails(model));
        put(Part::Life, Level::Normal, "ON DELETE", on_delete(model));
        put(Part::Outputs, Level::Normal, "OUTPUTS", outputs(model));
        put(Part::Names, Level::Full, "NAMES", names(model));
        put(Part::Limits, Level::Full, "LIMITS", limits(model));
        put(Part::Resources, Level::Full, "RESOURCE BY RESOURCE", super::cards::all(model));
    }
    if let Some(lessons) = &model.lessons {
        put(Part::Teach, Level::Teach, "WHAT EACH PART IS FOR", super::teach::parts(lessons, model.file.platform));
        put(Part::Teach, Level::Teach, "WHAT THE VALUES MEAN", super::teach::values(lessons));
        put(Part::Teach, Level::Teach, "WHAT THE POLICIES SAY", super::teach::policies(lessons));
        put(Part::Teach, Level::Teach, "ASK YOURSELF", super::teach::asked(lessons));
    }
    let undecided = model.undecided.iter().map(|c| Item::plain(c.text.clone())).collect::<Vec<_>>();
    let undecided = if undecided.is_empty() { Vec::new() } else { vec![Block::Items(undecided)] };
    put(Part::Undecided, Level::Normal, "NOT DECIDED HERE", undecided);
    out
}

fn exist_title(model: &Model) -> String {
    let all = model.resources.len();
    let on = model.existing().count();
    let mut title = format!("WHAT WILL EXIST ({on} of {all}");
    let off: Vec<String> = model.resources.iter().filter(|r| r.exists == Exists::No).map(|r| r.id.clone()).collect();
    if !off.is_empty() {
        title.push_str(&format!("; off: {}", few(&off, 6)));
    }
    title.push(')');
    title
}

pub(super) fn order(model: &Model) -> Vec<Block> {
    let by_id: BTreeMap<&str, &Resource> = model.resources.iter().map(|r| (r.id.as_str(), r)).collect();
    let mut rows = Vec::new();
    for (i, wave) in model.waves.iter().enumerate() {
        for (j, id) in wave.iter().enumerate() {
            let Some(resource) = by_id.get(id.as_str()) else { continue };
            let first = if j == 0 { format!("wave {}", i + 1) } else { String::new() };
            let unsure = if resource.exists == Exists::Maybe { "?" } else { "" };
            rows.push(vec![first, format!("{id}{unsure}"), resource.short_type.clone(), resource.detail.clone()]);
        }
    }
    let mut out = Vec::new();
    if !rows.is_empty() {
        out.push(Block::Table { head: Vec::new(), rows });
    }
    if model.longest_chain.len() > 1 {
        out.push(Block::Text(format!(
            "Longest chain: {} ({} steps)",
            model.longest_chain.join(" → "),
            model.longest_chain.len()
        )));
    }
    for cycle in &model.cycles {
        let first = cycle.first().cloned().unwrap_or_default();
        out.push(Block::Text(format!(
            "! A loop: {} → {first}: CloudFormation refuses the template.",
            cycle.join(" → ")
        )));
    }
    if model.resources.iter().any(|r| r.exists == Exists::Maybe) {
        out.push(Block::Text("`?`: whether it exists depends on a value that is not known here.".to_owned()));
    }
    out
}

fn origins(model: &Model) -> Vec<Block> {
    if !model.resources.iter().any(|r| r.origin.is_some()) {
        return Vec::new();
    }
    let head = ["you wrote", "line", "CloudFormation creates", "what and why"].map(str::to_owned).to_vec();
    let mut rows = Vec::new();
    let mut last = String::new();
    for resource in &model.resources {
        let (step, line, because) = match &resource.origin {
            Some(origin) => (origin.step.clone(), origin.at.line, origin.because.clone()),
            None => (resource.id.clone(), resource.at.line, "written as it is".to_owned()),
        };
        let shown = if step == last { String::new() } else { step.clone() };
        let line = if step == last { String::new() } else { line.to_string() };
        let what = match because.as_str() {
            "" => resource.short_type.clone(),
            because => format!("{}: {because}", resource.short_type),
        };
        rows.push(vec![shown, line, resource.id.clone(), what]);
        last = step;
    }
    vec![Block::Table { head, rows }]
}

fn parameters(model: &Model) -> Vec<Block> {
    let mut rows = Vec::new();
    for parameter in &model.parameters {
        let mut lines = effect_lines(&parameter.effects);
        for value in &parameter.values {
            let mut parts = Vec::new();
            for (word, list) in [("adds", &value.adds), ("leaves out", &value.removes)] {
                if !list.is_empty() {
                    parts.push(format!("{word} {}", few(list, 5)));
                }
            }
            if !value.details.is_empty() {
                parts.push(few(&value.details, 4));
            }
            let shown = if value.value.is_empty() { "(empty)" } else { &value.value };
            lines.push((format!("→ {shown}"), parts.join("; "), String::new()));
        }
        if lines.is_empty() {
            lines.push(("any".to_owned(), "changes no resource".to_owned(), String::new()));
        }
        for (i, (value, text, verdict)) in lines.into_iter().enumerate() {
            let name = if i == 0 { parameter.name.clone() } else { String::new() };
            let text = if verdict.is_empty() { text } else { format!("{text}: {verdict}") };
            rows.push(vec![name, value, text]);
        }
    }
    if rows.is_empty() { Vec::new() } else { vec![Block::Table { head: Vec::new(), rows }] }
}

fn effect_lines(effects: &Effects) -> Vec<(String, String, String)> {
    let any = || "any".to_owned();
    let places = |list: &[&Effect]| {
        let names: Vec<String> = list
            .iter()
            .map(|e| if e.property.is_empty() { e.resource.clone() } else { format!("{}.{}", e.resource, e.property) })
            .collect();
        few(&names, 4)
    };
    let owners = |list: &[&Effect]| {
        let mut names: Vec<String> = Vec::new();
        for effect in list {
            if !names.contains(&effect.resource) {
                names.push(effect.resource.clone());
            }
        }
        names
    };
    let mut out = Vec::new();
    let refused: Vec<&Effect> = effects.refused.iter().collect();
    if !refused.is_empty() {
        out.push((any(), format!("changes {}", places(&refused)), "REFUSED".to_owned()));
    }
    let (direct, follows): (Vec<&Effect>, Vec<&Effect>) = effects.replace.iter().partition(|e| e.follows.is_none());
    if !direct.is_empty() {
        let owners = owners(&direct);
        let verb = if owners.len() == 1 { "IS REPLACED" } else { "ARE REPLACED" };
        out.push((any(), format!("changes {}", places(&direct)), format!("{} {verb}", few(&owners, 3))));
    }
    if !follows.is_empty() {
        let owners = owners(&follows);
        let verdict = "replaced as well";
        out.push((String::new(), format!("then what stands on it, {}", few(&owners, 5)), verdict.to_owned()));
    }
    let may: Vec<&Effect> = effects.may_replace.iter().filter(|e| e.follows.is_none()).collect();
    if !may.is_empty() {
        out.push((any(), format!("changes {}", places(&may)), format!("{} may be replaced", few(&owners(&may), 3))));
        let mut notes: Vec<&str> = may.iter().filter_map(|e| e.note.as_deref()).collect();
        notes.dedup();
        out.extend(notes.into_iter().take(2).map(|n| (String::new(), format!("({n})"), String::new())));
    }
    let update: Vec<&Effect> = effects.update.iter().filter(|e| e.follows.is_none()).collect();
    if !update.is_empty() {
        out.push((any(), format!("changes {}", places(&update)), "updated in place".to_owned()));
    }
    if !effects.switch.is_empty() {
        let all: Vec<&Effect> = effects.switch.iter().collect();
        let mut by: Vec<String> = all.iter().filter_map(|e| e.condition.clone()).collect();
        by.dedup();
        out.push((
            any(),
            format!("decides whether {} exist (by {})", few(&owners(&all), 4), few(&by, 3)),
            String::new(),
        ));
    }
    if out.is_empty() && !effects.outputs.is_empty() {
        out.push((any(), format!("changes only outputs: {}", few(&effects.outputs, 4)), String::new()));
    }
    out
}

fn scenarios(model: &Model) -> Vec<Block> {
    if model.conditions.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    let value = |c: &Condition| match (c.value, c.can_be.as_slice()) {
        (Some(value), [_, _]) => if value { "holds" } else { "does not hold" }.to_owned(),
        (_, [only]) => format!("always {only}"),
        _ => "not known".to_owned(),
    };
    let rows = model.conditions.iter().map(|c| vec![c.name.clone(), c.meaning.clone(), value(c), few(&c.switches, 6)]);
    let head = ["condition", "when", "here", "switches"].map(str::to_owned).to_vec();
    out.push(Block::Table { head, rows: rows.collect() });
    let mut rows = Vec::new();
    for scenario in &model.scenarios.list {
        let name = if scenario.assumed { "as assumed".to_owned() } else { when(&scenario.when) };
        let changes: Vec<String> = scenario.changes.iter().map(|c| place(c)).collect();
        rows.push(vec![
            name,
            scenario.waves.iter().map(Vec::len).sum::<usize>().to_string(),
            few(&scenario.adds, 5),
            few(&scenario.removes, 5),
            few(&changes, 4),
        ]);
    }
    let head = ["with", "resources", "adds", "leaves out", "changes"].map(str::to_owned).to_vec();
    out.push(Block::Table { head, rows });
    if !model.scenarios.complete {
        out.push(Block::Text("There are more combinations than are listed.".to_owned()));
    }
    out
}

fn care(model: &Model, all: bool) -> Vec<Block> {
    let mut items: Vec<Item> = Vec::new();
    for advice in model.advice.iter().filter(|a| a.important || all) {
        let tag = if advice.id.len() <= 3 {
            format!("{}, {}", advice.id, advice.label.as_str())
        } else {
            advice.label.as_str().to_owned()
        };
        items.push(Item {
            text: advice.text.clone(),
            tag,
            remedy: advice.remedy.clone(),
            important: advice.important,
            ..Item::default()
        });
    }
    for risk in &model.data_at_risk {
        let lost = risk.on_delete == Fate::Delete || risk.on_replace == Fate::Delete;
        if lost || all {
            let tag = risk.label.as_str().to_owned();
            items.push(Item { text: risk.text.clone(), tag, important: lost, ..Item::default() });
        }
    }
    if model.is_template() && model.data_at_risk.is_empty() && model.existing().next().is_some() {
        let disk = model.existing().any(|r| r.kind == "AWS::EC2::Instance");
        let text = if disk {
            "nothing here is known to hold data that deletion would destroy, apart from the disks of servers"
        } else {
            "nothing here is known to hold data that deletion would destroy"
        };
        items.push(Item { text: text.to_owned(), tag: "schema and list".to_owned(), ..Item::default() });
    }
    for sheet in &model.sheets {
        for note in &sheet.notes {
            items.push(Item { text: note.text.clone(), tag: note.label.as_str().to_owned(), ..Item::default() });
        }
    }
    if items.is_empty() { Vec::new() } else { vec![Block::Items(items)] }
}

/// What is important of it, for a file that is only a part of another one.
pub(super) fn important(model: &Model) -> Option<Block> {
    let blocks = care(model, false);
    let items = blocks.into_iter().filter_map(|b| if let Block::Items(items) = b { Some(items) } else { None });
    let items: Vec<Item> = items.flatten().filter(|i| i.important).collect();
    (!items.is_empty()).then_some(Block::Items(items))
}

fn requests(model: &Model) -> Vec<Block> {
    let mut items = Vec::new();
    for request in &model.requests {
        let mut text = format!("{}: {}", request.trigger, request.steps.join(" → "));
        if !request.notes.is_empty() {
            text.push_str(&format!(" ({})", request.notes.join("; ")));
        }
        items.push(Item::plain(text));
    }
    if items.is_empty() { Vec::new() } else { vec![Block::Items(items)] }
}

fn network(model: &Model) -> Vec<Block> {
    let rows: Vec<Vec<String>> = model.network.iter().map(|way| vec![way.resource.clone(), way.text.clone()]).collect();
    if rows.is_empty() { Vec::new() } else { vec![Block::Table { head: Vec::new(), rows }] }
}

fn deploy(model: &Model) -> Vec<Block> {
    let mut out = Vec::new();
    if model.capabilities.is_empty() {
        out.push(Block::Text("Capabilities: none.".to_owned()));
    }
    for capability in &model.capabilities {
        let causes: Vec<String> = capability.causes.iter().map(|c| c.text.clone()).collect();
        let shown = causes.iter().take(4).cloned().collect::<Vec<_>>().join("; ");
        let more = if causes.len() > 4 { format!("; and {} more", causes.len() - 4) } else { String::new() };
        out.push(Block::Text(format!("{}: {shown}{more}.", capability.name)));
    }
    let permissions = &model.permissions;
    if !permissions.create.is_empty() {
        let mut services: BTreeMap<&str, usize> = BTreeMap::new();
        for action in &permissions.create {
            *services.entry(action.split(':').next().unwrap_or_default()).or_default() += 1;
        }
        let mut services: Vec<(&str, usize)> = services.into_iter().collect();
        services.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let words: Vec<String> = services.iter().map(|s| format!("{} {}", s.1, s.0)).collect();
        out.push(Block::Text(format!(
            "Permissions, at most: {} actions to create ({}), {} to update, {} to delete; `--permissions` prints a policy.",
            permissions.create.len(),
            few(&words, 5),
            permissions.update.len(),
            permissions.delete.len()
        )));
    }
    if !permissions.passed_roles.is_empty() {
        out.push(Block::Text(format!("Roles that are passed on: {}.", few(&permissions.passed_roles, 6))));
    }
    if !permissions.unknown.is_empty() {
        out.push(Block::Text(format!("What these need is not known: {}.", few(&permissions.unknown, 6))));
    }
    out.extend(regions(model));
    out
}

fn regions(model: &Model) -> Option<Block> {
    let availability = &model.availability;
    if availability.known == 0 || model.existing().next().is_none() {
        return None;
    }
    let count = availability.regions.len();
    let here = availability.regions.contains(&model.assumptions.region);
    let mut text = if count == availability.known {
        "All types exist in every known region.".to_owned()
    } else {
        let by: Vec<String> = availability.limited_by.iter().map(|l| format!("{} ({} regions)", l.0, l.1)).collect();
        format!("All types exist in {count} of {} regions; limited by {}.", availability.known, few(&by, 3))
    };
    if !here && count > 0 {
        text.push_str(&format!(" Not in {}.", model.assumptions.region));
    }
    Some(Block::Text(text))
}

fn fails(model: &Model) -> Vec<Block> {
    if model.existing().next().is_none() {
        return Vec::new();
    }
    let kept: Vec<String> = model.existing().filter(|r| r.on_delete == Fate::Retain).map(|r| r.id.clone()).collect();
    let rest = if kept.is_empty() {
        "none asks to be kept.".to_owned()
    } else {
        let verb = if kept.len() == 1 { "stays" } else { "stay" };
        format!("{} {verb} behind (DeletionPolicy Retain).", few(&kept, 6))
    };
    vec![Block::Text(format!("All resources made so far are deleted in reverse order; {rest}"))]
}

fn on_delete(model: &Model) -> Vec<Block> {
    if model.deletion.is_empty() {
        return Vec::new();
    }
    let waves: Vec<String> = model.deletion.iter().map(|w| few(w, 8)).collect();
    let mut out = vec![Block::Text(waves.join(" → "))];
    let kept: Vec<String> = model
        .existing()
        .filter(|r| !matches!(r.on_delete, Fate::Delete | Fate::Unknown))
        .map(|r| format!("{} ({})", r.id, r.on_delete.words()))
        .collect();
    if !kept.is_empty() {
        out.push(Block::Text(format!("Not simply deleted: {}.", few(&kept, 6))));
    }
    out
}

fn outputs(model: &Model) -> Vec<Block> {
    let mut rows = Vec::new();
    for output in &model.outputs {
        let mut note = output.export.as_ref().map(|e| format!("exported as {e}")).unwrap_or_default();
        if output.exists == Exists::No {
            note = "off".to_owned();
        }
        let from = output.comes_from.as_ref().map(|c| format!(", which is {c}")).unwrap_or_default();
        rows.push(vec![output.name.clone(), format!("= {}{from}", output.value), note]);
    }
    let mut out = Vec::new();
    if !rows.is_empty() {
        out.push(Block::Table { head: Vec::new(), rows });
    }
    let imports: Vec<String> = model.imports.iter().map(|i| format!("{} (by {})", i.name, i.by)).collect();
    if !imports.is_empty() {
        out.push(Block::Text(format!("Imported from other stacks: {}.", few(&imports, 8))));
    }
    out
}

fn names(model: &Model) -> Vec<Block> {
    let mut rows = Vec::new();
    for resource in model.existing() {
        let Some(name) = &resource.name else { continue };
        let unique = match name.unique_in.as_deref() {
            Some("global") => "unique in all of AWS",
            Some("account") => "unique in the account, all regions together",
            Some("region") => "unique in account and region",
            Some("parent") => "unique below its parent",
            _ => "",
        };
        let fixed = if name.fixed { "fixed" } else { "made by CloudFormation" };
        rows.push(vec![resource.id.clone(), name.value.clone(), fixed.to_owned(), unique.to_owned()]);
    }
    if rows.is_empty() { Vec::new() } else { vec![Block::Table { head: Vec::new(), rows }] }
}

fn limits(model: &Model) -> Vec<Block> {
    let rows = model.limits.iter().map(|l| vec![l.what.to_owned(), format!("{} of {}", l.used, l.allowed)]).collect();
    vec![Block::Table { head: Vec::new(), rows }]
}

fn sheets(model: &Model) -> Vec<Block> {
    let mut out = Vec::new();
    for sheet in &model.sheets {
        if !sheet.title.is_empty() {
            out.push(Block::Text(format!("{}:", sheet.title)));
        }
        let mut head = vec![String::new()];
        head.extend(sheet.columns.iter().map(|c| (*c).to_owned()));
        let mut rows = Vec::new();
        for row in &sheet.rows {
            let mut cells = vec![row.step.clone()];
            cells.extend(row.cells.iter().cloned());
            rows.push(cells);
            for detail in &row.details {
                rows.push(vec![String::new(), format!("· {detail}")]);
            }
        }
        if !rows.is_empty() {
            out.push(Block::Table { head, rows });
        }
        let rows: Vec<Vec<String>> = sheet
            .facts
            .iter()
            .flat_map(|f| {
                f.items
                    .iter()
                    .enumerate()
                    .map(move |(i, item)| vec![if i == 0 { f.name.to_owned() } else { String::new() }, item.clone()])
            })
            .collect();
        if !rows.is_empty() {
            out.push(Block::Table { head: Vec::new(), rows });
        }
    }
    out
}
