//! The driver: bytes → records → entries → verdicts → events.
//!
//! [`Scanner::scan`] is pure: it reads a slice and gives a [`Piece`], on whichever core. Pieces are put together in file
//! order by what stands above; a piece says where its last record ended, so that one whose start was guessed wrong (a
//! record may run over lines that look like heads) is found out and scanned again.

mod behind;
mod event;
mod filter;
mod known;
mod memo;
mod names;
mod piece;
mod quick;
mod records;
mod scanner;
mod template;
mod unknown;
mod wanted;
mod work;

pub use behind::{Behind, ContextEvent};
pub(crate) use event::shard_of;
pub use event::{Answered, Event, Key, Kind, NO_TIME, SHARDS, is_gateway_status};
pub use filter::Filter;
pub use known::{Exemplified, Known};
pub use names::{NameId, Names};
pub(crate) use piece::widened;
pub use piece::{Counts, Example, Piece, Second};
pub use records::{FirstRecord, MAX_LINE, first_record, next_head};
pub use scanner::{Context, Scanner, Slice};
pub use template::{Part, parts, template};
pub use unknown::{Sample, Unknown};
pub use wanted::{Places, Wanted, window};

use memchr::memchr;

use crate::format::{Columns, Envelope, FormatId, Skimmed};
use crate::record::Entry;
use crate::time::Clock;

/// What the lines of an input are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What each line is wrapped in.
    pub envelope: Envelope,
    /// The format that is tried first; the others are tried on each line that it does not know.
    pub format: FormatId,
    /// Where the values stand, if the input has a header that says so.
    pub columns: Columns,
    /// The user named the format: a line of another one is not understood.
    pub is_only: bool,
}

impl Dialect {
    /// Whether records of that format are read.
    pub fn takes(&self, format: FormatId) -> bool {
        !self.is_only || format == self.format
    }

    /// The format of which a record begins with this line, be it one that is read or not: either ends the one before.
    pub fn begins(&self, line: &[u8]) -> Option<FormatId> {
        if self.format.format().begins_by(self.columns, line) {
            return Some(self.format);
        }
        FormatId::ALL.into_iter().find(|format| *format != self.format && format.format().begins(line))
    }

    /// Understands a record of one of the formats.
    pub fn parse<'a>(&self, format: FormatId, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let columns = if format == self.format { self.columns } else { Columns::NONE };
        format.format().parse_by(columns, record, clock)
    }

    /// Time and status of an answer of the input's format, with whose line `rest` begins, and where its line feed stands.
    pub fn skim_first(&self, rest: &[u8], clock: &mut Clock) -> Option<(Skimmed, usize)> {
        if self.columns == Columns::NONE {
            return self.format.format().skim_first(rest, clock);
        }
        let end = memchr(b'\n', rest)?;
        let line = &rest[..end];
        Some((self.format.format().skim_by(self.columns, line.strip_suffix(b"\r").unwrap_or(line), clock)?, end))
    }
}
