//! Values that a function resolves to.

use super::property_rule;
use crate::rule::Rule;

property_rule!(pub REF_VALUE_INVALID, "W1030", "ref-value-invalid", Warning, "a value of a parameter that its use does not allow");
property_rule!(pub SUB_VALUE_INVALID, "W1031", "sub-value-invalid", Warning, "a text made by `Fn::Sub` that its use does not allow");
property_rule!(pub JOIN_VALUE_INVALID, "W1032", "join-value-invalid", Warning, "a text made by `Fn::Join` that its use does not allow");
property_rule!(pub SPLIT_VALUE_INVALID, "W1033", "split-value-invalid", Warning, "a list made by `Fn::Split` that its use does not allow");
property_rule!(pub FIND_IN_MAP_VALUE_INVALID, "W1034", "find-in-map-value-invalid", Warning, "a value of a mapping that its use does not allow");
property_rule!(pub SELECT_VALUE_INVALID, "W1035", "select-value-invalid", Warning, "a value taken by `Fn::Select` that its use does not allow");
property_rule!(pub GET_AZS_VALUE_INVALID, "W1036", "get-azs-value-invalid", Warning, "availability zones where something else is expected");
