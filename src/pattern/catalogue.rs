//! All patterns of a run.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use rayon::prelude::*;

use super::Classifier;
use super::advice::known_placeholders;
use super::check::wrong_before;
use super::condition::Conditions;
use super::file::{CauseText, Hint, PatternFile, PatternText, Scope, StatusText, Timeout, Verdict};
use super::load::{self, PatternError, line_of_id};
use super::wording::hint;
use crate::format::FormatId;
use crate::record::{Cause, Entry, Phase};

/// The place of a pattern in its catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternIndex(pub u16);

/// A pattern, checked and ready to be matched.
#[derive(Debug)]
pub struct Pattern {
    /// What was written.
    pub text: PatternText,
    /// Its cause; `None` for ordinary messages.
    pub cause: Option<Cause>,
    /// Its phase.
    pub phase: Option<Phase>,
    /// The formats it is for.
    pub formats: Vec<FormatId>,
    /// Causes that it can bring about; only of `context`.
    pub explains: Vec<Cause>,
    /// A user's file holds it.
    pub is_users: bool,
    /// The file it stands in.
    pub origin: PathBuf,
    pub(super) conditions: Conditions,
}

impl Pattern {
    /// Whether an entry that it wins is evidence of a request.
    pub fn is_request_evidence(&self) -> bool {
        self.text.verdict == Verdict::Evidence && self.text.scope == Scope::Request
    }

    /// Why it matches an entry that it matches: the text that the message has, then each condition, in words.
    pub fn reasons(&self, entry: &Entry<'_>) -> Vec<String> {
        let starts = self.text.starts.iter().filter(|start| entry.message.starts_with(start.as_bytes())).max_by_key(|start| start.len());
        let contained = || self.text.contains.iter().find(|part| memchr::memmem::find(&entry.message, part.as_bytes()).is_some());
        let by_text = match (starts, contained) {
            (Some(start), _) => Some(format!("the message begins with \"{start}\"")),
            (None, contained) => contained().map(|part| format!("the message holds \"{part}\"")),
        };
        by_text.into_iter().chain(self.conditions.all(entry).into_iter().map(|held| held.words)).collect()
    }

    /// How many of its conditions hold, how many do not, and the first of these in words.
    pub(super) fn held(&self, entry: &Entry<'_>) -> (usize, usize, Option<String>) {
        let (held, failing): (Vec<_>, Vec<_>) = self.conditions.all(entry).into_iter().partition(|condition| condition.holds);
        (held.len(), failing.len(), failing.into_iter().next().map(|condition| condition.words))
    }
}

/// All patterns of a run, and what is said of each cause.
#[derive(Debug, Default)]
pub struct Catalogue {
    patterns: Vec<Pattern>,
    by_id: HashMap<String, PatternIndex>,
    causes: Vec<CauseText>,
    findings: BTreeMap<String, CauseText>,
    timeouts: Vec<Timeout>,
    sign_in: Vec<String>,
    statuses: BTreeMap<u16, StatusText>,
    hints: Vec<(Cause, Hint)>,
}

impl Catalogue {
    fn empty() -> Self {
        Self { causes: vec![CauseText::default(); Cause::ALL.len()], ..Self::default() }
    }

    /// The embedded patterns. All threads of rayon's pool read them: who wants a global pool of another size builds it before.
    ///
    /// # Panics
    /// Never: the tests build it.
    pub fn embedded() -> Self {
        // All cores read: each start waits for it.
        let read = load::embedded().map(|(name, file)| {
            let path = PathBuf::from(format!("patterns/{name}.toml"));
            let compiled = Compiled::new(&path, "", file, false);
            (path, compiled)
        });
        let mut catalogue = Self::empty();
        for (path, compiled) in read.collect::<Vec<_>>() {
            compiled.and_then(|compiled| catalogue.add(&path, "", compiled, false)).expect("the embedded patterns are proved by the tests");
        }
        catalogue
    }

    /// The embedded patterns, then those of `files`, in order; a pattern with a known id replaces it.
    ///
    /// # Errors
    /// [`PatternError`] when a file cannot be used.
    pub fn with_files(files: &[PathBuf]) -> Result<Self, PatternError> {
        let mut catalogue = Self::embedded();
        let mut texts: HashMap<&Path, String> = HashMap::new();
        for path in files {
            let (file, text) = load::read_file(path)?;
            catalogue.add(path, &text, Compiled::new(path, &text, file, true)?, true)?;
            texts.insert(path, text);
        }
        catalogue.prove_users(&texts)?;
        Ok(catalogue)
    }

    /// Refuses a user's pattern that could never do what it says.
    fn prove_users(&self, texts: &HashMap<&Path, String>) -> Result<(), PatternError> {
        for pattern in self.patterns.iter().filter(|pattern| pattern.is_users) {
            let wrong = pattern.conditions.prove().err().or_else(|| wrong_before(self, pattern).into_iter().next());
            if let Some(message) = wrong {
                let (path, id) = (pattern.origin.clone(), pattern.text.id.clone());
                let line = texts.get(path.as_path()).and_then(|text| line_of_id(text, &id));
                return Err(PatternError::Pattern { path, line, id, message });
            }
        }
        Ok(())
    }

    /// A catalogue of nothing but these files, in that order, as [`super::check`] wants them.
    pub(super) fn of(files: Vec<(PathBuf, String, PatternFile, bool)>) -> Result<Self, PatternError> {
        let mut catalogue = Self::empty();
        for (path, text, file, is_users) in files {
            catalogue.add(&path, &text, Compiled::new(&path, &text, file, is_users)?, is_users)?;
        }
        Ok(catalogue)
    }

    /// A catalogue of nothing but these patterns.
    ///
    /// # Errors
    /// [`PatternError::Pattern`] when one says something that cannot be.
    pub fn of_patterns(patterns: Vec<PatternText>) -> Result<Self, PatternError> {
        let mut catalogue = Self::empty();
        let file = PatternFile { patterns, ..PatternFile::default() };
        catalogue.add(Path::new(""), "", Compiled::new(Path::new(""), "", file, true)?, true)?;
        Ok(catalogue)
    }

    /// The pattern at that place.
    pub fn pattern(&self, index: PatternIndex) -> &Pattern {
        &self.patterns[usize::from(index.0)]
    }

    /// The pattern with that id.
    pub fn find(&self, id: &str) -> Option<&Pattern> {
        self.by_id.get(id).map(|index| self.pattern(*index))
    }

    /// The place of the pattern with that id.
    pub fn find_index(&self, id: &str) -> Option<PatternIndex> {
        self.by_id.get(id).copied()
    }

    /// All patterns.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// What is said of a cause.
    pub fn cause(&self, cause: Cause) -> &CauseText {
        &self.causes[cause.index()]
    }

    /// What is said of a shape that no single line reveals.
    pub fn finding(&self, id: &str) -> Option<&CauseText> {
        self.findings.get(id)
    }

    /// Times that are some product's default.
    pub fn timeouts(&self) -> &[Timeout] {
        &self.timeouts
    }

    /// What is said of statuses.
    pub fn statuses(&self) -> &BTreeMap<u16, StatusText> {
        &self.statuses
    }

    /// The cause that the words of a message, or its errno, hint at. No verdict: for whoever writes a pattern for it.
    pub fn hint(&self, errno: &[u8], message: &[u8]) -> Option<Cause> {
        let message = String::from_utf8_lossy(message).to_lowercase();
        let by_errno = self.hints.iter().find(|(_, hint)| hint.errnos.iter().any(|known| known.as_bytes() == errno));
        let by_words = || self.hints.iter().find(|(_, hint)| hint.words.iter().any(|word| message.contains(word.as_str())));
        by_errno.or_else(by_words).map(|(cause, _)| *cause)
    }

    /// Tells whether people sign in at a path.
    pub fn is_sign_in(&self) -> impl Fn(&[u8]) -> bool {
        // Plain texts make an automaton that is never too large.
        let parts = AhoCorasick::new(&self.sign_in).ok();
        move |path| parts.as_ref().is_some_and(|parts| parts.is_match(path))
    }

    /// The classifier of one format.
    pub fn classifier(&self, format: FormatId) -> Classifier<'_> {
        Classifier::new(self, format)
    }

    fn add(&mut self, path: &Path, source: &str, Compiled { file, patterns }: Compiled, is_users: bool) -> Result<(), PatternError> {
        let syntax = |message: String| PatternError::Syntax { path: path.to_owned(), line: None, message };
        for (id, text) in file.causes {
            let cause = cause_from_id(&id).map_err(syntax)?;
            text.checks.iter().chain(&text.fixes).filter(|_| is_users).try_for_each(|text| known_placeholders(text)).map_err(syntax)?;
            self.causes[cause.index()] = text;
        }
        for (status, text) in file.statuses {
            let status = crate::text::number::status(status.as_bytes()).ok_or_else(|| syntax(format!("'{status}' is no status")))?;
            self.statuses.insert(status, text);
        }
        for hint in file.hints {
            self.hints.push((cause_from_id(&hint.cause).map_err(syntax)?, hint));
        }
        self.sign_in.extend(file.sign_in);
        self.findings.extend(file.findings);
        self.timeouts.extend(file.timeouts);
        for pattern in patterns {
            let id = pattern.text.id.clone();
            self.put(pattern, is_users).map_err(|message| wrong(path, source, id, message))?;
        }
        Ok(())
    }

    fn put(&mut self, pattern: Pattern, is_users: bool) -> Result<(), String> {
        if let Some(index) = self.by_id.get(&pattern.text.id) {
            let old = &mut self.patterns[usize::from(index.0)];
            if old.origin == pattern.origin || !is_users {
                return Err(format!("the id stands in {} already; ids are unique", old.origin.display()));
            }
            *old = pattern;
            return Ok(());
        }
        let index = u16::try_from(self.patterns.len()).map_err(|_| "there are more than 65,535 patterns".to_owned())?;
        self.by_id.insert(pattern.text.id.clone(), PatternIndex(index));
        self.patterns.push(pattern);
        Ok(())
    }
}

/// A pattern file, and its patterns, which it holds no more.
struct Compiled {
    file: PatternFile,
    patterns: Vec<Pattern>,
}

impl Compiled {
    fn new(path: &Path, source: &str, mut file: PatternFile, is_users: bool) -> Result<Self, PatternError> {
        let texts = std::mem::take(&mut file.patterns).into_iter();
        let compiled = texts.map(|text| {
            let id = text.id.clone();
            compile(text, &file.formats, path, is_users).map_err(|message| wrong(path, source, id, message))
        });
        Ok(Self { patterns: compiled.collect::<Result<_, _>>()?, file })
    }
}

fn wrong(path: &Path, source: &str, id: String, message: String) -> PatternError {
    PatternError::Pattern { path: path.to_owned(), line: line_of_id(source, &id), id, message }
}

/// Checks what a pattern says by itself; what it says beside others is up to [`super::check`].
fn compile(text: PatternText, formats: &[String], path: &Path, is_users: bool) -> Result<Pattern, String> {
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
    let names = if text.formats.is_empty() { formats } else { &text.formats };
    let formats = names
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

fn cause_from_id(id: &str) -> Result<Cause, String> {
    Cause::from_id(id).ok_or_else(|| format!("'{id}' is no cause; {}", hint(id, &Cause::ALL.map(Cause::id), "the causes are ")))
}

fn phase_from_id(id: &str) -> Result<Phase, String> {
    const ALL: [Phase; 7] = [Phase::Resolve, Phase::Connect, Phase::Tls, Phase::Send, Phase::Header, Phase::Body, Phase::Queue];
    ALL.into_iter().find(|phase| phase.id() == id).ok_or_else(|| format!("'{id}' is no phase; {}", hint(id, &ALL.map(Phase::id), "the phases are ")))
}
