//! All patterns of a run.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use aho_corasick::{AhoCorasickBuilder, AhoCorasickKind};

use super::Classifier;
use super::advice::known_placeholders;
use super::check::wrong_before;
use super::compile::{Compiled, cause_from_id, wrong};
use super::condition::Conditions;
use super::file::{CauseText, Hint, PatternFile, PatternText, Scope, StatusText, Timeout, Verdict};
use super::load::{self, PatternError, line_of_id};
use super::store::Store;
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
    patterns: Store,
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

    /// The embedded patterns. Those of a file are read when a log of one of its formats is, or when all are asked for.
    ///
    /// # Panics
    /// Never: the tests build it.
    pub fn embedded() -> Self {
        let (patterns, rest) = Store::embedded();
        let mut catalogue = Self { patterns, ..Self::empty() };
        for (path, file) in rest {
            catalogue.add_texts(&path, file, false).expect("the embedded texts are proved by the tests");
        }
        catalogue
    }

    /// The embedded patterns, then those of `files`, in order; a pattern with a known id replaces it.
    ///
    /// # Errors
    /// [`PatternError`] when a file cannot be used.
    pub fn with_files(files: &[PathBuf]) -> Result<Self, PatternError> {
        let mut catalogue = Self::embedded();
        if files.is_empty() {
            return Ok(catalogue);
        }
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
        for pattern in self.patterns().filter(|pattern| pattern.is_users) {
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
        self.patterns.at(index)
    }

    /// The pattern with that id.
    pub fn find(&self, id: &str) -> Option<&Pattern> {
        self.find_index(id).map(|index| self.pattern(index))
    }

    /// The place of the pattern with that id.
    pub fn find_index(&self, id: &str) -> Option<PatternIndex> {
        self.patterns.by_id().get(id).copied()
    }

    /// All patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.patterns.all()
    }

    /// The patterns that are for a format, each with its place.
    pub(super) fn patterns_for(&self, format: FormatId) -> impl Iterator<Item = (PatternIndex, &Pattern)> {
        self.patterns.of(format)
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
        // Plain texts make an automaton that is never too large. What is looked for begins as each path does, so to look for
        // its first bytes beforehand would be no gain.
        let parts = AhoCorasickBuilder::new().prefilter(false).kind(Some(AhoCorasickKind::DFA)).build(&self.sign_in).ok();
        move |path| parts.as_ref().is_some_and(|parts| parts.is_match(path))
    }

    /// The classifier of one format.
    pub fn classifier(&self, format: FormatId) -> Classifier<'_> {
        Classifier::new(self, format)
    }

    fn add(&mut self, path: &Path, source: &str, Compiled { file, patterns }: Compiled, is_users: bool) -> Result<(), PatternError> {
        self.add_texts(path, file, is_users)?;
        for pattern in patterns {
            let id = pattern.text.id.clone();
            self.patterns.put(pattern).map_err(|message| wrong(path, source, id, message))?;
        }
        Ok(())
    }

    /// Takes in all of a file but its patterns.
    fn add_texts(&mut self, path: &Path, file: PatternFile, is_users: bool) -> Result<(), PatternError> {
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
        Ok(())
    }
}
