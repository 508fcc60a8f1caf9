//! What is known of a cause, a pattern, a status, or one pasted record.
//!
//! Plain data: how it is shown is the caller's affair, who has the catalogue too and looks up what indices point at.

mod record;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::format::{Envelope, FormatId};
use crate::pattern::{Catalogue, Pattern, PatternIndex};
use crate::record::Cause;
use crate::text::safe::excerpt;
use crate::time::{Timestamp, Zone};

pub use record::{Fate, Near, RecordExplanation, Taken};

/// What was asked about.
#[derive(Clone, Debug)]
pub enum Explanation {
    /// A cause: [`Catalogue::cause`] and [`patterns_of`] say more.
    Cause(Cause),
    /// A pattern.
    Pattern(PatternIndex),
    /// A status: [`Catalogue::statuses`] and [`causes_of`] say more.
    Status(u16),
    /// A record.
    Record(Box<RecordExplanation>),
}

/// How a record is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Its format; `None` finds it.
    pub format: Option<FormatId>,
    /// The zone of logs that bear none.
    pub zone: Zone,
    /// The present moment: a stamp without a year is not later.
    pub now: Timestamp,
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExplainError {
    /// A word that nothing is called.
    #[error("'{word}' is no cause, pattern or status, and no line of a known format; {}", nearest.as_ref().map_or_else(|| "`patterns list` and `formats` say what there is".to_owned(), |nearest| format!("did you mean '{nearest}'?")))]
    Unknown {
        /// The word, made safe.
        word: String,
        /// What is called nearly so.
        nearest: Option<String>,
    },
    /// A line that no format reads.
    #[error("no known format: {tried} were tried{}; if the shell took quotes out of the line, pipe it into `explain -`", alike.as_ref().map_or_else(String::new, |(words, format)| format!("; it holds \"{words}\" as lines of {format} do, so a part of the line may be missing")))]
    NoFormat {
        /// Formats and envelopes.
        tried: String,
        /// The beginning of a known message that stands in it, and whose that is.
        alike: Option<(String, FormatId)>,
    },
    /// A line of another format than was said.
    #[error("it is no line of {format}{}", other.map_or_else(String::new, |other| format!("; it is one of {other}")))]
    OtherFormat {
        /// What was said.
        format: FormatId,
        /// What reads it.
        other: Option<FormatId>,
    },
}

/// Explains a cause, a pattern's id, a status, or a record.
///
/// # Errors
/// [`ExplainError`] when it is none of those.
pub fn explain(catalogue: &Catalogue, subject: &[u8], reading: &Reading) -> Result<Explanation, ExplainError> {
    let text = String::from_utf8_lossy(subject);
    let word = text.trim().trim_matches(['\'', '"', '`']).trim();
    if let Some(explanation) = named(catalogue, word) {
        return Ok(explanation);
    }
    match record::explain(catalogue, subject, reading)? {
        Some(record) => Ok(Explanation::Record(Box::new(record))),
        None if is_word(word) => Err(ExplainError::Unknown { word: excerpt(word.as_bytes(), 60), nearest: nearest(catalogue, word) }),
        None => Err(ExplainError::NoFormat { tried: tried(), alike: alike(catalogue, subject) }),
    }
}

/// The patterns of a cause, by product, in the order of their ids.
pub fn patterns_of(catalogue: &Catalogue, cause: Cause) -> BTreeMap<&str, Vec<&Pattern>> {
    let mut products: BTreeMap<&str, Vec<&Pattern>> = BTreeMap::new();
    for pattern in catalogue.patterns().filter(|pattern| pattern.cause == Some(cause)) {
        products.entry(product(pattern)).or_default().push(pattern);
    }
    for patterns in products.values_mut() {
        patterns.sort_by_key(|pattern| &pattern.text.id);
    }
    products
}

/// Of the patterns after which clients usually get a status: how many there are by cause and product.
pub fn causes_of(catalogue: &Catalogue, status: u16) -> BTreeMap<Cause, BTreeMap<&str, usize>> {
    let mut causes: BTreeMap<Cause, BTreeMap<&str, usize>> = BTreeMap::new();
    for pattern in catalogue.patterns().filter(|pattern| pattern.text.statuses.contains(&status)) {
        if let Some(cause) = pattern.cause {
            *causes.entry(cause).or_default().entry(product(pattern)).or_default() += 1;
        }
    }
    causes
}

fn product(pattern: &Pattern) -> &str {
    pattern.text.id.split('/').next().unwrap_or_default()
}

/// What is called so: `502`, `502 Bad Gateway`, `upstream-down`, `Upstream down`, `nginx/connect-refused`.
fn named(catalogue: &Catalogue, word: &str) -> Option<Explanation> {
    let number = word.split_whitespace().next().and_then(|first| crate::text::number::status(first.as_bytes()));
    if let Some((status, text)) = number.and_then(|status| catalogue.statuses().get_key_value(&status)) {
        let rest = word.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
        if rest.is_empty() || rest.eq_ignore_ascii_case(&text.title) {
            return Some(Explanation::Status(*status));
        }
    }
    let id = word.to_ascii_lowercase().replace(['_', ' '], "-");
    if let Some(cause) = Cause::from_id(&id) {
        return Some(Explanation::Cause(cause));
    }
    catalogue.find_index(&id).map(Explanation::Pattern)
}

/// A word, or a few of them: too little for a line.
fn is_word(text: &str) -> bool {
    text.len() <= 60 && text.split_whitespace().count() <= 3 && !text.contains(['{', '[', '"', '\n'])
}

/// The name that is nearest to a word, where any is near; for a pattern its name without the product counts too.
fn nearest(catalogue: &Catalogue, word: &str) -> Option<String> {
    let word = word.to_ascii_lowercase().replace(['_', ' '], "-");
    let causes = Cause::ALL.map(|cause| cause.id().to_owned());
    let statuses = catalogue.statuses().keys().map(ToString::to_string);
    let ids = catalogue.patterns().map(|pattern| pattern.text.id.clone());
    let distance = |name: &str| {
        let short = name.split_once('/').map_or(name, |(_, short)| short);
        strsim::damerau_levenshtein(&word, name).min(strsim::damerau_levenshtein(&word, short))
    };
    let (distance, name) = causes.into_iter().chain(statuses).chain(ids).map(|name| (distance(&name), name)).min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + name.len().min(word.len()) / 3).then_some(name)
}

fn tried() -> String {
    let formats = FormatId::ALL.map(FormatId::id).join(", ");
    format!("{formats}, plain and in {}", Envelope::ALL.map(Envelope::name).join(", "))
}

/// The longest known beginning of a message that stands somewhere in the text, and the format of such messages.
fn alike(catalogue: &Catalogue, text: &[u8]) -> Option<(String, FormatId)> {
    const SHORTEST: usize = 10;
    let starts = catalogue.patterns().flat_map(|pattern| pattern.text.starts.iter().map(move |start| (start, pattern)));
    let held = starts.filter(|(start, _)| start.len() >= SHORTEST && memchr::memmem::find(text, start.as_bytes()).is_some());
    let (start, pattern) = held.max_by_key(|(start, _)| start.len())?;
    Some((start.clone(), *pattern.formats.first()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Result<Explanation, ExplainError> {
        let reading = Reading { format: None, zone: Zone::UTC, now: Timestamp::from_seconds(1_796_000_000) };
        explain(&Catalogue::embedded(), text.as_bytes(), &reading)
    }

    #[test]
    fn names_are_found_as_people_write_them() {
        for text in ["upstream-down", " 'upstream-down' ", "Upstream Down", "upstream_down"] {
            assert!(matches!(asked(text), Ok(Explanation::Cause(Cause::UpstreamDown))), "{text}");
        }
        for text in ["502", "502 bad gateway"] {
            assert!(matches!(asked(text), Ok(Explanation::Status(502))), "{text}");
        }
        assert!(matches!(asked("nginx/connect-refused"), Ok(Explanation::Pattern(_))));
    }

    #[test]
    fn an_unknown_word_names_the_nearest_right_one() {
        for (text, expected) in [("upstream-dwon", Some("upstream-down")), ("nginx/connect-refusd", Some("nginx/connect-refused")), ("xyzzy", None)] {
            let error = asked(text).unwrap_err();
            assert_eq!(error, ExplainError::Unknown { word: text.to_owned(), nearest: expected.map(str::to_owned) });
        }
    }

    #[test]
    fn a_part_of_a_line_is_told_to_be_one() {
        let error = asked("connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1").unwrap_err();
        assert!(matches!(&error, ExplainError::NoFormat { alike: Some((_, FormatId::NginxError)), .. }), "{error}");
        assert!(matches!(asked("some words that nobody ever wrote into any log"), Err(ExplainError::NoFormat { alike: None, .. })));
    }

    #[test]
    fn every_gateway_status_and_every_cause_is_told_of() {
        let catalogue = Catalogue::embedded();
        for status in (100..600).filter(|status| crate::scan::is_gateway_status(*status)).chain([499, 500]) {
            let text = &catalogue.statuses()[&status];
            assert!(!text.title.is_empty() && !text.meaning.is_empty() && !text.usual.is_empty(), "{status}");
        }
        for cause in Cause::ALL {
            assert!(!catalogue.cause(cause).checks.is_empty(), "{cause}");
        }
        assert!(causes_of(&catalogue, 504).contains_key(&Cause::UpstreamTimeout));
        assert!(patterns_of(&catalogue, Cause::UpstreamDown).contains_key("nginx"));
    }
}
