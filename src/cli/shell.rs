//! What belongs to the shell: completions and the manual page, made from the definitions of the command line.

use super::{CLEAN, Cli, Streams};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io;

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completions of a shell.
pub(super) fn completions(args: &CompletionsArgs, streams: &mut Streams<'_>) -> io::Result<u8> {
    // The generator panics when the writer fails, so it writes to memory.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stacklens", &mut text);
    streams.stdout.write_all(&text)?;
    Ok(CLEAN)
}

/// Prints the manual page: the program, then each command.
pub(super) fn man(streams: &mut Streams<'_>) -> io::Result<u8> {
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut streams.stdout)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        let page = clap_mangen::Man::new(sub.clone());
        writeln!(streams.stdout, ".SH \"STACKLENS {}\"", sub.get_name().to_uppercase())?;
        if let Some(about) = sub.get_about() {
            writeln!(streams.stdout, "{about}")?;
        }
        page.render_options_section(&mut streams.stdout)?;
    }
    Ok(CLEAN)
}
