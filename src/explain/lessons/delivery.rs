//! Figures of deployments, pipelines, builds, schedules, alarms and rights.

use super::figures::{amount, count, seconds};
use super::{Figure, Scope, number, plain, text};
use crate::explain::short::and;
use crate::explain::values::Val;

/// Who may take a role on.
pub(super) fn trust(s: &Scope<'_, '_, '_>) -> Figure {
    let mut who = Vec::new();
    for statement in s.value.at("Statement").map(Val::items).unwrap_or_default() {
        if text(statement, "Effect")?.as_deref() != Some("Allow") {
            continue;
        }
        let Some(principal) = statement.at("Principal") else { continue };
        if let Val::Map(entries) = principal {
            for (kind, _, value) in entries {
                for item in value.items() {
                    let words = item.show_short(60);
                    who.push(match *kind {
                        "Federated" => format!("users who sign in through {words}"),
                        "AWS" => format!("{words} (if its own policies let it)"),
                        _ => words,
                    });
                }
            }
        } else {
            who.push(principal.show_short(60));
        }
    }
    Ok((!who.is_empty()).then(|| format!("{} may take it on", and(&who))))
}

/// The names of managed policies.
pub(super) fn managed(s: &Scope<'_, '_, '_>) -> Figure {
    let names: Vec<String> = s
        .value
        .items()
        .iter()
        .map(|v| {
            let shown = v.show();
            shown.rsplit('/').next().unwrap_or(&shown).to_owned()
        })
        .collect();
    Ok((!names.is_empty()).then(|| and(&names)))
}

/// The split of a stage.
pub(super) fn percent_canary(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(percent) = s.own_number()? else { return Ok(None) };
    Ok(Some(format!(
        "{} of 100 requests go to the canary, {} to the stage as it was",
        amount(percent),
        amount(100.0 - percent)
    )))
}

/// The bucket of tokens.
pub(super) fn throttle(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(burst), Some(rate)) = (number(s.value, "BurstLimit")?, number(s.value, "RateLimit")?) else {
        return Ok(None);
    };
    Ok(Some(format!("{} at once, then {} a second for each key", count(burst, "request"), amount(rate))))
}

/// The quota as a mean.
pub(super) fn quota(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(limit), Some(period)) = (number(s.value, "Limit")?, text(s.value, "Period")?) else { return Ok(None) };
    let hours = match period.as_str() {
        "DAY" => 24.0,
        "WEEK" => 168.0,
        "MONTH" => 730.0,
        _ => return Ok(None),
    };
    Ok(Some(format!(
        "{} a {}, {} an hour on average",
        count(limit, "request"),
        period.to_lowercase(),
        amount(limit / hours)
    )))
}

/// The timetable of a deployment configuration by its name.
pub(super) fn deployment(s: &Scope<'_, '_, '_>) -> Figure {
    let Some(name) = plain(s.value)? else { return Ok(None) };
    Ok(timetable(&name))
}

/// What happens when, from a name such as `CodeDeployDefault.LambdaCanary10Percent5Minutes`.
pub(super) fn timetable(name: &str) -> Option<String> {
    let short = name.rsplit('.').next().unwrap_or(name);
    let rest = short.strip_prefix("Lambda").or_else(|| short.strip_prefix("ECS")).unwrap_or(short);
    if rest == "AllAtOnce" {
        return Some(match rest == short {
            true => "all machines at the same time".to_owned(),
            false => "minute 0: 100 % to the new version".to_owned(),
        });
    }
    match rest {
        "OneAtATime" => return Some("one machine after the other".to_owned()),
        "HalfAtATime" => return Some("at most half of the machines at a time".to_owned()),
        _ => {}
    }
    let (linear, rest) = match (rest.strip_prefix("Canary"), rest.strip_prefix("Linear")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return None,
    };
    let (percent, rest) = rest.split_once("Percent")?;
    let minutes = rest.trim_start_matches("Every").trim_end_matches('s').trim_end_matches("Minute");
    steps(linear, percent.parse().ok()?, minutes.parse().ok()?)
}

fn steps(linear: bool, percent: f64, minutes: f64) -> Option<String> {
    if !(1.0..100.0).contains(&percent) || minutes < 1.0 {
        return None;
    }
    if !linear {
        return Some(format!("minute 0: {} %, minute {}: 100 % to the new version", amount(percent), amount(minutes)));
    }
    let count = (100.0 / percent).ceil();
    let end = (count - 1.0) * minutes;
    Some(format!(
        "minute 0: {} %, minute {}: {} %, and so on; minute {}: 100 % to the new version",
        amount(percent),
        amount(minutes),
        amount((2.0 * percent).min(100.0)),
        amount(end)
    ))
}

/// The timetable of a configuration of one's own.
pub(super) fn routing(s: &Scope<'_, '_, '_>) -> Figure {
    let at = |kind: &str, key: &str| number(s.value, &format!("TimeBased{kind}.{kind}{key}"));
    for (kind, linear) in [("Canary", false), ("Linear", true)] {
        if let (Some(percent), Some(minutes)) = (at(kind, "Percentage")?, at(kind, "Interval")?) {
            return Ok(steps(linear, percent, minutes));
        }
    }
    Ok(None)
}

/// Stages, and where a person decides.
pub(super) fn pipeline(s: &Scope<'_, '_, '_>) -> Figure {
    let mut names = Vec::new();
    for stage in s.value.items() {
        let name = stage.at("Name").map(Val::words).unwrap_or_default();
        let mut waits = false;
        for action in stage.at("Actions").map(Val::items).unwrap_or_default() {
            waits |= text(action, "ActionTypeId.Category")?.as_deref() == Some("Approval");
        }
        names.push(if waits { format!("{name} (a person decides, within 7 days)") } else { name });
    }
    Ok((!names.is_empty()).then(|| names.join(" → ")))
}

/// When an alarm goes off.
pub(super) fn alarm(s: &Scope<'_, '_, '_>) -> Figure {
    let (Some(periods), Some(period)) = (s.own_number()?, s.number("Period")?) else { return Ok(None) };
    let points = s.number("DatapointsToAlarm")?.unwrap_or(periods);
    let when = if periods == 1.0 {
        format!("one period of {} that crosses the line", seconds(period))
    } else {
        format!("{} of {} periods of {} that cross the line", amount(points), amount(periods), seconds(period))
    };
    let silence = match s.text("TreatMissingData")?.as_deref() {
        Some("notBreaching") => "; no data counts as well",
        Some("breaching") => "; no data counts as crossing",
        Some("ignore") => "; without data the state stays",
        _ => "; without data the state becomes INSUFFICIENT_DATA",
    };
    Ok(Some(format!("goes off after {when}{silence}")))
}

/// A list of names.
pub(super) fn names(s: &Scope<'_, '_, '_>) -> Figure {
    let names: Vec<String> = s.value.items().iter().map(|v| v.show_short(60)).collect();
    Ok((!names.is_empty()).then(|| crate::explain::view::few(&names, 8)))
}

/// How many commands each phase has.
pub(super) fn commands(s: &Scope<'_, '_, '_>) -> Figure {
    let mut parts = Vec::new();
    for phase in ["install", "pre_build", "build", "post_build"] {
        let commands = s.value.at(&format!("{phase}.commands")).map_or(0, |c| c.items().len());
        if commands > 0 {
            parts.push(format!("{phase} {}", count(commands as f64, "command")));
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join(" → ")))
}

/// What is copied where.
pub(super) fn copies(s: &Scope<'_, '_, '_>) -> Figure {
    let mut parts = Vec::new();
    for item in s.value.items() {
        if let (Some(source), Some(destination)) = (text(item, "source")?, text(item, "destination")?) {
            let last = source.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
            let separator = if destination.contains('\\') { '\\' } else { '/' };
            let folder = destination.trim_end_matches(['/', '\\']);
            parts.push(match last {
                "" | "." => format!("everything in the revision lands in {folder}{separator}"),
                _ if last.contains('.') => format!("{source} lands as {folder}{separator}{last}"),
                _ => format!("{source} (what is in it, if it is a folder) lands in {folder}{separator}"),
            });
        }
    }
    Ok((!parts.is_empty()).then(|| crate::explain::view::few(&parts, 6)))
}

/// The longest time of all scripts.
pub(super) fn hook_time(s: &Scope<'_, '_, '_>) -> Figure {
    let Val::Map(events) = s.value else { return Ok(None) };
    let (mut sum, mut scripts) = (0.0, 0);
    for (_, _, event) in events {
        let mut here = 0.0;
        for script in event.items() {
            if script.at("location").is_some() {
                here += number(script, "timeout")?.unwrap_or(3600.0);
                scripts += 1;
            }
        }
        sum += f64::min(here, 3600.0);
    }
    Ok((scripts > 0).then(|| {
        format!(
            "{} in {}: at most {} on one machine",
            count(f64::from(scripts), "script"),
            count(events.len() as f64, "event"),
            seconds(sum)
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timetables_follow_from_names() {
        let of = |name: &str| timetable(name).unwrap_or_default();
        assert_eq!(
            of("CodeDeployDefault.LambdaLinear10PercentEvery10Minutes"),
            "minute 0: 10 %, minute 10: 20 %, and so on; minute 90: 100 % to the new version"
        );
        assert_eq!(
            of("CodeDeployDefault.ECSCanary10Percent15Minutes"),
            "minute 0: 10 %, minute 15: 100 % to the new version"
        );
        assert_eq!(
            of("CodeDeployDefault.LambdaLinear10PercentEvery1Minute").split("; ").nth(1),
            Some("minute 9: 100 % to the new version")
        );
        assert_eq!(of("CodeDeployDefault.AllAtOnce"), "all machines at the same time");
        assert_eq!(timetable("MyOwn"), None);
    }
}
