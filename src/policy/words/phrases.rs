//! Actions in words: own words for those that stand in most templates.

/// An action in words: "receive", "messages", " of ".
pub(super) struct Phrase {
    /// What is done.
    pub verb: String,
    /// To what.
    pub object: String,
    /// What joins the resource to it; empty where there is none.
    pub joint: &'static str,
}

/// What the resources of a service are called.
pub(super) const NOUNS: &[(&str, &str)] = &[
    ("dynamodb", "table"),
    ("ecr", "repository"),
    ("events", "event bus"),
    ("firehose", "delivery stream"),
    ("kinesis", "stream"),
    ("kms", "key"),
    ("lambda", "function"),
    ("logs", "log group"),
    ("s3", "bucket"),
    ("secretsmanager", "secret"),
    ("sns", "topic"),
    ("sqs", "queue"),
    ("ssm", "parameter"),
    ("states", "state machine"),
    ("sts", "role"),
];

const OF: &str = " of ";
const TO: &str = " to ";
const WITH: &str = " with ";
const NAMED: &str = " ";
const NONE: &str = "";

/// Service, actions, verb, object, joint.
const PHRASES: &[(&str, &str, &str, &str, &str)] = &[
    ("cloudwatch", "putmetricdata", "send", "metrics", NONE),
    ("codedeploy", "putlifecycleeventhookexecutionstatus", "report", "the results of deployment hooks", NONE),
    ("cognito-idp", "admincreateuser", "make", "users", OF),
    ("cognito-idp", "admingetuser listusers", "look up", "users", OF),
    ("dynamodb", "getitem batchgetitem query scan partiqlselect conditioncheckitem", "read", "items", OF),
    ("dynamodb", "putitem updateitem batchwriteitem", "write", "items", OF),
    ("dynamodb", "deleteitem", "delete", "items", OF),
    ("dynamodb", "getrecords getsharditerator describestream liststreams", "read", "the stream", OF),
    ("dynamodb", "describetable", "look up", "the settings", OF),
    ("ec2", "createnetworkinterface", "make", "network interfaces", NONE),
    ("ec2", "deletenetworkinterface", "delete", "network interfaces", NONE),
    ("ec2", "describenetworkinterfaces", "list", "network interfaces", NONE),
    ("ec2", "describesubnets", "list", "subnets", NONE),
    ("ec2", "assignprivateipaddresses unassignprivateipaddresses", "change", "their addresses", NONE),
    ("ecr", "batchgetimage getdownloadurlforlayer batchchecklayeravailability", "pull", "images", OF),
    ("ecr", "getauthorizationtoken", "log in to", "the registry", NONE),
    ("ecr", "putimage initiatelayerupload uploadlayerpart completelayerupload", "push", "images", TO),
    ("ecs", "runtask", "start", "tasks", OF),
    ("events", "putevents", "send", "events", TO),
    ("execute-api", "invoke", "call", "", NAMED),
    ("execute-api", "manageconnections", "send to", "the connections", OF),
    ("firehose", "putrecord putrecordbatch", "send", "records", TO),
    ("iam", "passrole", "hand on", "", NAMED),
    (
        "kinesis",
        "getrecords getsharditerator describestream describestreamsummary listshards liststreams subscribetoshard",
        "read",
        "records",
        OF,
    ),
    ("kinesis", "putrecord putrecords", "write", "records", TO),
    ("kms", "decrypt", "decrypt", "data", WITH),
    ("kms", "encrypt generatedatakey generatedatakey* reencrypt*", "encrypt", "data", WITH),
    ("kms", "describekey", "look up", "the settings", OF),
    ("lambda", "invokefunction invokeasync", "call", "", NAMED),
    ("lambda", "invokefunctionurl", "call", "the URL", OF),
    ("logs", "createloggroup", "make", "log groups", NONE),
    ("logs", "createlogstream putlogevents", "write", "logs", NONE),
    ("logs", "describeloggroups describelogstreams getlogevents filterlogevents", "read", "logs", NONE),
    ("s3", "abortmultipartupload listmultipartuploadparts listbucketmultipartuploads", "end", "uploads", OF),
    ("s3", "deleteobject deleteobjectversion", "delete", "objects", OF),
    ("s3", "getbucketacl getobjectacl", "look up", "the access list", OF),
    ("s3", "getbucketlocation", "look up", "the region", OF),
    ("s3", "getobject getobjectversion", "read", "objects", OF),
    ("s3", "listbucket listbucketversions", "list", "objects", OF),
    ("s3", "putobject", "write", "objects", OF),
    ("s3", "putobjectacl", "change", "the access", OF),
    ("secretsmanager", "describesecret", "look up", "the settings", OF),
    ("secretsmanager", "getsecretvalue", "read", "the value", OF),
    ("secretsmanager", "putsecretvalue updatesecret updatesecretversionstage", "change", "the value", OF),
    ("ses", "sendemail sendrawemail", "send", "mail", NONE),
    ("sns", "publish", "send", "messages", TO),
    ("sns", "subscribe", "subscribe to", "", NAMED),
    ("sqs", "changemessagevisibility changemessagevisibilitybatch", "hide", "messages", OF),
    ("sqs", "deletemessage deletemessagebatch", "delete", "messages", OF),
    ("sqs", "getqueueattributes", "look up", "the settings", OF),
    ("sqs", "getqueueurl", "look up", "the URL", OF),
    ("sqs", "purgequeue", "throw away", "all messages", OF),
    ("sqs", "receivemessage", "receive", "messages", OF),
    ("sqs", "sendmessage sendmessagebatch", "send", "messages", TO),
    ("ssm", "getparameter getparameters getparametersbypath", "read", "the value", OF),
    ("ssm", "putparameter", "write", "the value", OF),
    ("states", "startexecution startsyncexecution", "start", "runs", OF),
    ("states", "sendtasksuccess sendtaskfailure sendtaskheartbeat", "answer", "waiting tasks", NONE),
    ("sts", "assumerole", "take on", "", NAMED),
    ("sts", "assumerolewithwebidentity", "take on, with a token of the provider,", "", NAMED),
    ("xray", "puttracesegments puttelemetryrecords", "send", "traces", NONE),
    ("xray", "getsamplingrules getsamplingtargets getsamplingstatisticsummaries", "look up", "what is traced", NONE),
];

/// The words for an action, also for `service:*` and `service:Get*`.
pub(super) fn phrase(action: &str) -> Option<Phrase> {
    let (service, name) = action.split_once(':')?;
    let (service, name) = (service.to_lowercase(), name.to_lowercase());
    let made = |verb: &str, object: &str, joint| Phrase { verb: verb.to_owned(), object: object.to_owned(), joint };
    if let Some((.., verb, object, joint)) =
        PHRASES.iter().find(|p| p.0 == service && p.1.split(' ').any(|known| known == name))
    {
        return Some(made(verb, object, joint));
    }
    let known = NOUNS.iter().any(|n| n.0 == service);
    match name.as_str() {
        "*" if known => Some(made("do anything", "", WITH)),
        "*" => Some(made(&format!("do anything in `{service}`"), "", WITH)),
        "get*" | "describe*" | "batchget*" if known => Some(made("look up", "everything", OF)),
        "list*" if known => Some(made("list", "everything", OF)),
        "put*" if known => Some(made("write", "everything", OF)),
        "delete*" if known => Some(made("delete", "everything", OF)),
        _ => None,
    }
}
