//! The evaluator: what a node can be, given parameters, mappings, conditions and regions.

use crate::template::Template;

/// Answers what a node can be.
#[derive(Debug)]
pub struct Resolver<'a> {
    /// The template.
    pub template: &'a Template<'a>,
    /// Regions, in order.
    pub regions: &'a [String],
    /// Given parameter values.
    pub parameters: &'a [(String, String)],
}

impl<'a> Resolver<'a> {
    /// A resolver for one template and run.
    pub fn new(template: &'a Template<'a>, regions: &'a [String], parameters: &'a [(String, String)]) -> Self {
        Resolver { template, regions, parameters }
    }
}
