//! The latest entries of each cause, for whoever watches.

use std::collections::{BTreeMap, VecDeque};

use crate::pattern::Catalogue;
use crate::record::Cause;
use crate::scan::Piece;
use crate::text::safe::excerpt;

/// Entries of a cause that are kept.
const MOST: usize = 10;
/// Pieces that are looked at of those that came at once.
const PIECES: usize = 8;
/// Longest entry, in characters.
const LONGEST: usize = 1_000;

/// Entries by cause. Not every entry is among them: of what comes at once, the first of each pattern is.
#[derive(Clone, Debug, Default)]
pub struct Latest(BTreeMap<Cause, VecDeque<String>>);

impl Latest {
    /// The latest entries of a cause, made safe, latest first.
    pub fn of(&self, cause: Cause) -> impl Iterator<Item = &str> {
        self.0.get(&cause).into_iter().flatten().rev().map(String::as_str)
    }

    pub(super) fn came(&mut self, catalogue: &Catalogue, pieces: &[Piece]) {
        for piece in &pieces[pieces.len().saturating_sub(PIECES)..] {
            for (index, example) in &piece.examples {
                let Some(cause) = catalogue.pattern(*index).cause else { continue };
                let entries = self.0.entry(cause).or_default();
                entries.push_back(excerpt(&example.record, LONGEST));
                if entries.len() > MOST {
                    entries.pop_front();
                }
            }
        }
    }
}
