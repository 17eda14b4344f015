//! What the `Resource` of a task calls, and how the task may wait for it.

use crate::nearest::nearest;

/// How a task goes on after its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// As soon as the call has its answer.
    Response,
    /// When the job that the call started is done: `.sync`, `.sync:2`.
    Sync,
    /// When somebody sends the token back: `.waitForTaskToken`.
    Token,
}

impl Pattern {
    /// The ending of the ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Pattern::Response => "",
            Pattern::Sync => ".sync",
            Pattern::Token => ".waitForTaskToken",
        }
    }
}

/// A call of another service, `arn:aws:states:::ecs:runTask.sync`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration<'t> {
    /// The service: `ecs`, `aws-sdk`.
    pub service: &'t str,
    /// What is called: `runTask`, `s3:getObject`.
    pub action: &'t str,
    /// How the task waits.
    pub pattern: Pattern,
}

/// Services, their actions (none: not listed here), whether a task can wait for the job, whether for a token.
const SERVICES: &[(&str, &[&str], bool, bool)] = &[
    ("apigateway", &["invoke"], false, true),
    ("athena", &["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"], true, false),
    ("aws-sdk", &[], false, true),
    ("batch", &["submitJob"], true, true),
    ("bedrock", &[], true, true),
    (
        "codebuild",
        &[
            "startBuild",
            "stopBuild",
            "batchDeleteBuilds",
            "batchGetReports",
            "startBuildBatch",
            "stopBuildBatch",
            "retryBuildBatch",
            "deleteBuildBatch",
        ],
        true,
        false,
    ),
    ("databrew", &["startJobRun"], true, false),
    ("dynamodb", &["getItem", "putItem", "deleteItem", "updateItem"], false, false),
    ("ecs", &["runTask"], true, true),
    ("eks", &[], true, true),
    ("elasticmapreduce", &[], true, false),
    ("emr-containers", &[], true, false),
    ("emr-serverless", &[], true, false),
    ("events", &["putEvents"], false, true),
    ("glue", &["startJobRun"], true, false),
    ("http", &["invoke"], false, false),
    ("lambda", &["invoke"], false, true),
    ("mediaconvert", &["createJob"], true, false),
    ("sagemaker", &[], true, false),
    ("sns", &["publish"], false, true),
    ("sqs", &["sendMessage"], false, true),
    ("states", &["startExecution"], true, true),
];

/// Services whose jobs Step Functions learns of by a rule of EventBridge that it makes in the account.
const BY_EVENTS: &[&str] = &["batch", "codebuild", "ecs", "states"];

impl<'t> Integration<'t> {
    /// Reads an ARN; `None` when it is that of a function, an activity or anything else.
    pub fn read(resource: &'t str) -> Option<Integration<'t>> {
        let (arn, rest) = resource.split_once(":states:::")?;
        if !arn.starts_with("arn:") {
            return None;
        }
        let (service, action) = rest.split_once(':')?;
        let (action, pattern) = match action.split_once('.') {
            Some((action, "sync" | "sync:2")) => (action, Pattern::Sync),
            Some((action, "waitForTaskToken")) => (action, Pattern::Token),
            _ => (action, Pattern::Response),
        };
        Some(Integration { service, action, pattern })
    }

    fn facts(&self) -> Option<&'static (&'static str, &'static [&'static str], bool, bool)> {
        SERVICES.iter().find(|s| s.0 == self.service)
    }

    /// The service or action that was probably meant by one that is not known.
    pub fn meant(&self) -> Option<&'static str> {
        match self.facts() {
            None => nearest(self.service, SERVICES.iter().map(|s| s.0)),
            Some((_, actions, ..)) if !actions.is_empty() && !actions.contains(&self.action) => {
                nearest(self.action, actions.iter().copied())
            }
            Some(_) => None,
        }
    }

    /// What a task can do instead, when it cannot wait for this service as it is written.
    pub fn refused(&self) -> Option<String> {
        let (_, _, sync, token) = self.facts()?;
        match self.pattern {
            Pattern::Sync if !sync && *token => Some("`.waitForTaskToken` or no ending".to_owned()),
            Pattern::Sync if !sync => Some("no ending".to_owned()),
            Pattern::Token if !token && *sync => Some("`.sync` or no ending".to_owned()),
            Pattern::Token if !token => Some("no ending".to_owned()),
            _ => None,
        }
    }

    /// Whether Step Functions must make a rule of EventBridge to wait for the job.
    pub fn needs_events(&self) -> bool {
        self.pattern == Pattern::Sync && BY_EVENTS.contains(&self.service)
    }
}
