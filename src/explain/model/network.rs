//! Where the network leads.

use super::{Label, Place};
use serde::Serialize;

/// Which way out a subnet has, or something that stands in subnets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkWay {
    /// The subnet, function or service.
    pub resource: String,
    /// In words: `private: ToNat leads out through Nat`.
    pub text: String,
    /// How that is known.
    pub label: Label,
    /// What says so.
    pub source: String,
    /// Where.
    pub at: Place,
}
