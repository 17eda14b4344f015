//! Which task definitions an AppSpec for ECS can mean, and what they say of a container.

use super::{Bundle, folder};
use crate::taskdef::{Container, TaskDefinition};
use crate::template::Resource;

/// A task definition with its place.
#[derive(Clone, Copy, Debug)]
pub struct Task<'b> {
    /// The file.
    pub path: &'b str,
    /// The resource, when it stands in a template.
    pub resource: Option<Resource<'b>>,
    /// The view.
    pub view: TaskDefinition<'b>,
}

impl<'b> Task<'b> {
    /// The container of a name.
    pub fn container(&self, name: &str) -> Option<Container<'b>> {
        self.view.containers().into_iter().find(|c| c.name() == Some(name))
    }

    /// The names of the containers.
    pub fn names(&self) -> Vec<&'b str> {
        self.view.containers().iter().filter_map(Container::name).collect()
    }
}

/// The task definitions of the templates.
pub fn in_templates<'b>(bundle: &Bundle<'b>) -> Vec<Task<'b>> {
    let mut found = Vec::new();
    for template in &bundle.templates {
        for resource in template.view.resources.iter() {
            if resource.kind() == Some("AWS::ECS::TaskDefinition")
                && let Some(properties) = resource.properties()
            {
                let view = TaskDefinition::read(properties);
                found.push(Task { path: template.path, resource: Some(*resource), view });
            }
        }
    }
    found
}

/// The task definitions that a file in `folder` can mean: those in files beside it, else the nearest above, else the only
/// ones there are. Empty when that is open.
pub fn around<'b>(bundle: &Bundle<'b>, own: &str) -> Vec<Task<'b>> {
    let task = |t: &super::In<'b, TaskDefinition<'b>>| Task { path: t.path, resource: None, view: t.view };
    let mut here = own;
    loop {
        let found: Vec<_> = bundle.tasks.iter().filter(|t| folder::parent(t.path) == here).map(task).collect();
        if !found.is_empty() {
            return found;
        }
        if here.is_empty() {
            break;
        }
        here = folder::parent(here);
    }
    match bundle.tasks.as_slice() {
        [] => match in_templates(bundle).as_slice() {
            [only] => vec![*only],
            _ => Vec::new(),
        },
        [only] => vec![task(only)],
        _ => Vec::new(),
    }
}
