//! Types of services that end or have ended.

use super::property_rule;
use crate::rule::Rule;

property_rule!(pub SERVICE_SHUT_DOWN, "E3710", "service-shut-down", Error, "a resource of a service that has been shut down");
property_rule!(pub SERVICE_SUNSETTING, "W3696", "service-sunsetting", Warning, "a resource of a service that will be shut down");
property_rule!(pub SERVICE_IN_MAINTENANCE, "W3697", "service-in-maintenance", Warning, "a resource of a service in maintenance mode");

/// The rule of a status.
pub fn rule_of(status: &str) -> Option<&'static Rule> {
    Some(match status {
        "shutdown" => &SERVICE_SHUT_DOWN,
        "sunset" => &SERVICE_SUNSETTING,
        "maintenance" => &SERVICE_IN_MAINTENANCE,
        _ => return None,
    })
}

/// The message of a status.
pub fn say(kind: &str, status: &str, date: Option<&str>) -> String {
    match (status, date) {
        ("shutdown", Some(date)) => format!("`{kind}` belongs to a service that was shut down on {date}"),
        ("shutdown", None) => format!("`{kind}` belongs to a service that has been shut down"),
        ("sunset", Some(date)) => format!("`{kind}` belongs to a service that is shut down on {date}"),
        ("sunset", None) => format!("`{kind}` belongs to a service that will be shut down"),
        (_, Some(date)) => format!("`{kind}` belongs to a service that has been in maintenance mode since {date}"),
        (_, None) => format!("`{kind}` belongs to a service in maintenance mode"),
    }
}

/// What to do about it.
pub fn help(status: &str) -> &'static str {
    match status {
        "shutdown" => "Remove the resource or move to the service that replaced it; it can no longer be created.",
        "sunset" => "Plan the move to a replacement before that day.",
        _ => "Use the type that replaced it for new resources; this one gets no new features.",
    }
}
