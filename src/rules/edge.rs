//! What stands at the edge: the days of buckets, distributions with their certificates, origins and functions, records of
//! DNS, web ACLs.

mod buckets;
mod distributions;
mod functions;
mod records;

use crate::rule::linking::{Look, show};
use crate::rule::{Check, Context, Family, rule};

rule!(
    LIFECYCLE_DAYS,
    "edge" / "SL180",
    "lifecycle-days",
    Error,
    "a lifecycle rule moves objects too early, or in an order that is not possible"
);
rule!(
    WEBSITE_OTHER_NAME,
    "edge" / "SL183",
    "website-other-name",
    Warning,
    "a record leads to a website in a bucket that does not have its name, or that nobody may read"
);
rule!(
    CERTIFICATE_NOT_FOR_EDGE,
    "edge" / "SL186",
    "certificate-not-for-edge",
    Error,
    "a distribution has no certificate for its names, or one of another region"
);
rule!(
    WEBSITE_WITHOUT_TLS,
    "edge" / "SL188",
    "website-without-tls",
    Warning,
    "a distribution asks the website of a bucket in a way that it does not answer"
);
rule!(
    FUNCTION_NOT_FOR_EDGE,
    "edge" / "SL189",
    "function-not-for-edge",
    Error,
    "a distribution runs a function that cannot run at the edge"
);
rule!(
    RECORD_NOT_IN_ZONE,
    "edge" / "SL191",
    "record-not-in-zone",
    Error,
    "a CNAME stands at the top of its zone, or a record is outside of it"
);
rule!(
    RECORD_ROUTING,
    "edge" / "SL192",
    "record-routing",
    Error,
    "records of one name are chosen among in a way that is not possible"
);
rule!(
    ACL_OF_OTHER_SCOPE,
    "edge" / "SL193",
    "acl-of-other-scope",
    Error,
    "a web ACL for distributions is given to something else, or the other way round"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &LIFECYCLE_DAYS,
        &WEBSITE_OTHER_NAME,
        &CERTIFICATE_NOT_FOR_EDGE,
        &WEBSITE_WITHOUT_TLS,
        &FUNCTION_NOT_FOR_EDGE,
        &RECORD_NOT_IN_ZONE,
        &RECORD_ROUTING,
        &ACL_OF_OTHER_SCOPE,
    ],
    checks: &[Check::Template(edge), Check::Template(records::names)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::CloudFront::Distribution", distributions::certificate),
    ("AWS::CloudFront::Distribution", distributions::origins),
    ("AWS::CloudFront::Distribution", distributions::acl),
    ("AWS::CloudFront::Distribution", functions::associations),
    ("AWS::S3::Bucket", buckets::lifecycle),
    ("AWS::WAFv2::WebACL", distributions::region),
    ("AWS::WAFv2::WebACLAssociation", distributions::association),
];

fn edge(cx: &mut Context<'_>) {
    show(LOOKS, cx);
}

/// Whether a name is that of a website of S3.
fn is_website(name: &str) -> bool {
    name.contains("s3-website-") || name.contains("s3-website.")
}
