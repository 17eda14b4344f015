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
