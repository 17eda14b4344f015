//! Ranges of addresses in CIDR notation.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A range of IPv4 or IPv6 addresses. IPv4 addresses lie in the upper bits, so that both are compared alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    v4: bool,
    start: u128,
    length: u32,
}

impl Range {
    /// Reads `10.0.0.0/16` or `2001:db8::/32`; `None` for anything else and when bits after the length are set. An
    /// address without a length is a range of one.
    pub(super) fn parse(text: &str) -> Option<Range> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let (v4, start, most) = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
            (Ok(v4), _) => (true, u128::from(u32::from(v4)) << 96, 32),
            (_, Ok(v6)) => (false, u128::from(v6), 128),
            _ => return None,
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
        let length = length.map_or(Some(most), digits).filter(|length| *length <= most)?;
        let range = Range { v4, start, length };
        (start & !range.mask() == 0).then_some(range)
    }

    /// Whether these are IPv4 addresses.
    pub(super) fn is_v4(&self) -> bool {
        self.v4
    }

    fn mask(&self) -> u128 {
        match self.length {
            0 => 0,
            length => !0 << (128 - length),
        }
    }

    /// Whether every address of the other range lies in this one.
    pub(super) fn contains(&self, other: &Range) -> bool {
        self.v4 == other.v4 && self.length <= other.length && other.start & self.mask() == self.start
    }

    /// Whether an address lies in both.
    pub(super) fn overlaps(&self, other: &Range) -> bool {
        self.contains(other) || other.contains(self)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.v4 {
            true => write!(f, "{}/{}", Ipv4Addr::from((self.start >> 96) as u32), self.length),
            false => write!(f, "{}/{}", Ipv6Addr::from(self.start), self.length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn which_texts_are_ranges() {
        for (text, expected) in [
            ("10.0.0.0/16", Some("10.0.0.0/16")),
            ("10.0.0.7", Some("10.0.0.7/32")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("2001:db8::/32", Some("2001:db8::/32")),
            ("::/0", Some("::/0")),
            ("10.0.0.7/16", None),
            ("10.0.0.0/33", None),
            ("10.0.0.0/+8", None),
            ("10.0.0/8", None),
            ("", None),
        ] {
            assert_eq!(Range::parse(text).map(|r| r.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn which_ranges_contain_and_overlap() {
        let range = |text| Range::parse(text).expect("a range");
        for (one, other, contains, overlaps) in [
            ("10.0.0.0/16", "10.0.3.0/24", true, true),
            ("10.0.3.0/24", "10.0.0.0/16", false, true),
            ("10.0.0.0/16", "10.1.0.0/16", false, false),
            ("0.0.0.0/0", "::/0", false, false),
            ("::/0", "2001:db8::/32", true, true),
        ] {
            assert_eq!(range(one).contains(&range(other)), contains, "{one} {other}");
            assert_eq!(range(one).overlaps(&range(other)), overlaps, "{one} {other}");
        }
    }
}
