//! `stacklens schema update`: newer facts from the archive of schemas that AWS publishes.

#[cfg(feature = "fetch")]
mod fetching;
#[cfg(feature = "fetch")]
pub(super) use fetching::run;

use crate::schema::newer::About;
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[cfg_attr(not(feature = "fetch"), allow(dead_code))]
pub(super) struct UpdateArgs {
    /// The archive to fetch
    #[arg(
        long,
        value_name = "URL",
        default_value = "https://schema.cloudformation.us-east-1.amazonaws.com/CloudformationSchema.zip"
    )]
    url: String,

    /// Take an archive that was fetched by other means
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    archive: Option<PathBuf>,

    /// The SHA-256 that the archive must have
    #[arg(long, value_name = "HEX", value_parser = digest)]
    sha256: Option<String>,

    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

fn digest(text: &str) -> Result<String, String> {
    let whole = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if whole { Ok(text.to_ascii_lowercase()) } else { Err("it must be 64 hexadecimal digits".to_owned()) }
}

/// What a set of newer facts brought, in a line.
pub(super) fn gained(about: &About) -> String {
    let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let parts = [
        (about.types.len(), "resource type", "resource types"),
        (about.properties, "property", "properties"),
        (about.values, "value", "values"),
        (about.attributes, "attribute", "attributes"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|p| p.0 > 0).map(|(n, one, many)| count(n, one, many)).collect();
    let new = if parts.is_empty() { "nothing is new".to_owned() } else { format!("new: {}", parts.join(", ")) };
    format!("{}; {new}", count(about.schemas, "schema", "schemas"))
}

/// This program cannot fetch anything.
#[cfg(not(feature = "fetch"))]
pub(super) fn run(
    _: &UpdateArgs,
    _: Option<&std::path::Path>,
    streams: &mut super::Streams<'_>,
) -> std::io::Result<u8> {
    let help = "build it with `cargo install --locked --path . --features fetch`, or use a released package";
    super::say(streams, &format!("this program was built without the feature `fetch`: {help}"));
    Ok(super::FAILED)
}
