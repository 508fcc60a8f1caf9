//! What pieces that were put together already told the scanning of those that follow.

use std::borrow::Cow;

use super::names::{Ids, Names};
use crate::pattern::PatternIndex;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// The names that have ids: upstreams, hosts, paths.
    pub(crate) names: [Cow<'a, Ids>; 3],
    /// Patterns that need no example any more.
    pub(crate) examples: Cow<'a, Exemplified>,
}

impl<'a> Known<'a> {
    /// Those names and those patterns.
    pub fn new(names: &'a [Names; 3], examples: &'a Exemplified) -> Self {
        Self { names: names.each_ref().map(|names| Cow::Borrowed(names.ids())), examples: Cow::Borrowed(examples) }
    }

    /// The same, for longer than what it was made of lasts.
    pub fn into_owned(self) -> Known<'static> {
        Known { names: self.names.map(|ids| Cow::Owned(ids.into_owned())), examples: Cow::Owned(self.examples.into_owned()) }
    }
}

/// Patterns of which there is an example, a bit each.
#[derive(Clone, Debug, Default)]
pub struct Exemplified(Vec<u64>);

impl Exemplified {
    /// Notes that there is an example of a pattern.
    pub fn add(&mut self, index: PatternIndex) {
        let at = usize::from(index.0) / 64;
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        self.0[at] |= 1 << (index.0 % 64);
    }

    /// Whether there is an example of a pattern.
    pub fn has(&self, index: PatternIndex) -> bool {
        self.0.get(usize::from(index.0) / 64).is_some_and(|word| word >> (index.0 % 64) & 1 == 1)
    }
}
