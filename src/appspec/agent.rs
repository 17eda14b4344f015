//! What the CodeDeploy agent makes of values: numbers of seconds, modes, access rights, events.

use super::Platform;
use crate::syntax::{Node, NodeKind, Style};

/// Events of EC2 and on-premises in the order they run in place; `true`: scripts may be given.
pub const SERVER_EVENTS: &[(&str, bool)] = &[
    ("Start", false),
    ("BeforeBlockTraffic", true),
    ("BlockTraffic", false),
    ("AfterBlockTraffic", true),
    ("ApplicationStop", true),
    ("DownloadBundle", false),
    ("BeforeInstall", true),
    ("Install", false),
    ("AfterInstall", true),
    ("ApplicationStart", true),
    ("ValidateService", true),
    ("BeforeAllowTraffic", true),
    ("AllowTraffic", false),
    ("AfterAllowTraffic", true),
    ("End", false),
];

/// Events of Lambda in order; `true`: a function may be given.
pub const LAMBDA_EVENTS: &[(&str, bool)] = &[
    ("Start", false),
    ("BeforeAllowTraffic", true),
    ("AllowTraffic", false),
    ("AfterAllowTraffic", true),
    ("End", false),
];

/// Events of ECS in order; `true`: a function may be given.
pub const ECS_EVENTS: &[(&str, bool)] = &[
    ("Start", false),
    ("BeforeInstall", true),
    ("Install", false),
    ("AfterInstall", true),
    ("AllowTestTraffic", false),
    ("AfterAllowTestTraffic", true),
    ("BeforeAllowTraffic", true),
    ("AllowTraffic", false),
    ("AfterAllowTraffic", true),
    ("End", false),
];

/// The events of a platform. An undecided one gets those of ECS, which include those of Lambda.
pub fn events(platform: Platform) -> &'static [(&'static str, bool)] {
    match platform {
        Platform::Server => SERVER_EVENTS,
        Platform::Lambda => LAMBDA_EVENTS,
        Platform::Ecs | Platform::Service => ECS_EVENTS,
    }
}

/// The names of the events of a platform that a user may fill.
pub fn open_events(platform: Platform) -> impl Iterator<Item = &'static str> {
    events(platform).iter().filter(|(_, open)| *open).map(|(name, _)| *name)
}

/// What an event name is on a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A user may fill it; the place in the order.
    Open(usize),
    /// It runs, but nothing may be given for it.
    Reserved,
    /// Not an event of the platform.
    Unknown,
}

/// Looks an event up.
pub fn event(platform: Platform, name: &str) -> Event {
    match events(platform).iter().position(|(n, _)| *n == name) {
        Some(at) if events(platform)[at].1 => Event::Open(at),
        Some(_) => Event::Reserved,
        None => Event::Unknown,
    }
}

/// The event that a name other deployment tools use stands for.
pub fn meant_event(name: &str) -> Option<&'static str> {
    let folded: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    Some(match folded.as_str() {
        "postinstall" => "AfterInstall",
        "preinstall" => "BeforeInstall",
        "afterstart" | "poststart" | "start" | "applicationrun" | "startapplication" | "startserver" => {
            "ApplicationStart"
        }
        "stop" | "prestop" | "beforestop" | "stopapplication" | "stopserver" => "ApplicationStop",
        "validate" | "validation" | "healthcheck" | "test" | "verify" | "servicevalidate" => "ValidateService",
        "pretraffic" | "prehook" | "beforetraffic" => "BeforeAllowTraffic",
        "posttraffic" | "posthook" | "aftertraffic" => "AfterAllowTraffic",
        _ => return None,
    })
}

/// A `timeout` as the two generations of the agent take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// Both take this many seconds.
    Seconds(i64),
    /// 1.x takes this many seconds, 2.x refuses the AppSpec.
    Differs(i64),
    /// Refused by both.
    Refused,
    /// Nothing given: 3600 seconds.
    Default,
}

/// Reads a `timeout`.
pub fn timeout(node: &Node) -> Timeout {
    let quoted = node.style != Style::Plain && node.style != Style::Flow;
    let value = match &node.kind {
        NodeKind::Null => return Timeout::Default,
        NodeKind::Bool(false) => return Timeout::Differs(3600),
        NodeKind::Bool(true) | NodeKind::List(_) | NodeKind::Map(_) => return Timeout::Refused,
        NodeKind::Number(text) | NodeKind::String(text) => &**text,
        NodeKind::Call(_) | NodeKind::Tagged(_) => return Timeout::Default,
    };
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let positive = |n: i64, same: bool| match n {
        n if n <= 0 => Timeout::Refused,
        n if same => Timeout::Seconds(n),
        n => Timeout::Differs(n),
    };
    if quoted
        || !digits
            && !value.starts_with(['-', '+'])
            && matches!(node.kind, NodeKind::String(_))
            && !value.contains([':', '_', 'x'])
    {
        return positive(leading_integer(value), false);
    }
    if let Some(hex) = value.strip_prefix("0x").and_then(|h| i64::from_str_radix(h, 16).ok()) {
        return positive(hex, true);
    }
    if digits && value.len() > 1 && value.starts_with('0') {
        return positive(i64::from_str_radix(value, 8).unwrap_or_else(|_| leading_integer(value)), false);
    }
    if digits {
        return positive(value.parse().unwrap_or(i64::MAX), true);
    }
    if let Some(total) = sexagesimal(value) {
        return positive(total, false);
    }
    positive(leading_integer(&value.replace('_', "")), false)
}

/// The integer at the start of a text, 0 when there is none: how Ruby turns text into a number.
fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    let value = digits[..end].parse().unwrap_or(if end > 0 { i64::MAX } else { 0 });
    if negative { -value } else { value }
}

/// `1:00` is sixty times one in YAML 1.1; in an AppSpec the agent then reads 3600 as hours and minutes do.
fn sexagesimal(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    if parts.len() < 2 {
        return None;
    }
    let total = parts.iter().try_fold(0_i64, |sum, p| sum.checked_mul(60)?.checked_add(*p))?;
    if parts.len() == 2 { total.checked_mul(60) } else { Some(total) }
}

/// A `mode` that is not written as 1 to 4 octal digits, or not safely so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// These octal digits, filled to three.
    Octal(String),
    /// Not a mode.
    Malformed,
    /// A plain number with a leading zero: 1.x takes the octal number for decimal digits. The digits it ends up with,
    /// and whether they are a mode at all.
    LeadingZero {
        /// What 2.x applies.
        meant: String,
        /// The decimal digits 1.x works with.
        becomes: String,
        /// Whether 1.x takes them.
        accepted: bool,
    },
}

/// Reads a `mode`.
pub fn mode(node: &Node) -> Mode {
    let Some(text) = node.scalar_text() else { return Mode::Malformed };
    let octal = |t: &str| (1..=4).contains(&t.len()) && t.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let plain = matches!(node.style, Style::Plain);
    if plain && text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        let Ok(value) = u32::from_str_radix(text, 8) else { return Mode::Malformed };
        let becomes = value.to_string();
        let accepted = octal(&becomes);
        return Mode::LeadingZero { meant: text.trim_start_matches('0').to_owned(), becomes, accepted };
    }
    if octal(text) { Mode::Octal(format!("{text:0>3}")) } else { Mode::Malformed }
}

/// One entry of `acls`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl<'a> {
    /// Whether it is a default entry.
    pub default: bool,
    /// `u`, `g`, `m` or `o`.
    pub kind: char,
    /// The user or group; empty for none.
    pub name: &'a str,
    /// The rights as three bits.
    pub rights: u8,
    /// Whether a part is left out that agent 2.x needs.
    pub short: bool,
}

/// Reads an entry of `acls`.
///
/// # Errors
/// With the reason, a lower-case phrase, when the agent refuses it.
pub fn acl(text: &str) -> Result<Acl<'_>, String> {
    let mut parts: Vec<&str> = text.split(':').collect();
    let default = matches!(parts.first(), Some(&("d" | "default"))) && parts.len() > 1;
    if default {
        parts.remove(0);
        if matches!(parts.first(), Some(&("d" | "default"))) && parts.len() > 2 {
            return Err("`d:` stands twice".to_owned());
        }
    }
    let kind_of = |word: &str| match word {
        "u" | "user" => Some('u'),
        "g" | "group" => Some('g'),
        "m" | "mask" => Some('m'),
        "o" | "other" => Some('o'),
        _ => None,
    };
    let (kind, name, rights, short) = match parts.as_slice() {
        [_] => return Err("it has one part; an entry reads `u:NAME:RIGHTS`".to_owned()),
        [word, rights] => match kind_of(word) {
            Some('m') => ('m', "", *rights, true),
            Some('o') => ('o', "", *rights, true),
            Some(_) => return Err(format!("`{word}` needs a name behind it: `{word}:NAME:{rights}`")),
            None => ('u', *word, *rights, true),
        },
        [word, name, rights] => match kind_of(word) {
            Some(kind) => (kind, *name, *rights, false),
            None => return Err(format!("`{word}` is no kind of entry; kinds are `u`, `g`, `m` and `o`")),
        },
        _ => {
            return Err(format!(
                "it has {} parts, at most four with `d:` are allowed",
                parts.len() + usize::from(default)
            ));
        }
    };
    let Some(rights) = rights_of(rights) else {
        return Err(format!("`{rights}` is no set of rights; write one digit 0 to 7 or letters of `rwx-`"));
    };
    if matches!(kind, 'm' | 'o') && !name.is_empty() {
        return Err(format!("`{kind}` takes no name, but `{name}` stands there"));
    }
    if !default && name.is_empty() && matches!(kind, 'u' | 'g') {
        let whose = if kind == 'u' { "owner" } else { "group" };
        return Err(format!("the rights of the {whose} are set by `mode`, not by an entry without a name"));
    }
    if !default && kind == 'o' {
        return Err("the rights of all others are set by `mode`".to_owned());
    }
    Ok(Acl { default, kind, name, rights, short })
}

fn rights_of(text: &str) -> Option<u8> {
    if let [digit @ b'0'..=b'7'] = text.as_bytes() {
        return Some(digit - b'0');
    }
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0, |rights, letter| {
        Some(
            rights
                | match letter {
                    b'r' => 4,
                    b'w' => 2,
                    b'x' => 1,
                    b'-' => 0,
                    _ => return None,
                },
        )
    })
}

/// Three bits as letters: `rw-`.
pub fn rights_letters(rights: u8) -> String {
    [(4, 'r'), (2, 'w'), (1, 'x')].iter().map(|(bit, letter)| if rights & bit == 0 { '-' } else { *letter }).collect()
}

/// Checks an SELinux range: `s0-s3:c0.c5,c9`.
///
/// # Errors
/// With the reason, a lower-case phrase.
pub fn selinux_range(text: &str) -> Result<(), String> {
    let (levels, categories) = match text.split_once(':') {
        Some((levels, categories)) => (levels, Some(categories)),
        None => (text, None),
    };
    let number = |part: &str, letter: char| -> Option<u32> {
        let digits = part.strip_prefix(letter)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) { None } else { digits.parse().ok() }
    };
    let level = |part: &str| {
        number(part, 's').ok_or_else(|| format!("`{part}` is no sensitivity; write `s` and a number, such as `s0`"))
    };
    match levels.split_once('-') {
        Some((low, high)) => {
            if level(high)? < level(low)? {
                return Err(format!("the high sensitivity `{high}` is below the low one `{low}`"));
            }
        }
        None => {
            level(levels)?;
        }
    }
    let mut seen = Vec::new();
    for part in categories.into_iter().flat_map(|c| c.split(',')) {
        let (first, last) = part.split_once('.').unwrap_or((part, part));
        let category = |p: &str| match number(p, 'c') {
            Some(n) if n <= 1023 => Ok(n),
            Some(_) => Err(format!("the category `{p}` is above `c1023`")),
            None => Err(format!("`{p}` is no category; write `c` and a number, such as `c0`")),
        };
        let (from, to) = (category(first)?, category(last)?);
        if from > to {
            return Err(format!("the categories `{part}` run downwards"));
        }
        if seen.iter().any(|(a, b)| from <= *b && *a <= to) {
            return Err(format!("a category of `{part}` stands twice"));
        }
        seen.push((from, to));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn plain(text: &str) -> Node {
        Node::new(Span::new(0, text.len()), crate::syntax::scalar::plain(text))
    }

    #[test]
    fn timeouts_as_the_agents_take_them() {
        let cases = [
            ("300", Timeout::Seconds(300)),
            ("5m", Timeout::Differs(5)),
            ("1.5", Timeout::Differs(1)),
            ("010", Timeout::Differs(8)),
            ("1:00", Timeout::Differs(3600)),
            ("1e2", Timeout::Differs(1)),
            ("0x10", Timeout::Seconds(16)),
            ("1_000", Timeout::Differs(1000)),
            ("0", Timeout::Refused),
            ("-1", Timeout::Refused),
            ("0.5", Timeout::Refused),
            ("foo", Timeout::Refused),
            ("true", Timeout::Refused),
            ("", Timeout::Default),
        ];
        for (text, expected) in cases {
            assert_eq!(timeout(&plain(text)), expected, "{text}");
        }
        let quoted = Node { style: Style::DoubleQuoted, ..Node::new(Span::new(0, 5), NodeKind::String("300".into())) };
        assert_eq!(timeout(&quoted), Timeout::Differs(300));
    }

    #[test]
    fn modes_and_rights() {
        assert_eq!(mode(&plain("7")), Mode::Octal("007".into()));
        assert_eq!(mode(&plain("4755")), Mode::Octal("4755".into()));
        assert_eq!(mode(&plain("888")), Mode::Malformed);
        assert!(matches!(mode(&plain("0644")), Mode::LeadingZero { accepted: true, .. }));
        assert!(matches!(mode(&plain("0755")), Mode::LeadingZero { accepted: false, .. }));
        for good in ["u:bob:7", "user:bob:rwx", "g:dev:r-x", "d:u:bob:rwx", "m::7", "d:u::7", "default:g::5"] {
            assert!(acl(good).is_ok_and(|a| !a.short), "{good}");
        }
        for short in ["bob:7", "m:7", "d:bob:rwx"] {
            assert!(acl(short).is_ok_and(|a| a.short), "{short}");
        }
        for bad in ["u::7", "g::5", "m:bob:r", "o:bob:r", "u:bob:rwxd", "d:u:bob:7:rwx", "x:bob:7", "7", "d:d:bob:7"] {
            assert!(acl(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges() {
        for good in ["s0", "s5", "s0-s3", "s0:c0", "s0-s1:c0.c3,c7"] {
            assert_eq!(selinux_range(good), Ok(()), "{good}");
        }
        for bad in ["s3-", ":c0", "sd3", "s0:", "s0:c1,c1", "s0:c1024", "s0:c2.c1", "s3-s2:c0"] {
            assert!(selinux_range(bad).is_err(), "{bad}");
        }
    }
}
