//! The values of the `format` keyword: the built-in ones of JSON Schema and the `AWS::...` ones, which name what kind of
//! thing a text identifies (`AWS::EC2::Subnet.Id`).

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a text has the format. Formats that are not known hold for every text.
pub fn holds(format: &str, text: &str) -> bool {
    match format {
        "date" => date(text),
        "date-time" => date_time(text),
        "time" => time(text),
        "email" => text.contains('@'),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "ipv4-network" => ipv4_network(text),
        "ipv6-network" => ipv6_network(text),
        "AWS::EC2::SecurityGroup.Id" => id(text, "sg-", u8::is_ascii_hexdigit),
        "AWS::EC2::VPC.Id" => id(text, "vpc-", u8::is_ascii_hexdigit),
        "AWS::EC2::Subnet.Id" => id(text, "subnet-", u8::is_ascii_hexdigit),
        "AWS::EC2::Image.Id" => id(text, "ami-", |b| b.is_ascii_digit() || b.is_ascii_lowercase()),
        "AWS::EC2::SecurityGroup.Name" => !text.is_empty() && text.bytes().all(group_name_byte),
        "AWS::Logs::LogGroup.Name" => (1..=512).contains(&text.len()) && text.bytes().all(log_group_byte),
        "AWS::IAM::Role.Arn" => arn(text, "iam", false, |r| after(r, "role/")),
        "AWS::KMS::Key.Arn" => arn(text, "kms", true, |r| after(r, "key/") || after(r, "alias/")),
        "AWS::SNS::Topic.Arn" => arn(text, "sns", true, |r| !r.is_empty()),
        "AWS::ACM::Certificate.Arn" => arn(text, "acm", true, |r| after(r, "certificate/")),
        "AWS::Lambda::Function.Arn" => arn(text, "lambda", true, |r| after(r, "function:")),
        "AWS::S3::Bucket.Name" => bucket_name(text),
        "AWS::KMS::Key.Id" => kms_key_id(text),
        "AWS::KMS::Alias.AliasName" => alias(text, |b| matches!(b, b':' | b'/' | b'_' | b'-')),
        _ => true,
    }
}

/// What a text of this format looks like, for a message; `None` for formats that are not checked.
pub fn describe(format: &str) -> Option<(&'static str, &'static str)> {
    Some(match format {
        "date" => ("a date", "2026-01-31"),
        "date-time" => ("a date with a time", "2026-01-31T23:59:00Z"),
        "time" => ("a time", "23:59:00Z"),
        "email" => ("an email address", "user@example.com"),
        "ipv4" => ("an IPv4 address", "10.0.0.1"),
        "ipv6" => ("an IPv6 address", "2001:db8::1"),
        "ipv4-network" => ("an IPv4 network in CIDR notation", "10.0.0.0/16"),
        "ipv6-network" => ("an IPv6 network in CIDR notation", "2001:db8::/32"),
        "AWS::EC2::SecurityGroup.Id" => ("a security group id", "sg-0123456789abcdef0"),
        "AWS::EC2::VPC.Id" => ("a VPC id", "vpc-0123456789abcdef0"),
        "AWS::EC2::Subnet.Id" => ("a subnet id", "subnet-0123456789abcdef0"),
        "AWS::EC2::Image.Id" => ("an AMI id", "ami-0123456789abcdef0"),
        "AWS::EC2::SecurityGroup.Name" => ("a security group name", "web-servers"),
        "AWS::Logs::LogGroup.Name" => ("a log group name", "/aws/lambda/orders"),
        "AWS::IAM::Role.Arn" => ("the ARN of an IAM role", "arn:aws:iam::123456789012:role/deploy"),
        "AWS::KMS::Key.Arn" => {
            ("the ARN of a KMS key", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab")
        }
        "AWS::SNS::Topic.Arn" => ("the ARN of an SNS topic", "arn:aws:sns:eu-west-1:123456789012:alerts"),
        "AWS::ACM::Certificate.Arn" => (
            "the ARN of an ACM certificate",
            "arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        "AWS::Lambda::Function.Arn" => {
            ("the ARN of a Lambda function", "arn:aws:lambda:eu-west-1:123456789012:function:orders")
        }
        "AWS::S3::Bucket.Name" => ("an S3 bucket name", "orders-archive"),
        "AWS::KMS::Key.Id" => ("a KMS key id", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        "AWS::KMS::Alias.AliasName" => ("a KMS alias name", "alias/orders"),
        _ => return None,
    })
}

/// `sg-` and 8 or 17 characters of a set.
fn id(text: &str, prefix: &str, allowed: impl Fn(&u8) -> bool) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| matches!(rest.len(), 8 | 17) && rest.as_bytes().iter().all(allowed))
}

fn after(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty())
}

/// `arn:aws...:service:region:account:resource`.
fn arn(text: &str, service: &str, regional: bool, resource: impl Fn(&str) -> bool) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or("");
    let (arn, partition, found, region, account, rest) = (next(), next(), next(), next(), next(), next());
    let region_fits = match regional {
        true => !region.is_empty() && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
        false => region.is_empty(),
    };
    arn == "arn"
        && partition.strip_prefix("aws").is_some_and(|p| p.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-'))
        && found == service
        && region_fits
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && resource(rest)
}

fn group_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b" ._-:/()#,@[]+=&;{}!$*".contains(&b)
}

fn log_group_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b".-_/#".contains(&b)
}

fn bucket_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        && !text.starts_with(['.', '-'])
        && !text.ends_with(['.', '-'])
        && !text.contains("..")
        && !text.contains("-.")
        && !text.contains(".-")
}

fn kms_key_id(text: &str) -> bool {
    let hex = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    let mut groups = text.split('-');
    let uuid =
        [8, 4, 4, 4, 12].into_iter().all(|n| groups.next().is_some_and(|g| hex(g, n))) && groups.next().is_none();
    uuid || text.strip_prefix("mrk-").is_some_and(|t| hex(t, 32)) || alias(text, |b| matches!(b, b'/' | b'_' | b'-'))
}

fn alias(text: &str, extra: impl Fn(u8) -> bool) -> bool {
    text.strip_prefix("alias/")
        .is_some_and(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || extra(b)))
}

/// An address without a length is a network of one address. Host bits must be zero.
fn ipv4_network(text: &str) -> bool {
    let (address, length) = text.split_once('/').unwrap_or((text, "32"));
    let (Ok(address), Some(length)) = (address.parse::<Ipv4Addr>(), prefix_length(length, 32)) else { return false };
    u32::from(address).checked_shl(length).unwrap_or(0) == 0
}

fn ipv6_network(text: &str) -> bool {
    let (address, length) = text.split_once('/').unwrap_or((text, "128"));
    let (Ok(address), Some(length)) = (address.parse::<Ipv6Addr>(), prefix_length(length, 128)) else { return false };
    u128::from(address).checked_shl(length).unwrap_or(0) == 0
}

/// The network an address with host bits lies in, for a suggestion: `10.0.0.5/24` gives `10.0.0.0/24`.
pub fn enclosing_ipv4_network(text: &str) -> Option<String> {
    let (address, length) = text.split_once('/')?;
    let (address, length) = (address.parse::<Ipv4Addr>().ok()?, prefix_length(length, 32)?);
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    let network = Ipv4Addr::from(u32::from(address) & mask);
    (network != address).then(|| format!("{network}/{length}"))
}

fn prefix_length(text: &str, most: u32) -> Option<u32> {
    if text.is_empty() || text.len() > 3 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|n| *n <= most)
}

fn date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let part = text.get(range)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn date_time(text: &str) -> bool {
    text.split_once(['T', 't']).is_some_and(|(day, clock)| date(day) && time(clock))
}

/// `hh:mm:ss`, a fraction if any, then `Z` or an offset.
fn time(text: &str) -> bool {
    let clock = |t: &str, limits: &[u32]| {
        let mut parts = t.split(':');
        limits.iter().all(|limit| {
            parts.next().is_some_and(|p| {
                p.len() == 2 && p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u32>().is_ok_and(|n| n <= *limit)
            })
        }) && parts.next().is_none()
    };
    let split = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (local, offset) = text.split_at(split);
    let offset_fits = match offset.as_bytes() {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', ..] => clock(&offset[1..], &[23, 59]),
        _ => false,
    };
    let (whole, fraction) = local.split_once('.').unwrap_or((local, "0"));
    offset_fits && clock(whole, &[23, 59, 60]) && !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_hold_for_what_they_name() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("date", &["2024-02-29"], &["2023-02-29", "2023-13-01", "23-01-01"]),
            (
                "date-time",
                &["2024-02-29T23:59:60Z", "2024-01-01T00:00:00.5+02:00"],
                &["2024-01-01", "2024-01-01T00:00:00"],
            ),
            ("ipv4-network", &["10.0.0.0/16", "0.0.0.0/0", "10.0.0.1"], &["10.0.0.5/24", "10.0.0/24", "10.0.0.0/33"]),
            ("ipv6-network", &["::/0", "2001:db8::/32"], &["2001:db8::1/32", "10.0.0.0/8"]),
            ("AWS::EC2::VPC.Id", &["vpc-12345678", "vpc-0123456789abcdef0"], &["vpc-123456", "12345678"]),
            ("AWS::IAM::Role.Arn", &["arn:aws-cn:iam::123456789012:role/a/b"], &["arn:aws:iam::1:role/a", "role"]),
            ("AWS::Lambda::Function.Arn", &["arn:aws:lambda:eu-west-1:123456789012:function:f:live"], &["f"]),
            ("AWS::S3::Bucket.Name", &["a.b-c"], &["A-bucket", "-ab", "a..b", "ab"]),
            ("AWS::KMS::Key.Id", &["alias/x", "1234abcd-12ab-34cd-56ef-1234567890ab"], &["x", "1234abcd"]),
            ("something-else", &["anything"], &[]),
        ];
        for (format, good, bad) in cases {
            for text in *good {
                assert!(holds(format, text), "{text} is a {format}");
            }
            for text in *bad {
                assert!(!holds(format, text), "{text} is no {format}");
            }
        }
        assert_eq!(enclosing_ipv4_network("10.0.0.5/24").as_deref(), Some("10.0.0.0/24"));
        assert_eq!(enclosing_ipv4_network("10.0.0.0/24"), None);
        for (format, ..) in cases.iter().filter(|c| c.0 != "something-else") {
            let (_, example) = describe(format).expect("described");
            assert!(holds(format, example), "{example}");
        }
    }
}
