//! `logscan502`, the program: arguments in, report out, code back. What it does is in the library and in `cli/`.

mod cli;

use std::process::ExitCode;

use cli::Exit;

fn main() -> ExitCode {
    match cli::run() {
        Ok(exit) => exit.into(),
        // Whoever read the output has seen enough.
        Err(error) if error.is_closed_pipe() => Exit::Made.into(),
        Err(error) => {
            cli::error(&error.to_string());
            Exit::Wrong.into()
        }
    }
}
