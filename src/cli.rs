//! The command line.

/// Runs the program; the exit code.
pub fn run() -> u8 {
    0
}
