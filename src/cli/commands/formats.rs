//! The formats that are read.

use std::io::Write;

use logscan502::format::FormatId;

use crate::cli::{CliError, Exit};

pub(crate) fn run() -> Result<Exit, CliError> {
    let mut out = std::io::stdout().lock();
    for format in FormatId::ALL {
        let about = format.format().about();
        writeln!(out, "{format}\n  {}\n  recognised by  {}\n  {}\n", about.title, about.recognised, about.example)?;
    }
    Ok(Exit::Made)
}
