//! Regions and partitions.

/// The partition of a region.
pub fn of_region(region: &str) -> &'static str {
    const PREFIXES: &[(&str, &str)] = &[
        ("cn-", "aws-cn"),
        ("us-iso-", "aws-iso"),
        ("us-isob", "aws-iso-b"),
        ("us-gov", "aws-us-gov"),
        ("eu-isoe", "aws-iso-e"),
        ("us-isof", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    let region = region.to_ascii_lowercase();
    PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// Whether API Gateway has edge-optimised endpoints there.
pub fn has_edge_endpoints(partition: &str) -> bool {
    !matches!(partition, "aws-cn" | "aws-us-gov" | "aws-eusc") && !partition.starts_with("aws-iso")
}
