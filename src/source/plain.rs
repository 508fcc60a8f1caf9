//! A regular file that is not compressed: read by position, on all cores if asked.

use std::fs::File;
use std::io;

use rayon::prelude::*;

use super::Reason;

/// Bytes that one core reads at a time: enough to make the call cheap, few enough to stay in its cache.
const PIECE: usize = 256 * 1024;

/// An open file and how far it was read.
///
/// It ends where it ended when it was opened, or, if it has grown until that was reached, where it ends then: a file that
/// grows as fast as it is read ends too.
#[derive(Debug)]
pub struct PlainFile {
    file: File,
    len: u64,
    position: u64,
    end: u64,
    has_grown: bool,
}

/// How a read ended, beside the bytes that it got.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    More,
    End(Option<Reason>),
}

impl PlainFile {
    /// `file`, from its beginning.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, len, position: 0, end: len, has_grown: false })
    }

    /// Its length in bytes when it was opened.
    pub fn len_at_opening(&self) -> u64 {
        self.len
    }

    /// Its length in bytes now, or the one at its opening if that was more.
    pub fn len_now(&self) -> u64 {
        self.file.metadata().map_or(self.len, |metadata| metadata.len().max(self.len))
    }

    /// Fills `space` from `position` on, whatever was read before: how many bytes have come, and what is wrong if those are
    /// not all. Many threads may ask at once.
    pub fn read_from(&self, position: u64, space: &mut [u8]) -> (usize, Option<Reason>) {
        let (got, fault) = read_at(&self.file, space, position);
        let expected = position + space.len() as u64;
        let missing = || (got < space.len()).then(|| Reason::Shrunk { read: position + got as u64, expected });
        (got, fault.map(Reason::from).or_else(missing))
    }

    /// Goes on from `position` instead of where it was.
    pub(super) fn seek(&mut self, position: u64) {
        self.position = position;
        self.end = self.end.max(position);
    }

    /// Bytes that are still to come, as far as is known.
    pub(super) fn left(&self) -> u64 {
        self.end - self.position
    }

    /// Fills `space` as far as the file reaches.
    pub(super) fn read(&mut self, space: &mut [u8], is_parallel: bool) -> (usize, Next) {
        let mut got = 0;
        loop {
            let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
            let want = left.min(space.len() - got);
            let (count, fault) = self.read_at_position(&mut space[got..got + want], is_parallel);
            got += count;
            self.position += count as u64;
            if let Some(error) = fault {
                return (got, Next::End(Some(error.into())));
            }
            if count < want {
                return (got, Next::End(Some(Reason::Shrunk { read: self.position, expected: self.end })));
            }
            if self.position < self.end {
                return (got, Next::More);
            }
            if !self.grow() {
                return (got, Next::End(None));
            }
        }
    }

    /// Takes in what was appended since the file was opened; false if nothing was, or if that was done before.
    fn grow(&mut self) -> bool {
        if std::mem::replace(&mut self.has_grown, true) {
            return false;
        }
        let now = self.file.metadata().map_or(0, |metadata| metadata.len());
        self.end = self.end.max(now);
        self.end > self.position
    }

    fn read_at_position(&self, space: &mut [u8], is_parallel: bool) -> (usize, Option<io::Error>) {
        if !is_parallel || space.len() <= PIECE {
            return read_at(&self.file, space, self.position);
        }
        let read = |(index, piece): (usize, &mut [u8])| read_at(&self.file, piece, self.position + (index * PIECE) as u64);
        let pieces: Vec<_> = space.par_chunks_mut(PIECE).enumerate().map(read).collect();
        // Only what is joined to the beginning counts: a file that shrinks may end in any piece.
        let mut got = 0;
        for (count, fault) in pieces {
            got += count;
            if fault.is_some() || count < PIECE {
                return (got, fault);
            }
        }
        (got, None)
    }
}

/// Fills `space` from `position` on; fewer bytes at the end of the file or before a fault.
pub(super) fn read_at(file: &File, space: &mut [u8], position: u64) -> (usize, Option<io::Error>) {
    let mut got = 0;
    while got < space.len() {
        match read_once(file, &mut space[got..], position + got as u64) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (got, Some(error)),
        }
    }
    (got, None)
}

#[cfg(unix)]
fn read_once(file: &File, space: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, space, position)
}

#[cfg(windows)]
fn read_once(file: &File, space: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, space, position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file_of(bytes: &[u8]) -> (tempfile::NamedTempFile, PlainFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let plain = PlainFile::new(file.reopen().unwrap()).unwrap();
        (file, plain)
    }

    fn fill(plain: &mut PlainFile, buffer: &mut Vec<u8>, want: usize, is_parallel: bool) -> Next {
        let start = buffer.len();
        buffer.resize(start + want, 0);
        let (got, next) = plain.read(&mut buffer[start..], is_parallel);
        buffer.truncate(start + got);
        next
    }

    fn numbers(count: usize) -> Vec<u8> {
        (0..count).map(|n| n.to_le_bytes()[n % 3]).collect()
    }

    #[test]
    fn a_file_is_read_the_same_on_one_core_and_on_all() {
        let bytes = numbers(5 * PIECE + 77);
        for want in [1 << 14, PIECE, 3 * PIECE + 1, 9 * PIECE] {
            for parallel in [false, true] {
                let (_kept, mut plain) = file_of(&bytes);
                let mut buffer = Vec::new();
                while fill(&mut plain, &mut buffer, want, parallel) == Next::More {}
                assert!(buffer == bytes, "{want} bytes at a time, parallel: {parallel}");
                assert_eq!(fill(&mut plain, &mut buffer, want, parallel), Next::End(None));
            }
        }
    }

    #[test]
    fn an_empty_file_ends_at_once() {
        let (_kept, mut plain) = file_of(b"");
        assert_eq!(fill(&mut plain, &mut Vec::new(), 10, true), Next::End(None));
    }

    #[test]
    fn a_file_that_grows_is_read_to_where_it_ends_when_it_is_reached() {
        let (mut file, mut plain) = file_of(b"one\n");
        file.write_all(b"two\n").unwrap();
        let mut buffer = Vec::new();
        assert_eq!(fill(&mut plain, &mut buffer, 6, false), Next::More);
        assert_eq!(buffer, b"one\ntw", "what was asked for comes whole");
        file.write_all(b"three\n").unwrap();
        assert_eq!(fill(&mut plain, &mut buffer, 100, false), Next::End(None));
        assert_eq!(buffer, b"one\ntwo\n", "what is appended later belongs to the next run");
        assert_eq!(plain.len_at_opening(), 4);
    }

    #[test]
    fn a_file_that_shrinks_keeps_what_was_read_and_says_so() {
        for parallel in [false, true] {
            let bytes = numbers(4 * PIECE);
            let (file, mut plain) = file_of(&bytes);
            let mut buffer = Vec::new();
            assert_eq!(fill(&mut plain, &mut buffer, 100, parallel), Next::More);
            file.as_file().set_len(2 * PIECE as u64 + 5).unwrap();
            let next = fill(&mut plain, &mut buffer, 8 * PIECE, parallel);
            assert!(buffer == bytes[..2 * PIECE + 5], "parallel: {parallel}");
            assert_eq!(next, Next::End(Some(Reason::Shrunk { read: 2 * PIECE as u64 + 5, expected: 4 * PIECE as u64 })));
        }
    }
}
