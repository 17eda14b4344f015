//! Run sheets: what happens, step by step.

use super::{Claim, Place};
use serde::Serialize;

/// One row of a run sheet.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SheetRow {
    /// The event, phase, stage or state.
    pub step: String,
    /// The other cells, one per column.
    pub cells: Vec<String>,
    /// What is done there, in order: scripts, commands, actions.
    pub details: Vec<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
}

/// What happens, step by step.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sheet {
    /// What it is the sheet of: a resource of the template, or the file.
    pub title: String,
    /// The headings of the cells after the step.
    pub columns: Vec<&'static str>,
    /// The steps, in order.
    pub rows: Vec<SheetRow>,
    /// Named facts below the table: `ARTIFACTS`, `SECRETS`.
    pub facts: Vec<SheetFact>,
    /// What to know about it.
    pub notes: Vec<Claim>,
}

/// A named fact of a run sheet.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SheetFact {
    /// Its name.
    pub name: &'static str,
    /// What there is to say.
    pub items: Vec<String>,
}
