//! What `explain` says: pictures of it for the samples (kept under `docs/explain`), and what must hold for every template.
//!
//! `UPDATE_EXPECT=1` rewrites the pictures.

use super::cli::{Answer, stacklens};
use super::{files_below, is_current, root, short_name};
use stacklens::document::{Document, DocumentKind, recognize};
use stacklens::explain::model::{Exists, Model, Scenario};
use stacklens::explain::view::Level;
use stacklens::explain::{ExplainOptions, markdown, text};
use stacklens::source::SourceFile;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The sample, the name of its picture, the formats.
const PICTURES: &[(&str, &str, &[&str])] = &[
    ("samples/templates/valid/vpc-ec2.yaml", "vpc", &["txt", "md", "json"]),
    ("samples/templates/valid/ecs-service.yaml", "ecs-service", &["txt"]),
    ("samples/templates/valid/database.json", "database", &["txt"]),
    ("samples/templates/valid/queue-worker.yaml", "queue-worker", &["txt"]),
    ("samples/sam/valid/api.yaml", "sam-api", &["txt", "md"]),
    ("samples/sam/valid/packaged.yaml", "sam-deployment", &["txt"]),
    ("samples/appspec/valid/ecs/appspec.yaml", "appspec-ecs", &["txt", "md", "json"]),
    ("samples/appspec/valid/ec2-linux/appspec.yml", "appspec-ec2", &["txt"]),
    ("samples/appspec/valid/lambda/appspec.yml", "appspec-lambda", &["txt"]),
    ("samples/buildspec/valid/docker-ecr.yml", "buildspec-docker", &["txt", "md"]),
    ("samples/buildspec/valid/node-tests.yml", "buildspec-node", &["txt"]),
];

fn read(path: &Path) -> Option<Document> {
    let name = short_name(path);
    let file = SourceFile::from_bytes(name.clone(), std::fs::read(path).ok()?).ok()?;
    let tree = stacklens::syntax::read(&file);
    let kind = recognize(&name, &tree)?;
    Some(Document::new(file, kind, tree))
}

fn model(path: &str) -> Model {
    Model::of(&read(&root().join(path)).unwrap(), &ExplainOptions::default())
}

#[test]
fn pictures_are_current() {
    let mut wrong = Vec::new();
    for (sample, name, formats) in PICTURES {
        let model = model(sample);
        for format in *formats {
            let made = match *format {
                "txt" => text::render(&model, Level::Normal, &[]),
                "md" => markdown::render(&model, Level::Normal, &[]),
                _ => format!("{}\n", serde_json::to_string_pretty(&model).unwrap()),
            };
            let path = root().join(format!("docs/explain/{name}.{format}"));
            if !is_current(&path, &made) {
                wrong.push(short_name(&path));
            }
        }
    }
    assert!(wrong.is_empty(), "not as before; look, then UPDATE_EXPECT=1: {wrong:?}");
}

/// What does not fit together in a model.
fn contradictions(model: &Model) -> Vec<String> {
    let mut out = Vec::new();
    let ids: BTreeSet<&str> = model.resources.iter().map(|r| r.id.as_str()).collect();
    if ids.len() != model.resources.len() {
        return out; // a name stands twice in the file: another check says so
    }
    let exists: BTreeMap<&str, Exists> = model.resources.iter().map(|r| (r.id.as_str(), r.exists)).collect();
    let waved: Vec<&str> = model.waves.iter().flatten().map(String::as_str).collect();
    let once: BTreeSet<&str> = waved.iter().copied().collect();
    if once.len() != waved.len() {
        out.push("a resource is in two waves".to_owned());
    }
    if model.cycles.is_empty() {
        let possible: BTreeSet<&str> = model.existing().map(|r| r.id.as_str()).collect();
        // Where a condition is not decided, a loop that no deployment has may keep some out of the waves.
        let decided = model.resources.iter().all(|r| r.exists != Exists::Maybe);
        if decided && model.edges.iter().all(|e| e.exists != Exists::Maybe) && once != possible {
            out.push(format!("the waves hold {once:?}, but {possible:?} exist"));
        }
    }
    order(model, &exists, &mut out);
    for scenario in &model.scenarios.list {
        scenario_order(model, scenario, &mut out);
    }
    if !model.is_template() {
        return out;
    }
    if model.scenarios.complete && model.scenarios.list.iter().filter(|s| s.assumed).count() > 1 {
        out.push("two scenarios are the assumed one".to_owned());
    }
    for effect in model.parameters.iter().flat_map(|p| p.effects.replace.iter().chain(&p.effects.update)) {
        if !ids.contains(effect.resource.as_str()) {
            out.push(format!("an effect on {}, which is no resource", effect.resource));
        }
    }
    for advice in &model.advice {
        for edit in &advice.edit {
            if !edit.text.ends_with('\n') || edit.at.start != edit.at.end {
                out.push(format!("{}: an edit that is no whole line", advice.id));
            }
        }
    }
    out
}

fn order(model: &Model, exists: &BTreeMap<&str, Exists>, out: &mut Vec<String>) {
    let at = |waves: &[Vec<String>]| -> BTreeMap<String, usize> {
        waves.iter().enumerate().flat_map(|(i, w)| w.iter().map(move |id| (id.clone(), i))).collect()
    };
    let (created, deleted) = (at(&model.waves), at(&model.deletion));
    for edge in model.edges.iter().filter(|e| e.exists != Exists::No && e.from != e.to) {
        if exists.get(edge.from.as_str()) == Some(&Exists::No) || exists.get(edge.to.as_str()) == Some(&Exists::No) {
            out.push(format!("{} needs {}, though one of them is off", edge.from, edge.to));
        }
        if let (Some(from), Some(to)) = (created.get(&edge.from), created.get(&edge.to))
            && from <= to
        {
            out.push(format!("{} needs {} but is not made after it", edge.from, edge.to));
        }
        if let (Some(from), Some(to)) = (deleted.get(&edge.from), deleted.get(&edge.to))
            && from >= to
        {
            out.push(format!("{} needs {} but is not deleted before it", edge.from, edge.to));
        }
    }
    let chain = &model.longest_chain;
    if !chain.is_empty() && chain.len() != model.waves.len() {
        out.push(format!("the longest chain has {} steps, but there are {} waves", chain.len(), model.waves.len()));
    }
}

/// In each scenario the waves respect every edge that it has.
fn scenario_order(model: &Model, scenario: &Scenario, out: &mut Vec<String>) {
    let value: BTreeMap<&str, bool> = scenario.conditions.iter().map(|g| (g.condition.as_str(), g.holds)).collect();
    let wave: BTreeMap<&str, usize> =
        scenario.waves.iter().enumerate().flat_map(|(i, w)| w.iter().map(move |id| (id.as_str(), i))).collect();
    for edge in model.edges.iter().filter(|e| e.possible && e.from != e.to) {
        let reached = edge.guard.iter().all(|g| value.get(g.condition.as_str()).is_none_or(|v| *v == g.holds));
        if let (true, Some(from), Some(to)) = (reached, wave.get(edge.from.as_str()), wave.get(edge.to.as_str()))
            && from <= to
        {
            out.push(format!("with {:?}: {} needs {} but is not made after it", scenario.when, edge.from, edge.to));
        }
    }
    for id in &scenario.adds {
        if scenario.removes.contains(id) || !wave.contains_key(id.as_str()) && model.cycles.is_empty() {
            out.push(format!("with {:?}: {id} is added but does not exist", scenario.when));
        }
    }
}

#[test]
fn the_parts_of_every_model_fit_together() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for folder in [root().join("samples"), root().join("../shared/conformance")] {
        for path in files_below(&folder) {
            let known = path.extension().is_some_and(|e| ["yaml", "yml", "json", "template"].iter().any(|k| e == *k));
            if !known || path.components().any(|c| c.as_os_str() == "expected") {
                continue;
            }
            let Some(document) = read(&path) else { continue };
            let model = Model::of(&document, &ExplainOptions::default());
            seen += 1;
            wrong.extend(contradictions(&model).into_iter().map(|c| format!("{}: {c}", short_name(&path))));
            for level in [Level::Brief, Level::Teach] {
                if text::render(&model, level, &[]).is_empty() || markdown::render(&model, level, &[]).is_empty() {
                    wrong.push(format!("{}: nothing is said", short_name(&path)));
                }
            }
            if serde_json::to_string(&model).is_err() {
                wrong.push(format!("{}: no JSON", short_name(&path)));
            }
        }
    }
    assert!(seen > 20);
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

/// Two parameters of small domains, three conditions: every assignment must be covered by a scenario.
#[test]
fn scenarios_cover_every_assignment() {
    let template = "
Parameters:
  Env: {Type: String, AllowedValues: [dev, test, prod], Default: dev}
  Public: {Type: String, AllowedValues: ['yes', 'no'], Default: 'no'}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsPublic: !Equals [!Ref Public, 'yes']
  Both: !And [!Condition IsProd, !Condition IsPublic]
  Never: !And [!Condition IsProd, !Not [!Condition IsProd]]
Resources:
  Always: {Type: AWS::SNS::Topic}
  Prod: {Type: AWS::SNS::Topic, Condition: IsProd}
  Open: {Type: AWS::SNS::Topic, Condition: IsPublic}
  Special: {Type: AWS::SNS::Topic, Condition: Both}
  Ghost: {Type: AWS::SNS::Topic, Condition: Never}
";
    let document = super::document("t.yaml", template, DocumentKind::Template);
    let base = Model::of(&document, &ExplainOptions::default());
    assert!(base.scenarios.complete);
    let sets: BTreeSet<BTreeSet<&str>> =
        base.scenarios.list.iter().map(|s| s.waves.iter().flatten().map(String::as_str).collect()).collect();
    let mut expected: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
    for env in ["dev", "test", "prod"] {
        for public in ["yes", "no"] {
            let mut on = BTreeSet::from(["Always"]);
            if env == "prod" {
                on.insert("Prod");
            }
            if public == "yes" {
                on.insert("Open");
            }
            if env == "prod" && public == "yes" {
                on.insert("Special");
            }
            let parameters = vec![("Env".to_owned(), env.to_owned()), ("Public".to_owned(), public.to_owned())];
            let model = Model::of(&document, &ExplainOptions { parameters, ..ExplainOptions::default() });
            let found: BTreeSet<&str> = model.existing().map(|r| r.id.as_str()).collect();
            assert_eq!(found, on, "{env} {public}");
            expected.insert(on);
        }
    }
    assert_eq!(sets, expected);
    assert_eq!(base.scenarios.list.iter().filter(|s| s.assumed).count(), 1);
}

#[test]
fn what_parameters_do_is_right() {
    let model = model("samples/templates/valid/vpc-ec2.yaml");
    let parameter = |name: &str| model.parameters.iter().find(|p| p.name == name).unwrap();
    let names = |list: &[stacklens::explain::model::Effect]| -> BTreeSet<String> {
        list.iter().map(|e| e.resource.clone()).collect()
    };
    let image = parameter("ImageId");
    assert_eq!(names(&image.effects.replace), BTreeSet::from(["Server".to_owned()]));
    let cidr = names(&parameter("VpcCidr").effects.replace);
    assert!(cidr.contains("Vpc") && cidr.contains("PublicSubnetA") && cidr.contains("Server"), "{cidr:?}");
    let environment = parameter("Environment");
    assert_eq!(environment.effects.may_replace[0].property, "InstanceType");
    assert_eq!(environment.values[0].value, "prod");
    assert!(environment.values[0].details.iter().any(|d| d == "Server.InstanceType t3.micro → m6i.large"));
    assert!(model.advice.iter().any(|a| a.id == "silent-replacement" && a.about == "Server"));
}

#[test]
fn ways_through_the_network_follow_the_conditions() {
    let path = root().join("samples/templates/valid/network-web.yaml");
    let ways = |nat: &str| {
        let parameters = vec![("Nat".to_owned(), nat.to_owned())];
        let model = Model::of(&read(&path).unwrap(), &ExplainOptions { parameters, ..ExplainOptions::default() });
        model.network.iter().map(|way| format!("{} {}", way.resource, way.text)).collect::<Vec<_>>()
    };
    let with = [
        "PublicA public: ToInternet leads to an internet gateway",
        "PublicB public: ToInternet leads to an internet gateway",
        "Private private: ToNat leads out through NatGateway",
        "Function in Private: out through NatGateway",
        "Service in PublicA and PublicB: to the internet, with a public address",
    ];
    assert_eq!(ways("yes"), with);
    let mut without = with;
    without[2] = "Private closed: PrivateRoutes has no default route";
    without[3] = "Function in Private: no way out; endpoints: sqs by QueueEndpoint and s3 by ObjectEndpoint";
    assert_eq!(ways("no"), without);
}

#[test]
fn hidden_dependencies_are_found_and_their_edits_work() {
    let template = "Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16}
  Igw:
    Type: AWS::EC2::InternetGateway
  Attach:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw}
  Routes:
    Type: AWS::EC2::RouteTable
    Properties: {VpcId: !Ref Vpc}
  Default:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Routes, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Igw}
";
    let explained =
        |text: &str| Model::of(&super::document("t.yaml", text, DocumentKind::Template), &ExplainOptions::default());
    let model = explained(template);
    let advice = model.advice.iter().find(|a| a.id == "H1").unwrap();
    assert_eq!((advice.about.as_str(), advice.other.as_deref()), ("Default", Some("Attach")));
    let edit = &advice.edit[0];
    let mut fixed = template.to_owned();
    fixed.insert_str(edit.at.start as usize, &edit.text);
    let again = explained(&fixed);
    assert!(again.advice.iter().all(|a| a.id != "H1"), "{fixed}");
    assert_eq!(again.waves.len(), 3);
}

/// Each template of `tests/data/hidden` says at its top what waits for what without saying so.
#[test]
fn hidden_dependencies_are_those_that_are_there() {
    for path in files_below(&root().join("tests/data/hidden")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut wanted: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("# waits: ")).collect();
        let model = Model::of(&read(&path).unwrap(), &ExplainOptions::default());
        let ids = |a: &&stacklens::explain::model::Advice| a.id.starts_with(['H', 'D']) && a.other.is_some();
        let mut found: Vec<String> = model
            .advice
            .iter()
            .filter(ids)
            .map(|a| format!("{} {} {}", a.id, a.about, a.other.as_deref().unwrap()))
            .collect();
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted, "{}", path.display());
    }
}

fn run(arguments: &[&str]) -> Answer {
    let all: Vec<&str> = std::iter::once("explain").chain(arguments.iter().copied()).collect();
    stacklens(&all, "")
}

fn sample(name: &str) -> String {
    root().join("samples").join(name).to_string_lossy().into_owned()
}

#[test]
fn questions_are_answered() {
    let vpc = sample("templates/valid/vpc-ec2.yaml");
    let why = run(&[&vpc, "--why", "Server"]);
    assert!(why.code == 0 && why.out.contains("Ref PublicSubnetA in Properties.SubnetId"), "{}", why.out);
    let path = run(&[&vpc, "--path", "Server", "Vpc"]);
    assert!(path.code == 0 && path.out.contains("Server waits for"), "{}", path.out);
    let users = run(&[&vpc, "--who-uses", "WebSecurityGroup"]);
    assert!(users.code == 0 && users.out.contains("Server:"), "{}", users.out);
    let what = run(&[&vpc, "--what-if", "Environment=prod"]);
    assert!(what.code == 0 && what.out.contains("t3.micro → m6i.large"), "{}", what.out);
    let policy = run(&[&vpc, "--permissions"]);
    let policy: serde_json::Value = serde_json::from_str(&policy.out).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let wrong = run(&[&vpc, "--why", "Servr"]);
    assert!(wrong.code == 2 && wrong.err.contains("did you mean `Server`?"), "{}", wrong.err);
    let wrong = run(&[&vpc, "--what-if", "Environmen=prod"]);
    assert!(wrong.code == 2 && wrong.err.contains("did you mean `Environment`?"), "{}", wrong.err);
}

#[test]
fn terms_are_explained() {
    for (term, word) in [
        ("AWS::EC2::Subnet", "!Ref gives: SubnetId"),
        ("AWS::EC2::Subnet.CidrBlock", "replaced"),
        ("AWS::EC2::SecurityGroup.SecurityGroupIngress.CidrIp", "Type: string"),
        ("!Sub", "Fn::Sub"),
        ("AWS::NoValue", "pseudo parameter"),
        ("DeletionPolicy", "Snapshot"),
        ("post_build", "phase"),
        ("beforeinstall", "BeforeInstall"),
        ("CodeDeployDefault.LambdaCanary10Percent5Minutes", "10 percent"),
        ("E3002", "## "),
    ] {
        let answer = run(&[term]);
        assert!(answer.code == 0 && answer.out.contains(word), "{term}: {}{}", answer.out, answer.err);
    }
    for (term, meant) in [
        ("AWS::EC2::Subnett", "AWS::EC2::Subnet"),
        ("AWS::EC2::Subnet.CidrBlok", "AWS::EC2::Subnet.CidrBlock"),
        ("BeforeInstal", "BeforeInstall"),
        ("aws::s3::bucket", "AWS::S3::Bucket"),
    ] {
        let answer = run(&[term]);
        assert!(answer.code == 2 && answer.err.contains(&format!("did you mean `{meant}`?")), "{term}: {}", answer.err);
    }
    let absent = run(&["nowhere/template.yaml"]);
    assert!(absent.code == 2 && absent.err.contains("there is no file"), "{}", absent.err);
}

#[test]
fn bad_input_is_named() {
    assert_eq!(run(&[]).code, 2);
    let nothing = run(&[&root().join("src/picture").to_string_lossy()]);
    assert!(nothing.code == 2 && nothing.err.contains("there is no template"), "{}", nothing.err);
    let region = run(&[&sample("sam/valid/api.yaml"), "--region", "eu-west-11"]);
    assert!(region.code == 2 && region.err.contains("no region"), "{}", region.err);
    let syntax = run(&[&sample("templates/broken/syntax-error.yaml")]);
    assert!(syntax.code == 2 && syntax.err.contains("syntax-error.yaml:"), "{}", syntax.err);
    let question = run(&[&sample("buildspec/valid/docker-ecr.yml"), "--why", "x"]);
    assert!(question.code == 2 && question.err.contains("templates only"), "{}", question.err);
    let stdin = stacklens(&["explain", "-", "--level", "brief"], "Resources:\n  T: {Type: AWS::SNS::Topic}\n");
    assert!(stdin.code == 0 && stdin.out.contains("one topic"), "{}{}", stdin.out, stdin.err);
}

#[test]
fn pipelines_and_state_machines_have_run_sheets() {
    let template = r#"
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/pipeline
      Stages:
        - Name: Source
          Actions:
            - Name: Fetch
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeStarSourceConnection, Version: "1"}
              Configuration: {BranchName: main}
              OutputArtifacts: [{Name: Code}]
        - Name: Deploy
          Actions:
            - Name: Ask
              ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: "1"}
            - Name: Roll
              RunOrder: 2
              ActionTypeId: {Category: Deploy, Owner: AWS, Provider: CodeDeploy, Version: "1"}
              InputArtifacts: [{Name: Code}]
  Steps:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/steps
      DefinitionString: |
        {"StartAt": "Pick", "States": {
          "Pick": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "Work"}], "Default": "Done"},
          "Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"},
                   "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}], "End": true},
          "Done": {"Type": "Succeed"}, "Lost": {"Type": "Pass", "End": true}}}
"#;
    let model = Model::of(&super::document("t.yaml", template, DocumentKind::Template), &ExplainOptions::default());
    let [pipeline, steps] = model.sheets.as_slice() else { panic!("{:?}", model.sheets) };
    let cells: Vec<String> = pipeline.rows.iter().map(|r| format!("{}|{}", r.step, r.cells.join("|"))).collect();
    assert_eq!(
        cells,
        [
            "Source|Fetch|fetches the source from CodeStarSourceConnection, branch main|→ Code",
            "Deploy|Ask|waits for a person, at most 7 days|",
            "|Roll|deploys by the AppSpec in the artifact|Code →",
        ]
    );
    let cells: Vec<String> = steps.rows.iter().map(|r| format!("{}|{}", r.step, r.cells.join("|"))).collect();
    assert_eq!(
        cells,
        [
            "Pick|chooses among 1|Work or else Done|",
            "Work|calls lambda:invoke on f|the end|tried again up to 2 times, then the execution fails",
            "Done|ends well|the end|",
        ]
    );
    assert!(steps.notes.iter().any(|n| n.text.contains("Lost")));
}

#[test]
fn hostile_names_do_no_harm() {
    let template =
        "Description: \"</script>\\u001b[31m\"\nResources:\n  \"a\\u001b]0;x\\u0007|b\":\n    Type: AWS::SNS::Topic\n";
    let model = Model::of(&super::document("t.yaml", template, DocumentKind::Template), &ExplainOptions::default());
    let text = text::render(&model, Level::Full, &[]);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    let markdown = markdown::render(&model, Level::Full, &[]);
    assert!(!markdown.contains("<script") && !markdown.contains("</script") && !markdown.contains('\u{1b}'));
}

#[test]
fn nested_stacks_are_opened() {
    let found = run(&[&sample("templates/valid/nested/parent.yaml"), "--format", "json"]);
    let model: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!(model["stacks"][0]["model"]["resources"][1]["id"], "Queue");
    assert_eq!(model["stacks"][1]["given"][0]["value"], "Messaging/Queue.QueueName", "an output as a parameter");
    assert_eq!(model["outputs"][0]["comesFrom"], "Messaging/Queue");
    let graph = stacklens(&["graph", &sample("templates/valid/nested"), "--format", "dot"], "");
    assert!(
        graph.out.contains("label=\"Messaging: ") && graph.out.matches("OldMessages").count() == 1,
        "{}",
        graph.out
    );
}

#[test]
fn a_folder_is_explained_as_a_whole() {
    let folder = run(&[&sample("bundles/valid/ecs-blue-green")]);
    for part in [
        "infra/pipeline.yaml: action Deploy of pipeline Pipeline needs appspec.yaml, taskdef.json, imageDetail.json",
        "appspec.yaml: sends traffic to container web of taskdef.json",
        "stacklens explain ",
    ] {
        assert!(folder.code == 0 && folder.out.contains(part), "{part}: {}", folder.out);
    }
    let appspec = run(&[&sample("bundles/valid/ecs-blue-green/appspec.yaml")]);
    assert!(appspec.out.contains("port 8080: found in taskdef.json"), "{}", appspec.out);
    let pipeline = run(&[&sample("bundles/valid/ecs-blue-green/infra/pipeline.yaml"), "--section", "steps"]);
    assert!(pipeline.out.contains("Built must hold appspec.yaml"), "{}", pipeline.out);
}
