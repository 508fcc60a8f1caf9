//! What a pattern file holds. Also compiled into the build script, so it names nothing of the crate.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// A pattern file: the known messages (or field conditions) of one product.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternFile {
    /// Formats that its patterns are for, unless a pattern says otherwise.
    #[serde(default)]
    pub formats: Vec<String>,
    /// What is to be said of each cause; only in `causes.toml`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub causes: BTreeMap<String, CauseText>,
    /// What is said of shapes that no single line reveals; only in `causes.toml`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<String, CauseText>,
    /// Times that are some product's default; only in `causes.toml`.
    #[serde(default, rename = "timeout", skip_serializing_if = "Vec::is_empty")]
    pub timeouts: Vec<Timeout>,
    /// Parts of paths where people sign in; only in `causes.toml`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_in: Vec<String>,
    /// What is to be said of a status; only in `causes.toml`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, StatusText>,
    /// What words of an unknown message hint at, best first; only in `causes.toml`.
    #[serde(default, rename = "hint", skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
    /// The patterns.
    #[serde(default, rename = "pattern")]
    pub patterns: Vec<PatternText>,
}

impl PatternFile {
    /// Whether anything but patterns is in it.
    pub(crate) fn has_texts(&self) -> bool {
        // A list that is added has to be named here.
        let Self { formats: _, patterns: _, causes, findings, timeouts, sign_in, statuses, hints } = self;
        [causes.len(), findings.len(), timeouts.len(), sign_in.len(), statuses.len(), hints.len()].iter().any(|len| *len > 0)
    }

    /// The formats that one of its patterns is for.
    pub(crate) fn formats_of<'f>(&'f self, pattern: &'f PatternText) -> &'f [String] {
        if pattern.formats.is_empty() { &self.formats } else { &pattern.formats }
    }
}

/// What is said of a cause in every report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseText {
    /// One line.
    pub title: String,
    /// What it means, in a sentence or two.
    pub meaning: String,
    /// What to look at, in order: a sentence, or a command in backticks.
    #[serde(default)]
    pub checks: Vec<String>,
    /// What mends it, in order.
    #[serde(default)]
    pub fixes: Vec<String>,
}

/// A time that is some product's default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeout {
    /// How long.
    pub seconds: i64,
    /// Formats of the product.
    pub formats: Vec<String>,
    /// What it is the default of.
    pub directive: String,
}

/// What a status of a gateway means.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusText {
    /// Its name.
    pub title: String,
    /// What it means, in a sentence or two.
    pub meaning: String,
    /// Who says it, and the usual reasons.
    #[serde(default)]
    pub usual: Vec<String>,
    /// What is easily mistaken about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a message that no pattern knows may be about: a proposal to whoever writes a pattern for it, never a verdict.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// The cause that it hints at.
    pub cause: String,
    /// The message holds one of these, in any case.
    #[serde(default)]
    pub words: Vec<String>,
    /// Its errno is one of these.
    #[serde(default)]
    pub errnos: Vec<String>,
}

/// What an entry that matches is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It tells of a cause.
    #[default]
    Evidence,
    /// It tells what followed from one.
    Consequence,
    /// It is known and of no interest here.
    Ordinary,
    /// It happened behind or below the proxy and may explain a failure; it is never counted.
    Context,
}

/// What an entry that matches speaks of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// A client's request.
    #[default]
    Request,
    /// A health check.
    Check,
    /// The proxy's process: start-up, resolver, descriptors.
    Process,
}

/// One pattern as it is written down.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternText {
    /// `product/name`, stable for ever.
    pub id: String,
    /// One line.
    pub title: String,
    /// Why the gateway failed; not for `ordinary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What a match is.
    #[serde(default)]
    pub verdict: Verdict,
    /// Where in the exchange with the upstream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// What a match speaks of.
    #[serde(default)]
    pub scope: Scope,
    /// Of `context`: what happened, in one sentence without a capital, with `{name}` for what fields say or the regular
    /// expression captures; what stands in brackets is left out where a name in it says nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
    /// Of `context`: causes of failures that it can bring about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explains: Vec<String>,
    /// Of `context`: how grave it is. 1: something changed, 2: something ran out or hung, 3: something died.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gravity: u8,
    /// It says *that* a request failed, not why: a specific piece of the same attempt decides over it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub general: bool,
    /// In logs that tell requests apart only by thread: the request ends with the n-th such piece. 0: it does not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub closes: u8,
    /// In logs that name the request: the exchange goes on behind such a piece, and what is told of the same upstream next
    /// belongs to the same attempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
    /// Statuses that clients usually get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<u16>,
    /// The formats it is for; default: those of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
    /// The message begins with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<String>,
    /// The message holds one of these. Weaker than `starts`: text in the message may be somebody else's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// Conditions on fields, all of which must hold.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<String, Condition>,
    /// A regular expression that must match the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// Ids of patterns over which this one is preferred where both match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// What it means, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub meaning: String,
    /// What to look at first, before what the cause says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// What mends it, before what the cause says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<String>,
    /// Where the product's source or documentation says so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// Records that this pattern wins.
    #[serde(default, rename = "example", skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
    /// Records that look alike and that it must not win.
    #[serde(default, rename = "near_miss", skip_serializing_if = "Vec::is_empty")]
    pub near_misses: Vec<NearMiss>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// A condition on a field. An absent field is the empty text.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Condition {
    /// It is this.
    Is(String),
    /// It is one of these.
    OneOf(Vec<String>),
    /// All that are given hold.
    Test(Test),
}

/// By what stands there, so that what is wrong inside of it is said: an untagged enum would only say that nothing matched.
impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyOf;
        impl<'de> Visitor<'de> for AnyOf {
            type Value = Condition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a list of texts, or a table of tests")
            }

            fn visit_str<E>(self, text: &str) -> Result<Condition, E> {
                Ok(Condition::Is(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Condition, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(Condition::OneOf)
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Condition, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(table)).map(Condition::Test)
            }
        }
        deserializer.deserialize_any(AnyOf)
    }
}

/// Tests on the text or the number of a field.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// It is none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<String>,
    /// It begins with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<String>,
    /// It ends with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<String>,
    /// It holds one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// It holds none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<String>,
    /// It is a number, at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// It is a number, at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// It is the same as that other field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// It is there (true), or not (false).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
}

/// Where an example is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Printed by a real server.
    Run,
    /// Composed from the product's source.
    Source,
    /// Taken from the vendor's documentation.
    Doc,
}

/// A record that a pattern wins, and what must be read from it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The record as it stands in the log.
    pub line: String,
    /// Where it is from.
    pub from: Origin,
    /// The upstream that must be read from it.
    #[serde(default)]
    pub upstream: Option<String>,
    /// The host that must be read from it.
    #[serde(default)]
    pub host: Option<String>,
    /// The path that must be read from it.
    #[serde(default)]
    pub path: Option<String>,
}

/// A record that looks alike.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearMiss {
    /// The record as it stands in the log.
    pub line: String,
    /// Why it is something else.
    pub why: String,
}
