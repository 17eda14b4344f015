//! Dates: when a runtime ends, and when a schedule fires next.

use super::figures::{count, seconds};
use super::{Figure, Scope, plain};
use crate::explain::short::and;
use crate::schema::store;

/// Most days that are looked through for the next times.
const DAYS: i64 = 366 * 5;
/// How many of the next times are named.
const NEXT: usize = 5;

/// Where a runtime stands in its calendar on the day that counts as today.
pub(super) fn runtime(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(name) = plain(s.value)? else { return Ok(None) };
    let Some(facts) = store::table("tables/lambda_runtimes").and_then(|all| all.get(&name)) else { return Ok(None) };
    let mut parts = Vec::new();
    for (key, past, future) in [
        ("deprecated", "deprecated since", "deprecated from"),
        ("create-block", "no new functions since", "no new functions from"),
        ("update-block", "no changes since", "no changes from"),
    ] {
        let date = facts.get(key);
        if let Some(date) = date.as_ref().and_then(|d| d.as_str()) {
            let words = if date <= s.today { past } else { future };
            parts.push(format!("{words} {date}"));
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let next = facts.get("successor");
    let next = next.as_ref().and_then(|n| n.as_str()).filter(|n| *n != name);
    let next = next.map(|n| format!("; its successor is {n}")).unwrap_or_default();
    Ok(Some(format!("{}{next}", parts.join(", "))))
}

/// A schedule in words, and the next times after the day that counts as today.
pub(super) fn schedule(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(text) = plain(s.value)? else { return Ok(None) };
    if let Some(rate) = text.strip_prefix("rate(").and_then(|t| t.strip_suffix(')')) {
        return Ok(every(rate));
    }
    if let Some(once) = text.strip_prefix("at(").and_then(|t| t.strip_suffix(')')) {
        return Ok(Some(format!("once, on {}", once.replace('T', " at "))));
    }
    let Some(cron) = text.strip_prefix("cron(").and_then(|t| t.strip_suffix(')')) else { return Ok(None) };
    let Some(times) = next_times(cron, s.today) else { return Ok(None) };
    Ok(Some(match times.as_slice() {
        [] => format!("never again after {}", s.today),
        times => format!("next times from {} on: {}", s.today, and(times)),
    }))
}

/// `5 minutes` in words, with how often that is in a day.
fn every(rate: &str) -> Option<String> {
    let mut words = rate.split_whitespace();
    let (n, unit) = (words.next()?.parse::<f64>().ok()?, words.next()?);
    let size = match unit.trim_end_matches('s') {
        "minute" => 60.0,
        "hour" => 3600.0,
        "day" => 86_400.0,
        _ => return None,
    };
    if n < 1.0 {
        return None;
    }
    let a_day = (86_400.0 / (n * size)).floor();
    let often = if a_day > 1.0 { format!(", {} a day", count(a_day, "time")) } else { String::new() };
    let period = seconds(n * size);
    let period = match period.split_once(' ') {
        Some(("1", unit)) if !unit.contains(' ') => unit,
        _ => &period,
    };
    Some(format!("every {period}{often}, counted from when it was made"))
}

/// The next times of the six fields of a schedule; none when they say more than is understood here.
fn next_times(cron: &str, from: &str) -> Option<Vec<String>> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minute, hour, day, month, weekday, year] = fields.as_slice() else { return None };
    const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    const WEEK: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let minutes = set(minute, 0, 59, &[], 0)?;
    let hours = set(hour, 0, 23, &[], 0)?;
    let days = set(day, 1, 31, &[], 0)?;
    let months = set(month, 1, 12, MONTHS, 1)?;
    let week = set(weekday, 1, 7, WEEK, 1)?;
    let years = set(year, 1970, 2199, &[], 0)?;
    let start = days_of(from)?;
    let mut out = Vec::new();
    for n in start..start + DAYS {
        let (y, m, d) = date_of(n);
        // Day 0, the first of January 1970, was a Thursday.
        let of_week = (n + 4).rem_euclid(7) + 1;
        let fits = years.contains(&y) && months.contains(&m) && days.contains(&d) && week.contains(&of_week);
        if !fits {
            continue;
        }
        for h in &hours {
            for at in &minutes {
                out.push(format!("{y:04}-{m:02}-{d:02} {h:02}:{at:02}"));
                if out.len() == NEXT {
                    return Some(out);
                }
            }
        }
    }
    Some(out)
}

/// The numbers that a field means.
fn set(field: &str, least: i64, most: i64, names: &[&str], first: i64) -> Option<Vec<i64>> {
    let one = |text: &str| -> Option<i64> {
        let named = names.iter().position(|n| n.eq_ignore_ascii_case(text)).map(|i| i as i64 + first);
        named.or_else(|| text.parse().ok()).filter(|n| (least..=most).contains(n))
    };
    let mut out = Vec::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<i64>().ok().filter(|s| *s > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((a, b)) => (one(a)?, one(b)?),
            None if matches!(range, "*" | "?") => (least, most),
            None if part.contains('/') => (one(range)?, most),
            None => (one(range)?, one(range)?),
        };
        let mut n = from;
        while n <= to {
            out.push(n);
            n += step;
        }
    }
    out.sort_unstable();
    out.dedup();
    Some(out)
}

/// Days since 1970 of a date such as `2026-11-21`.
fn days_of(date: &str) -> Option<i64> {
    let mut parts = date.split('-').map(|p| p.parse::<i64>().ok());
    let (y, m, d) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=2199).contains(&y) || !(1..=12).contains(&m) || !(1..=31).contains(&d) {
        return None;
    }
    let (y, shifted) = if m > 2 { (y, m - 3) } else { (y - 1, m + 9) };
    let era = y.div_euclid(400);
    let of_era = y - era * 400;
    let of_year = (153 * shifted + 2) / 5 + d - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The date of a number of days since 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z - era * 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for date in ["1970-01-01", "2024-02-29", "2026-11-21", "2100-03-01"] {
            let (y, m, d) = date_of(days_of(date).unwrap());
            assert_eq!(format!("{y:04}-{m:02}-{d:02}"), date);
        }
        assert_eq!(days_of("1970-01-01"), Some(0));
        assert_eq!(days_of("2026-13-01"), None);
    }

    #[test]
    fn schedules_fire_when_they_say() {
        let of = |cron: &str| next_times(cron, "2026-11-21").map(|t| t.join(" "));
        // The 21st of November 2026 is a Saturday.
        assert_eq!(
            of("30 6 ? * MON-FRI *").as_deref(),
            Some("2026-11-23 06:30 2026-11-24 06:30 2026-11-25 06:30 2026-11-26 06:30 2026-11-27 06:30")
        );
        assert_eq!(of("0 0 1 1 ? 2027").as_deref(), Some("2027-01-01 00:00"));
        assert_eq!(of("0/20 9 21 * ? *").unwrap().split(' ').count(), 10);
        assert_eq!(of("0 0 ? * SAT,1 *").unwrap().get(..33), Some("2026-11-21 00:00 2026-11-22 00:00"));
        assert_eq!(of("0 0 1 1 ? 2020").as_deref(), Some(""));
        assert_eq!(of("0 0 L * ? *"), None);
        assert_eq!(of("0 0 * *"), None);
    }

    #[test]
    fn rates_are_counted() {
        assert_eq!(
            every("5 minutes").as_deref(),
            Some("every 5 minutes, 288 times a day, counted from when it was made")
        );
        assert_eq!(every("1 day").as_deref(), Some("every day, counted from when it was made"));
        assert_eq!(every("0 minutes"), None);
    }
}
