//! Facts about resource types and the three-valued walk over them; JSON Schemas of documents without functions.

pub mod documents;
