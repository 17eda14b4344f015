//! Resource policies of REST APIs.

use super::editor::{ANY_METHOD, Editor};
use super::errors::{Fault, Result};
use super::swagger::path_pattern;
use crate::transform::value::{Map, Text, Value, list, map, map2, sub_with};

const KEY: &str = "x-amazon-apigateway-policy";

impl Editor {
    /// Adds the statements for one path.
    ///
    /// # Errors
    /// When the policy or the document is malformed.
    pub fn add_resource_policy(&mut self, policy: &Value, path: &Text, stage: &Value) -> Result<()> {
        if !policy.is_map() {
            return Err(Fault::document("`ResourcePolicy` must be a map").at(policy.span));
        }
        let resources = self.method_resources(path, stage)?;
        for (key, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
            if let Some(accounts) = policy.truthy_at(key) {
                if !accounts.is_map() && !accounts.is_list() {
                    return Err(Fault::document(format!("`{key}` must be a list")).at(accounts.span));
                }
                let accounts = if accounts.is_list() { accounts.clone() } else { list![accounts] };
                self.set_version();
                let statement = map2! {
                    "Effect" => effect,
                    "Action" => "execute-api:Invoke",
                    "Resource" => resources.clone(),
                    "Principal" => map2! { "AWS" => accounts },
                };
                match self.policy.given("Statement").cloned() {
                    None => self.policy.set("Statement", statement),
                    Some(old) => {
                        let mut statements = old.as_list().map_or_else(|| vec![old.clone()], <[Value]>::to_vec);
                        statements.push(statement);
                        self.policy.set("Statement", statements);
                    }
                }
            }
        }
        for (key, operator) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
            if let Some(ranges) = policy.truthy_at(key) {
                let ranges = if ranges.is_list() { ranges.clone() } else { list![ranges] };
                let condition = map! { operator => map! { "aws:SourceIp" => ranges } };
                self.add_allow_and_deny(&resources, condition);
            }
        }
        for (suffix, operator) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
            self.add_vpc(policy, suffix, operator, &resources)?;
        }
        self.doc.set(KEY, self.policy.clone());
        Ok(())
    }

    /// Adds the author's own statements.
    pub fn add_custom_statements(&mut self, statements: &Value) {
        if !statements.is_null() {
            self.set_version();
            match self.policy.given("Statement").cloned() {
                None => self.policy.set("Statement", statements),
                Some(old) => {
                    let items = |v: &Value| v.as_list().map_or_else(|| vec![v.clone()], <[Value]>::to_vec);
                    let mut all = items(&old);
                    for statement in items(statements) {
                        if !all.iter().any(|s| s.same(&statement)) {
                            all.push(statement);
                        }
                    }
                    self.policy.set("Statement", all);
                }
            }
        }
        self.doc.set(KEY, self.policy.clone());
    }

    fn set_version(&mut self) {
        self.policy.set("Version", "2012-10-17");
    }

    /// The methods of a path as resources of a policy.
    fn method_resources(&self, path: &Text, stage: &Value) -> Result<Value> {
        let mut resources = Vec::new();
        let pattern = path_pattern(path, true);
        for item in self.path_items(path)? {
            for method in item.as_map().into_iter().flat_map(Map::keys) {
                let lower = method.to_lowercase();
                let any = lower == ANY_METHOD || lower == "any";
                let name = if any { Text::from("*") } else { method.with(method.to_uppercase()) };
                let text = format!("execute-api:/${{__Stage__}}/{name}{pattern}");
                let text = if name.uni || pattern.uni { Text::uni(&text) } else { text.into() };
                resources.push(sub_with(text, map! { "__Stage__" => stage }));
            }
        }
        Ok(resources.into())
    }

    fn add_allow_and_deny(&mut self, resources: &Value, condition: Value) {
        self.set_version();
        let statement = |effect: &'static str| {
            map2! {
                "Effect" => effect,
                "Action" => "execute-api:Invoke",
                "Resource" => resources,
                "Principal" => "*",
            }
        };
        let allow = statement("Allow");
        let mut deny = statement("Deny");
        deny.set("Condition", condition);
        match self.policy.given("Statement").cloned() {
            None => self.policy.set("Statement", list![allow, deny]),
            Some(old) => {
                let mut all = old.as_list().map_or_else(|| vec![old.clone()], <[Value]>::to_vec);
                for statement in [allow, deny] {
                    if !all.iter().any(|s| s.same(&statement)) {
                        all.push(statement);
                    }
                }
                self.policy.set("Statement", all);
            }
        }
    }

    fn add_vpc(&mut self, policy: &Value, suffix: &str, operator: &'static str, resources: &Value) -> Result<()> {
        let mut vpcs: Option<Vec<Value>> = None;
        let mut endpoints: Option<Vec<Value>> = None;
        if let Some(given) = policy.given(&format!("SourceVpc{suffix}")) {
            let items = given.as_list().unwrap_or_default();
            if let Some(bad) = items.iter().find(|v| !v.is_str()) {
                let message = format!(
                    "`SourceVpc{suffix}` must be a list of strings; functions belong in `IntrinsicVpc{suffix}` or `IntrinsicVpce{suffix}`"
                );
                return Err(Fault::document(message).at(bad.span));
            }
            for item in items {
                let text = item.as_str().unwrap_or("");
                if text.starts_with("vpce-") {
                    endpoints.get_or_insert_default().push(item.clone());
                } else if text.starts_with("vpc-") {
                    vpcs.get_or_insert_default().push(item.clone());
                }
            }
        }
        for (name, target) in [("IntrinsicVpc", &mut vpcs), ("IntrinsicVpce", &mut endpoints)] {
            if let Some(items) = policy.given(&format!("{name}{suffix}")).and_then(Value::as_list) {
                target.get_or_insert_default().extend(items.iter().cloned());
            }
        }
        let filled = |list: &Option<Vec<Value>>| list.as_ref().is_some_and(|l| !l.is_empty());
        if !filled(&vpcs) && !filled(&endpoints) {
            return Ok(());
        }
        let mut condition = Map::python2();
        if let Some(vpcs) = vpcs {
            condition.insert("aws:SourceVpc", vpcs);
        }
        if let Some(endpoints) = endpoints {
            condition.insert("aws:SourceVpce", endpoints);
        }
        self.add_allow_and_deny(resources, map! { operator => condition });
        Ok(())
    }
}
