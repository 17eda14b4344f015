//! An ECS task definition as views: `taskdef.json` (keys begin with a small letter) or the properties of an
//! `AWS::ECS::TaskDefinition` (keys begin with a capital). Tolerant: what has the wrong shape is not in the views.

use crate::syntax::{Entry, Node};

/// A task definition.
#[derive(Clone, Copy, Debug)]
pub struct TaskDefinition<'n> {
    /// The mapping with its keys.
    pub root: &'n Node,
}

/// A container of a task definition.
#[derive(Clone, Copy, Debug)]
pub struct Container<'n> {
    /// The whole list item.
    pub node: &'n Node,
}

/// A port that a container opens.
#[derive(Clone, Copy, Debug)]
pub struct Port<'n> {
    /// The whole list item.
    pub node: &'n Node,
}

/// Memory in MiB that Fargate offers beside an amount of CPU units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FargateMemory {
    /// CPU units.
    pub cpu: u32,
    /// The least memory.
    pub least: u32,
    /// The most memory.
    pub most: u32,
    /// The step between two sizes; 0 says that each size is twice the one before.
    pub step: u32,
}

/// What Fargate offers.
pub const FARGATE: &[FargateMemory] = &[
    FargateMemory { cpu: 256, least: 512, most: 2048, step: 0 },
    FargateMemory { cpu: 512, least: 1024, most: 4096, step: 1024 },
    FargateMemory { cpu: 1024, least: 2048, most: 8192, step: 1024 },
    FargateMemory { cpu: 2048, least: 4096, most: 16384, step: 1024 },
    FargateMemory { cpu: 4096, least: 8192, most: 30720, step: 1024 },
    FargateMemory { cpu: 8192, least: 16384, most: 61440, step: 4096 },
    FargateMemory { cpu: 16384, least: 32768, most: 122_880, step: 8192 },
];

impl FargateMemory {
    /// What goes with an amount of CPU units; `None` when Fargate has no such size.
    pub fn of(cpu: u32) -> Option<Self> {
        FARGATE.iter().find(|f| f.cpu == cpu).copied()
    }

    /// Whether this memory is offered.
    pub fn allows(self, memory: u32) -> bool {
        let between = (self.least..=self.most).contains(&memory);
        between && if self.step == 0 { memory.is_power_of_two() } else { memory.is_multiple_of(self.step) }
    }

    /// The choice in words.
    pub fn describe(self) -> String {
        let FargateMemory { least, most, step, .. } = self;
        if step == 0 {
            return format!("{least}, {} or {most}", least * 2);
        }
        format!("{least} to {most} in steps of {step}")
    }
}

impl<'n> TaskDefinition<'n> {
    /// The views over a mapping.
    pub fn read(root: &'n Node) -> Self {
        TaskDefinition { root }
    }

    /// An entry by its name in the API (`containerDefinitions`), in either spelling of its first letter.
    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        entry(self.root, key)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|e| &e.value)
    }

    /// The containers, in order.
    pub fn containers(&self) -> Vec<Container<'n>> {
        let items = self.get("containerDefinitions").and_then(Node::as_list).unwrap_or_default();
        items.iter().filter(|n| n.as_map().is_some()).map(|node| Container { node }).collect()
    }

    /// Whether the containers are all visible: a list of mappings without a function in it.
    pub fn is_plain(&self) -> bool {
        let items = self.get("containerDefinitions").and_then(Node::as_list);
        items.is_some_and(|items| {
            !items.is_empty() && items.iter().all(|n| entry(n, "name").is_some_and(|e| e.value.as_str().is_some()))
        })
    }

    /// Whether a launch type is among `requiresCompatibilities`.
    pub fn requires(&self, launch_type: &str) -> bool {
        let items = self.get("requiresCompatibilities").and_then(Node::as_list).unwrap_or_default();
        items.iter().any(|n| n.as_str() == Some(launch_type))
    }

    /// `cpu` in units, from `256`, `"256"`, `.25 vCPU`.
    pub fn cpu(&self) -> Option<u32> {
        amount(self.get("cpu")?, "vcpu")
    }

    /// `memory` in MiB, from `512`, `"512"`, `1 GB`.
    pub fn memory(&self) -> Option<u32> {
        amount(self.get("memory")?, "gb")
    }
}

impl<'n> Container<'n> {
    /// An entry by its name in the API.
    pub fn entry(&self, key: &str) -> Option<&'n Entry> {
        entry(self.node, key)
    }

    /// The name, when it is text.
    pub fn name(&self) -> Option<&'n str> {
        self.entry("name")?.value.as_str()
    }

    /// `image`.
    pub fn image(&self) -> Option<&'n Node> {
        self.entry("image").map(|e| &e.value)
    }

    /// The ports, in order.
    pub fn ports(&self) -> Vec<Port<'n>> {
        let items = self.entry("portMappings").and_then(|e| e.value.as_list()).unwrap_or_default();
        items.iter().filter(|n| n.as_map().is_some()).map(|node| Port { node }).collect()
    }
}

impl<'n> Port<'n> {
    /// `containerPort` as a node.
    pub fn container_port(&self) -> Option<&'n Node> {
        entry(self.node, "containerPort").map(|e| &e.value)
    }

    /// The first and last port of the container that this opens; `None` when it is not known.
    pub fn range(&self) -> Option<(u32, u32)> {
        if let Some(text) = entry(self.node, "containerPortRange").and_then(|e| e.value.as_str()) {
            let (first, last) = text.split_once('-')?;
            return Some((first.trim().parse().ok()?, last.trim().parse().ok()?));
        }
        let port = self.container_port()?.scalar_text()?.parse().ok()?;
        Some((port, port))
    }
}

/// An entry of a mapping by its name in the API, in either spelling of its first letter.
pub fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    let capital = || {
        let mut letters = key.chars();
        let first = letters.next()?.to_ascii_uppercase();
        node.entry(&format!("{first}{}", letters.as_str()))
    };
    node.entry(key).or_else(capital)
}

/// A number of units, or a text with the larger unit (1024 of the smaller ones).
fn amount(node: &Node, unit: &str) -> Option<u32> {
    let text = node.scalar_text()?.trim().to_ascii_lowercase();
    match text.strip_suffix(unit) {
        Some(number) => {
            let number: f64 = number.trim().parse().ok()?;
            (0.0..=1024.0).contains(&number).then_some((number * 1024.0) as u32)
        }
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn both_spellings_and_units_are_read() {
        let text = r#"{"cpu": ".25 vCPU", "memory": "1 GB", "ContainerDefinitions": [
            {"name": "web", "portMappings": [{"containerPort": 80}, {"containerPortRange": "90-95"}]}]}"#;
        let file = SourceFile::new("taskdef.json", text);
        let root = crate::syntax::read(&file).root.unwrap_or_else(|| unreachable!());
        let task = TaskDefinition::read(&root);
        assert_eq!((task.cpu(), task.memory(), task.is_plain()), (Some(256), Some(1024), true));
        let ports: Vec<_> = task.containers()[0].ports().iter().filter_map(Port::range).collect();
        assert_eq!(ports, [(80, 80), (90, 95)]);
    }

    #[test]
    fn fargate_offers_few_sizes() {
        let of = |cpu, memory| FargateMemory::of(cpu).is_some_and(|f| f.allows(memory));
        assert!(of(256, 512) && of(256, 2048) && of(512, 3072) && of(8192, 20480));
        assert!(!of(256, 4096) && !of(256, 1536) && !of(300, 512) && !of(8192, 17408));
    }
}
