//! The documents of a folder together: what belongs to what, and what one file says about another.
//!
//! Everything here gives facts and typed answers; the rules that put them into words are in the families. A question
//! about a file has three answers: it is there, it is not, or it may be made by a build and nothing is known.

pub mod artifacts;
pub mod builds;
pub mod capabilities;
pub mod code;
pub mod deliveries;
pub mod exports;
pub mod folder;
pub mod functions;
pub mod groups;
pub mod memory;
pub mod parameters;
pub mod revisions;
pub mod samconfig;
pub mod scripts;
pub mod shell;
pub mod tasks;

use self::folder::Folder;
use crate::appspec::AppSpec;
use crate::buildspec::Buildspec;
use crate::document::{Document, DocumentKind};
use crate::pipeline::Pipeline;
use crate::syntax::Node;
use crate::taskdef::TaskDefinition;
use crate::template::{Resource, Template};
use std::cell::OnceCell;

/// A document with its path in the folder.
#[derive(Clone, Copy, Debug)]
pub struct Member<'b> {
    /// The path in the folder, with `/` between its parts.
    pub path: &'b str,
    /// The document.
    pub document: &'b Document,
}

/// A view of a document with the file it comes from.
#[derive(Debug)]
pub struct In<'b, T> {
    /// The path of the file in the folder.
    pub path: &'b str,
    /// The document.
    pub document: &'b Document,
    /// The view.
    pub view: T,
}

/// A pipeline with the template it stands in.
#[derive(Debug)]
pub struct PipelineOf<'b> {
    /// The index of its template in `Bundle::templates`.
    pub template: usize,
    /// The resource.
    pub resource: Resource<'b>,
    /// The pipeline.
    pub pipeline: Pipeline<'b>,
}

/// The documents of a folder, each kind sorted by path.
#[allow(missing_debug_implementations)]
pub struct Bundle<'b> {
    /// What lies in the folder.
    pub folder: &'b Folder<'b>,
    /// The templates.
    pub templates: Vec<In<'b, Template<'b>>>,
    /// The AppSpecs.
    pub appspecs: Vec<In<'b, AppSpec<'b>>>,
    /// The buildspecs.
    pub buildspecs: Vec<In<'b, Buildspec<'b>>>,
    /// The configuration files of Elastic Beanstalk.
    pub extensions: Vec<In<'b, &'b Node>>,
    /// The definitions of Step Functions in files of their own.
    pub definitions: Vec<In<'b, &'b Node>>,
    /// The task definitions in files of their own.
    pub tasks: Vec<In<'b, TaskDefinition<'b>>>,
    /// The pipelines of the templates.
    pub pipelines: Vec<PipelineOf<'b>>,
    /// Whether there may be documents in the folder that nobody asked for, so that they are not here.
    pub partial: bool,
    sets: OnceCell<Vec<parameters::ParameterSet>>,
}

impl<'b> Bundle<'b> {
    /// The paths of all documents, kind by kind.
    pub fn paths(&self) -> impl Iterator<Item = &'b str> {
        let templates = self.templates.iter().map(|d| d.path);
        let specs = self.appspecs.iter().map(|d| d.path).chain(self.buildspecs.iter().map(|d| d.path));
        templates.chain(specs).chain(self.tasks.iter().map(|d| d.path))
    }

    /// The views of the documents.
    pub fn new(folder: &'b Folder<'b>, mut members: Vec<Member<'b>>) -> Self {
        members.sort_by_key(|m| m.path);
        let mut bundle = Bundle {
            folder,
            templates: Vec::new(),
            appspecs: Vec::new(),
            buildspecs: Vec::new(),
            extensions: Vec::new(),
            definitions: Vec::new(),
            tasks: Vec::new(),
            pipelines: Vec::new(),
            partial: members.iter().any(|m| m.document.kind == DocumentKind::Template && m.document.tree.is_torn()),
            sets: OnceCell::new(),
        };
        for Member { path, document } in members {
            let Some(root) = document.root() else { continue };
            match document.kind {
                DocumentKind::Template => {
                    bundle.templates.push(In { path, document, view: Template::read(root) });
                }
                DocumentKind::AppSpec => {
                    bundle.appspecs.extend(AppSpec::read(document).map(|view| In { path, document, view }));
                }
                DocumentKind::Buildspec => {
                    bundle.buildspecs.extend(Buildspec::read(document).map(|view| In { path, document, view }));
                }
                DocumentKind::StateMachine => bundle.definitions.push(In { path, document, view: root }),
                DocumentKind::Beanstalk => bundle.extensions.push(In { path, document, view: root }),
                DocumentKind::TaskDefinition => {
                    bundle.tasks.push(In { path, document, view: TaskDefinition::read(root) });
                }
            }
        }
        for (template, found) in bundle.templates.iter().enumerate() {
            for resource in found.view.resources.iter() {
                let pipeline = Pipeline::of(resource);
                let resource = *resource;
                bundle.pipelines.extend(pipeline.map(|pipeline| PipelineOf { template, resource, pipeline }));
            }
        }
        bundle
    }

    /// The values that files of the folder give for parameters of its templates.
    pub fn sets(&self) -> &[parameters::ParameterSet] {
        self.sets.get_or_init(|| parameters::sets(self))
    }
}
