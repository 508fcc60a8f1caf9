//! The formats that are read.

use logscan502::format::FormatId;

use crate::cli::commands::page::Page;
use crate::cli::{CliError, Exit};

pub(crate) fn run() -> Result<Exit, CliError> {
    let mut page = Page::of_terminal();
    for (at, format) in FormatId::ALL.iter().enumerate() {
        let about = format.format().about();
        match at {
            0 => page.title(&format.to_string()),
            _ => page.heading(&format.to_string()),
        }
        page.paragraph(about.title);
        page.rows(&[("recognised by", about.recognised.to_owned())]);
        page.sample(about.example);
    }
    page.print()?;
    Ok(Exit::Made)
}
