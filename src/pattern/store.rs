//! The patterns of a run, by place and by id.
//!
//! Those of an embedded file are read when a log of one of its formats is, or when all are asked for: each start would wait
//! for them.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Once, OnceLock};

use super::catalogue::{Pattern, PatternIndex};
use super::compile::Compiled;
use super::file::PatternFile;
use super::load::{EMBEDDED, Embedded, embedded_path};
use crate::format::FormatId;

/// The patterns of a run.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// By place; those of a shelf are empty until it is opened.
    places: Vec<OnceLock<Box<Pattern>>>,
    shelves: Vec<Shelf>,
    /// Made when first asked for, which opens all shelves.
    by_id: OnceLock<HashMap<String, PatternIndex>>,
}

/// The places of an embedded file's patterns.
#[derive(Debug)]
struct Shelf {
    file: &'static Embedded,
    places: Range<usize>,
    opened: Once,
}

impl Store {
    /// The embedded patterns, and what is in their files beside them, where something is.
    pub(super) fn embedded() -> (Self, Vec<(PathBuf, PatternFile)>) {
        let (mut store, mut rest) = (Self::default(), Vec::new());
        for file in EMBEDDED {
            if file.patterns > 0 {
                let start = store.places.len();
                store.places.resize_with(start + usize::from(file.patterns), OnceLock::new);
                store.shelves.push(Shelf { file, places: start..store.places.len(), opened: Once::new() });
            }
            if file.has_texts {
                rest.push((embedded_path(file.name), PatternFile { patterns: Vec::new(), ..file.read() }));
            }
        }
        (store, rest)
    }

    pub(super) fn at(&self, index: PatternIndex) -> &Pattern {
        let place = usize::from(index.0);
        match self.places[place].get() {
            Some(pattern) => pattern,
            None => self.fetch(place),
        }
    }

    #[cold]
    fn fetch(&self, place: usize) -> &Pattern {
        self.shelves.iter().filter(|shelf| shelf.places.contains(&place)).for_each(|shelf| self.open(shelf));
        self.places[place].get().expect("each place is on a shelf, or was filled when it was made")
    }

    fn open(&self, shelf: &Shelf) {
        shelf.opened.call_once(|| {
            let compiled = Compiled::new(&embedded_path(shelf.file.name), "", shelf.file.read(), false).expect("the embedded patterns are proved by the tests");
            for (place, pattern) in self.places[shelf.places.clone()].iter().zip(compiled.patterns) {
                place.get_or_init(|| Box::new(pattern));
            }
        });
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Pattern> {
        self.shelves.iter().for_each(|shelf| self.open(shelf));
        self.places.iter().filter_map(OnceLock::get).map(|pattern| &**pattern)
    }

    /// Those that are for a format, in order.
    pub(super) fn of(&self, format: FormatId) -> impl Iterator<Item = (PatternIndex, &Pattern)> {
        self.shelves.iter().filter(|shelf| shelf.file.formats.contains(&format.id())).for_each(|shelf| self.open(shelf));
        // What is on other shelves is for other formats, unless a user's pattern stands there: then all are open.
        let open = (0..=u16::MAX).zip(&self.places).filter_map(|(place, pattern)| Some((PatternIndex(place), &**pattern.get()?)));
        open.filter(move |(_, pattern)| pattern.formats.contains(&format))
    }

    pub(super) fn by_id(&self) -> &HashMap<String, PatternIndex> {
        self.by_id.get_or_init(|| self.all().zip(0..=u16::MAX).map(|(pattern, place)| (pattern.text.id.clone(), PatternIndex(place))).collect())
    }

    /// Puts a pattern behind all, or, a user's, in the place of the one with its id.
    ///
    /// # Errors
    /// Another pattern has its id.
    pub(super) fn put(&mut self, pattern: Pattern) -> Result<(), String> {
        let known = self.by_id().get(&pattern.text.id).copied();
        if let Some(index) = known {
            let old = self.at(index);
            if old.origin == pattern.origin || !pattern.is_users {
                return Err(format!("the id stands in {} already; ids are unique", old.origin.display()));
            }
            self.places[usize::from(index.0)] = OnceLock::from(Box::new(pattern));
            return Ok(());
        }
        let place = u16::try_from(self.places.len()).map_err(|_| "there are more than 65,535 patterns".to_owned())?;
        if let Some(by_id) = self.by_id.get_mut() {
            by_id.insert(pattern.text.id.clone(), PatternIndex(place));
        }
        self.places.push(OnceLock::from(Box::new(pattern)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file is said to hold is what it holds: else patterns would be missed, or stand in the wrong place.
    #[test]
    fn what_is_read_for_a_format_is_what_all_files_have_for_it() {
        let (all, _) = Store::embedded();
        let all: Vec<_> = (0..).map(PatternIndex).zip(all.all()).collect();
        assert_eq!(all.len(), EMBEDDED.iter().map(|file| usize::from(file.patterns)).sum::<usize>());
        for format in FormatId::ALL {
            let (store, _) = Store::embedded();
            let expected = all.iter().filter(|(_, pattern)| pattern.formats.contains(&format));
            let expected: Vec<_> = expected.map(|(index, pattern)| (*index, &pattern.text.id)).collect();
            assert_eq!(store.of(format).map(|(index, pattern)| (index, &pattern.text.id)).collect::<Vec<_>>(), expected, "{format}");
        }
    }

    #[test]
    fn a_file_is_read_when_it_is_asked_for() {
        let (store, _) = Store::embedded();
        let read = || store.places.iter().filter(|place| place.get().is_some()).count();
        assert_eq!(read(), 0);
        assert!(store.of(FormatId::Alb).count() > 0);
        let few = read();
        assert!(few > 0 && few * 10 < store.places.len(), "{few}");
        let last = PatternIndex(u16::try_from(store.places.len() - 1).unwrap());
        assert!(store.at(last).text.id.contains('/'));
        assert!(read() > few);
        assert_eq!(store.by_id()[&store.at(last).text.id], last);
        assert_eq!(read(), store.places.len());
    }
}
