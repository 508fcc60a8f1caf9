//! Patterns for messages that no pattern knows: a stub each, to which a person adds the cause.
//!
//! The literal is the constant beginning of the message; where more of it is constant, an anchored regular expression asks
//! for that too, so that a stub takes what looks alike and nothing else. What is proposed as a cause is only proposed.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::aggregate::Unknowns;
use crate::format::FormatId;
use crate::pattern::check::Source;
use crate::pattern::file::{Condition, Example, Origin, PatternText, Test};
use crate::pattern::{Catalogue, byte_regex};
use crate::record::Cause;
use crate::scan::{Part, Sample, Unknown, parts};
use crate::text::safe::printable;
use crate::time::{Clock, Timestamp, Zone};

/// A shorter beginning says too little; then a text inside the message is looked for.
const SHORTEST_START: usize = 8;
/// A shorter text inside says nothing at all.
const SHORTEST_TEXT: usize = 4;
/// So much of a message, in characters, is asked for.
const LONGEST_MESSAGE: usize = 300;
/// Longest name, and longest title.
const LONGEST: (usize, usize) = (48, 110);

/// A pattern that lacks its cause.
#[derive(Clone, Debug)]
pub struct Stub {
    /// What the messages have in common.
    pub template: String,
    /// How many there are.
    pub entries: u64,
    /// Its cause is `unattributed` until a person has chosen one.
    pub pattern: PatternText,
    /// The cause that its words hint at.
    pub proposed: Option<Cause>,
    /// Known patterns of which it would take a line: it needs a further condition.
    pub takes: Vec<String>,
}

/// Stubs for the `top` most frequent templates that have enough constant text.
pub fn suggest(catalogue: &Catalogue, unknown: &Unknowns, top: usize) -> Vec<Stub> {
    let mut all: Vec<_> = unknown.iter().collect();
    all.sort_by_key(|(template, unknown)| (Reverse(unknown.entries), template.as_str()));
    let mut names = BTreeSet::new();
    let stubs = all.into_iter().filter_map(|(template, unknown)| stub(catalogue, template, unknown, &mut names));
    let mut stubs: Vec<Stub> = stubs.take(top).collect();
    find_taken(catalogue, &mut stubs);
    stubs
}

fn stub(catalogue: &Catalogue, template: &str, unknown: &Unknown, names: &mut BTreeSet<String>) -> Option<Stub> {
    let sample = unknown.samples.first()?;
    let shape = Shape::of(&sample.message)?;
    let matches = shape.regex.as_deref().map(byte_regex).transpose().ok()?;
    let same = |other: &&Sample| other.format == sample.format && other.errno == sample.errno && other.action == sample.action;
    let fits = |sample: &&Sample| matches.as_ref().is_none_or(|regex| regex.is_match(&sample.message));
    let examples: Vec<Example> = unknown.samples.iter().filter(same).filter(fits).map(example).collect();
    let state = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(value) if !value.is_empty() => Condition::Is(value.to_owned()),
        _ => Condition::Test(Test { present: Some(!value.is_empty()), ..Test::default() }),
    };
    let when = [("errno", &sample.errno), ("action", &sample.action)].into_iter().map(|(field, value)| (field.to_owned(), state(value)));
    let proposed = catalogue.hint(&sample.errno, &sample.message);
    let pattern = PatternText {
        id: name(catalogue, template, names),
        title: title(template),
        cause: Some(Cause::Unattributed.id().to_owned()),
        formats: vec![sample.format.id().to_owned()],
        starts: shape.start.into_iter().collect(),
        contains: shape.inside.into_iter().collect(),
        regex: shape.regex,
        when: when.collect(),
        examples,
        ..PatternText::default()
    };
    (!pattern.examples.is_empty()).then(|| Stub { template: template.to_owned(), entries: unknown.entries, pattern, proposed, takes: Vec::new() })
}

/// Holds the stubs against the examples of the embedded patterns.
fn find_taken(catalogue: &Catalogue, stubs: &mut [Stub]) {
    let Ok(ours) = Catalogue::of_patterns(stubs.iter().map(|stub| stub.pattern.clone()).collect()) else { return };
    let classifiers = FormatId::ALL.map(|format| ours.classifier(format));
    let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800));
    let known = Source::embedded().iter().filter_map(|source| source.parse().ok()).flat_map(|file| file.patterns).collect::<Vec<_>>();
    for pattern in &known {
        let Some(compiled) = catalogue.find(&pattern.id).filter(|compiled| !compiled.is_users) else { continue };
        for (format, example) in compiled.formats.iter().flat_map(|format| pattern.examples.iter().map(move |example| (*format, example))) {
            let entry = format.format().parse(example.line.as_bytes(), &mut clock);
            let Some(index) = entry.and_then(|entry| classifiers[format.index()].classify(&entry)) else { continue };
            let takes = &mut stubs[usize::from(index.0)].takes;
            if !takes.contains(&pattern.id) {
                takes.push(pattern.id.clone());
            }
        }
    }
}

fn example(sample: &Sample) -> Example {
    Example { line: String::from_utf8_lossy(&sample.record).into_owned(), from: Origin::Run, upstream: None, host: None, path: None }
}

/// What a pattern looks for in a message.
struct Shape {
    start: Option<String>,
    inside: Option<String>,
    regex: Option<String>,
}

impl Shape {
    /// `None` when nothing of the message is constant.
    fn of(message: &[u8]) -> Option<Self> {
        let (parts, is_whole) = readable(message);
        let texts = || parts.iter().filter(|part| !part.is_variable).map(|part| part.text.as_str());
        let start = parts.first().filter(|part| !part.is_variable && part.text.len() >= SHORTEST_START).map(|part| part.text.clone());
        // Of equally long ones the first.
        let longest = texts().rev().max_by_key(|text| text.len()).filter(|text| text.trim().len() >= SHORTEST_TEXT);
        let inside = if start.is_some() { None } else { Some(longest?.to_owned()) };
        let regex = (parts.len() > 1).then(|| expression(&parts, is_whole));
        Some(Self { start, inside, regex })
    }
}

/// The parts of the message's first line up to the first byte that is shown otherwise than it stands there, and whether
/// that is all of it.
fn readable(message: &[u8]) -> (Vec<Part>, bool) {
    let line = message.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let same = printable(line).bytes().zip(line).take_while(|(one, other)| one == *other).count();
    let text = line[..same].utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let text = text.char_indices().nth(LONGEST_MESSAGE).map_or(text, |(end, _)| &text[..end]);
    (parts(text.as_bytes()), text.len() == line.len())
}

/// The parts in their order, anchored at the start, and at the end where that was seen.
fn expression(parts: &[Part], is_whole: bool) -> String {
    let shown = if is_whole { parts } else { &parts[..=parts.iter().rposition(|part| !part.is_variable).unwrap_or(0)] };
    let pieces = shown.iter().map(|part| if part.is_variable { anything(&part.text) } else { regex::escape(&part.text) });
    format!("(?s-u)^{}{}", pieces.collect::<String>(), if is_whole { r"(?:\n|$)" } else { "" })
}

/// What masks stand for.
fn anything(masks: &str) -> String {
    const QUOTED: [(&str, &str); 3] = [("\"…\"", r#""(?:[^"]|\\")*""#), ("'…'", r"'(?:[^']|\\')*'"), ("\"…", ".*")];
    let (mut out, mut rest) = (String::new(), masks);
    while !rest.is_empty() {
        let (len, expression) = match QUOTED.iter().find(|(mask, _)| rest.starts_with(mask)) {
            Some((mask, expression)) => (mask.len(), *expression),
            None => (rest.find('>').map_or(rest.len(), |end| end + 1), r"\S+"),
        };
        out.push_str(expression);
        rest = &rest[len..];
    }
    out
}

/// `local/` and the words of the template, with a number where that is taken.
fn name(catalogue: &Catalogue, template: &str, names: &mut BTreeSet<String>) -> String {
    let mut slug = String::new();
    let without_masks = ["<addr>", "<host>", "<path>", "<id>", "<n>"].iter().fold(template.to_owned(), |text, mask| text.replace(mask, " "));
    for word in without_masks.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let hyphen = usize::from(!slug.is_empty());
        if slug.len() + hyphen + word.len() > LONGEST.0 {
            break;
        }
        slug.push_str(if hyphen == 1 { "-" } else { "" });
        slug.push_str(&word.to_ascii_lowercase());
    }
    let slug = if slug.is_empty() { "unknown".to_owned() } else { slug };
    let numbered = std::iter::once(format!("local/{slug}")).chain((2..).map(|n| format!("local/{slug}-{n}")));
    let free = numbered.into_iter().find(|id| catalogue.find(id).is_none() && !names.contains(id)).unwrap_or_default();
    names.insert(free.clone());
    free
}

fn title(template: &str) -> String {
    match template.char_indices().nth(LONGEST.1) {
        Some((at, _)) => format!("{}…", template[..at].trim_end()),
        None => template.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Start, text inside and expression of what a message is looked for by.
    fn shape(message: &str) -> (Option<String>, Option<String>, Option<String>) {
        Shape::of(message.as_bytes()).map_or((None, None, None), |shape| (shape.start, shape.inside, shape.regex))
    }

    #[test]
    fn the_constant_beginning_is_the_start_and_the_rest_an_expression() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(shape("flux is gone while reading"), (text("flux is gone while reading"), None, None));
        assert_eq!(shape("connect() to unix:/a failed (2: No)"), (text("connect() to "), None, text(r"(?s-u)^connect\(\) to \S+ failed \(2: No\)(?:\n|$)")));
        assert_eq!(shape("10.0.0.1:80 is gone"), (None, text(" is gone"), text(r"(?s-u)^\S+ is gone(?:\n|$)")));
        assert_eq!(shape("17 \"a\""), (None, None, None));
    }

    proptest! {
        #[test]
        fn whatever_a_message_holds_its_shape_finds_it(bytes in proptest::collection::vec(any::<u8>(), 0..600), text in "[a-z0-9 .:/\"'(\\[<>=#é…\\\\-]{0,400}") {
            for message in [&bytes[..], text.as_bytes()] {
                let Some(shape) = Shape::of(message) else { continue };
                prop_assert!(shape.start.iter().all(|start| message.starts_with(start.as_bytes())));
                prop_assert!(shape.inside.iter().all(|inside| memchr::memmem::find(message, inside.as_bytes()).is_some()));
                prop_assert!(shape.start.is_some() != shape.inside.is_some());
                if let Some(regex) = &shape.regex {
                    prop_assert!(byte_regex(regex).unwrap().is_match(message), "{regex}");
                }
            }
        }
    }
}
