//! Proves pattern files with their own examples: the same function for the embedded files, for the tests, and for what a
//! user brings.
//!
//! Each example must be a record of one of its pattern's formats and be won by its own pattern, with nothing left to
//! chance; no near miss may be won; every text of a pattern must be used by an example.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::advice::known_placeholders;
use super::catalogue::{Catalogue, Pattern};
use super::file::{Example, Origin, PatternFile};
use super::load::{self, PatternError, line_of_id};
use super::says::unsaid;
use super::{Classifier, Match, Verdict};
use crate::format::{Envelope, FormatId};
use crate::record::Entry;
use crate::text::nearest;
use crate::text::safe::excerpt;
use crate::time::{Clock, Timestamp, Zone};

/// What was proved, by product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Counts by product.
    pub products: BTreeMap<String, Counts>,
}

/// How much of a product was proved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Patterns.
    pub patterns: usize,
    /// Patterns that are evidence of a cause.
    pub evidence: usize,
    /// Examples by origin.
    pub examples: BTreeMap<Origin, usize>,
    /// Near misses.
    pub near_misses: usize,
}

/// A pattern file under proof.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path, for messages.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// It is a user's, and goes before the embedded ones.
    pub is_users: bool,
}

impl Source {
    /// The embedded files.
    pub fn embedded() -> Vec<Self> {
        let all = load::embedded_texts().iter();
        all.map(|(name, text)| Self { path: load::embedded_path(name), text: (*text).to_owned(), is_users: false }).collect()
    }

    /// The patterns in it, with their examples.
    ///
    /// # Errors
    /// [`PatternError::Syntax`] when it is no pattern file.
    pub fn parse(&self) -> Result<PatternFile, PatternError> {
        load::parse(&self.path, &self.text)
    }

    /// A user's file.
    ///
    /// # Errors
    /// [`PatternError::Read`] when it cannot be read.
    pub fn users(path: &Path) -> Result<Self, PatternError> {
        let text = std::fs::read_to_string(path).map_err(|error| PatternError::Read { path: path.to_owned(), error })?;
        Ok(Self { path: path.to_owned(), text, is_users: true })
    }
}

/// Proves the files together.
///
/// # Errors
/// All that is wrong with them, each naming file, line, pattern and reason.
pub fn check(sources: &[Source]) -> Result<Proof, Vec<PatternError>> {
    let mut files = Vec::new();
    for source in sources {
        let file = load::parse(&source.path, &source.text).map_err(|error| vec![error])?;
        files.push((source.path.clone(), source.text.clone(), file, source.is_users));
    }
    let written: Vec<(PathBuf, PatternFile)> = files.iter().map(|(path, _, file, _)| (path.clone(), file.clone())).collect();
    let catalogue = Catalogue::of(files).map_err(|error| vec![error])?;
    let mut prover = Prover { catalogue: &catalogue, classifiers: BTreeMap::new(), clock: Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800)) };
    let (mut proof, mut errors) = (Proof::default(), Vec::new());
    for (path, file) in written {
        let text = sources.iter().find(|source| source.path == path).map_or("", |source| source.text.as_str());
        for pattern in &file.patterns {
            // A user's pattern of the same id stands in its place.
            let Some(compiled) = catalogue.find(&pattern.id).filter(|compiled| compiled.origin == path) else { continue };
            for message in prover.prove(compiled) {
                errors.push(PatternError::Pattern { path: path.clone(), line: line_of_id(text, &pattern.id), id: pattern.id.clone(), message });
            }
            count(&mut proof, compiled);
        }
    }
    if errors.is_empty() { Ok(proof) } else { Err(errors) }
}

fn count(proof: &mut Proof, pattern: &Pattern) {
    let product = pattern.text.id.split('/').next().unwrap_or_default().to_owned();
    let counts = proof.products.entry(product).or_default();
    counts.patterns += 1;
    counts.evidence += usize::from(pattern.text.verdict == Verdict::Evidence);
    counts.near_misses += pattern.text.near_misses.len();
    for example in &pattern.text.examples {
        *counts.examples.entry(example.from).or_default() += 1;
    }
}

struct Prover<'c> {
    catalogue: &'c Catalogue,
    classifiers: BTreeMap<FormatId, Classifier<'c>>,
    clock: Clock,
}

impl Prover<'_> {
    /// All that is wrong with a pattern.
    fn prove(&mut self, pattern: &Pattern) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(pattern.conditions.prove().err());
        wrong.extend(wrong_before(self.catalogue, pattern));
        wrong.extend(pattern.text.checks.iter().chain(&pattern.text.fixes).filter_map(|text| known_placeholders(text).err()));
        if pattern.text.examples.is_empty() {
            wrong.push("it has no [[pattern.example]]; give at least one line that it must match".to_owned());
        }
        if pattern.text.title.is_empty() {
            wrong.push("'title' is empty".to_owned());
        }
        let mut messages = Vec::new();
        for example in &pattern.text.examples {
            match self.won(pattern, &example.line) {
                Ok(message) => messages.push(message),
                Err(reason) => wrong.push(format!("example \"{}\": {reason}", excerpt(example.line.as_bytes(), 160))),
            }
            wrong.extend(self.misread(pattern, example));
        }
        for near in &pattern.text.near_misses {
            if self.won(pattern, &near.line).is_ok() {
                wrong.push(format!("near miss \"{}\" matches", excerpt(near.line.as_bytes(), 160)));
            }
        }
        if wrong.is_empty() {
            wrong.extend(unused(pattern, &messages));
        }
        wrong
    }

    /// The message of a line that the pattern wins; else why it does not.
    fn won(&mut self, pattern: &Pattern, line: &str) -> Result<Vec<u8>, String> {
        let mut reasons = Vec::new();
        for format in &pattern.formats {
            let catalogue = self.catalogue;
            let classifier = self.classifiers.entry(*format).or_insert_with(|| catalogue.classifier(*format));
            let Some(entry) = read(*format, line.as_bytes(), &mut self.clock) else {
                reasons.push(format!("it is no line of {format}"));
                continue;
            };
            // A user's pattern may take what an embedded one knows; that is what it is for.
            let is_rival = |found: &Match| pattern.is_users || !catalogue.pattern(found.pattern).is_users;
            let matches: Vec<Match> = classifier.matches(&entry).into_iter().filter(is_rival).collect();
            match matches.first() {
                Some(best) if catalogue.pattern(best.pattern).text.id == pattern.text.id => {
                    if best.is_sure {
                        return Ok(entry.message.to_vec());
                    }
                    let other = &catalogue.pattern(matches[1].pattern).text.id;
                    reasons.push(format!("'{other}' matches as well as this one; say before = [\"{other}\"] in the one that is to win, or lengthen its start"));
                }
                Some(best) => reasons.push(format!("'{}' wins it", catalogue.pattern(best.pattern).text.id)),
                None => {
                    let near = classifier.near(&entry).into_iter().find(|(index, _)| catalogue.pattern(*index).text.id == pattern.text.id);
                    let why = near.map_or_else(|| "none of its texts is in the message".to_owned(), |(_, why)| why);
                    reasons.push(format!("nothing matches: {why} (message: \"{}\")", excerpt(&entry.message, 120)));
                }
            }
        }
        Err(reasons.join("; "))
    }

    /// Fields that the example states and the format reads otherwise.
    fn misread(&mut self, pattern: &Pattern, example: &Example) -> Vec<String> {
        let mut wrong = Vec::new();
        let Some(entry) = pattern.formats.iter().find_map(|format| read(*format, example.line.as_bytes(), &mut self.clock)) else { return wrong };
        for name in unsaid(pattern, &entry) {
            wrong.push(format!("example \"{}\": nothing says '{name}', which 'says' needs; put it in brackets", excerpt(example.line.as_bytes(), 80)));
        }
        for (name, expected) in [("upstream", &example.upstream), ("host", &example.host), ("path", &example.path)] {
            if let Some(expected) = expected {
                let found = entry.field(name);
                if found != expected.as_bytes() {
                    wrong.push(format!("example \"{}\": {name} is '{}', not '{expected}'", excerpt(example.line.as_bytes(), 80), excerpt(found, 80)));
                }
            }
        }
        wrong
    }
}

/// Reads one record, with or without an envelope.
fn read<'a>(format: FormatId, line: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let parse = |line: &'a [u8], clock: &mut Clock| if format.format().begins(line) { format.format().parse(line, clock) } else { None };
    parse(line, clock).or_else(|| {
        Envelope::ALL.into_iter().find_map(|envelope| match envelope.unwrap(line)?.line {
            std::borrow::Cow::Borrowed(line) => parse(line, clock),
            std::borrow::Cow::Owned(_) => None,
        })
    })
}

/// What is wrong with the patterns that it says it goes before.
pub(super) fn wrong_before(catalogue: &Catalogue, pattern: &Pattern) -> Vec<String> {
    let mut wrong = Vec::new();
    for id in &pattern.text.before {
        match catalogue.find(id) {
            None => {
                let ids = catalogue.patterns().map(|pattern| pattern.text.id.as_str());
                let hint = nearest(id, ids).map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
                wrong.push(format!("before: there is no pattern '{id}'{hint}"));
            }
            Some(other) if other.text.before.contains(&pattern.text.id) => wrong.push(format!("before: '{id}' says that it goes before this one")),
            Some(_) => {}
        }
    }
    if let Some(ring) = ring(catalogue, &pattern.text.id).filter(|ring| ring.len() > 2) {
        wrong.push(format!("before: it goes in a ring, '{}' before '{}'", ring.join("' before '"), pattern.text.id));
    }
    wrong
}

/// The shortest way over `before` from a pattern back to itself, if there is one.
fn ring<'c>(catalogue: &'c Catalogue, id: &'c str) -> Option<Vec<&'c str>> {
    let mut ways: VecDeque<Vec<&str>> = VecDeque::from([vec![id]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = catalogue.find(way.last()?)?;
        for next in &last.text.before {
            if next == id {
                return Some(way);
            }
            if catalogue.find(next).is_some() && seen.insert(next.as_str()) {
                ways.push_back(way.iter().copied().chain([next.as_str()]).collect());
            }
        }
    }
    None
}

/// Texts that no example uses.
fn unused(pattern: &Pattern, messages: &[Vec<u8>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for start in &pattern.text.starts {
        if !messages.iter().any(|message| message.starts_with(start.as_bytes())) {
            wrong.push(format!("no example begins with \"{start}\""));
        }
    }
    for part in &pattern.text.contains {
        if !messages.iter().any(|message| memchr::memmem::find(message, part.as_bytes()).is_some()) {
            wrong.push(format!("no example holds \"{part}\""));
        }
    }
    wrong
}
