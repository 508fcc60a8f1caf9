//! A cause, a pattern, a status or a pasted line, explained.

use std::io::Read;

use logscan502::analysis::explain::{Explanation, Fate, Near, Reading, RecordExplanation, Taken, causes_of, explain, patterns_of};
use logscan502::format::Envelope;
use logscan502::pattern::{Catalogue, Pattern, PatternIndex, Scope, Values, Verdict, advice};
use logscan502::record::Cause;

use crate::cli::args::ExplainArgs;
use crate::cli::commands::page::Page;
use crate::cli::settings::{format_named, machine_zone, named_zone, now, pattern_files};
use crate::cli::{CliError, Exit};

/// A pasted line is not longer.
const LONGEST: u64 = 4 << 20;
/// So many near ones are shown.
const MOST_NEAR: usize = 5;

pub(crate) fn run(args: &ExplainArgs) -> Result<Exit, CliError> {
    let machine = machine_zone();
    let zone = args.tz.as_deref().map_or(Ok(machine), |name| named_zone(name, machine))?;
    let reading = Reading { format: format_named(&args.format)?, zone, now: now() };
    let catalogue = Catalogue::with_files(&pattern_files(&args.patterns)?)?;
    let subject = subject(&args.subject)?;
    let explanation = explain(&catalogue, &subject, &reading).map_err(|error| CliError::Usage(error.to_string()))?;
    let mut page = Page::of_terminal();
    match explanation {
        Explanation::Cause(cause) => of_cause(&mut page, &catalogue, cause),
        Explanation::Pattern(index) => of_pattern(&mut page, &catalogue, index),
        Explanation::Status(status) => of_status(&mut page, &catalogue, status),
        Explanation::Record(record) => of_record(&mut page, &catalogue, &record),
    }
    page.print()?;
    Ok(Exit::Made)
}

/// The words joined as a shell would have them; `-`: what is piped in.
fn subject(words: &[String]) -> Result<Vec<u8>, CliError> {
    if words != ["-"] {
        return Ok(words.join(" ").into_bytes());
    }
    let mut text = Vec::new();
    std::io::stdin().take(LONGEST).read_to_end(&mut text).map_err(|error| CliError::Usage(format!("cannot read the standard input: {error}")))?;
    Ok(text)
}

fn of_cause(page: &mut Page, catalogue: &Catalogue, cause: Cause) {
    let text = catalogue.cause(cause);
    page.title(&format!("{cause}: {}", text.title));
    page.paragraph(&text.meaning);
    let (checks, fixes) = advice(Some(text), None, &Values::default());
    page.list("Check", &checks);
    page.list("Fix", &fixes);
    for (product, patterns) in patterns_of(catalogue, cause) {
        page.heading(&format!("Patterns of {product}"));
        let rows: Vec<_> = patterns.iter().map(|pattern| (pattern.text.id.as_str(), pattern.text.title.clone())).collect();
        page.rows(&rows);
    }
}

fn of_pattern(page: &mut Page, catalogue: &Catalogue, index: PatternIndex) {
    let pattern = catalogue.pattern(index);
    page.title(&format!("{}: {}", pattern.text.id, pattern.text.title));
    page.rows(&facts(catalogue, pattern));
    meanings(page, catalogue, pattern);
    let (checks, fixes) = advice(pattern.cause.map(|cause| catalogue.cause(cause)), Some(&pattern.text), &Values::default());
    page.list("Check", &checks);
    page.list("Fix", &fixes);
    page.paragraph(&format!("`logscan502 patterns show {}` shows its examples.", pattern.text.id));
}

fn of_status(page: &mut Page, catalogue: &Catalogue, status: u16) {
    let Some(text) = catalogue.statuses().get(&status) else { return };
    page.title(&format!("{status} {}", text.title));
    page.paragraph(&text.meaning);
    page.list("Who says it, and why", &text.usual);
    page.paragraph(&text.note);
    let beside: Vec<_> = [502, 503, 504].into_iter().filter(|other| *other != status).collect();
    if beside.len() == 2 {
        page.heading("Beside it");
        for (other, text) in beside.iter().filter_map(|other| Some((other, catalogue.statuses().get(other)?))) {
            page.item(&format!("{other} {}: {}", text.title, text.meaning));
        }
    }
    let causes = causes_of(catalogue, status);
    if !causes.is_empty() {
        page.heading("Causes of it, with the number of patterns");
        let rows: Vec<_> = causes.iter().map(|(cause, products)| (cause.id(), counts(products))).collect();
        page.rows(&rows);
        page.paragraph("The status alone never tells the cause: products choose differently for the same fault.");
    }
}

fn counts(products: &std::collections::BTreeMap<&str, usize>) -> String {
    products.iter().map(|(product, patterns)| format!("{product} {patterns}")).collect::<Vec<_>>().join(", ")
}

fn of_record(page: &mut Page, catalogue: &Catalogue, record: &RecordExplanation) {
    let envelope = if record.envelope == Envelope::None { String::new() } else { format!(", in {}", record.envelope.name()) };
    page.title(&format!("A line of {}{envelope}", record.format));
    if record.is_shared {
        page.paragraph("nginx and Apache both write such lines; --format apache-access reads it as the other's.");
    }
    if record.further > 0 {
        page.paragraph(&format!("{} more records were given; this is the first.", record.further));
    }
    page.heading("Understood");
    page.rows(&record.understood);
    page.heading("Verdict");
    page.paragraph(&said(catalogue, record.fate));
    match &record.taken {
        Some(taken) => verdict(page, catalogue, taken),
        None => nobody(page, record),
    }
    for other in &record.others {
        let pattern = catalogue.pattern(other.pattern);
        page.heading(&format!("Would match too: {}: {}", pattern.text.id, pattern.text.title));
        for reason in &other.reasons {
            page.item(reason);
        }
    }
    near(page, catalogue, &record.near);
    match (&record.taken, record.fate) {
        (Some(taken), _) => meanings(page, catalogue, catalogue.pattern(taken.pattern)),
        (None, Fate::Unattributed) => of_meaning(page, catalogue, Cause::Unattributed),
        _ => {}
    }
    page.list("Check", &record.checks);
    page.list("Fix", &record.fixes);
}

/// What becomes of the record, in a sentence.
fn said(catalogue: &Catalogue, fate: Fate) -> String {
    let named = |cause: Cause| format!("{cause}: {}", catalogue.cause(cause).title);
    match fate {
        Fate::Evidence(cause) => named(cause),
        Fate::Consequence(cause) => format!("What followed from a failure, not counted by itself. Its cause: {}", named(cause)),
        Fate::ClientAbort => named(Cause::ClientAbort),
        Fate::Unattributed => format!("A gateway status of which the line does not say the cause. {}", named(Cause::Unattributed)),
        Fate::Answer => "An answer that did not fail.".to_owned(),
        Fate::Context => "Context: what happened behind the proxy. It is shown beside failures that it may explain.".to_owned(),
        Fate::Ordinary => "Ordinary: of no interest for gateway failures.".to_owned(),
        Fate::Unrecognised => "Unrecognised: an error that no pattern knows. It is shown with its template, and never guessed.".to_owned(),
    }
}

fn verdict(page: &mut Page, catalogue: &Catalogue, taken: &Taken) {
    let pattern = catalogue.pattern(taken.pattern);
    let mut rows = vec![("pattern", format!("{}: {}", pattern.text.id, pattern.text.title))];
    rows.extend(taken.reasons.iter().enumerate().map(|(at, reason)| (if at == 0 { "because" } else { "" }, reason.clone())));
    rows.extend(facts(catalogue, pattern));
    page.rows(&rows);
}

/// What kind of pattern it is.
fn facts<'a>(catalogue: &Catalogue, pattern: &Pattern) -> Vec<(&'a str, String)> {
    let text = &pattern.text;
    let kind = match (text.verdict, text.scope, text.general) {
        (Verdict::Ordinary, ..) => "ordinary: known, of no interest here",
        (Verdict::Context, ..) => "context: what happened behind the proxy; it may explain failures and is never counted as one",
        (Verdict::Consequence, ..) => "consequence: what followed from a failure",
        (Verdict::Evidence, Scope::Check, _) => "evidence, but of a health check: it makes no request",
        (Verdict::Evidence, Scope::Process, _) => "evidence, but of the proxy's process: it makes no request",
        (Verdict::Evidence, Scope::Request, true) => "general: it says that a request failed; a specific line of the same request says why",
        (Verdict::Evidence, Scope::Request, false) => "evidence of a failed request",
    };
    let rows = [
        ("is", kind.to_owned()),
        ("cause", pattern.cause.map(|cause| format!("{cause}: {}", catalogue.cause(cause).title)).unwrap_or_default()),
        ("phase", pattern.phase.map(|phase| phase.id().to_owned()).unwrap_or_default()),
        ("clients got", text.statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        ("formats", pattern.formats.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        ("file", if pattern.is_users { pattern.origin.display().to_string() } else { String::new() }),
        ("source", text.reference.clone()),
    ];
    rows.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn nobody(page: &mut Page, record: &RecordExplanation) {
    page.paragraph("No pattern took it.");
    if let (Fate::Unrecognised, Some(template)) = (record.fate, &record.template) {
        page.rows(&[("template", template.clone())]);
        page.paragraph("`logscan502 patterns suggest FILE > ours.toml` makes patterns of such lines. Choose their causes, prove them with `patterns check ours.toml`, use them with `-p ours.toml`.");
    }
}

fn near(page: &mut Page, catalogue: &Catalogue, near: &[Near]) {
    if near.is_empty() {
        return;
    }
    page.heading("Near, but not taken");
    for near in near.iter().take(MOST_NEAR) {
        let pattern = catalogue.pattern(near.pattern);
        page.item(&format!("{} ({}): {}", pattern.text.id, pattern.text.title, near.why));
    }
    if near.len() > MOST_NEAR {
        page.item(&format!("and {} more", near.len() - MOST_NEAR));
    }
}

/// What a pattern means, and what its cause does.
fn meanings(page: &mut Page, catalogue: &Catalogue, pattern: &Pattern) {
    page.heading("Meaning");
    page.paragraph(&pattern.text.meaning);
    if let Some(cause) = pattern.cause {
        page.paragraph(&catalogue.cause(cause).meaning);
    }
}

fn of_meaning(page: &mut Page, catalogue: &Catalogue, cause: Cause) {
    page.heading("Meaning");
    page.paragraph(&catalogue.cause(cause).meaning);
}
