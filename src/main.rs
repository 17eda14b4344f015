//! The `stacklens` program.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(stacklens::cli::run())
}
