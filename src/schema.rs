//! Facts about resource types and the three-valued walk over them; JSON Schemas of documents without functions.

pub mod beanstalk;
pub mod compile;
pub mod documents;
pub mod formats;
mod layout;
pub mod newer;
pub mod pattern;
pub mod store;
pub mod traits;
pub mod walk;
