//! Facts: the options of an Elastic Beanstalk environment, by namespace, with the values they take.

use std::sync::OnceLock;

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct BeanstalkOption {
    /// Its namespace; `*` at the end stands for a name that the author gives.
    pub namespace: &'static str,
    /// Its name; `*` when any name may stand there.
    pub name: &'static str,
    /// What it takes.
    pub values: Values,
}

/// What an option takes.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Anything.
    Any,
    /// One of these, separated by `|`.
    OneOf(&'static str),
    /// A whole number between these two.
    Between(i64, i64),
}

impl Values {
    fn read(text: &'static str) -> Values {
        let range = || {
            let (least, most) = text.split_once("..")?;
            Some(Values::Between(least.parse().ok()?, most.parse().ok()?))
        };
        match text {
            "" => Values::Any,
            _ => range().unwrap_or(Values::OneOf(text)),
        }
    }

    /// Whether a value is among them. Capitals are left to the service.
    pub fn allows(self, value: &str) -> bool {
        match self {
            Values::Any => true,
            Values::OneOf(all) => all.split('|').any(|one| one.eq_ignore_ascii_case(value)),
            Values::Between(least, most) => value.parse::<i64>().is_ok_and(|n| (least..=most).contains(&n)),
        }
    }

    /// The values in words.
    pub fn describe(self) -> String {
        match self {
            Values::Any => "anything".to_owned(),
            Values::OneOf(all) => all.split('|').map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", "),
            Values::Between(least, most) => format!("a whole number from {least} to {most}"),
        }
    }

    /// The names among them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = if let Values::OneOf(all) = self { all } else { "" };
        all.split('|').filter(|v| !v.is_empty())
    }
}

/// Every option that is known, sorted by namespace.
pub fn options() -> &'static [BeanstalkOption] {
    static OPTIONS: OnceLock<Vec<BeanstalkOption>> = OnceLock::new();
    OPTIONS.get_or_init(|| {
        let lines = include_str!("../../schemas/beanstalk_options.tsv").lines().filter(|l| !l.starts_with('#'));
        let read = |line: &'static str| {
            let mut cells = line.split('\t');
            let (namespace, name) = (cells.next()?, cells.next()?);
            Some(BeanstalkOption { namespace, name, values: Values::read(cells.next().unwrap_or_default()) })
        };
        lines.filter_map(read).collect()
    })
}

/// The options of a namespace; none when it is not known.
pub fn in_namespace(namespace: &str) -> Vec<&'static BeanstalkOption> {
    let exact: Vec<_> = options().iter().filter(|o| o.namespace == namespace).collect();
    if !exact.is_empty() {
        return exact;
    }
    let open = |o: &&BeanstalkOption| {
        let own = o.namespace.strip_suffix('*').and_then(|start| namespace.strip_prefix(start));
        own.is_some_and(|name| !name.is_empty())
    };
    options().iter().filter(open).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_with_names_in_them_are_found() {
        let count = |namespace| in_namespace(namespace).len();
        assert_eq!(count("aws:elasticbeanstalk:xray"), 1);
        assert_eq!(count("aws:elbv2:listener:443"), count("aws:elbv2:listener:default"));
        assert!(count("aws:elbv2:listener:443") > 0 && count("aws:elbv2:listener:") == 0 && count("aws:elastic") == 0);
    }

    #[test]
    fn values_are_compared() {
        let of = |namespace, name| {
            in_namespace(namespace).into_iter().find(|o| o.name == name).map_or(Values::Any, |o| o.values)
        };
        let cooldown = of("aws:autoscaling:asg", "Cooldown");
        assert!(cooldown.allows("360") && !cooldown.allows("soon") && !cooldown.allows("10001"));
        let policy = of("aws:elasticbeanstalk:command", "DeploymentPolicy");
        assert!(policy.allows("Rolling") && !policy.allows("Canary"));
    }
}
