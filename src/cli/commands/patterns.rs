//! The catalogue: listed, shown, proved.

use std::io::Write;
use std::path::PathBuf;

use logscan502::pattern::check::{Proof, Source, check};
use logscan502::pattern::file::{Origin, PatternText};
use logscan502::pattern::{Catalogue, Pattern, Verdict};

use crate::cli::args::{PatternsArgs, PatternsCommand};
use crate::cli::settings::pattern_files;
use crate::cli::{CliError, Exit, error};

pub(crate) fn run(args: &PatternsArgs) -> Result<Exit, CliError> {
    match &args.command {
        PatternsCommand::List => list(&args.patterns),
        PatternsCommand::Show { id } => show(id, &args.patterns),
        PatternsCommand::Check { paths } => prove(&[args.patterns.as_slice(), paths.as_slice()].concat()),
        PatternsCommand::Suggest(suggested) => super::suggest::run(suggested, &args.patterns),
    }
}

fn list(paths: &[PathBuf]) -> Result<Exit, CliError> {
    let catalogue = Catalogue::with_files(&pattern_files(paths)?)?;
    let mut patterns: Vec<_> = catalogue.patterns().collect();
    patterns.sort_by(|a, b| a.text.id.cmp(&b.text.id));
    let widest = patterns.iter().map(|pattern| pattern.text.id.len()).max().unwrap_or(0);
    let mut out = std::io::stdout().lock();
    for pattern in patterns {
        let file = if pattern.is_users { format!("  ({})", pattern.origin.display()) } else { String::new() };
        writeln!(out, "{:widest$}  {:20} {}{file}", pattern.text.id, said(pattern), pattern.text.title)?;
    }
    Ok(Exit::Made)
}

/// The cause, or what a match is otherwise.
fn said(pattern: &Pattern) -> &str {
    match (pattern.text.verdict, pattern.cause) {
        (Verdict::Evidence, Some(cause)) => cause.id(),
        (Verdict::Consequence, _) => "(consequence)",
        (Verdict::Context, _) => "(context)",
        _ => "(ordinary)",
    }
}

fn show(id: &str, paths: &[PathBuf]) -> Result<Exit, CliError> {
    let files = pattern_files(paths)?;
    let catalogue = Catalogue::with_files(&files)?;
    let Some(pattern) = catalogue.find(id) else {
        let nearest = catalogue.patterns().map(|other| other.text.id.as_str()).min_by_key(|other| strsim::damerau_levenshtein(id, other));
        return Err(CliError::Usage(format!("there is no pattern '{id}'; did you mean '{}'?", nearest.unwrap_or_default())));
    };
    let written = written(pattern)?;
    let text = &pattern.text;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{id}: {}\n", text.title)?;
    let rows = [
        ("cause", said(pattern).to_owned()),
        ("phase", text.phase.clone().unwrap_or_default()),
        ("statuses", join(text.statuses.iter())),
        ("formats", join(pattern.formats.iter())),
        ("file", pattern.origin.display().to_string()),
        ("source", text.reference.clone()),
    ];
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "  {name:9} {value}")?;
    }
    if !text.meaning.is_empty() {
        writeln!(out, "\n  {}", text.meaning)?;
    }
    for (title, lines) in [("Check", &text.checks), ("Fix", &text.fixes)] {
        for (at, line) in lines.iter().enumerate() {
            writeln!(out, "{}", if at == 0 { format!("\n  {title}\n  - {line}") } else { format!("  - {line}") })?;
        }
    }
    for example in &written.examples {
        writeln!(out, "\n  example ({})\n    {}", origin(example.from), example.line.replace('\n', "\n    "))?;
    }
    for near in &written.near_misses {
        writeln!(out, "\n  near miss: {}\n    {}", near.why, near.line.replace('\n', "\n    "))?;
    }
    Ok(Exit::Made)
}

/// The pattern with its examples, which a run does not load.
fn written(pattern: &Pattern) -> Result<PatternText, CliError> {
    if pattern.is_users {
        return Ok(pattern.text.clone());
    }
    for source in Source::embedded().into_iter().filter(|source| source.path == pattern.origin) {
        if let Some(text) = source.parse()?.patterns.into_iter().find(|other| other.id == pattern.text.id) {
            return Ok(text);
        }
    }
    Ok(pattern.text.clone())
}

fn join<T: ToString>(values: impl Iterator<Item = T>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join(", ")
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Run => "printed by a real server",
        Origin::Source => "composed from the product's source",
        Origin::Doc => "documented",
    }
}

fn prove(paths: &[PathBuf]) -> Result<Exit, CliError> {
    let mut sources = Source::embedded();
    for path in pattern_files(paths)? {
        sources.push(Source::users(&path)?);
    }
    match check(&sources) {
        Ok(proof) => {
            print(&proof)?;
            Ok(Exit::Made)
        }
        Err(errors) => {
            for wrong in &errors {
                error(&wrong.to_string());
            }
            Ok(Exit::Wrong)
        }
    }
}

fn print(proof: &Proof) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:12} {:>8} {:>8} {:>5} {:>7} {:>5} {:>11}", "product", "patterns", "evidence", "run", "source", "doc", "near misses")?;
    let (mut patterns, mut examples) = (0, 0);
    for (product, counts) in &proof.products {
        let from = |origin| counts.examples.get(&origin).copied().unwrap_or(0);
        let (run, source, doc) = (from(Origin::Run), from(Origin::Source), from(Origin::Doc));
        writeln!(out, "{product:12} {:8} {:8} {run:5} {source:7} {doc:5} {:11}", counts.patterns, counts.evidence, counts.near_misses)?;
        patterns += counts.patterns;
        examples += run + source + doc;
    }
    writeln!(out, "\n{patterns} patterns are proved by {examples} examples")?;
    Ok(())
}
