//! Dynamic references: `{{resolve:service:reference}}` inside a string.

/// One dynamic reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicReference<'t> {
    /// `ssm`, `ssm-secure`, `secretsmanager`, or whatever was written there.
    pub service: &'t str,
    /// The parts after the service, split at `:`.
    pub parts: Vec<&'t str>,
    /// Byte range in the (decoded) text, braces included.
    pub start: usize,
    /// End of that range.
    pub end: usize,
    /// Whether blanks follow or precede the braces (`{{ resolve:...}}`), which CloudFormation does not resolve.
    pub spaced: bool,
}

/// Properties in which a secure string is resolved: type, path (list indices left out).
pub const SECURE_STRINGS: &[(&str, &[&str])] = &[
    ("AWS::DirectoryService::MicrosoftAD", &["Password"]),
    ("AWS::DirectoryService::SimpleAD", &["Password"]),
    ("AWS::ElastiCache::ReplicationGroup", &["AuthToken"]),
    ("AWS::IAM::User", &["LoginProfile", "Password"]),
    ("AWS::KinesisFirehose::DeliveryStream", &["RedshiftDestinationConfiguration", "Password"]),
    ("AWS::OpsWorks::App", &["AppSource", "Password"]),
    ("AWS::OpsWorks::Stack", &["RdsDbInstances", "DbPassword"]),
    ("AWS::OpsWorks::Stack", &["CustomCookbooksSource", "Password"]),
    ("AWS::RDS::DBCluster", &["MasterUserPassword"]),
    ("AWS::RDS::DBInstance", &["MasterUserPassword"]),
    ("AWS::Redshift::Cluster", &["MasterUserPassword"]),
];

/// The dynamic references in a text, in order.
pub fn find(text: &str) -> Vec<DynamicReference<'_>> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("{{") {
        let start = from + found;
        let inner_start = start + 2;
        let Some(length) = text[inner_start..].find("}}") else { break };
        let inner = &text[inner_start..inner_start + length];
        let end = inner_start + length + 2;
        let trimmed = inner.trim();
        if let Some(reference) = trimmed.strip_prefix("resolve:") {
            let mut parts = reference.split(':');
            let service = parts.next().unwrap_or("");
            out.push(DynamicReference {
                service,
                parts: parts.collect(),
                start,
                end,
                spaced: trimmed.len() != inner.len(),
            });
            from = end;
        } else {
            from = inner_start;
        }
    }
    out
}

/// Whether a text holds a dynamic reference.
pub fn contains(text: &str) -> bool {
    text.contains("{{") && !find(text).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let found = find("a {{resolve:ssm:/x/y:3}} {{ resolve:secretsmanager:s:SecretString:k }}");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].service, found[0].parts.as_slice(), found[0].spaced), ("ssm", &["/x/y", "3"][..], false));
        assert_eq!((found[1].service, found[1].spaced), ("secretsmanager", true));
        assert!(!contains("{{name}}"));
    }
}
