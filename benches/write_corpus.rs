//! Writes a corpus: `cargo run --release --example corpus -- KIND SIZE FILE [--seed N]`. Beside the file goes
//! `FILE.truth.json`, what a reader has to find in it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

#[allow(dead_code, reason = "tests use more of it")]
#[path = "common/corpus/mod.rs"]
mod corpus;
#[allow(dead_code, reason = "tests use more of it")]
#[path = "common/counts.rs"]
mod counts;

use std::fs::File;
use std::io;
use std::process::ExitCode;

use corpus::{Kind, read_size};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}\n\nusage: corpus KIND SIZE FILE [--seed N]     SIZE: 1000000, 512MiB, 1GiB");
            for kind in Kind::ALL {
                eprintln!("  {:<20}{}", kind.id, kind.about);
            }
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> Result<(), String> {
    let (places, seed) = match args {
        [places @ .., flag, seed] if flag == "--seed" => (places, seed.parse().map_err(|_| format!("{seed} is no seed"))?),
        places => (places, 502),
    };
    let [kind, size, path] = places else { return Err("kind, size and file are needed".to_owned()) };
    let kind = Kind::from_id(kind).ok_or_else(|| format!("there is no kind {kind}"))?;
    let size = read_size(size).ok_or_else(|| format!("{size} is no size"))?;
    let write = || -> io::Result<()> {
        if let Some(folder) = std::path::Path::new(path).parent() {
            std::fs::create_dir_all(folder)?;
        }
        let truth = kind.write(size, seed, &mut File::create(path)?)?;
        std::fs::write(format!("{path}.truth.json"), truth.to_json())
    };
    write().map_err(|error| format!("{path}: {error}"))
}
