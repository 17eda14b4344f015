//! Fetches the archive, lays it over the facts of the program and keeps the result.

use super::super::super::{CLEAN, FAILED, Streams, progress, say};
use super::{UpdateArgs, gained};
use crate::digest;
use crate::fetch::{self, Fetched};
use crate::schema::newer::{self, About, Origin};
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

/// More reasons than this are not listed.
const FEW: usize = 20;

/// Does what was asked; the exit code.
pub(in super::super) fn run(args: &UpdateArgs, file: Option<&Path>, streams: &mut Streams<'_>) -> io::Result<u8> {
    match update(args, file, streams) {
        Ok(lines) => {
            lines.iter().try_for_each(|line| writeln!(streams.stdout, "{line}"))?;
            Ok(CLEAN)
        }
        Err(message) => {
            say(streams, &message);
            Ok(FAILED)
        }
    }
}

/// What happened, line by line.
fn update(args: &UpdateArgs, file: Option<&Path>, streams: &Streams<'_>) -> Result<Vec<String>, String> {
    let file = file.ok_or("no cache folder is known: name one with --cache")?;
    let fetched = match &args.archive {
        Some(archive) => Fetched { bytes: local(archive)?, date: None },
        None => {
            let bar = progress::bytes(streams.progress);
            let timeout = Duration::from_secs(args.timeout);
            let fetched = fetch::fetch(&args.url, args.sha256.is_some(), timeout, &mut |done, all| {
                bar.set_length(all.unwrap_or(done));
                bar.set_position(done);
            });
            bar.finish_and_clear();
            fetched.map_err(|why| format!("{why}; the facts in use stay as they are"))?
        }
    };
    let source = args.archive.as_ref().map_or_else(|| args.url.clone(), |path| path.display().to_string());
    let sha256 = digest::sha256(&fetched.bytes);
    if let Some(wanted) = args.sha256.as_ref().filter(|wanted| **wanted != sha256) {
        return Err(format!("{source}: its SHA-256 is {sha256}, not {wanted}; the facts in use stay as they are"));
    }
    let mut lines = vec![format!("{source}: {} bytes", fetched.bytes.len()), format!("sha256 {sha256}")];
    let refused = |why: String| format!("{source}: {why}; the facts in use stay as they are");
    let archive = fetch::unpack(&fetched.bytes).map_err(refused)?;
    let date = fetched.date.or(archive.date);
    let (own, _) = newer::embedded();
    if date.as_ref().is_some_and(|date| *date < own) {
        let date = date.unwrap_or_default();
        lines.push(format!("it is of {date}, older than the facts of the program ({own}): nothing to take from it"));
        return Ok(lines);
    }
    let origin = Origin { source: source.clone(), date, sha256 };
    let (about, content) = newer::merge(archive.entries.into_iter(), origin).map_err(refused)?;
    lines.extend(told(&about));
    replace(file, &content).map_err(|e| format!("cannot write {}: {e}", file.display()))?;
    lines.push(format!("used from now on: {}", file.display()));
    Ok(lines)
}

fn local(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |e: io::Error| format!("{}: {e}", path.display());
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(fetch::MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > fetch::MAX_BYTES {
        return Err(format!("{}: it is larger than {} bytes", path.display(), fetch::MAX_BYTES));
    }
    Ok(bytes)
}

fn told(about: &About) -> Vec<String> {
    let mut lines = vec![gained(about)];
    let few = about.types.iter().take(FEW).map(|name| format!("  {name}"));
    lines.extend(few);
    if about.types.len() > FEW {
        lines.push(format!("  and {} more", about.types.len() - FEW));
    }
    if !about.left_out.is_empty() {
        lines.push(format!("left out: {}", about.left_out.len()));
        lines.extend(about.left_out.iter().take(FEW).map(|why| format!("  {why}")));
    }
    lines
}

/// Puts the content in the place of the file in one step: whoever reads it meanwhile finds the old one or the new one.
fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = Path::new(&name);
    let written = fs::File::create(beside).and_then(|mut out| {
        out.write_all(content)?;
        out.sync_all()
    });
    written.and_then(|()| fs::rename(beside, file)).inspect_err(|_| {
        // What could not be put in place is of no use; that it stays is no further harm.
        let _ = fs::remove_file(beside);
    })
}
