//! A CodePipeline as views: an `AWS::CodePipeline::Pipeline` of a template, or the JSON that the command line reads and
//! writes (keys begin with a small letter there). Tolerant: what has the wrong shape is not in the views.

use crate::syntax::Node;
use crate::taskdef::entry;
use crate::template::Resource;

/// The type of a pipeline in templates.
pub const TYPE: &str = "AWS::CodePipeline::Pipeline";

/// A pipeline.
#[derive(Clone, Debug)]
pub struct Pipeline<'n> {
    /// The mapping that holds `Stages`.
    pub node: &'n Node,
    /// The stages, in order.
    pub stages: Vec<Stage<'n>>,
    /// Whether every stage and action is visible: none is made by a function.
    pub whole: bool,
}

/// A stage.
#[derive(Clone, Debug)]
pub struct Stage<'n> {
    /// The whole list item.
    pub node: &'n Node,
    /// The actions, in the order written.
    pub actions: Vec<Action<'n>>,
}

/// An action of a stage.
#[derive(Clone, Debug)]
pub struct Action<'n> {
    /// The whole list item.
    pub node: &'n Node,
    /// The artifacts it takes.
    pub inputs: Vec<Artifact<'n>>,
    /// The artifacts it makes.
    pub outputs: Vec<Artifact<'n>>,
}

/// An artifact by its name.
#[derive(Clone, Copy, Debug)]
pub struct Artifact<'n> {
    /// The value of `Name`.
    pub node: &'n Node,
}

/// Where an action stands: the stage and the action in it, from 0.
pub type Place = (usize, usize);

impl<'n> Pipeline<'n> {
    /// The pipeline of a resource; `None` when it is none or its stages are not visible.
    pub fn of(resource: &Resource<'n>) -> Option<Self> {
        if resource.kind() != Some(TYPE) {
            return None;
        }
        Self::read(resource.properties()?)
    }

    /// The pipeline of a mapping with `Stages`; `None` when those are not visible.
    pub fn read(node: &'n Node) -> Option<Self> {
        let list = get(node, "stages")?.as_list()?;
        let stages: Vec<Stage<'n>> = list.iter().filter(|n| n.as_map().is_some()).map(Stage::read).collect();
        let actions = |s: &Stage<'n>| {
            let all = get(s.node, "actions").and_then(Node::as_list);
            all.is_some_and(|a| a.len() == s.actions.len())
        };
        let named = |a: &Artifact<'n>| a.name().is_some();
        let plain = |s: &Stage<'n>| {
            s.actions.iter().all(|a| {
                a.outputs.iter().all(named)
                    && get(a.node, "outputArtifacts")
                        .is_none_or(|n| n.as_list().is_some_and(|l| l.len() == a.outputs.len()))
            })
        };
        let whole = stages.len() == list.len() && stages.iter().all(|s| actions(s) && plain(s));
        Some(Pipeline { node, stages, whole })
    }

    /// The actions with their places, in order.
    pub fn actions(&self) -> impl Iterator<Item = (Place, &Action<'n>)> {
        self.stages
            .iter()
            .enumerate()
            .flat_map(|(s, stage)| stage.actions.iter().enumerate().map(move |(a, action)| ((s, a), action)))
    }

    /// The action that makes an artifact of this name.
    pub fn maker(&self, artifact: &str) -> Option<(Place, &Action<'n>)> {
        self.actions().find(|(_, action)| action.outputs.iter().any(|o| o.name() == Some(artifact)))
    }

    /// The names of all artifacts that are made before an action at a place starts: in an earlier stage, or in the same
    /// one with a smaller `RunOrder`.
    pub fn made_before(&self, (stage, action): Place) -> Vec<&'n str> {
        let order = self.stages.get(stage).and_then(|s| s.actions.get(action)).map_or(Some(1), Action::run_order);
        let earlier = |(s, a): Place, other: &Action<'n>| {
            s < stage || s == stage && a != action && other.run_order().zip(order).is_none_or(|(o, own)| o < own)
        };
        self.actions()
            .filter(|(place, other)| earlier(*place, other))
            .flat_map(|(_, other)| other.outputs.iter().filter_map(Artifact::name))
            .collect()
    }
}

impl<'n> Stage<'n> {
    fn read(node: &'n Node) -> Self {
        let list = get(node, "actions").and_then(Node::as_list).unwrap_or_default();
        Stage { node, actions: list.iter().filter(|n| n.as_map().is_some()).map(Action::read).collect() }
    }

    /// `Name`, when it is text.
    pub fn name(&self) -> Option<&'n str> {
        get(self.node, "name")?.as_str()
    }
}

impl<'n> Action<'n> {
    fn read(node: &'n Node) -> Self {
        let artifacts = |key: &str| {
            let list = get(node, key).and_then(Node::as_list).unwrap_or_default();
            list.iter().filter_map(|n| Some(Artifact { node: get(n, "name")? })).collect()
        };
        Action { node, inputs: artifacts("inputArtifacts"), outputs: artifacts("outputArtifacts") }
    }

    /// `Name`, when it is text.
    pub fn name(&self) -> Option<&'n str> {
        get(self.node, "name")?.as_str()
    }

    /// `ActionTypeId.Category` as a node.
    pub fn category(&self) -> Option<&'n Node> {
        get(get(self.node, "actionTypeId")?, "category")
    }

    /// `ActionTypeId.Provider` as a node.
    pub fn provider(&self) -> Option<&'n Node> {
        get(get(self.node, "actionTypeId")?, "provider")
    }

    /// Whether this is an action of that category and provider.
    pub fn is(&self, category: &str, provider: &str) -> bool {
        self.category().and_then(Node::as_str) == Some(category)
            && self.provider().and_then(Node::as_str) == Some(provider)
    }

    /// `Configuration`.
    pub fn configuration(&self) -> Option<&'n Node> {
        get(self.node, "configuration")
    }

    /// A value of `Configuration`.
    pub fn setting(&self, key: &str) -> Option<&'n Node> {
        self.configuration()?.get(key)
    }

    /// `RunOrder`, 1 unless written; `None` when it is not known.
    pub fn run_order(&self) -> Option<u32> {
        match get(self.node, "runOrder") {
            None => Some(1),
            Some(node) => node.scalar_text()?.parse().ok(),
        }
    }
}

impl<'n> Artifact<'n> {
    /// The name, when it is text.
    pub fn name(&self) -> Option<&'n str> {
        self.node.as_str()
    }
}

fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entry(node, key).map(|e| &e.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn artifacts_are_made_in_order() {
        let text = "
Stages:
  - Name: Source
    Actions:
      - {Name: S, ActionTypeId: {Category: Source, Provider: S3}, OutputArtifacts: [{Name: Src}]}
  - Name: Build
    Actions:
      - {Name: A, InputArtifacts: [{Name: Src}], OutputArtifacts: [{Name: One}]}
      - {Name: B, RunOrder: 2, InputArtifacts: [{Name: One}], OutputArtifacts: [{Name: Two}]}
";
        let file = SourceFile::new("p.yaml", text);
        let root = crate::syntax::read(&file).root.unwrap_or_else(|| unreachable!());
        let pipeline = Pipeline::read(&root).unwrap_or_else(|| unreachable!());
        assert!(pipeline.whole);
        assert_eq!(pipeline.made_before((1, 0)), ["Src"]);
        assert_eq!(pipeline.made_before((1, 1)), ["Src", "One"]);
        assert_eq!(pipeline.maker("Two").and_then(|(_, a)| a.name()), Some("B"));
        assert!(pipeline.stages[0].actions[0].is("Source", "S3"));
    }
}
