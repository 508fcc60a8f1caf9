//! One pasted record: what each part of it was understood as, and which pattern took it and why.

use std::borrow::Cow;

use super::{ExplainError, Reading};
use crate::format::{Columns, Envelope, FormatId, detect};
use crate::pattern::{Catalogue, Classifier, Pattern, PatternIndex, Values, Verdict, advice};
use crate::record::{Cause, Entry, Severity};
use crate::scan::{Dialect, FirstRecord, first_record, is_gateway_status, template};
use crate::text::safe::{excerpt, printable};
use crate::time::Clock;

/// Longest value that is shown, in characters.
const LONGEST: usize = 300;
/// A message must begin like a pattern's for so many bytes to be called like it.
const ALIKE: usize = 8;

/// A record, explained.
#[derive(Clone, Debug)]
pub struct RecordExplanation {
    /// Its format.
    pub format: FormatId,
    /// What was around it.
    pub envelope: Envelope,
    /// nginx and Apache both write such lines.
    pub is_shared: bool,
    /// Records that were given beside it, and left out.
    pub further: usize,
    /// Names and values, made safe, in the order in which they are shown.
    pub understood: Vec<(&'static str, String)>,
    /// What becomes of it in a report.
    pub fate: Fate,
    /// The pattern that took it.
    pub taken: Option<Taken>,
    /// Patterns that match too, best first.
    pub others: Vec<Taken>,
    /// Patterns that nearly match.
    pub near: Vec<Near>,
    /// Its template, where no pattern took it.
    pub template: Option<String>,
    /// What to look at, filled with what the record names.
    pub checks: Vec<String>,
    /// What mends it, filled likewise.
    pub fixes: Vec<String>,
}

/// What becomes of a record in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is evidence of a cause.
    Evidence(Cause),
    /// It tells what followed from a cause.
    Consequence(Cause),
    /// The client left.
    ClientAbort,
    /// A gateway status, and nothing says why.
    Unattributed,
    /// An answer that did not fail.
    Answer,
    /// What happened behind the proxy.
    Context,
    /// Known, or below the severity that matters.
    Ordinary,
    /// An error that no pattern knows.
    Unrecognised,
}

/// A pattern that matches.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Which.
    pub pattern: PatternIndex,
    /// Why, made safe.
    pub reasons: Vec<String>,
}

/// A pattern that nearly matches.
#[derive(Clone, Debug)]
pub struct Near {
    /// Which.
    pub pattern: PatternIndex,
    /// The first condition that does not hold, made safe.
    pub why: String,
}

/// Explains the first record of a text; `None` when no format reads any.
pub(super) fn explain(catalogue: &Catalogue, text: &[u8], reading: &Reading) -> Result<Option<RecordExplanation>, ExplainError> {
    let mut other = None;
    for text in tidied(text) {
        for (dialect, is_shared) in dialects(&text, reading.format) {
            let Some(FirstRecord { format, bytes, stamp, further }) = first_record(dialect, &text) else { continue };
            let mut clock = Clock::new(reading.zone, reading.now.plus_seconds(86_400));
            let Some(mut entry) = format.format().parse(&bytes, &mut clock) else { continue };
            if reading.format.is_some_and(|wanted| wanted != format) {
                other = other.or(Some(format));
                continue;
            }
            entry.time = entry.time.or_else(|| stamp.map(|stamp| clock.resolve(stamp)));
            let mut explanation = of_entry(catalogue, &catalogue.classifier(format), format, &entry, &bytes);
            explanation.envelope = dialect.envelope;
            explanation.is_shared = is_shared;
            explanation.further = further;
            return Ok(Some(explanation));
        }
    }
    match reading.format {
        Some(format) => Err(ExplainError::OtherFormat { format, other }),
        None => Ok(None),
    }
}

/// The text as it is, then without what terminals, shells and word processors do to pasted lines.
fn tidied(text: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let trimmed = text.trim_ascii();
    let mut all = vec![Cow::Borrowed(trimmed)];
    let straight = String::from_utf8_lossy(trimmed).replace(['“', '”', '„'], "\"").replace(['‘', '’'], "'");
    if let Some(inner) = without_quotes(straight.as_bytes()) {
        all.push(Cow::Owned(inner.to_vec()));
    }
    let unescaped = straight.replace("'\\''", "'").replace("\\\"", "\"");
    all.push(Cow::Owned(straight.into_bytes()));
    if let Some(inner) = without_quotes(unescaped.as_bytes()) {
        all.push(Cow::Owned(inner.to_vec()));
    }
    all.push(Cow::Owned(unescaped.into_bytes()));
    all
}

fn without_quotes(text: &[u8]) -> Option<&[u8]> {
    match text {
        [first @ (b'\'' | b'"' | b'`'), inner @ .., last] if first == last => Some(inner.trim_ascii()),
        _ => None,
    }
}

/// Dialects to read a text in, most likely first, each with whether it is one of two that cannot be told apart.
fn dialects(text: &[u8], format: Option<FormatId>) -> Vec<(Dialect, bool)> {
    let detected = detect(&[text, b"\n"].concat());
    let first = detected.format.map(|found| {
        (
            Dialect { envelope: detected.envelope, format: format.unwrap_or(found), columns: Columns::NONE, is_only: false },
            detected.is_shared && format.is_none(),
        )
    });
    let any = [Envelope::None].into_iter().chain(Envelope::ALL);
    let rest = any.map(|envelope| (Dialect { envelope, format: format.unwrap_or(FormatId::ALL[0]), columns: Columns::NONE, is_only: false }, false));
    first.into_iter().chain(rest).collect()
}

fn of_entry(catalogue: &Catalogue, classifier: &Classifier<'_>, format: FormatId, entry: &Entry<'_>, record: &[u8]) -> RecordExplanation {
    let mut matches = classifier.matches(entry).into_iter().map(|found| taken(catalogue, entry, found.pattern));
    let best = matches.next();
    let mut near: Vec<Near> = classifier.near(entry).into_iter().map(|(pattern, why)| Near { pattern, why }).collect();
    if best.is_none() && near.is_empty() {
        let alike = classifier.alike(&entry.message, ALIKE).into_iter();
        near.extend(alike.map(|(pattern, start)| Near { pattern, why: format!("the message does not begin with \"{}\"", printable(start.as_bytes())) }));
    }
    let pattern = best.as_ref().map(|best| catalogue.pattern(best.pattern));
    let fate = fate(format, entry, pattern);
    let (checks, fixes) = advised(catalogue, entry, record, fate, pattern);
    let says = pattern.map(|pattern| pattern.says(entry).text).filter(|text| !text.is_empty()).map(|text| ("says", text));
    RecordExplanation {
        format,
        envelope: Envelope::None,
        is_shared: false,
        further: 0,
        understood: understood(entry).into_iter().chain(says).collect(),
        fate,
        others: matches.collect(),
        near,
        template: pattern.is_none().then(|| template(entry)),
        taken: best,
        checks,
        fixes,
    }
}

fn taken(catalogue: &Catalogue, entry: &Entry<'_>, index: PatternIndex) -> Taken {
    let reasons = catalogue.pattern(index).reasons(entry).iter().map(|reason| printable(reason.as_bytes())).collect();
    Taken { pattern: index, reasons }
}

/// What [`crate::scan::Scanner`] makes of it.
fn fate(format: FormatId, entry: &Entry<'_>, pattern: Option<&Pattern>) -> Fate {
    let is_gateway = entry.is_response && entry.status.is_some_and(is_gateway_status);
    match pattern.map(|pattern| (pattern.text.verdict, pattern.cause)) {
        Some((_, Some(Cause::ClientAbort))) => Fate::ClientAbort,
        Some((Verdict::Evidence, Some(cause))) => Fate::Evidence(cause),
        _ if is_gateway => Fate::Unattributed,
        _ if entry.is_response => Fate::Answer,
        Some((Verdict::Consequence, Some(cause))) => Fate::Consequence(cause),
        Some((Verdict::Context, _)) => Fate::Context,
        None if entry.severity >= Severity::Error && !format.is_context() => Fate::Unrecognised,
        _ => Fate::Ordinary,
    }
}

fn advised(catalogue: &Catalogue, entry: &Entry<'_>, record: &[u8], fate: Fate, pattern: Option<&Pattern>) -> (Vec<String>, Vec<String>) {
    let cause = match fate {
        Fate::Evidence(cause) | Fate::Consequence(cause) => Some(cause),
        Fate::ClientAbort => Some(Cause::ClientAbort),
        Fate::Unattributed => Some(Cause::Unattributed),
        Fate::Answer | Fate::Context | Fate::Ordinary | Fate::Unrecognised => None,
    };
    let named = |value: &[u8]| (!value.is_empty()).then(|| excerpt(value, LONGEST));
    let values = Values { upstream: named(&entry.upstream), host: named(&entry.host), path: named(&entry.path), scheme: None };
    let values = values.with_scheme_in(&String::from_utf8_lossy(record));
    advice(cause.map(|cause| catalogue.cause(cause)), pattern.map(|pattern| &pattern.text), &values)
}

/// Names and values of what the entry says.
fn understood(entry: &Entry<'_>) -> Vec<(&'static str, String)> {
    let time = entry.time.map(crate::time::Timestamp::to_rfc3339).unwrap_or_default();
    let severity = if entry.is_response { "" } else { entry.severity.name() };
    let status = entry.status.map(|status| status.to_string()).unwrap_or_default();
    #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
    let duration = entry.duration.map(|micros| format!("{} s", micros as f64 / 1e6)).unwrap_or_default();
    let common: [(&'static str, &[u8]); 12] = [
        ("time", time.as_bytes()),
        ("severity", severity.as_bytes()),
        ("message", &entry.message),
        ("errno", entry.errno),
        ("action", entry.action),
        ("status", status.as_bytes()),
        ("upstream", &entry.upstream),
        ("client", &entry.client),
        ("host", &entry.host),
        ("method", &entry.method),
        ("path", &entry.path),
        ("duration", duration.as_bytes()),
    ];
    let own = entry.fields.iter().map(|(name, value)| (*name, &value[..]));
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    for (name, value) in common.into_iter().chain(own).filter(|(_, value)| !value.is_empty()) {
        // A field may repeat what every entry has.
        if !rows.iter().any(|(known, _)| *known == name) {
            rows.push((name, excerpt(value, LONGEST)));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::check::Source;
    use crate::scan::{Context, Filter, Known, Scanner, Slice, Wanted};
    use crate::time::{Timestamp, Zone};

    const REFUSED: &str = r#"2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: shop.example, request: "GET /cart HTTP/1.1", upstream: "http://10.0.0.1:80/cart", host: "shop.example""#;

    fn read(text: &str, format: Option<FormatId>) -> Result<Option<RecordExplanation>, ExplainError> {
        let reading = Reading { format, zone: Zone::UTC, now: Timestamp::from_seconds(1_796_000_000) };
        explain(&Catalogue::embedded(), text.as_bytes(), &reading)
    }

    #[test]
    fn pasted_lines_are_read_whatever_a_shell_did_to_their_quotes() {
        let escaped = format!("\"{}\"", REFUSED.replace('"', "\\\""));
        let typographic = REFUSED.replace(" \"", " “").replace("\",", "”,");
        for text in [REFUSED.to_owned(), format!("\n  {REFUSED}\r\n"), format!("'{REFUSED}'"), escaped, typographic, REFUSED.replace('"', "")] {
            let record = read(&text, None).unwrap().unwrap_or_else(|| panic!("{text}"));
            assert_eq!((record.format, record.fate), (FormatId::NginxError, Fate::Evidence(Cause::UpstreamDown)), "{text}");
        }
    }

    #[test]
    fn envelopes_continuation_lines_and_further_records_are_understood() {
        let docker = format!("{{\"log\":{},\"stream\":\"stderr\",\"time\":\"2026-11-22T15:04:50.1Z\"}}", serde_json::json!(format!("{REFUSED}\n")));
        assert_eq!(read(&docker, None).unwrap().unwrap().envelope, Envelope::Docker);
        let two = read(&format!("junk before\n{REFUSED}\n{REFUSED}"), None).unwrap().unwrap();
        assert_eq!((two.further, two.fate), (1, Fate::Evidence(Cause::UpstreamDown)));
        assert_eq!(read("only some words", None).unwrap().map(|record| record.format), None);
    }

    #[test]
    fn a_format_that_is_said_is_the_only_one() {
        let error = read(REFUSED, Some(FormatId::Alb)).unwrap_err();
        assert_eq!(error, ExplainError::OtherFormat { format: FormatId::Alb, other: Some(FormatId::NginxError) });
        let combined = r#"203.0.113.7 - - [22/Nov/2026:15:47:23 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl/8.5.0""#;
        assert!(read(combined, None).unwrap().unwrap().is_shared);
        let apache = read(combined, Some(FormatId::ApacheAccess)).unwrap().unwrap();
        assert_eq!((apache.format, apache.is_shared), (FormatId::ApacheAccess, false));
    }

    #[test]
    fn a_field_that_fails_and_a_beginning_that_is_alike_are_named() {
        let odd = read(&REFUSED.replace("111: Connection refused", "4711: Odd"), None).unwrap().unwrap();
        assert_ne!(odd.fate, Fate::Evidence(Cause::UpstreamDown));
        assert!(!odd.near.is_empty());
        let unknown = read("2026/03/18 03:00:01 [error] 7#7: *1 upstream did a thing, client: 203.0.113.1", None).unwrap().unwrap();
        assert_eq!((unknown.fate, unknown.template.as_deref()), (Fate::Unrecognised, Some("upstream did a thing")));
        assert!(unknown.near[0].why.contains("does not begin with"));
    }

    #[test]
    fn the_fate_is_what_the_scanner_makes_of_the_line() {
        let catalogue = Catalogue::embedded();
        let scanner = Scanner::new(&catalogue, Filter::default());
        let clock = Clock::new(Zone::UTC, Timestamp::from_seconds(1_796_000_000));
        let classifiers = FormatId::ALL.map(|format| catalogue.classifier(format));
        let mut seen = 0;
        for (file, pattern) in
            Source::embedded().iter().flat_map(|source| source.parse().unwrap().patterns.into_iter().map(|pattern| (source.path.clone(), pattern)))
        {
            for example in &pattern.examples {
                let format = catalogue.find(&pattern.id).unwrap().formats[0];
                let dialect = Dialect { envelope: Envelope::None, format, columns: Columns::NONE, is_only: false };
                let known = Known::default();
                let context = Context { dialect, clock: clock.clone(), wanted: &Wanted::All, known: &known, pairs: true };
                let piece = scanner.scan(&context, Slice { window: format!("{}\n", example.line).as_bytes(), start: 0, stop: 1, is_last: true });
                if piece.counts.entries != 1 || piece.counts.formats[format.index()] != 1 {
                    continue;
                }
                let by_line = piece.counts.by_line;
                let failed = piece.answers.iter().any(|answer| answer.event.kind == crate::scan::Kind::Failure);
                let entry = format.format().parse(example.line.as_bytes(), &mut clock.clone());
                let Some(entry) = entry else { continue };
                let fate = of_entry(&catalogue, &classifiers[format.index()], format, &entry, example.line.as_bytes()).fate;
                let expected = match fate {
                    Fate::Evidence(_) => by_line.evidence == 1 || failed,
                    Fate::Consequence(_) => by_line.consequence == 1,
                    Fate::ClientAbort => by_line.client_abort == 1,
                    Fate::Unattributed => failed,
                    Fate::Answer | Fate::Context | Fate::Ordinary => by_line.ordinary == 1 && !failed,
                    Fate::Unrecognised => by_line.unrecognised == 1,
                };
                assert!(expected, "{}: {}: {:?} {by_line:?}", file.display(), example.line, fate);
                seen += 1;
            }
        }
        assert!(seen > 400);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let catalogue = Catalogue::embedded();
        let reading = Reading { format: None, zone: Zone::UTC, now: Timestamp::from_seconds(1_796_000_000) };
        for at in (0..REFUSED.len()).step_by(11) {
            for byte in [b'"', b'\n', 0xff] {
                let mut broken = REFUSED.as_bytes().to_vec();
                broken[at] = byte;
                let _ = (explain(&catalogue, &broken, &reading), explain(&catalogue, &broken[..at], &reading), explain(&catalogue, &broken[at..], &reading));
            }
        }
        assert!(explain(&catalogue, b"", &reading).unwrap().is_none());
    }
}
