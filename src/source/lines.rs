//! Complete lines of bytes that come in any pieces.

use memchr::{memchr, memrchr};

/// Of a line that does not end so much is kept; a longer one is passed on cut.
const LONGEST: usize = (1 << 20) + 2;

/// The line that is not complete yet.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
    /// Bytes of it, those that were dropped included.
    pending: u64,
}

impl Lines {
    /// Takes in the next bytes; what is complete by now is appended to `out`, ends of lines included.
    pub fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(last) = memrchr(b'\n', bytes) else { return self.hold(bytes) };
        let first = memchr(b'\n', bytes).unwrap_or(last);
        // What is over the longest of the pending line is dropped here too.
        self.hold(&bytes[..first]);
        out.append(&mut self.partial);
        out.extend_from_slice(&bytes[first..=last]);
        self.pending = 0;
        self.hold(&bytes[last + 1..]);
    }

    /// Nothing follows: what is left is a line.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if self.pending > 0 {
            out.append(&mut self.partial);
            out.push(b'\n');
        }
        self.pending = 0;
    }

    /// Bytes that are kept back.
    pub fn pending(&self) -> u64 {
        self.pending
    }

    fn hold(&mut self, bytes: &[u8]) {
        self.pending += bytes.len() as u64;
        let room = LONGEST.saturating_sub(self.partial.len());
        self.partial.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_passed_on_when_they_are_complete() {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        let mut take = |bytes: &[u8]| {
            out.clear();
            lines.take(bytes, &mut out);
            (String::from_utf8(out.clone()).unwrap(), lines.pending())
        };
        assert_eq!(take(b"on"), (String::new(), 2));
        assert_eq!(take(b"e\ntwo\nth"), ("one\ntwo\n".to_owned(), 2));
        assert_eq!(take(b"ree\n"), ("three\n".to_owned(), 0));
        let mut out = Vec::new();
        lines.take(b"rest", &mut out);
        lines.end(&mut out);
        lines.end(&mut out);
        assert_eq!(out, b"rest\n");
    }

    #[test]
    fn a_line_without_end_takes_no_more_than_its_share() {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        for _ in 0..40 {
            lines.take(&vec![b'x'; 100_000], &mut out);
        }
        assert_eq!((out.len(), lines.pending()), (0, 4_000_000));
        lines.take(b"end\nnext\n", &mut out);
        assert_eq!(out.len(), LONGEST + "\nnext\n".len());
    }
}
