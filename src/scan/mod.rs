//! The driver: bytes → records → entries → verdicts → events.
//!
//! [`Scanner::scan`] is pure: it reads a slice and gives a [`Piece`], on whichever core. Pieces are put together in file
//! order by what stands above; a piece says where its last record ended, so that one whose start was guessed wrong (a
//! record may run over lines that look like heads) is found out and scanned again.

mod event;
mod filter;
mod names;
mod records;
mod scanner;
mod template;
mod unknown;
mod wanted;

pub use event::{Event, Kind, NO_TIME, is_gateway_status};
pub use filter::Filter;
pub use names::{NameId, Names};
pub use records::{FirstRecord, MAX_LINE, first_record, next_head};
pub(crate) use scanner::widened;
pub use scanner::{Counts, Example, Piece, Scanner, Second, Slice};
pub use template::{Part, parts, template};
pub use unknown::{Sample, Unknown};
pub use wanted::{Places, Wanted, window};

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
}

impl Dialect {
    /// The format of which a record begins with this line.
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

    /// Time and status of an answer of the input's format.
    pub fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        self.format.format().skim_by(self.columns, line, clock)
    }
}
