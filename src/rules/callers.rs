//! Functions and whoever calls them: event sources, queues, topics, buckets, rules and their permissions. Faults that show
//! only when two resources are seen together.

mod events;
mod functions;
mod messages;
mod permissions;
mod sources;

use crate::intrinsics::Intrinsic;
use crate::rule::linking::{Look, show};
use crate::rule::{Check, Context, Family, rule};

rule!(
    SHORT_VISIBILITY,
    "callers" / "SL101",
    "short-visibility",
    Info,
    "a queue hides its messages for less than six times the timeout of the function that reads it"
);
rule!(
    BATCH_WITHOUT_WINDOW,
    "callers" / "SL102",
    "batch-without-window",
    Error,
    "a function reads more than ten messages at once without waiting for them"
);
rule!(STREAM_OFF, "callers" / "SL103", "stream-off", Error, "the stream of a table is used that has none");
rule!(
    SOURCE_NOT_AN_ARN,
    "callers" / "SL104",
    "source-not-an-arn",
    Error,
    "an event source is named by something else than the ARN that is read"
);
rule!(
    FILTER_NOT_AN_OBJECT,
    "callers" / "SL106",
    "filter-not-an-object",
    Error,
    "the pattern of a filter is not one JSON object"
);
rule!(
    TOO_MANY_FILTERS,
    "callers" / "SL107",
    "too-many-filters",
    Warning,
    "an event source has more filters than the quota allows"
);
rule!(
    MORE_READERS_THAN_RUNS,
    "callers" / "SL108",
    "more-readers-than-runs",
    Warning,
    "the queues of a function may start more runs than are reserved for it"
);
rule!(
    ONE_RECORD_BLOCKS,
    "callers" / "SL109",
    "one-record-blocks",
    Info,
    "a record of a stream that fails is tried again without limit"
);
rule!(
    NO_DEAD_LETTERS,
    "callers" / "SL110",
    "no-dead-letters",
    Info,
    "a queue that a function reads has no dead-letter queue"
);
rule!(
    BATCH_FAILS_AS_ONE,
    "callers" / "SL111",
    "batch-fails-as-one",
    Info,
    "one failed message returns the whole batch to its queue"
);
rule!(
    FIFO_NOT_TAKEN,
    "callers" / "SL112",
    "fifo-not-taken",
    Error,
    "a function sends its results or failures to a FIFO queue or topic"
);
rule!(
    ALIAS_WEIGHTS,
    "callers" / "SL118",
    "alias-weights",
    Error,
    "an alias splits calls between versions in a way that is not possible"
);
rule!(
    PROVISIONED_NOWHERE,
    "callers" / "SL119",
    "provisioned-nowhere",
    Error,
    "environments are kept warm for what cannot have them"
);
rule!(
    TOO_MUCH_RESERVED,
    "callers" / "SL120",
    "too-much-reserved",
    Warning,
    "the functions of a template reserve nearly all runs of an account"
);
rule!(
    CALLER_WAITS_LESS,
    "callers" / "SL121",
    "caller-waits-less",
    Warning,
    "a function may run longer than its caller waits"
);
rule!(
    CALLER_NOT_PERMITTED,
    "callers" / "SL122",
    "caller-not-permitted",
    Error,
    "a service is to call a function without a permission to do so"
);
rule!(
    PERMISSION_FOR_ANOTHER,
    "callers" / "SL123",
    "permission-for-another",
    Warning,
    "the permission for a caller is for another source, or for another form of the function"
);
rule!(
    PERMISSION_OTHER_ACTION,
    "callers" / "SL124",
    "permission-other-action",
    Warning,
    "the permission of a service is for another action than calling the function"
);
rule!(
    URL_NOT_OPEN,
    "callers" / "SL125",
    "url-not-open",
    Warning,
    "the URL of a function is open to all, but nothing permits the calls"
);
rule!(
    NOTIFICATIONS_OVERLAP,
    "callers" / "SL127",
    "notifications-overlap",
    Error,
    "two notifications of a bucket react to the same objects"
);
rule!(NOTIFY_FIFO, "callers" / "SL128", "notify-fifo", Error, "a bucket notifies a FIFO queue or topic");
rule!(
    BUCKET_WITHOUT_EVENTS,
    "callers" / "SL130",
    "bucket-without-events",
    Warning,
    "a rule waits for events of a bucket that sends none"
);
rule!(
    PATTERN_WITHOUT_LIST,
    "callers" / "SL131",
    "pattern-without-list",
    Error,
    "an event pattern has a single value where a list is wanted"
);
rule!(
    TARGET_INCOMPLETE,
    "callers" / "SL132",
    "target-incomplete",
    Error,
    "the target of a rule lacks its role or its message group"
);
rule!(NAME_FOR_ARN, "callers" / "SL133", "name-for-arn", Error, "a name or URL stands where an ARN is wanted");
rule!(
    FIFO_TOPIC_ENDPOINT,
    "callers" / "SL135",
    "fifo-mismatch",
    Error,
    "a topic and its subscriber do not agree about FIFO"
);
rule!(
    NO_DEDUPLICATION,
    "callers" / "SL136",
    "no-deduplication",
    Info,
    "senders to a FIFO queue or topic must give every message an id"
);
rule!(
    FILES_WITHOUT_NETWORK,
    "callers" / "SL138",
    "files-without-network",
    Error,
    "a function mounts a file system without being in a VPC"
);
rule!(
    TOO_MANY_STREAM_READERS,
    "callers" / "SL140",
    "too-many-stream-readers",
    Warning,
    "more than two mappings read the stream of a table"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &SHORT_VISIBILITY,
        &BATCH_WITHOUT_WINDOW,
        &STREAM_OFF,
        &SOURCE_NOT_AN_ARN,
        &FILTER_NOT_AN_OBJECT,
        &TOO_MANY_FILTERS,
        &MORE_READERS_THAN_RUNS,
        &ONE_RECORD_BLOCKS,
        &NO_DEAD_LETTERS,
        &BATCH_FAILS_AS_ONE,
        &FIFO_NOT_TAKEN,
        &ALIAS_WEIGHTS,
        &PROVISIONED_NOWHERE,
        &TOO_MUCH_RESERVED,
        &CALLER_WAITS_LESS,
        &CALLER_NOT_PERMITTED,
        &PERMISSION_FOR_ANOTHER,
        &PERMISSION_OTHER_ACTION,
        &URL_NOT_OPEN,
        &NOTIFICATIONS_OVERLAP,
        &NOTIFY_FIFO,
        &BUCKET_WITHOUT_EVENTS,
        &PATTERN_WITHOUT_LIST,
        &TARGET_INCOMPLETE,
        &NAME_FOR_ARN,
        &FIFO_TOPIC_ENDPOINT,
        &NO_DEDUPLICATION,
        &FILES_WITHOUT_NETWORK,
        &TOO_MANY_STREAM_READERS,
    ],
    checks: &[Check::Template(callers), Check::Call(&[Intrinsic::GetAtt], sources::stream_arn)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::ApiGateway::Method", functions::method),
    ("AWS::ApiGateway::Method", permissions::calls),
    ("AWS::ApiGatewayV2::Integration", functions::integration),
    ("AWS::ApiGatewayV2::Integration", permissions::calls),
    ("AWS::CloudWatch::Alarm", messages::names),
    ("AWS::CloudWatch::Alarm", permissions::calls),
    ("AWS::Cognito::UserPool", functions::user_pool),
    ("AWS::Cognito::UserPool", permissions::user_pool),
    ("AWS::Config::ConfigRule", permissions::calls),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", permissions::calls),
    ("AWS::Events::Rule", messages::names),
    ("AWS::Events::Rule", permissions::calls),
    ("AWS::Events::Rule", events::pattern),
    ("AWS::Events::Rule", events::targets),
    ("AWS::Events::Rule", events::bucket),
    ("AWS::Lambda::Alias", functions::weights),
    ("AWS::Lambda::Alias", functions::provisioned),
    ("AWS::Lambda::EventInvokeConfig", messages::names),
    ("AWS::Lambda::EventInvokeConfig", messages::destinations),
    ("AWS::Lambda::EventSourceMapping", messages::names),
    ("AWS::Lambda::EventSourceMapping", messages::destinations),
    ("AWS::Lambda::EventSourceMapping", sources::queue),
    ("AWS::Lambda::EventSourceMapping", sources::batch_window),
    ("AWS::Lambda::EventSourceMapping", sources::source_kind),
    ("AWS::Lambda::EventSourceMapping", sources::filters),
    ("AWS::Lambda::EventSourceMapping", sources::stream),
    ("AWS::Lambda::Function", messages::names),
    ("AWS::Lambda::Function", messages::dead_letters),
    ("AWS::Lambda::Function", functions::files),
    ("AWS::Lambda::Function", sources::concurrency),
    ("AWS::Lambda::Permission", permissions::action),
    ("AWS::Lambda::Url", permissions::url),
    ("AWS::Logs::SubscriptionFilter", messages::names),
    ("AWS::Logs::SubscriptionFilter", permissions::calls),
    ("AWS::S3::Bucket", messages::names),
    ("AWS::S3::Bucket", messages::notified),
    ("AWS::S3::Bucket", messages::overlaps),
    ("AWS::S3::Bucket", permissions::calls),
    ("AWS::SNS::Subscription", messages::endpoint),
    ("AWS::SNS::Subscription", messages::subscription),
    ("AWS::SNS::Subscription", permissions::calls),
    ("AWS::SNS::Topic", messages::topic_name),
    ("AWS::SNS::Topic", messages::deduplication),
    ("AWS::SNS::Topic", permissions::calls),
    ("AWS::SQS::Queue", messages::names),
    ("AWS::SQS::Queue", messages::deduplication),
    ("AWS::Scheduler::Schedule", messages::names),
    ("AWS::SecretsManager::RotationSchedule", permissions::calls),
    ("AWS::Serverless::Function", functions::serverless),
    ("AWS::StepFunctions::StateMachine", messages::names),
];

fn callers(cx: &mut Context<'_>) {
    show(LOOKS, cx);
    functions::reserved(cx);
    sources::stream_readers(cx);
}
