//! How far a long run is, on the terminal of the person who waits for it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Nobody wants to see a bar for fewer files.
const WORTH_SHOWING: usize = 200;

/// A bar over so many files on standard error; it draws nothing for few of them.
pub(super) fn bar(files: usize) -> ProgressBar {
    if files < WORTH_SHOWING {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr_with_hz(10));
    match ProgressStyle::with_template("{bar:30} {pos}/{len} files") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A bar over bytes on standard error, if it is to be shown.
#[cfg(feature = "fetch")]
pub(super) fn bytes(shown: bool) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    match ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
