//! The words of the command line for shells and for `man`, made from the same definitions as the help.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::args::Cli;
use crate::cli::output::print;
use crate::cli::{CliError, Exit};

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Result<Exit, CliError> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut bytes);
    print(&bytes)?;
    Ok(Exit::Made)
}

/// Prints the manual page of the program, or of one of its commands.
pub(crate) fn man(words: &[String]) -> Result<Exit, CliError> {
    let mut command = Cli::command();
    command.build();
    for word in words {
        let Some(found) = command.find_subcommand(word) else {
            let known: Vec<_> = command.get_subcommands().map(clap::Command::get_name).collect();
            return Err(CliError::Usage(format!("there is no command '{word}'; there are {}", known.join(", "))));
        };
        command = found.clone();
    }
    // `logscan502-patterns-check`, as the page of the program names it.
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let mut bytes = Vec::new();
    Man::new(command).title(name.to_uppercase()).render(&mut bytes)?;
    print(plain(&String::from_utf8_lossy(&bytes)).as_bytes())?;
    Ok(Exit::Made)
}

/// The page in ASCII, as every formatter reads it: other characters by their number.
fn plain(page: &str) -> String {
    let written = |character: char| if character.is_ascii() { character.to_string() } else { format!("\\[u{:04X}]", u32::from(character)) };
    page.chars().map(written).collect()
}
