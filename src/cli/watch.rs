//! `check --watch`: runs again whenever something below the paths changes.

use super::Streams;
use notify::{EventKind, RecursiveMode, Watcher};
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Editors write a file in several steps; what comes within this time is one change.
const SETTLE: Duration = Duration::from_millis(80);

/// Runs once, and again after each change, until the process is ended or no more changes can come.
///
/// # Errors
/// When a path cannot be watched, or writing fails.
pub(super) fn watch(
    paths: &[PathBuf],
    streams: &mut Streams<'_>,
    mut run: impl FnMut(&mut Streams<'_>) -> io::Result<u8>,
) -> io::Result<u8> {
    let (sender, changes) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file is an event as well; only what changes something counts.
        if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
            // The receiver goes away only with the process.
            let _ = sender.send(());
        }
    })
    .map_err(io::Error::other)?;
    let here = [PathBuf::from(".")];
    for path in if paths.is_empty() { &here[..] } else { paths } {
        // Editors replace files: the folder tells of it, the old file does not.
        let (place, mode) = match path.parent() {
            _ if path.is_dir() => (path.as_path(), RecursiveMode::Recursive),
            Some(folder) if !folder.as_os_str().is_empty() => (folder, RecursiveMode::NonRecursive),
            _ => (here[0].as_path(), RecursiveMode::NonRecursive),
        };
        watcher.watch(place, mode).map_err(io::Error::other)?;
    }
    loop {
        if streams.terminal {
            // Clears the screen and what scrolled off it.
            write!(streams.stdout, "\x1b[2J\x1b[3J\x1b[H")?;
        }
        let code = run(streams)?;
        streams.stdout.flush()?;
        if !changed(&changes) {
            return Ok(code);
        }
    }
}

/// Waits for a change and for the quiet after it; whether one came.
fn changed(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    while changes.recv_timeout(SETTLE).is_ok() {}
    true
}
