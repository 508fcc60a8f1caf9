//! Patterns for messages that no pattern knows: a stub each, to which a person adds the cause.
//!
//! The literal is the constant beginning of the message; where more of it is constant, an anchored regular expression asks
//! for that too, so that a stub takes what looks alike and nothing else. What is proposed as a cause is only proposed.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use regex::bytes::Regex;

use crate::aggregate::Unknowns;
use crate::pattern::Catalogue;
use crate::pattern::file::{Condition, Example, Origin, PatternText};
use crate::record::Cause;
use crate::scan::{Part, Sample, Unknown, parts};
use crate::text::safe::printable;

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
}

/// Stubs for the `top` most frequent templates that have enough constant text.
pub fn suggest(catalogue: &Catalogue, unknown: &Unknowns, top: usize) -> Vec<Stub> {
    let mut all: Vec<_> = unknown.iter().collect();
    all.sort_by_key(|(template, unknown)| (Reverse(unknown.entries), template.as_str()));
    let mut taken = BTreeSet::new();
    let stubs = all.into_iter().filter_map(|(template, unknown)| stub(catalogue, template, unknown, &mut taken));
    stubs.take(top).collect()
}

fn stub(catalogue: &Catalogue, template: &str, unknown: &Unknown, taken: &mut BTreeSet<String>) -> Option<Stub> {
    let sample = unknown.samples.first()?;
    let same = |other: &&Sample| other.format == sample.format && other.errno == sample.errno && other.action == sample.action;
    let samples: Vec<&Sample> = unknown.samples.iter().filter(same).collect();
    let shape = Shape::of(&sample.message)?;
    let mut pattern = PatternText {
        id: name(catalogue, template, taken),
        title: title(template),
        cause: Some(Cause::Unattributed.id().to_owned()),
        formats: vec![sample.format.id().to_owned()],
        starts: shape.start.into_iter().collect(),
        contains: shape.inside.into_iter().collect(),
        regex: shape.regex,
        ..PatternText::default()
    };
    let matches = pattern.regex.as_deref().map(Regex::new).transpose().ok()?;
    let fits = |sample: &&&Sample| matches.as_ref().is_none_or(|regex| regex.is_match(&sample.message));
    pattern.examples = samples.iter().filter(fits).map(|sample| example(sample)).collect();
    for (field, value) in [("errno", &sample.errno), ("action", &sample.action)] {
        if let Ok(value) = std::str::from_utf8(value)
            && !value.is_empty()
        {
            pattern.when.insert(field.to_owned(), Condition::Is(value.to_owned()));
        }
    }
    let proposed = catalogue.hint(&sample.errno, &sample.message);
    (!pattern.examples.is_empty()).then(|| Stub { template: template.to_owned(), entries: unknown.entries, pattern, proposed })
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
    let pieces = shown.iter().map(|part| match part.text.as_bytes().first() {
        _ if !part.is_variable => regex::escape(&part.text),
        Some(b'"' | b'\'') => ".*".to_owned(),
        _ => r"\S+".to_owned(),
    });
    format!("(?s-u)^{}{}", pieces.collect::<String>(), if is_whole { r"(?:\n|$)" } else { "" })
}

/// `local/` and the words of the template, with a number where that is taken.
fn name(catalogue: &Catalogue, template: &str, taken: &mut BTreeSet<String>) -> String {
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
    let free = numbered.into_iter().find(|id| catalogue.find(id).is_none() && !taken.contains(id)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

fn title(template: &str) -> String {
    match template.char_indices().nth(LONGEST.1) {
        Some((at, _)) => format!("{}…", template[..at].trim_end()),
        None => template.trim().to_owned(),
    }
}
