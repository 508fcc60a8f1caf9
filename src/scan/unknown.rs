//! Messages that no pattern knows.

use super::widened;
use crate::format::FormatId;
use crate::record::Entry;
use crate::time::Timestamp;

/// Longest example that is kept.
const LONGEST_EXAMPLE: usize = 2_048;
/// Records of one template that are kept.
const MOST_SAMPLES: usize = 3;

/// Messages of one template.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// Where the first stands in its window.
    pub(crate) order: usize,
    /// How many.
    pub entries: u64,
    /// The earliest and the latest.
    pub times: Option<(Timestamp, Timestamp)>,
    /// The first record.
    pub example: Vec<u8>,
    /// The first records with what is needed to make a pattern of them, at most three.
    pub samples: Vec<Sample>,
}

/// A record that no pattern knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its format.
    pub format: FormatId,
    /// Its bytes, cut as those of examples.
    pub record: Vec<u8>,
    /// Its message, cut likewise.
    pub message: Vec<u8>,
    /// See [`Entry::errno`].
    pub errno: Vec<u8>,
    /// See [`Entry::action`].
    pub action: Vec<u8>,
}

impl Unknown {
    /// Nothing yet; `record` is the first that will be counted, and begins at `order`.
    pub(super) fn new(record: &[u8], order: usize) -> Self {
        Self { order, entries: 0, times: None, example: cut(record), samples: Vec::new() }
    }

    /// Counts an entry.
    pub(super) fn count(&mut self, format: FormatId, record: &[u8], entry: &Entry<'_>) {
        self.entries += 1;
        if let Some(time) = entry.time {
            self.times = Some(widened(self.times, time));
        }
        if self.samples.len() < MOST_SAMPLES {
            let (errno, action) = (entry.errno.to_vec(), entry.action.to_vec());
            self.samples.push(Sample { format, record: cut(record), message: cut(&entry.message), errno, action });
        }
    }

    /// Adds the messages of the next slice.
    pub(crate) fn add(&mut self, other: Self) {
        self.entries += other.entries;
        for at in other.times.into_iter().flat_map(|(first, last)| [first, last]) {
            self.times = Some(widened(self.times, at));
        }
        let room = MOST_SAMPLES.saturating_sub(self.samples.len());
        self.samples.extend(other.samples.into_iter().take(room));
    }
}

/// What is kept of a record.
pub(super) fn cut(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(LONGEST_EXAMPLE)].to_vec()
}
