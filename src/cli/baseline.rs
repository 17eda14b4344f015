//! A baseline: the findings that a code base already has, so that only new ones are reported.

use crate::report::{Checked, Fingerprints, file_of};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The version of the file's form.
const VERSION: u32 = 1;

/// Where the known findings are.
#[derive(Args, Debug, Clone)]
pub(super) struct BaselineArgs {
    /// Report only what is not in this file of known findings
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write the findings of this run to the baseline instead of reporting them
    #[arg(long, requires = "baseline")]
    update_baseline: bool,
}

#[derive(Serialize, Deserialize)]
struct Baseline {
    version: u32,
    findings: Vec<Known>,
}

/// A known finding: the fingerprint decides, the rest is for who reads the file.
#[derive(Serialize, Deserialize)]
struct Known {
    file: String,
    rule: String,
    message: String,
    fingerprint: String,
}

impl BaselineArgs {
    /// Takes known findings out, or writes all of them to the file. What is to be said about it.
    ///
    /// # Errors
    /// A sentence, when the file cannot be read or written, or is no baseline.
    pub(super) fn apply(&self, files: &mut [Checked]) -> Result<Option<String>, String> {
        let Some(path) = &self.baseline else { return Ok(None) };
        if self.update_baseline {
            return update(path, files).map(Some);
        }
        let mut known = read(path)?;
        let fingerprints = fingerprints(files);
        let (mut hidden, mut prints) = (0, fingerprints.into_iter());
        for checked in files {
            checked.findings.retain(|_| {
                let is_known = prints.next().is_some_and(|print| known.remove(&print).is_some());
                hidden += usize::from(is_known);
                !is_known
            });
        }
        let name = path.display();
        let mut said = format!("{hidden} known findings are left out (`{name}`)");
        if !known.is_empty() {
            said.push_str(&format!(
                "; {} of it no longer occur in these files: --update-baseline forgets them",
                known.len()
            ));
        }
        Ok(Some(said))
    }
}

/// The fingerprint of every finding, in the order of the files.
fn fingerprints(files: &[Checked]) -> Vec<String> {
    let mut fingerprints = Fingerprints::default();
    files
        .iter()
        .flat_map(|checked| checked.findings.iter().map(move |finding| (checked, finding)))
        .map(|(checked, finding)| fingerprints.next(&file_of(files, checked, finding).name, finding))
        .collect()
}

fn read(path: &Path) -> Result<BTreeMap<String, Known>, String> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| format!("cannot read the baseline `{name}`: {e} (--update-baseline writes one)"))?;
    let baseline: Baseline = serde_json::from_str(&text).map_err(|e| format!("`{name}` is no baseline: {e}"))?;
    if baseline.version != VERSION {
        return Err(format!("`{name}` is a baseline of version {}, not {VERSION}", baseline.version));
    }
    Ok(baseline.findings.into_iter().map(|known| (known.fingerprint.clone(), known)).collect())
}

fn update(path: &Path, files: &mut [Checked]) -> Result<String, String> {
    let prints = fingerprints(files);
    let findings: Vec<Known> = files
        .iter()
        .flat_map(|checked| checked.findings.iter().map(|finding| (file_of(files, checked, finding), finding)))
        .zip(prints)
        .map(|((file, finding), fingerprint)| Known {
            file: file.name.clone(),
            rule: finding.rule.id.to_owned(),
            message: finding.message.clone(),
            fingerprint,
        })
        .collect();
    let count = findings.len();
    let mut text = serde_json::to_string_pretty(&Baseline { version: VERSION, findings })
        .map_err(|e| format!("cannot write the baseline: {e}"))?;
    text.push('\n');
    std::fs::write(path, text).map_err(|e| format!("cannot write the baseline `{}`: {e}", path.display()))?;
    for checked in files {
        checked.findings.clear();
    }
    Ok(format!("wrote {count} findings to `{}`", path.display()))
}
