//! From what a pattern file says to what is matched.

use std::path::Path;

use super::advice::known_placeholders;
use super::catalogue::Pattern;
use super::condition::Conditions;
use super::file::{PatternFile, PatternText, Verdict};
use super::load::{PatternError, line_of_id};
use super::wording::hint;
use crate::format::FormatId;
use crate::record::{Cause, Phase};

/// A pattern file, and its patterns, which it holds no more.
pub(super) struct Compiled {
    pub(super) file: PatternFile,
    pub(super) patterns: Vec<Pattern>,
}

impl Compiled {
    pub(super) fn new(path: &Path, source: &str, mut file: PatternFile, is_users: bool) -> Result<Self, PatternError> {
        let texts = std::mem::take(&mut file.patterns).into_iter();
        let compiled = texts.map(|text| {
            let id = text.id.clone();
            compile(text, &file, path, is_users).map_err(|message| wrong(path, source, id, message))
        });
        Ok(Self { patterns: compiled.collect::<Result<_, _>>()?, file })
    }
}

pub(super) fn wrong(path: &Path, source: &str, id: String, message: String) -> PatternError {
    PatternError::Pattern { path: path.to_owned(), line: line_of_id(source, &id), id, message }
}

/// Checks what a pattern says by itself; what it says beside others is up to [`super::check`].
fn compile(text: PatternText, file: &PatternFile, path: &Path, is_users: bool) -> Result<Pattern, String> {
    let is_name = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !text.id.split_once('/').is_some_and(|(product, name)| is_name(product) && is_name(name)) {
        return Err("an id is 'product/name' in lower-case letters, digits and hyphens".to_owned());
    }
    let cause = text.cause.as_deref().map(cause_from_id).transpose()?;
    match (text.verdict, cause) {
        (Verdict::Ordinary, Some(_)) => return Err("an ordinary message has no cause; leave 'cause' out".to_owned()),
        (Verdict::Evidence | Verdict::Consequence, None) => return Err("'cause' is missing (or write verdict = \"ordinary\")".to_owned()),
        (Verdict::Context, Some(_)) => return Err("context has no cause; say in 'explains' which causes it can bring about".to_owned()),
        _ => {}
    }
    let explains = context(&text)?;
    let phase = text.phase.as_deref().map(phase_from_id).transpose()?;
    let formats = file
        .formats_of(&text)
        .iter()
        .map(|name| {
            FormatId::from_id(name).ok_or_else(|| format!("'{name}' is no format; {}", hint(name, &FormatId::ALL.map(FormatId::id), "the formats are ")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(format) = formats.iter().find(|format| text.verdict == Verdict::Context && !format.is_context()) {
        return Err(format!("{format} is a proxy's log: what it tells is evidence, consequence or ordinary, not context"));
    }
    if formats.is_empty() {
        return Err("'formats' is missing, in the pattern and in its file".to_owned());
    }
    if text.starts.is_empty() && text.contains.is_empty() && text.when.is_empty() {
        return Err("it matches everything: give 'starts', 'contains' or 'when'".to_owned());
    }
    if text.starts.iter().chain(&text.contains).any(String::is_empty) {
        return Err("an empty text in 'starts' or 'contains' matches everything".to_owned());
    }
    let conditions = Conditions::new(&text, &formats)?;
    if is_users {
        // Those of the embedded ones are proved by the tests, and not at each start.
        text.checks.iter().chain(&text.fixes).try_for_each(|text| known_placeholders(text))?;
    }
    Ok(Pattern { cause, phase, formats, explains, is_users, origin: path.to_owned(), conditions, text })
}

/// The causes that a pattern of context explains; of any other, nothing that only context says.
fn context(text: &PatternText) -> Result<Vec<Cause>, String> {
    let is_context = text.verdict == Verdict::Context;
    if !is_context && (!text.says.is_empty() || !text.explains.is_empty() || text.gravity != 0) {
        return Err("'says', 'explains' and 'gravity' are for verdict = \"context\"".to_owned());
    }
    if is_context && (text.says.is_empty() || text.explains.is_empty() || !(1..=3).contains(&text.gravity)) {
        return Err("context needs 'says', 'explains' and a 'gravity' of 1 to 3".to_owned());
    }
    text.explains.iter().map(|id| cause_from_id(id)).collect()
}

pub(super) fn cause_from_id(id: &str) -> Result<Cause, String> {
    Cause::from_id(id).ok_or_else(|| format!("'{id}' is no cause; {}", hint(id, &Cause::ALL.map(Cause::id), "the causes are ")))
}

fn phase_from_id(id: &str) -> Result<Phase, String> {
    const ALL: [Phase; 7] = [Phase::Resolve, Phase::Connect, Phase::Tls, Phase::Send, Phase::Header, Phase::Body, Phase::Queue];
    ALL.into_iter().find(|phase| phase.id() == id).ok_or_else(|| format!("'{id}' is no phase; {}", hint(id, &ALL.map(Phase::id), "the phases are ")))
}
