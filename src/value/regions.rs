//! What follows from the name of a region: partition and URL suffix.

/// The partition of a region: `aws`, `aws-cn`, `aws-us-gov`, ...
pub fn partition(region: &str) -> &'static str {
    match region.get(..region.find('-').map_or(0, |dash| dash + 1)) {
        Some("cn-") => "aws-cn",
        Some("us-") if region.starts_with("us-gov-") => "aws-us-gov",
        Some("us-") if region.starts_with("us-iso-") => "aws-iso",
        Some("us-") if region.starts_with("us-isob-") => "aws-iso-b",
        Some("us-") if region.starts_with("us-isof-") => "aws-iso-f",
        Some("eu-") if region.starts_with("eu-isoe-") => "aws-iso-e",
        Some("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

/// The domain of a region's services.
pub fn url_suffix(region: &str) -> &'static str {
    match partition(region) {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

/// Whether a text has the form of a region name: `eu-west-1`, `us-gov-east-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |p: &&str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase());
    match parts.as_slice() {
        [first, middle @ .., number] if !middle.is_empty() && middle.len() <= 2 => {
            letters(first)
                && (2..=4).contains(&first.len())
                && middle.iter().all(letters)
                && !number.is_empty()
                && number.len() <= 2
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

/// The availability zones that `Fn::GetAZs` is taken to give for a region: all that are known, or names of the right
/// form. Which of them an account sees is known only when deployed.
pub fn availability_zones(region: &str) -> Vec<String> {
    let known: Vec<String> = crate::schema::store::availability_zones(region).map(str::to_owned).collect();
    if known.is_empty() { ["a", "b", "c"].map(|zone| format!("{region}{zone}")).to_vec() } else { known }
}
