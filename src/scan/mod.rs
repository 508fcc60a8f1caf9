//! The driver: bytes → records → entries → verdicts → events.
//!
//! [`Scanner::scan`] is pure: it reads a slice and gives a [`Piece`], on whichever core. Pieces are put together in file
//! order by what stands above; a piece says where its last record ended, so that one whose start was guessed wrong (a
//! record may run over lines that look like heads) is found out and scanned again.

mod event;
mod filter;
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

pub use event::{Answered, Event, Kind, NO_TIME, SHARDS, is_gateway_status};
pub use filter::Filter;
pub use names::{NameId, Names};
pub(crate) use piece::widened;
pub use piece::{Counts, Example, Piece, Second};
pub use records::{FirstRecord, MAX_LINE, first_record, next_head};
pub use scanner::{Context, Known, Scanner, Slice};
pub use template::{Part, parts, template};
pub use unknown::{Sample, Unknown};
pub use wanted::{Places, Wanted, window};

use crate::format::{Envelope, FormatId};

/// What the lines of an input are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What each line is wrapped in.
    pub envelope: Envelope,
    /// The format that is tried first; the others are tried on each line that it does not know.
    pub format: FormatId,
}

impl Dialect {
    /// The format of which a record begins with this line.
    pub fn begins(&self, line: &[u8]) -> Option<FormatId> {
        if self.format.format().begins(line) {
            return Some(self.format);
        }
        FormatId::ALL.into_iter().find(|format| *format != self.format && format.format().begins(line))
    }
}
