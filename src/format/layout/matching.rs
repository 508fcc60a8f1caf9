//! A line beside the pieces of a layout.
//!
//! A value ends where the literal behind it begins and the rest fits too; where the first place does not fit, the next is
//! tried, so that neither a blank in a user's name nor what a client made look like the end shifts the fields behind it. The
//! tries for a line are counted. A line that is shorter or longer than its layout is read as far as both go.

use memchr::memmem;
use smallvec::SmallVec;

use super::{Check, Piece, is_telling};
use crate::format::clf::any_stamp;
use crate::format::haproxy::session::is_state;
use crate::text::number;
use crate::time::{apache_error, haproxy};

/// Values by the place of their piece.
pub(super) type Found<'a> = SmallVec<[(usize, &'a [u8]); 24]>;

/// Ends of values that are tried for one line.
const MOST_TRIES: u32 = 2_000;

/// What a layout says of a line.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) found: Found<'a>,
    /// Line and layout end together.
    pub(super) is_whole: bool,
}

/// The values of a line; `None` when it is none of the layout's: what tells of a failure is not there.
pub(super) fn read<'a>(pieces: &[Piece], line: &'a [u8]) -> Option<Reading<'a>> {
    let mut walk = Walk { pieces, line, found: SmallVec::new(), best: (0, SmallVec::new()), tries: 0 };
    let is_whole = walk.from(0, 0);
    let found = walk.best.1;
    let tells = found.iter().any(|(at, _)| matches!(&pieces[*at], Piece::Field(field) if is_telling(&field.name)));
    tells.then_some(Reading { found, is_whole })
}

/// A layout being laid over a line.
struct Walk<'p, 'a> {
    pieces: &'p [Piece],
    line: &'a [u8],
    found: Found<'a>,
    /// How many pieces the best reading fits, and its values.
    best: (usize, Found<'a>),
    tries: u32,
}

impl<'p> Walk<'p, '_> {
    /// Whether the pieces from `piece` on describe the line from `at` on, to its end. Remembers the best that does not.
    fn from(&mut self, piece: usize, at: usize) -> bool {
        let rest = &self.line[at..];
        match self.pieces.get(piece) {
            None => {
                let is_whole = rest.is_empty();
                self.remember(piece + usize::from(is_whole));
                is_whole
            }
            Some(Piece::Literal(text)) => match after_literal(text, rest, self.line[..at].last()) {
                Some(len) => self.from(piece + 1, at + len),
                None => self.stuck(piece),
            },
            Some(Piece::Optional(count)) => {
                let held = self.found.len();
                if self.from(piece + 1, at) {
                    return true;
                }
                self.found.truncate(held);
                self.from(piece + 1 + count, at)
            }
            Some(Piece::Field(field)) => self.field(piece, field.check, at),
        }
    }

    fn field(&mut self, piece: usize, check: Check, at: usize) -> bool {
        let rest = &self.line[at..];
        let Some(literal) = self.literal_behind(piece) else {
            // Behind it nothing is told, so it takes what is left, or, of a longer line, what fits.
            let end = if fits(check, rest, b"") { rest.len() } else { memchr::memchr(b' ', rest).unwrap_or(rest.len()) };
            return if fits(check, &rest[..end], &rest[end..]) { self.take(piece, at, end) } else { self.stuck(piece) };
        };
        let is_quoted = at > 0 && self.line[at - 1] == b'"' && literal.first() == Some(&b'"');
        if check == Check::Captures && !rest.starts_with(b"{") {
            return self.take(piece, at, 0);
        }
        for end in memmem::find_iter(rest, literal) {
            if self.tries >= MOST_TRIES {
                break;
            }
            self.tries += 1;
            let is_escaped = is_quoted && rest[..end].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
            if !is_escaped && fits(check, &rest[..end], &rest[end..]) && self.take(piece, at, end) {
                return true;
            }
        }
        // The line may end with it: because the rest has vanished, or because it was cut.
        let may_end = matches!(self.pieces.get(piece + 1), Some(Piece::Optional(_))) || matches!(check, Check::Status | Check::State | Check::Time);
        if may_end && fits(check, rest, b"") && self.take(piece, at, rest.len()) {
            return true;
        }
        self.stuck(piece)
    }

    fn take(&mut self, piece: usize, at: usize, len: usize) -> bool {
        let held = self.found.len();
        self.found.push((piece, &self.line[at..at + len]));
        let is_whole = self.from(piece + 1, at + len);
        if !is_whole {
            self.found.truncate(held);
        }
        is_whole
    }

    /// What a value may end at: the literal behind it, or the beginning of what may vanish.
    fn literal_behind(&self, piece: usize) -> Option<&'p [u8]> {
        match (self.pieces.get(piece + 1)?, self.pieces.get(piece + 2)) {
            (Piece::Literal(text), _) => Some(text),
            (Piece::Optional(_), Some(Piece::Literal(text))) => text.get(..1),
            _ => None,
        }
    }

    fn stuck(&mut self, piece: usize) -> bool {
        self.remember(piece);
        false
    }

    fn remember(&mut self, reached: usize) {
        if reached > self.best.0 || (reached == self.best.0 && self.best.1.is_empty()) {
            self.best = (reached, self.found.clone());
        }
    }
}

/// How much of the rest a literal takes. HAProxy prints one blank where a value between two is empty.
fn after_literal(text: &[u8], rest: &[u8], before: Option<&u8>) -> Option<usize> {
    if rest.starts_with(text) {
        return Some(text.len());
    }
    let without_blank = text.strip_prefix(b" ").filter(|_| before == Some(&b' '))?;
    rest.starts_with(without_blank).then_some(without_blank.len())
}

/// Whether a value looks like what it should be; `behind` is what follows it.
fn fits(check: Check, value: &[u8], behind: &[u8]) -> bool {
    match check {
        Check::Any => true,
        Check::Word => memchr::memchr(b' ', value).is_none(),
        Check::Number => value.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+')),
        Check::Status => matches!(value, b"-" | b"-1") || number::status(value).is_some(),
        Check::State => is_state(value),
        Check::Time => any_stamp(value).is_some() || haproxy(value).is_some() || apache_error(value).is_some(),
        Check::List => !value.ends_with(b",") && !value.ends_with(b" :") && !behind.starts_with(b" : "),
        Check::Captures => value.is_empty() || (value.starts_with(b"{") && value.ends_with(b"}")),
    }
}
