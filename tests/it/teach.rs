//! What a student hears: pictures of the teaching part for the samples (kept under `docs/explain/teach`), and what must hold.
//!
//! `UPDATE_EXPECT=1` rewrites the pictures.

use super::cli::stacklens;
use super::{files_below, is_current, root, short_name};
use stacklens::document::{Document, recognize};
use stacklens::explain::model::Model;
use stacklens::explain::view::{Level, Part};
use stacklens::explain::{ExplainOptions, markdown, scenario, text};
use stacklens::source::SourceFile;
use std::path::Path;

/// The sample, the name of its picture, the formats.
const PICTURES: &[(&str, &str, &[&str])] = &[
    ("samples/templates/valid/vpc-ec2.yaml", "vpc", &["txt", "md"]),
    ("samples/templates/valid/queue-worker.yaml", "queue-worker", &["txt"]),
    ("samples/templates/valid/throughput.yaml", "throughput", &["txt"]),
    ("samples/templates/valid/pipeline.yaml", "pipeline", &["txt"]),
    ("samples/templates/valid/ecs-blue-green.yaml", "ecs-blue-green", &["txt"]),
    ("samples/templates/valid/database.json", "database", &["txt"]),
    ("samples/sam/valid/api.yaml", "sam-api", &["txt"]),
    ("samples/sam/valid/packaged.yaml", "sam-deployment", &["txt"]),
    ("samples/appspec/valid/ecs/appspec.yaml", "appspec-ecs", &["txt"]),
    ("samples/appspec/valid/ec2-linux/appspec.yml", "appspec-ec2", &["txt"]),
    ("samples/appspec/valid/lambda/appspec.yml", "appspec-lambda", &["txt"]),
    ("samples/buildspec/valid/docker-ecr.yml", "buildspec", &["txt"]),
];

fn model(path: &Path) -> Option<Model> {
    let name = short_name(path);
    let file = SourceFile::from_bytes(name.clone(), std::fs::read(path).ok()?).ok()?;
    let tree = stacklens::syntax::read(&file);
    let kind = recognize(&name, &tree)?;
    let options = ExplainOptions { lessons: true, ..ExplainOptions::default() };
    Some(Model::of(&Document::new(file, kind, tree), &options))
}

#[test]
fn pictures_are_current() {
    let mut wrong = Vec::new();
    for (sample, name, formats) in PICTURES {
        let model = model(&root().join(sample)).unwrap();
        for format in *formats {
            let made = match *format {
                "md" => markdown::render(&model, Level::Teach, &[Part::Teach]),
                _ => text::render(&model, Level::Teach, &[Part::Teach]),
            };
            let path = root().join(format!("docs/explain/teach/{name}.{format}"));
            if !is_current(&path, &made) {
                wrong.push(short_name(&path));
            }
        }
    }
    assert!(wrong.is_empty(), "not as before; look, then UPDATE_EXPECT=1: {wrong:?}");
}

#[test]
fn lessons_say_something_for_every_sample() {
    for path in files_below(&root().join("samples")) {
        let Some(model) = model(&path) else { continue };
        let lessons = model.lessons.as_ref().unwrap();
        for question in &lessons.questions {
            let name = short_name(&path);
            assert!(question.question.ends_with('?') && question.answer.ends_with('.'), "{name}: {question:?}");
        }
        let mut asked: Vec<&str> = lessons.questions.iter().map(|q| q.question.as_str()).collect();
        asked.sort_unstable();
        let before = asked.len();
        asked.dedup();
        assert_eq!(before, asked.len(), "{}: a question stands twice", short_name(&path));
    }
}

#[test]
fn a_model_without_lessons_has_none() {
    let file = SourceFile::new("t.yaml", "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\n".to_owned());
    let tree = stacklens::syntax::read(&file);
    let kind = recognize("t.yaml", &tree).unwrap();
    let document = Document::new(file, kind, tree);
    assert!(Model::of(&document, &ExplainOptions::default()).lessons.is_none());
}

/// The line of the teaching part that holds a text.
fn line(model: &Model, about: &str, property: &str) -> (Option<String>, Option<String>) {
    let lessons = model.lessons.as_ref().unwrap();
    let found = lessons.values.iter().find(|l| l.about == about && l.property == property).unwrap();
    (found.here.clone(), found.depends_on.clone())
}

#[test]
fn figures_follow_from_the_file() {
    let model = model(&root().join("samples/templates/valid/throughput.yaml")).unwrap();
    let known = |about: &str, property: &str| line(&model, about, property).0.unwrap_or_default();
    let units = known("Orders", "ProvisionedThroughput");
    assert!(units.contains("items of 6 KB: 40 strong or 80 eventual reads and 6 writes a second"), "{units}");
    assert!(known("Clicks", "ShardCount").starts_with("3 MB or 3,000 records a second in, 6 MB"));
    assert_eq!(known("ClicksToCounter", "ParallelizationFactor"), "3 shards x 4 = up to 12 runs at once");
    assert!(known("Counter", "MemorySize").starts_with("about 1 of a vCPU"));
    // The units of the index come with the deployment: nothing is guessed.
    let (here, depends) = line(&model, "Orders", "GlobalSecondaryIndexes");
    assert_eq!((here, depends.as_deref()), (None, Some("parameter WriteUnits")));
}

/// The templates in `tests/data/lessons`: what is said at the values, and the questions, each on a line.
#[test]
fn figures_and_questions_are_as_written_down() {
    let mut wrong = Vec::new();
    for name in ["services", "machines", "questions", "serverless"] {
        let model = model(&root().join(format!("tests/data/lessons/{name}.yaml"))).unwrap();
        let lessons = model.lessons.as_ref().unwrap();
        let mut told = String::new();
        for lesson in lessons.values.iter().filter(|_| matches!(name, "services" | "machines")) {
            let said = lesson.here.as_deref().filter(|h| !h.starts_with("not written"));
            let said = said.map(str::to_owned).or(lesson.depends_on.as_ref().map(|d| format!("(depends on {d})")));
            if let Some(said) = said {
                told.push_str(&format!("{}.{}: {said}\n", lesson.about, lesson.property));
            }
        }
        for question in lessons.questions.iter().filter(|_| matches!(name, "questions" | "serverless")) {
            told.push_str(&format!("{}\n  {}\n", question.question, question.answer));
        }
        let path = root().join(format!("tests/data/lessons/{name}.txt"));
        if !is_current(&path, &told) {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "not as before; look, then UPDATE_EXPECT=1: {wrong:?}");
}

#[test]
fn the_day_that_counts_as_today_can_be_chosen() {
    let file = root().join("tests/data/lessons/services.yaml").display().to_string();
    let on = |day: &str| stacklens(&["explain", &file, "--section", "teach", "--as-of", day], "").out;
    assert!(on("2026-11-21").contains("next times from 2026-11-21 on: 2026-11-23 02:30"));
    assert!(on("2027-05-01").contains("next times from 2027-05-01 on: 2027-05-03 02:30"));
    assert!(on("2020-01-01").contains("deprecated from 2023-12-04"));
    assert_eq!(stacklens(&["explain", &file, "--as-of", "yesterday"], "").code, 2);
}

#[test]
fn who_imports_an_output_is_seen_in_the_folder() {
    let folder = std::env::temp_dir().join(format!("stacklens-imports-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).unwrap();
        folder.join(name).display().to_string()
    };
    let network = file(
        "network.yaml",
        "Resources:\n  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}\nOutputs:\n  Vpc:\n    Value: !Ref Vpc\n    \
         Export: {Name: !Sub '${AWS::StackName}-Vpc'}\n",
    );
    file(
        "shop.yaml",
        "Resources:\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties: {GroupDescription: g, VpcId: !ImportValue net-Vpc}\n",
    );
    file("other.yaml", "Resources:\n  T: {Type: 'AWS::SNS::Topic', Properties: {TopicName: !ImportValue net-Topic}}\n");
    let answer = stacklens(&["explain", &network, "--section", "teach"], "").out;
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(answer.contains("Which templates of this folder import the output Vpc?"), "{answer}");
    assert!(answer.contains("shop.yaml imports it") && !answer.contains("other.yaml"), "{answer}");
}

#[test]
fn a_scenario_points_into_the_file() {
    let worker = root().join("samples/templates/valid/queue-worker.yaml");
    let answer =
        stacklens(&["explain", "--scenario", "a message is processed twice", &worker.display().to_string()], "");
    assert_eq!(answer.code, 0);
    assert!(answer.out.contains("Jobs.VisibilityTimeout = 180 (line 25)"), "{}", answer.out);
    let answer = stacklens(&["explain", "--scenario", "cold-start", &worker.display().to_string()], "");
    assert!(answer.out.contains("ProvisionedConcurrentExecutions: 5"), "{}", answer.out);
    let answer = stacklens(&["explain", "--scenario", "list"], "");
    assert!(answer.out.lines().count() > 40, "{}", answer.out);
    let answer = stacklens(&["explain", "--scenario", "zebra"], "");
    assert_ne!(answer.code, 0);
}

/// `tests/data/situations.txt`: what a student might type, after the situation that must be found first.
#[test]
fn situations_are_found_by_the_words_of_a_student() {
    let mut wrong = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for line in include_str!("../data/situations.txt").lines() {
        let (id, question) = line.split_once('|').unwrap();
        let found: Vec<&str> = scenario::matching(question).iter().map(|s| s.id.as_str()).collect();
        if found.first() != Some(&id) {
            wrong.push(format!("{question}: {found:?}, not {id}"));
        }
        seen.insert(id);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen.len(), scenario::all().len(), "each situation is asked for at least once");
}

#[test]
fn scenarios_have_an_answer_without_a_file() {
    for situation in scenario::all() {
        let section = scenario::answer(situation, None);
        assert!(section.blocks.len() >= 2, "{}", situation.id);
    }
}
