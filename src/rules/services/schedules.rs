//! Schedules of event rules: `rate(5 minutes)` or `cron(0 12 * * ? *)`.

use super::SCHEDULE_MALFORMED;
use crate::intrinsics::dynamic;
use crate::rule::Context;
use crate::schema::walk::Place;

pub(super) fn check(place: &Place<'_>, cx: &mut Context<'_>) {
    let Some(text) = place.node.as_str().filter(|t| !dynamic::contains(t)) else { return };
    let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    let faults = match (inside("rate"), inside("cron")) {
        (Some(rate), _) => rate_faults(rate),
        (_, Some(cron)) => cron_faults(cron).into_iter().collect(),
        _ => vec![(
            format!("`{text}` is neither `rate(...)` nor `cron(...)`"),
            "It looks like `rate(5 minutes)` or `cron(0 12 * * ? *)`.",
        )],
    };
    for (message, help) in faults {
        cx.report(&SCHEDULE_MALFORMED, place.node.span, message).reference_at(place.key).help(help);
    }
}

const RATE: &str = "It looks like `rate(5 minutes)`; the unit is minutes, hours or days.";
const CRON: &str = "The fields are minutes, hours, day of month, month, day of week and year.";

type Fault = (String, &'static str);

fn rate_faults(rate: &str) -> Vec<Fault> {
    let parts: Vec<&str> = rate.split(' ').collect();
    let [value, unit] = parts.as_slice() else {
        return vec![(format!("`rate({rate})` is not a number and a unit"), RATE)];
    };
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return vec![(format!("`{value}` in `rate({rate})` is no whole number"), RATE)];
    }
    // More digits than this are more than one in any case.
    let number: u64 = value.parse().unwrap_or(u64::MAX);
    let mut faults = Vec::new();
    if number == 0 {
        faults.push((format!("the rate `{rate}` must be at least 1"), RATE));
    }
    let units = if number <= 1 { ["minute", "hour", "day"] } else { ["minutes", "hours", "days"] };
    if !units.contains(unit) {
        let allowed = crate::rule::shape::any_of(&units);
        faults.push((format!("`{unit}` in `rate({rate})` must be {allowed}"), RATE));
    }
    faults
}

fn cron_faults(cron: &str) -> Option<Fault> {
    let fields: Vec<&str> = cron.split(' ').collect();
    match fields.as_slice() {
        [_, _, day, _, weekday, _] => (*day != "?" && *weekday != "?").then(|| {
            let message = format!("`cron({cron})` gives both a day of the month and a day of the week");
            (message, "Put `?` in place of the one that does not matter.")
        }),
        other => Some((format!("`cron({cron})` has {} fields instead of 6", other.len()), CRON)),
    }
}
