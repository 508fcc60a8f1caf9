//! Bytes a second of each stage of the program, over logs made from a seed: `cargo bench --bench stages -- [--size 64MiB]
//! [--seed N] [KIND]...`. Nothing is timed of a log on which generator, reference and program do not agree.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

mod common;

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use common::corpus::{Kind, read_size};
use logscan502::aggregate::{LogState, Thresholds, Totals, finish};
use logscan502::analysis::{Options, Outcome, Task, analyse};
use logscan502::format::{Columns, Envelope, FormatId, detect};
use logscan502::pattern::Catalogue;
use logscan502::record::Entry;
use logscan502::render::{Look, Output, render};
use logscan502::report::Report;
use logscan502::scan::{Context, Dialect, Filter, Scanner, Slice, Wanted};
use logscan502::time::{Clock, Timestamp, Width, Zone};

/// How often each stage runs; the median counts.
const RUNS: usize = 5;
/// Of this much of a log the stages below the scanner are timed: their results are kept beside each other.
const PART: usize = 16 << 20;
/// Late in 2026, after all that the logs tell of.
const NOW: Timestamp = Timestamp::from_seconds(1_796_000_000);

fn main() -> ExitCode {
    // `cargo bench` adds a flag of its own.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match Settings::of(&args).and_then(|settings| settings.kinds.iter().try_for_each(|kind| run(*kind, &settings))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

struct Settings {
    kinds: Vec<Kind>,
    size: u64,
    seed: u64,
}

impl Settings {
    fn of(args: &[String]) -> Result<Self, String> {
        let mut settings = Self { kinds: Vec::new(), size: 64 << 20, seed: 502 };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--size" => settings.size = args.next().and_then(|text| read_size(text)).ok_or("--size wants a size, such as 64MiB")?,
                "--seed" => settings.seed = args.next().and_then(|text| text.parse().ok()).ok_or("--seed wants a number")?,
                id => settings.kinds.push(Kind::from_id(id).ok_or_else(|| format!("there is no kind {id}"))?),
            }
        }
        if settings.kinds.is_empty() {
            settings.kinds.extend(Kind::ALL);
        }
        Ok(settings)
    }
}

/// A log in memory and in a file, and what is needed to read it.
struct Bench<'c> {
    log: Vec<u8>,
    path: PathBuf,
    format: FormatId,
    catalogue: &'c Catalogue,
}

fn run(kind: Kind, settings: &Settings) -> Result<(), String> {
    let (log, truth) = kind.make(settings.size, settings.seed);
    let folder = PathBuf::from("target/corpora");
    let path = folder.join(format!("stages-{}.log", kind.id));
    fs::create_dir_all(&folder).and_then(|()| fs::write(&path, &log)).map_err(|error| format!("{}: {error}", path.display()))?;
    let format = FormatId::from_id(kind.format).ok_or_else(|| format!("the program knows no format {}", kind.format))?;
    let catalogue = Catalogue::embedded();
    let bench = Bench { log, path, format, catalogue: &catalogue };

    let report = bench.analyse(1).report;
    let counted = common::report::counts(&serde_json::to_value(&report).map_err(|error| error.to_string())?);
    let mut wrong = truth.differences("the generator", &counted, "the program");
    if let Some(reference) = common::reference::read(kind, &bench.log) {
        wrong.extend(truth.differences("the generator", &reference, "the reference"));
    }
    if !wrong.is_empty() {
        return Err(format!("{}: nothing is timed, the counts differ\n  {}", kind.id, wrong.join("\n  ")));
    }

    println!("\n{}: {} MiB, {} lines, all counts as the generator has them", kind.id, bench.log.len() >> 20, truth.lines);
    println!("  {:<28}{:>12}{:>12}{:>12}", "stage", "GB/s", "ns a line", "ms");
    bench.lines_and_entries();
    bench.scan_and_fold();
    bench.render(&report);
    bench.whole();
    let _ = fs::remove_file(&bench.path);
    Ok(())
}

impl Bench<'_> {
    fn clock() -> Clock {
        Clock::new(Zone::UTC, NOW)
    }

    /// The stages that look at one line each.
    fn lines_and_entries(&self) {
        let end = memchr::memrchr(b'\n', &self.log[..self.log.len().min(PART)]).map_or(0, |feed| feed + 1);
        let part = &self.log[..end];
        let format = self.format.format();
        let lines: Vec<&[u8]> = lines(part).collect();
        let size = (part.len(), lines.len());
        state("lines: split", size, || lines_of(part));
        let sample = &part[..part.len().min(64 << 10)];
        state("detect, of a 64 KiB sample", (sample.len(), lines_of(sample)), || detect(sample).format);
        state("format: begins", size, || lines.iter().filter(|line| format.begins(line)).count());
        let mut clock = Self::clock();
        if lines.iter().any(|line| format.skim(line, &mut clock).is_some()) {
            state("format: skim", size, || lines.iter().filter_map(|line| format.skim(line, &mut clock)).map(|seen| u64::from(seen.status)).sum::<u64>());
        }
        let heads: Vec<&[u8]> = lines.iter().copied().filter(|line| format.begins(line)).collect();
        let size = (heads.iter().map(|line| line.len() + 1).sum(), heads.len());
        state("format: parse", size, || heads.iter().filter(|line| format.parse(line, &mut clock).is_some()).count());
        let entries: Vec<Entry<'_>> = heads.iter().filter_map(|line| format.parse(line, &mut clock)).collect();
        let classifier = self.catalogue.classifier(self.format);
        state("pattern: classify", size, || entries.iter().filter(|entry| classifier.classify(entry).is_some()).count());
    }

    /// The scanner and the fold behind it, on one thread, window by window as a run does it.
    fn scan_and_fold(&self) {
        let size = (self.log.len(), lines_of(&self.log));
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..RUNS {
            let (totals, [scan, fold]) = self.counted();
            let thresholds = Thresholds { bucket: None, top: 5, causes: Vec::new() };
            let began = Instant::now();
            black_box(finish(totals, self.catalogue, &thresholds, Vec::new(), Vec::new()));
            for (all, time) in times.iter_mut().zip([scan, fold, began.elapsed()]) {
                all.push(time);
            }
        }
        for (name, times) in ["scan, one thread", "aggregate: fold, one thread", "aggregate: finish"].into_iter().zip(&mut times) {
            print(name, size, median(times));
        }
    }

    fn counted(&self) -> (Totals, [Duration; 2]) {
        let scanner = Scanner::new(self.catalogue, Filter::default());
        let dialect = Dialect { envelope: Envelope::None, format: self.format, columns: Columns::NONE, is_only: false };
        let (clock, wanted) = (Self::clock(), Wanted::Nothing);
        let mut state = LogState::new(self.catalogue, Width::SECOND, false);
        let (mut scan, mut fold) = (Duration::ZERO, Duration::ZERO);
        let mut start = 0;
        while start < self.log.len() {
            let began = Instant::now();
            let slice = Slice { window: &self.log, start, stop: (start + Options::PIECE).min(self.log.len()), is_last: true };
            let context = Context { dialect, clock: clock.clone(), wanted: &wanted, known: &state.known(), pairs: false };
            let piece = scanner.scan(&context, slice);
            let scanned = Instant::now();
            start = piece.end;
            state.fold(vec![piece], false);
            scan += scanned - began;
            fold += scanned.elapsed();
        }
        let began = Instant::now();
        let totals = state.finish();
        (totals, [scan, fold + began.elapsed()])
    }

    fn render(&self, report: &Report) {
        let size = (self.log.len(), lines_of(&self.log));
        let look = Look { width: 80, has_color: false, is_ascii: false, zone: Zone::UTC };
        for (name, output) in [("render: table", Output::Table), ("render: json", Output::Json)] {
            state(name, size, || render(report, output, &look));
        }
    }

    /// The library's whole run over the file, from the page cache.
    fn whole(&self) {
        let size = (self.log.len(), lines_of(&self.log));
        let all = std::thread::available_parallelism().map_or(1, usize::from);
        for threads in [1, all] {
            state(&format!("whole run, {threads} threads"), size, || self.analyse(threads).report.totals.requests);
        }
    }

    fn analyse(&self, threads: usize) -> Outcome {
        let options = Options {
            filter: Filter::default(),
            thresholds: Thresholds { bucket: None, top: 5, causes: Vec::new() },
            log_zone: Zone::UTC,
            format: None,
            now: NOW,
            window: Options::WINDOW,
            piece: Options::PIECE,
        };
        let task = Task::new([self.path.clone()], self.catalogue, options);
        match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
            Ok(pool) => pool.install(|| analyse(&task)),
            Err(_) => analyse(&task),
        }
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', text).map(move |feed| {
        let line = &text[start..feed];
        start = feed + 1;
        line
    })
}

fn lines_of(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

/// Runs a stage some times, and prints the median. `size`: bytes and lines that one run takes in.
fn state<T>(name: &str, size: (usize, usize), mut stage: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            black_box(stage());
            began.elapsed()
        })
        .collect();
    print(name, size, median(&mut times));
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[allow(clippy::cast_precision_loss, reason = "for people")]
fn print(name: &str, (bytes, lines): (usize, usize), time: Duration) {
    let seconds = time.as_secs_f64().max(1e-9);
    println!("  {name:<28}{:>12.3}{:>12.1}{:>12.2}", bytes as f64 / seconds / 1e9, seconds * 1e9 / lines.max(1) as f64, seconds * 1e3);
}
