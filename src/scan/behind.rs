//! What happened behind or below the proxy: entries that may explain failures and are never counted.

use crate::format::FormatId;
use crate::pattern::{Pattern, PatternIndex, Said};
use crate::record::Entry;
use crate::time::Timestamp;

/// The field by which a format tells that a stamp bears its own zone.
const ZONE: &str = "zone";

/// An entry of context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextEvent {
    /// When.
    pub at: Timestamp,
    /// The pattern that it matched.
    pub pattern: PatternIndex,
    /// Its format.
    pub format: FormatId,
    /// What happened, and to what, made safe.
    pub said: Said,
    /// Its stamp bears its own zone.
    pub has_zone: bool,
}

/// What a slice tells of it, in order.
#[derive(Clone, Debug, Default)]
pub struct Behind {
    /// Entries that have a time.
    pub events: Vec<ContextEvent>,
    /// How many have none.
    pub timeless: u64,
}

impl Behind {
    /// Takes in an entry that `pattern` won; `has_zone`: what its time is from bears its own zone.
    pub(super) fn take(&mut self, format: FormatId, entry: &Entry<'_>, index: PatternIndex, pattern: &Pattern, has_zone: bool) {
        let Some(at) = entry.time else {
            self.timeless += 1;
            return;
        };
        let has_zone = has_zone || !entry.field(ZONE).is_empty();
        self.events.push(ContextEvent { at, pattern: index, format, said: pattern.says(entry), has_zone });
    }
}
