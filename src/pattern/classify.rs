//! Which pattern an entry matches.
//!
//! The message's start decides: the longest known start is found among all of the format, which are in order, and behind it
//! stand the few patterns that begin so, best first. Only where none of those holds are texts looked for inside the message, and
//! then conditions on fields alone. A user's patterns go before all that.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use super::catalogue::{Catalogue, Pattern, PatternIndex};
use crate::format::FormatId;
use crate::record::Entry;
use crate::text::number::status;

/// The patterns of one format, ready to be asked.
#[derive(Debug)]
pub struct Classifier<'c> {
    catalogue: &'c Catalogue,
    format: FormatId,
    users: Tier,
    embedded: Tier,
    /// By status and bareness: 0 not asked yet, 1 some pattern may match, 2 none can.
    ignored: Vec<AtomicU8>,
}

impl<'c> Classifier<'c> {
    pub(super) fn new(catalogue: &'c Catalogue, format: FormatId) -> Self {
        let of = |is_users: bool| {
            let patterns = catalogue.patterns_for(format);
            Tier::new(&patterns.filter(|(_, pattern)| pattern.is_users == is_users).collect::<Vec<_>>())
        };
        Self { catalogue, format, users: of(true), embedded: of(false), ignored: (0..2_000).map(|_| AtomicU8::new(0)).collect() }
    }

    /// Whether no pattern can match an answer with that status, whatever its other fields are; `is_bare`: it has none that
    /// an embedded pattern asks for. A user's may ask for others.
    pub fn ignores(&self, status: u16, is_bare: bool) -> bool {
        let Some(known) = self.ignored.get(usize::from(status) * 2 + usize::from(is_bare)) else { return false };
        match known.load(Ordering::Relaxed) {
            0 => {
                let text = format!("{status:03}");
                let any =
                    |tier: &Tier, is_bare: bool| tier.by_fields.iter().any(|(index, _)| self.catalogue.pattern(*index).conditions.may_hold(&text, is_bare));
                let ignored = !any(&self.users, false) && !any(&self.embedded, is_bare);
                known.store(1 + u8::from(ignored), Ordering::Relaxed);
                ignored
            }
            known => known == 2,
        }
    }

    /// The pattern that the entry matches best.
    pub fn classify(&self, entry: &Entry<'_>) -> Option<PatternIndex> {
        let holds = |index: &PatternIndex| self.catalogue.pattern(*index).conditions.hold(entry);
        let best = self.users.best(self.catalogue, entry, &holds).or_else(|| self.embedded.best(self.catalogue, entry, &holds));
        best.map(|(index, _)| index)
    }

    /// The same, and what it follows from. Given is what stands before and behind the text that the message quotes, which must
    /// be none from which the format read errno or action; the message itself where it quotes none.
    pub(crate) fn judge(&self, entry: &Entry<'_>, [before, behind]: [&[u8]; 2]) -> Judgement {
        let (is_by_message, asks_for_text) = (Cell::new(true), Cell::new(false));
        let holds = |index: &PatternIndex| {
            let conditions = &self.catalogue.pattern(*index).conditions;
            is_by_message.set(is_by_message.get() && conditions.are_of_message());
            asks_for_text.set(asks_for_text.get() || conditions.ask_for_text());
            conditions.hold(entry)
        };
        let users = self.users.best(self.catalogue, entry, &holds);
        let best = users.or_else(|| self.embedded.best(self.catalogue, entry, &holds));
        // What is quoted is in no start that begins like the message, and nothing is looked for inside of it.
        let is_by_start = || {
            let tiers = if users.is_some() { &[&self.users][..] } else { &[&self.users, &self.embedded] };
            let is_quiet = users.is_some() || self.users.contains.automaton.is_none();
            is_quiet && best.is_some_and(|(_, rank)| rank.kind == 0) && !tiers.iter().any(|tier| tier.starts.go_on(before))
        };
        Judgement {
            verdict: best.map(|(index, _)| index),
            is_by_message: is_by_message.get() && !entry.client.is_empty(),
            is_by_plain: behind.is_empty() || (!asks_for_text.get() && is_by_start()),
        }
    }

    /// Every pattern that the entry matches, best first, each with whether it is certain to go before the next: where it
    /// is not, the two tie.
    pub fn matches(&self, entry: &Entry<'_>) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        for tier in [&self.users, &self.embedded] {
            let holding: Vec<_> = tier.all(entry).into_iter().filter(|(index, _)| self.catalogue.pattern(*index).conditions.hold(entry)).collect();
            for (at, (index, rank)) in holding.iter().enumerate() {
                let next = holding.get(at + 1);
                let is_sure = next.is_none_or(|(other, theirs)| rank < theirs || tier.precedence.goes_before(*index, *other));
                found.push(Match { pattern: *index, is_sure });
            }
        }
        found
    }

    /// Patterns that the entry nearly matches, each with the first condition that fails, in words: those whose texts it
    /// has, then those without texts of which some conditions hold and only one does not.
    pub fn near(&self, entry: &Entry<'_>) -> Vec<(PatternIndex, String)> {
        let (mut by_text, mut by_fields) = (Vec::new(), Vec::new());
        for (index, rank) in [&self.users, &self.embedded].into_iter().flat_map(|tier| tier.all(entry)) {
            match self.catalogue.pattern(index).held(entry) {
                (_, 1.., Some(why)) if rank.kind < 2 => by_text.push((index, why)),
                (1.., 1, Some(why)) => by_fields.push((index, why)),
                _ => {}
            }
        }
        by_text.append(&mut by_fields);
        by_text
    }

    /// Patterns of which a start begins like the message, up to at least `least` bytes, most alike first; each with that
    /// start. For messages that nothing matches.
    pub fn alike(&self, message: &[u8], least: usize) -> Vec<(PatternIndex, &'c str)> {
        let common = |start: &str| start.bytes().zip(message).take_while(|(one, other)| one == *other).count();
        let mut alike: Vec<(usize, PatternIndex, &str)> = Vec::new();
        for (index, pattern) in self.catalogue.patterns_for(self.format) {
            let best = pattern.text.starts.iter().map(|start| (common(start), start.as_str())).max_by_key(|(common, _)| *common);
            alike.extend(best.filter(|(common, _)| *common >= least).map(|(common, start)| (common, index, start)));
        }
        alike.sort_by_key(|(common, index, _)| (std::cmp::Reverse(*common), *index));
        alike.into_iter().map(|(_, index, start)| (index, start)).collect()
    }
}

/// A verdict, and what it follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// The pattern that the entry matches best.
    pub(crate) verdict: Option<PatternIndex>,
    /// It follows from message and severity alone, for an entry with a client.
    pub(crate) is_by_message: bool,
    /// It is the same whatever the message quotes.
    pub(crate) is_by_plain: bool,
}

/// A pattern that an entry matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which.
    pub pattern: PatternIndex,
    /// Something says that it goes before the next match: its origin, its start's length, or `before`.
    pub is_sure: bool,
}

/// How good a match is by itself; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// 0: by the message's start, 1: by a text in it, 2: by fields alone.
    kind: u8,
    /// Longer starts first.
    length: std::cmp::Reverse<usize>,
}

/// Patterns of one origin.
#[derive(Debug)]
struct Tier {
    precedence: Precedence,
    starts: Starts,
    contains: Contained,
    by_fields: Vec<Candidate>,
    /// Those of them that an answer with a status may match, found when the first one is met: with other fields, and without.
    by_status: Vec<[OnceLock<Vec<Candidate>>; 2]>,
}

type Candidate = (PatternIndex, Rank);

/// The texts that messages begin with.
#[derive(Debug)]
struct Starts(Vec<Start>);

#[derive(Debug)]
struct Start {
    text: Box<[u8]>,
    /// The longest other one that it begins with.
    shorter: Option<usize>,
    /// Its patterns and those of every shorter one that it begins with, best first.
    patterns: Vec<Candidate>,
}

/// An automaton of texts in messages and, for each of them, the patterns that it speaks for, best first.
#[derive(Debug)]
struct Contained {
    automaton: Option<AhoCorasick>,
    patterns: Vec<Vec<Candidate>>,
}

impl Tier {
    fn new(patterns: &[(PatternIndex, &Pattern)]) -> Self {
        let precedence = Precedence::new(patterns);
        let rank = |kind: u8, length: usize| Rank { kind, length: std::cmp::Reverse(length) };
        let (mut starts, mut contains, mut by_fields) = (Vec::new(), Vec::new(), Vec::new());
        for (index, pattern) in patterns {
            let text = &pattern.text;
            starts.extend(text.starts.iter().map(|start| (start.as_str(), *index, rank(0, start.len()))));
            contains.extend(text.contains.iter().map(|part| (part.as_str(), *index, rank(1, 0))));
            if text.starts.is_empty() && text.contains.is_empty() {
                by_fields.push((*index, rank(2, 0)));
            }
        }
        let by_fields = precedence.sorted(by_fields);
        let (starts, contains) = (Starts::new(&starts, &precedence), Contained::new(&contains, &precedence));
        let by_status = if by_fields.is_empty() { Vec::new() } else { vec![[OnceLock::new(), OnceLock::new()]; 1_000] };
        Self { precedence, starts, contains, by_fields, by_status }
    }

    fn best(&self, catalogue: &Catalogue, entry: &Entry<'_>, holds: &impl Fn(&PatternIndex) -> bool) -> Option<Candidate> {
        let first = |candidates: &[Candidate]| candidates.iter().find(|(index, _)| holds(index)).copied();
        if let Some(found) = self.starts.longest(&entry.message).and_then(first) {
            return Some(found);
        }
        if self.contains.automaton.is_some()
            && let Some(found) = first(&self.precedence.sorted(self.contains.all_inside(&entry.message)))
        {
            return Some(found);
        }
        first(self.by_fields(catalogue, entry))
    }

    /// The candidates by fields alone, without some whose conditions do not hold for such a status, or for no other field.
    fn by_fields(&self, catalogue: &Catalogue, entry: &Entry<'_>) -> &[Candidate] {
        let text = entry.field("status");
        let place = status(text).and_then(|status| self.by_status.get(usize::from(status)));
        let Some((place, text)) = place.zip(str::from_utf8(text).ok()) else { return &self.by_fields };
        let is_bare = entry.fields.iter().all(|(name, _)| *name == "status");
        let may_hold = |(index, _): &&Candidate| catalogue.pattern(*index).conditions.may_hold(text, is_bare);
        place[usize::from(is_bare)].get_or_init(|| self.by_fields.iter().filter(may_hold).copied().collect())
    }

    /// Every candidate, best first.
    fn all(&self, entry: &Entry<'_>) -> Vec<Candidate> {
        let mut all = self.starts.longest(&entry.message).unwrap_or_default().to_vec();
        all.extend(self.precedence.sorted(self.contains.all_inside(&entry.message)));
        all.extend(&self.by_fields);
        all
    }
}

impl Starts {
    fn new(all: &[Text<'_>], precedence: &Precedence) -> Self {
        let mut starts: Vec<Start> = Vec::new();
        // In order, each stands behind those that it begins with, with nothing but others that begin so in between.
        for (text, own) in in_order(all).chunk_by(|one, other| one.0 == other.0).map(|same| (same[0].0.as_bytes(), same)) {
            let before = || starts.len().checked_sub(1);
            let shorter = std::iter::successors(before(), |at| starts[*at].shorter).find(|at| text.starts_with(&starts[*at].text));
            let inherited = shorter.map_or(&[][..], |at| &starts[at].patterns);
            let patterns = own.iter().map(|(_, index, rank)| (*index, *rank)).chain(inherited.iter().copied()).collect();
            starts.push(Start { text: text.into(), shorter, patterns: precedence.sorted(patterns) });
        }
        Self(starts)
    }

    /// Whether any start begins so and goes on.
    fn go_on(&self, text: &[u8]) -> bool {
        let next = self.0.partition_point(|start| *start.text <= *text);
        self.0.get(next).is_some_and(|start| start.text.starts_with(text))
    }

    /// The patterns of the longest start that the message begins with.
    fn longest(&self, message: &[u8]) -> Option<&[Candidate]> {
        let last = self.0.partition_point(|start| *start.text <= *message).checked_sub(1);
        let found = std::iter::successors(last, |at| self.0[*at].shorter).find(|at| message.starts_with(&self.0[*at].text))?;
        Some(&self.0[found].patterns)
    }
}

impl Contained {
    fn new(all: &[Text<'_>], precedence: &Precedence) -> Self {
        let all = in_order(all);
        let texts: Vec<_> = all.chunk_by(|one, other| one.0 == other.0).collect();
        let patterns = texts.iter().map(|same| precedence.sorted(same.iter().map(|(_, index, rank)| (*index, *rank)).collect())).collect();
        if texts.is_empty() {
            return Self { automaton: None, patterns };
        }
        let mut builder = AhoCorasickBuilder::new();
        builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::DFA));
        let automaton = builder.build(texts.iter().map(|same| same[0].0)).expect("a few thousand short texts fit into an automaton");
        Self { automaton: Some(automaton), patterns }
    }

    fn all_inside(&self, message: &[u8]) -> Vec<Candidate> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let mut texts: Vec<usize> = automaton.find_overlapping_iter(message).map(|found| found.pattern().as_usize()).collect();
        // A hostile message holds one text a hundred thousand times.
        texts.sort_unstable();
        texts.dedup();
        let mut candidates: Vec<Candidate> = texts.into_iter().flat_map(|text| self.patterns[text].iter().copied()).collect();
        candidates.sort_unstable_by_key(|(index, rank)| (*index, *rank));
        candidates.dedup_by_key(|(index, _)| *index);
        candidates
    }
}

/// A text of a pattern.
type Text<'t> = (&'t str, PatternIndex, Rank);

fn in_order<'t>(all: &[Text<'t>]) -> Vec<Text<'t>> {
    let mut all = all.to_vec();
    all.sort_by_key(|(text, ..)| *text);
    all
}

/// Which pattern states, directly or through others, that it goes before which.
#[derive(Debug)]
struct Precedence(HashSet<(PatternIndex, PatternIndex)>);

impl Precedence {
    fn new(patterns: &[(PatternIndex, &Pattern)]) -> Self {
        let index_of = |id: &str| patterns.iter().find(|(_, pattern)| pattern.text.id == id).map(|(index, _)| *index);
        let mut all = HashSet::new();
        for (first, pattern) in patterns.iter().filter(|(_, pattern)| !pattern.text.before.is_empty()) {
            let mut open: Vec<_> = pattern.text.before.iter().filter_map(|id| index_of(id)).collect();
            while let Some(later) = open.pop() {
                if all.insert((*first, later)) {
                    let next = patterns.iter().find(|(index, _)| *index == later);
                    open.extend(next.iter().flat_map(|(_, pattern)| &pattern.text.before).filter_map(|id| index_of(id)));
                }
            }
        }
        Self(all)
    }

    fn goes_before(&self, first: PatternIndex, later: PatternIndex) -> bool {
        self.0.contains(&(first, later))
    }

    /// Best first, each pattern once: by rank, but never behind one that it goes before.
    fn sorted(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        candidates.sort_by_key(|(index, rank)| (*rank, *index));
        let mut sorted: Vec<Candidate> = Vec::with_capacity(candidates.len());
        while !candidates.is_empty() {
            let free = candidates.iter().position(|(index, _)| !candidates.iter().any(|(other, _)| other != index && self.goes_before(*other, *index)));
            // A ring of `before`s, which `check` refuses, has no free one.
            let next = candidates.remove(free.unwrap_or(0));
            if sorted.iter().all(|(index, _)| *index != next.0) {
                sorted.push(next);
            }
        }
        sorted
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pattern::file::PatternFile;

    fn catalogue(patterns: &str) -> Catalogue {
        let file: PatternFile = toml::from_str(&format!("formats = [\"nginx-error\"]\n{patterns}")).unwrap();
        Catalogue::of(vec![("test.toml".into(), String::new(), file, false)]).unwrap()
    }

    /// The verdict on `before`, a quoted text and `behind`, and whether it is the same whatever is quoted.
    fn judged(patterns: &str, [before, quoted, behind]: [&str; 3]) -> (bool, bool) {
        let catalogue = catalogue(patterns);
        let message = format!("{before}{quoted}{behind}");
        let entry = Entry { message: message.as_bytes().into(), client: b"::1"[..].into(), ..Entry::default() };
        let judged = catalogue.classifier(FormatId::NginxError).judge(&entry, [before.as_bytes(), behind.as_bytes()]);
        (judged.verdict.is_some(), judged.is_by_plain)
    }

    #[test]
    fn a_verdict_is_by_the_plain_message_only_where_nothing_quoted_can_change_it() {
        let opened = |more: &str| format!("[[pattern]]\nid = \"a/b\"\ntitle = \"t\"\ncause = \"upstream-down\"\nstarts = ['open() \"']\n{more}\n");
        let other = |how: &str| format!("[[pattern]]\nid = \"a/c\"\ntitle = \"t\"\ncause = \"tls-failure\"\n{how}\n");
        let message = ["open() \"", "/x", "\" failed (2: no)"];
        assert_eq!(judged(&opened(""), message), (true, true));
        // A start that goes on into what is quoted.
        assert_eq!(judged(&(opened("") + &other("starts = ['open() \"/tmp']")), message), (true, false));
        assert_eq!(judged(&(opened("") + &other("starts = ['open() \"', 'open() ']")), message), (true, true));
        // Conditions that look at the text.
        assert_eq!(judged(&opened("regex = 'failed'"), message), (true, false));
        assert_eq!(judged(&opened("when = { message = { lacks = ['y'] } }"), message), (true, false));
        assert_eq!(judged(&(opened("") + &other("starts = ['open() \"']\nregex = 'y'\nbefore = ['a/b']")), message), (true, false));
        // Found by a text inside, or not at all.
        assert_eq!(judged(&other("contains = ['/x']"), message), (true, false));
        assert_eq!(judged(&other("contains = ['/y']"), message), (false, false));
        // What quotes nothing is plain.
        assert_eq!(judged(&other("contains = ['/y']"), ["open", "", ""]), (false, true));
    }

    #[test]
    fn a_regular_expression_is_of_bytes() {
        let pattern = "[[pattern]]\nid = \"a/b\"\ntitle = \"t\"\ncause = \"upstream-down\"\nstarts = ['host ']\nregex = '^host [^ ]+ was not found$'\n";
        let catalogue = catalogue(pattern);
        let classifier = catalogue.classifier(FormatId::NginxError);
        let found = |message: &'static [u8]| classifier.classify(&Entry { message: message.into(), ..Entry::default() }).is_some();
        assert!(found("host b\u{fc}cher was not found".as_bytes()));
        assert!(found(b"host b\xfccher was not found"), "no UTF-8");
        assert!(!found(b"host b cher was not found"));
    }

    #[test]
    fn one_of_unicode_is_to_say_so() {
        let proved = |regex: &str| {
            let file = format!("[[pattern]]\nid = \"a/b\"\ntitle = \"t\"\ncause = \"upstream-down\"\nstarts = ['host ']\nregex = '{regex}'\n");
            catalogue(&file).find("a/b").unwrap().conditions.prove()
        };
        assert!(proved(r"^host \p{L}+").unwrap_err().contains("begin it with (?u)"));
        assert!(!proved(r"^host [").unwrap_err().contains("(?u)"));
        assert_eq!(proved(r"(?u)^host \p{L}+"), Ok(()));
    }

    proptest! {
        #[test]
        fn the_longest_start_is_found(starts in prop::collection::vec("[ab]{1,6}", 0..40), message in "[abc]{0,8}") {
            let candidate = |at: usize| PatternIndex(u16::try_from(at).unwrap());
            let texts: Vec<Text<'_>> = starts.iter().enumerate().map(|(at, text)| (text.as_str(), candidate(at), Rank { kind: 0, length: std::cmp::Reverse(text.len()) })).collect();
            let found = Starts::new(&texts, &Precedence(HashSet::new()));
            let mut expected: Vec<_> = texts.iter().filter(|(text, ..)| message.starts_with(text)).map(|(_, index, rank)| (*rank, *index)).collect();
            expected.sort_unstable();
            let longest: Vec<_> = found.longest(message.as_bytes()).unwrap_or_default().iter().map(|(index, rank)| (*rank, *index)).collect();
            prop_assert_eq!(longest, expected);
            let goes_on = starts.iter().any(|start| start.len() > message.len() && start.starts_with(&message));
            prop_assert_eq!(found.go_on(message.as_bytes()), goes_on);
        }
    }
}
