//! Stubs of patterns for what no pattern knows.

use std::io::Write;
use std::path::PathBuf;

use logscan502::aggregate::Thresholds;
use logscan502::analysis::suggest::{Stub, suggest};
use logscan502::analysis::{Options, Task, analyse};
use logscan502::pattern::Catalogue;
use logscan502::pattern::file::Condition;
use logscan502::record::Cause;
use logscan502::scan::Filter;
use logscan502::text::number::counted;
use logscan502::text::safe::toml_string;

use crate::cli::args::SuggestArgs;
use crate::cli::settings::{format_named, machine_zone, now, pattern_files};
use crate::cli::{CliError, Exit, warnings};

pub(crate) fn run(args: &SuggestArgs, patterns: &[PathBuf]) -> Result<Exit, CliError> {
    let catalogue = Catalogue::with_files(&pattern_files(patterns)?)?;
    let options = Options {
        filter: Filter::default(),
        thresholds: Thresholds { bucket: None, top: args.top, causes: Vec::new() },
        log_zone: machine_zone(),
        format: format_named(&args.format)?,
        now: now(),
        window: Options::WINDOW,
        piece: Options::PIECE,
    };
    let mut task = Task::new([], &catalogue, options);
    task.inputs = super::analyse::inputs(&args.paths)?;
    let outcome = analyse(&task);
    warnings(&outcome.report.warnings);
    if outcome.read == 0 && outcome.failed > 0 {
        return Err(CliError::NothingRead);
    }
    let stubs = suggest(&catalogue, &outcome.unknown, args.top);
    let mut out = std::io::stdout().lock();
    out.write_all(file(&stubs, outcome.report.totals.unrecognised).as_bytes())?;
    out.flush()?;
    Ok(if outcome.failed > 0 { Exit::Incomplete } else { Exit::Made })
}

/// The pattern file.
fn file(stubs: &[Stub], unrecognised: u64) -> String {
    if stubs.is_empty() {
        return format!("# No stub: {} unrecognised.\n", counted(unrecognised, "line is", "lines are"));
    }
    let causes = Cause::ALL.map(Cause::id).join(" ");
    let covered: u64 = stubs.iter().map(|stub| stub.entries).sum();
    let head = format!(
        "# Stubs for {covered} of {}. For each: choose the cause (or verdict = \"ordinary\" and no cause),\n\
         # write a title, and take out of the examples what nobody else is to read. Then: logscan502 patterns check FILE\n\
         # Causes: {causes}\n",
        counted(unrecognised, "unrecognised line", "unrecognised lines")
    );
    stubs.iter().fold(head, |text, stub| text + "\n" + &written(stub))
}

fn written(stub: &Stub) -> String {
    let pattern = &stub.pattern;
    let list = |texts: &[String]| texts.iter().map(|text| toml_string(text)).collect::<Vec<_>>().join(", ");
    let proposed = stub.proposed.map_or_else(String::new, |cause| format!(" the words suggest \"{cause}\""));
    let separator = if proposed.is_empty() { "" } else { ";" };
    let mut lines = vec![format!("# {}: {}", counted(stub.entries, "line", "lines"), stub.template)];
    if !stub.takes.is_empty() {
        lines.push(format!("# It would take lines of {} too: say in 'when' what is different here.", stub.takes.join(", ")));
    }
    lines.push("[[pattern]]".to_owned());
    lines.push(format!("id = {}", toml_string(&pattern.id)));
    lines.push(format!("title = {}", toml_string(&pattern.title)));
    lines.push(format!("cause = {}  # choose one{separator}{proposed}", toml_string(pattern.cause.as_deref().unwrap_or_default())));
    for (key, texts) in [("formats", &pattern.formats), ("starts", &pattern.starts), ("contains", &pattern.contains)] {
        if !texts.is_empty() {
            lines.push(format!("{key} = [{}]", list(texts)));
        }
    }
    lines.extend(pattern.regex.iter().map(|regex| format!("regex = {}", toml_string(regex))));
    lines.extend(pattern.when.iter().map(|(field, condition)| match condition {
        Condition::Is(value) => format!("when.{field} = {}", toml_string(value)),
        Condition::OneOf(values) => format!("when.{field} = [{}]", list(values)),
        Condition::Test(test) => format!("when.{field} = {{ present = {} }}", test.present.unwrap_or(true)),
    }));
    for example in &pattern.examples {
        lines.extend(["[[pattern.example]]".to_owned(), format!("line = {}", toml_string(&example.line)), "from = \"run\"".to_owned()]);
    }
    lines.join("\n") + "\n"
}
