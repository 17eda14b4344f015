//! What is wrong with a SAM template, each problem with the id it belongs to and its place.

use crate::source::Span;
use crate::transform::value::UNPLACED;

/// Whom a problem belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A resource, by its logical id.
    Resource(String),
    /// An event, by its id.
    Event(String),
    /// The `Globals` section.
    Globals,
    /// The template as a whole.
    Template,
}

/// Kinds of problems; the rules turn them into ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A property that the type does not have.
    UnknownProperty,
    /// A value of the wrong type.
    WrongType,
    /// Something required is absent.
    Missing,
    /// Properties that exclude or need each other.
    Exclusive,
    /// A value that is not accepted.
    Invalid,
    /// A generated resource has the id of another one.
    DuplicateId,
    /// The `Globals` section.
    Globals,
    /// The frame of the template, or a document inside it.
    Structure,
}

/// One problem.
#[derive(Clone, Debug)]
pub struct SamError {
    /// Whom it belongs to.
    pub owner: Owner,
    /// Which kind.
    pub kind: ErrorKind,
    /// One lower-case sentence.
    pub message: String,
    /// Where, `UNPLACED` while not known.
    pub span: Span,
}

/// Why a step of the transform stopped.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This resource cannot be transformed; the others go on.
    Local(Box<SamError>),
    /// The transform ends here.
    Fatal(Vec<SamError>),
}

/// The result of a step.
pub type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    fn local(owner: Owner, kind: ErrorKind, message: impl Into<String>) -> Fault {
        Fault::Local(Box::new(SamError { owner, kind, message: message.into(), span: UNPLACED }))
    }

    /// A problem of a resource.
    pub fn resource(id: &str, kind: ErrorKind, message: impl Into<String>) -> Fault {
        Fault::local(Owner::Resource(id.to_owned()), kind, message)
    }

    /// A value of a resource that is not accepted.
    pub fn invalid(id: &str, message: impl Into<String>) -> Fault {
        Fault::resource(id, ErrorKind::Invalid, message)
    }

    /// A problem of an event.
    pub fn event(id: &str, kind: ErrorKind, message: impl Into<String>) -> Fault {
        Fault::local(Owner::Event(id.to_owned()), kind, message)
    }

    /// A problem of the template that lets the other resources go on.
    pub fn template(message: impl Into<String>) -> Fault {
        Fault::local(Owner::Template, ErrorKind::Structure, message)
    }

    /// A problem that ends the transform.
    pub fn document(message: impl Into<String>) -> Fault {
        let error =
            SamError { owner: Owner::Template, kind: ErrorKind::Structure, message: message.into(), span: UNPLACED };
        Fault::Fatal(vec![error])
    }

    /// The same problem of another kind.
    pub fn of_kind(mut self, kind: ErrorKind) -> Fault {
        if let Fault::Local(error) = &mut self {
            error.kind = kind;
        }
        self
    }

    /// The same problem with its place, unless it has one.
    pub fn at(mut self, span: Span) -> Fault {
        let errors = match &mut self {
            Fault::Local(error) => std::slice::from_mut(&mut **error),
            Fault::Fatal(errors) => errors.as_mut_slice(),
        };
        for error in errors.iter_mut().filter(|e| e.span == UNPLACED) {
            error.span = span;
        }
        self
    }

    /// An event's problem becomes one of the resource that owns the event.
    pub fn in_resource(mut self, id: &str) -> Fault {
        if let Fault::Local(error) = &mut self
            && let Owner::Event(event) = &error.owner
        {
            error.message = format!("event `{event}`: {}", error.message);
            error.owner = Owner::Resource(id.to_owned());
        }
        self
    }

    /// A local problem that ends the transform.
    pub fn fatal(self) -> Fault {
        match self {
            Fault::Local(error) => Fault::Fatal(vec![*error]),
            fatal => fatal,
        }
    }
}
