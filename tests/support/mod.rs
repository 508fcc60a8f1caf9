//! What the integration tests share.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod reports;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use logscan502::aggregate::Thresholds;
use logscan502::analysis::{Options, Outcome, Task, analyse};
use logscan502::pattern::Catalogue;
use logscan502::report::Report;
use logscan502::scan::Filter;
use logscan502::time::{Timestamp, Zone};

/// Options that depend on no machine: UTC, and a present moment late in 2026.
pub(crate) fn options() -> Options {
    Options {
        filter: Filter::default(),
        thresholds: Thresholds { bucket: None, top: 5, causes: Vec::new() },
        log_zone: Zone::UTC,
        format: None,
        now: Timestamp::from_seconds(1_796_000_000),
        window: Options::WINDOW,
        piece: Options::PIECE,
    }
}

/// The report over paths, in a pool of so many threads.
pub(crate) fn report(paths: &[PathBuf], options: Options, threads: usize) -> Report {
    outcome(paths, options, threads).report
}

/// The outcome over paths, in a pool of so many threads.
pub(crate) fn outcome(paths: &[PathBuf], options: Options, threads: usize) -> Outcome {
    let catalogue = Catalogue::embedded();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| analyse(&Task::new(paths.iter().cloned(), &catalogue, options)))
}

/// A folder of its own for one test, and the program run in it.
pub(crate) struct Workdir(tempfile::TempDir);

impl Workdir {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, its folders included.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The program, to be run in this folder with an environment of its own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logscan502"));
        command.args(args).current_dir(self.0.path()).env_clear().env("TZ", "UTC").stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run(self.command(args).output().unwrap())
    }

    /// Runs it with this standard input.
    pub(crate) fn pipe(&self, args: &[&str], input: &[u8]) -> Run {
        use std::io::Write;
        let mut child = self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            // The program may end before it has read everything.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Run(output)
    }
}

/// What a run printed, and how it ended.
pub(crate) struct Run(pub Output);

impl Run {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.0.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout(), self.stderr()))
    }
}

/// A file of the repository.
pub(crate) fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
