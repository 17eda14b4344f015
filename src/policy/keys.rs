//! Condition keys: which there are, and which was meant. Facts: `schemas/iam/condition_keys.txt`, a line for each service.
//!
//! The list is not complete, so a key that it lacks is no fault by itself: only one that nearly is a known one.

use crate::nearest::nearest;

const KEYS: &str = include_str!("../../schemas/iam/condition_keys.txt");

fn names(service: &str) -> Option<impl Iterator<Item = &'static str>> {
    let of = |line: &&'static str| line.split(' ').next().is_some_and(|name| name.eq_ignore_ascii_case(service));
    KEYS.lines().find(of).map(|line| line.split(' ').skip(1))
}

fn is_name(service: &str, name: &str) -> bool {
    let low = name.to_lowercase();
    names(service).is_some_and(|mut names| {
        names.any(|known| {
            let known = known.to_lowercase();
            known == low || known.ends_with(['/', ':']) && low.starts_with(&known)
        })
    })
}

/// The key that was meant by one that does not exist: a colon too many, none at all, a letter that is another.
/// `None` for a key that exists or may exist. Case does not matter in keys.
pub fn meant(key: &str) -> Option<String> {
    if !key.contains(':') {
        return is_name("aws", key).then(|| format!("aws:{key}"));
    }
    let (service, rest) = key.split_once(':')?;
    if let Some(name) = rest.strip_prefix(':') {
        let name = name.trim_start_matches(':');
        let known = names(service)?.find(|known| known.eq_ignore_ascii_case(name))?;
        return Some(format!("{service}:{known}"));
    }
    if is_name(service, rest) {
        return None;
    }
    let Some(known) = names(service) else { return other_service(service, rest) };
    // Up to the name of a tag.
    let (name, tail) = match rest.find('/') {
        Some(at) => rest.split_at(at + 1),
        None => (rest, ""),
    };
    if name.len() < 5 {
        return None;
    }
    let known: Vec<&str> = known.filter(|k| k.ends_with('/') == name.ends_with('/')).collect();
    let found = nearest(name, known.iter().copied())?;
    let steps = differences(&name.to_lowercase(), &found.to_lowercase());
    (steps == 1 || steps == 2 && name.len() >= 12).then(|| format!("{service}:{found}{tail}"))
}

/// A key of a service whose name is misspelt.
fn other_service(service: &str, name: &str) -> Option<String> {
    if service.contains('.') || service.len() < 3 {
        return None;
    }
    let all = KEYS.lines().filter_map(|line| line.split(' ').next()).filter(|s| !s.contains('.'));
    let near = nearest(service, all)?;
    (differences(service, near) == 1 && is_name(near, name)).then(|| format!("{near}:{name}"))
}

/// How many letters differ: one of another kind, one more or fewer, two that changed places.
fn differences(a: &str, b: &str) -> usize {
    (0..=2).find(|&most| within(a.as_bytes(), b.as_bytes(), most)).unwrap_or(3)
}

fn within(a: &[u8], b: &[u8], most: usize) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([], []) => true,
        _ if most == 0 => false,
        ([], rest) | (rest, []) => rest.len() <= most,
        ([x, a @ ..], [y, b @ ..]) => {
            let swapped = match (a, b) {
                ([p, a @ ..], [q, b @ ..]) => x == q && y == p && within(a, b, most - 1),
                _ => false,
            };
            swapped || within(a, b, most - 1) || within(&[&[*x], a].concat(), b, most - 1) || {
                within(a, &[&[*y], b].concat(), most - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn slips_are_seen_and_keys_that_may_exist_are_not() {
        let meant = |key: &str| meant(key).unwrap_or_default();
        assert_eq!(meant("s3:x-am2-server-side-encryption"), "s3:x-amz-server-side-encryption");
        assert_eq!(meant("s3:x-am2-acl"), "s3:x-amz-acl");
        assert_eq!(meant("dynamodb::leadingKeys"), "dynamodb:LeadingKeys");
        assert_eq!(meant("dynamdb:LeadingKeys"), "dynamodb:LeadingKeys");
        assert_eq!(meant("aws:SourceAcount"), "aws:SourceAccount");
        assert_eq!(meant("aws:PrincipalTags/team"), "aws:PrincipalTag/team");
        assert_eq!(meant("SourceArn"), "aws:SourceArn");
        for fine in [
            "dynamodb:leadingkeys",
            "aws:SourceVpc",
            "aws:SourceVpce",
            "aws:PrincipalTag/team",
            "s3:ExistingObjectTag/a/b",
            "kms:EncryptionContext:aws:s3:arn",
            "s3:some-newer-key",
            "newservice:Key",
            "token.actions.githubusercontent.com:sub",
            "oidc.eks.eu-west-1.amazonaws.com/id/X:sub",
            "saml:aud",
            "ec2:Region",
            "${Provider}:aud",
        ] {
            assert_eq!(meant(fine), "", "{fine}");
        }
    }
}
