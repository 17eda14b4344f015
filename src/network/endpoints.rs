//! Endpoints: services that a VPC reaches without a way out.

use super::{ENDPOINT, Network};
use crate::conditions::{Answer, Pins};
use crate::resolve::Named;
use crate::syntax::Node;
use crate::template::Resource;

impl<'a> Network<'_, 'a> {
    /// Whether a VPC of the template has an endpoint of a service (`ecr.api`, `s3`) that serves a subnet with this route
    /// table. What other templates add is not seen.
    pub fn endpoint(&self, vpc: &Resource<'a>, table: &Resource<'a>, service: &str, pins: &Pins) -> Answer {
        let mut answer = Answer::No;
        for endpoint in self.users(vpc, ENDPOINT) {
            match self.serves(&endpoint, table, service, pins) {
                Answer::Yes => return Answer::Yes,
                Answer::Unknown => answer = Answer::Unknown,
                Answer::No => {}
            }
        }
        answer
    }

    /// The services that a subnet with this route table certainly reaches through endpoints, with the endpoint.
    pub fn reached(&self, vpc: &Resource<'a>, table: &Resource<'a>, pins: &Pins) -> Vec<(String, Resource<'a>)> {
        let mut found = Vec::new();
        for endpoint in self.users(vpc, ENDPOINT) {
            let name = self.one(&endpoint, &["ServiceName"], pins).and_then(|case| self.service(case.node()?, pins));
            if let Some(service) = name
                && self.serves(&endpoint, table, &service, pins) == Answer::Yes
            {
                found.push((service, endpoint));
            }
        }
        found
    }

    fn serves(&self, endpoint: &Resource<'a>, table: &Resource<'a>, service: &str, pins: &Pins) -> Answer {
        let exists = self.exists(endpoint, pins);
        if exists == Answer::No {
            return Answer::No;
        }
        let known = self.one(endpoint, &["ServiceName"], pins).and_then(|case| self.service(case.node()?, pins));
        match known {
            None => return Answer::Unknown,
            Some(known) if known != service => return Answer::No,
            Some(_) => {}
        }
        let Some(kind) = self.one(endpoint, &["VpcEndpointType"], pins) else { return Answer::Unknown };
        let certain = match kind.text_or("Gateway") {
            Some("Gateway") => self.lists(endpoint, table, pins),
            Some("Interface") => match self.one(endpoint, &["PrivateDnsEnabled"], pins) {
                Some(private) if private.text().is_some_and(|text| text.eq_ignore_ascii_case("true")) => Answer::Yes,
                // The function may use the name of the endpoint itself.
                _ => Answer::Unknown,
            },
            _ => Answer::Unknown,
        };
        if certain == Answer::Yes { exists } else { certain }
    }

    /// Whether a gateway endpoint puts its routes into a table.
    fn lists(&self, endpoint: &Resource<'a>, table: &Resource<'a>, pins: &Pins) -> Answer {
        let tables = self.resolver.cases(endpoint, &["RouteTableIds", "*"], pins);
        let mut answer = Answer::No;
        for listed in &tables {
            match listed.node().map(|node| Named::of(node, self.resolver.template)) {
                Some(Named::Resource(known, _)) if known.id() == table.id() => return Answer::Yes,
                Some(Named::Resource(..)) => {}
                None if listed.is_absent() => {}
                _ => answer = Answer::Unknown,
            }
        }
        answer
    }

    /// The short name of a service: `s3` for `com.amazonaws.eu-west-1.s3`.
    fn service(&self, node: &'a Node, pins: &Pins) -> Option<String> {
        let resolution = self.resolver.candidates(node, pins);
        if resolution.rest.is_some() {
            return None;
        }
        let mut short: Option<String> = None;
        for candidate in &resolution.candidates {
            // The default of a parameter is not what is deployed everywhere.
            if candidate.from_parameter() {
                return None;
            }
            let name = candidate.value.as_ref()?.scalar_text()?;
            let own = name.strip_prefix("com.amazonaws.")?.split_once('.')?.1;
            if short.as_deref().is_some_and(|known| known != own) {
                return None;
            }
            short = Some(own.to_owned());
        }
        short
    }
}
