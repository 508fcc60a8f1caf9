//! Opening a source, and its bytes in pieces of any size.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::compression::{Compression, HEAD, foreign};
use super::plain::{Next, PlainFile};
use super::unpack::Unpack;
use super::{Reason, Source, SourceError, SourceKind};

/// Bytes that are asked of a stream at once. The gzip decoder copies its window of 32 KiB at the end of each call: pieces
/// of 64 KiB made it up to a fifth slower.
const STREAM_PIECE: usize = 256 * 1024;

/// An open source.
enum Opened {
    /// A file that is not compressed: its length is known, and it is read by position.
    Plain(PlainFile),
    /// Anything else, decompressed: a compressed file, a fifo, the standard input.
    Stream(Box<dyn Read + Send>),
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(file) => file.fmt(f),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// Opens `source`. Streams are decompressed too, if their first bytes say so; those are read only when bytes are asked for.
fn open(source: &Source, consumed: &Consumed) -> Result<Opened, SourceError> {
    let opened = match source.kind {
        SourceKind::Stdin => Ok(Opened::Stream(Box::new(Unpack::new(io::stdin())))),
        SourceKind::Pipe => File::open(&source.path).map(|file| Opened::Stream(Box::new(Unpack::new(file)))),
        SourceKind::File => open_file(source, consumed),
    };
    opened.map_err(|error| source.error(error.into()))
}

fn open_file(source: &Source, consumed: &Consumed) -> io::Result<Opened> {
    // Another kind of file may have taken the place of the one that was found; to open a fifo would wait for a writer.
    if !fs::metadata(&source.path)?.is_file() {
        return Err(Reason::System("is no longer a regular file".to_owned()).into());
    }
    let mut file = File::open(&source.path)?;
    let mut head = Vec::with_capacity(HEAD);
    (&file).take(HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    if let Some(what) = foreign(&head) {
        return Err(Reason::Foreign(what).into());
    }
    match Compression::of(&head) {
        Some(_) => Ok(Opened::Stream(Box::new(Unpack::new(Counted { inner: file, count: consumed.clone() })))),
        None => PlainFile::new(file).map(Opened::Plain),
    }
}

/// How much of a compressed file was read: its reader is boxed, so the count stands beside it.
type Consumed = Arc<AtomicU64>;

/// A reader that counts what is read of it.
struct Counted<R> {
    inner: R,
    count: Consumed,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(space)?;
        self.count.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

/// The beginning of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Decompressed.
    pub bytes: Vec<u8>,
    /// It is compressed.
    pub is_packed: bool,
}

/// The first `most` decompressed bytes of `source`, to see what it is. A stream yields none, as nothing may be taken from
/// it. A fault counts only if nothing could be read before it.
pub fn sample(source: &Source, most: usize) -> Result<Sample, SourceError> {
    let mut sample = Sample::default();
    if source.is_stream() {
        return Ok(sample);
    }
    let mut feed = Feed::open(source)?;
    sample.is_packed = feed.plain().is_none();
    match feed.fill(&mut sample.bytes, most) {
        Filled::End(Some(error)) if sample.bytes.is_empty() => Err(error),
        Filled::End(_) | Filled::More => Ok(sample),
    }
}

/// The bytes of one source, one piece after another.
#[derive(Debug)]
pub struct Feed {
    source: Source,
    opened: Opened,
    is_parallel: bool,
    has_ended: bool,
    bytes: u64,
    consumed: Consumed,
}

/// Whether a source goes on. The bytes that came with it are good in any case.
#[derive(Debug, PartialEq, Eq)]
pub enum Filled {
    /// As many bytes as were asked for have come, and there may be more.
    More,
    /// This was the last of it, or the last before what is wrong with it.
    End(Option<SourceError>),
}

impl Feed {
    /// Opens `source`, to be read on the calling thread.
    pub fn open(source: &Source) -> Result<Self, SourceError> {
        let consumed = Consumed::default();
        Ok(Self { source: source.clone(), opened: open(source, &consumed)?, is_parallel: false, has_ended: false, bytes: 0, consumed })
    }

    /// Reads on all cores of rayon's current pool what can be read so: plain files.
    #[must_use]
    pub fn in_parallel(self) -> Self {
        Self { is_parallel: true, ..self }
    }

    /// Bytes delivered so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes of the file that were read so far, compressed as they are; 0 for streams.
    pub fn consumed(&self) -> u64 {
        match &self.opened {
            Opened::Plain(_) => self.bytes,
            Opened::Stream(_) => self.consumed.load(Ordering::Relaxed),
        }
    }

    /// The file, if it is a plain one, which can be read anywhere.
    pub fn plain(&self) -> Option<&PlainFile> {
        match &self.opened {
            Opened::Plain(file) => Some(file),
            Opened::Stream(_) => None,
        }
    }

    /// Goes on from `position`, if it is a plain file; those bytes count as delivered.
    pub fn seek(&mut self, position: u64) {
        if let Opened::Plain(file) = &mut self.opened {
            file.seek(position);
            self.bytes = position;
        }
    }

    /// Appends the next `want` bytes to `buffer`: fewer only at the end.
    pub fn fill(&mut self, buffer: &mut Vec<u8>, want: usize) -> Filled {
        let full = buffer.len() + want;
        while buffer.len() < full {
            let room = self.room(full - buffer.len());
            match append(buffer, room, |space| self.fill_slice(space)) {
                Filled::More => {}
                end @ Filled::End(_) => return end,
            }
        }
        Filled::More
    }

    /// Appends what is there by now, at most `most` bytes, and waits only if that is nothing. For streams that are followed.
    pub fn fill_some(&mut self, buffer: &mut Vec<u8>, most: usize) -> Filled {
        append(buffer, self.room(most), |space| self.deliver(|opened, _| read_some(opened, space)))
    }

    /// Fills `space`: how many bytes have come (fewer than its length only at the end), and whether there are more. Spares
    /// the zeroes that [`Self::fill`] first makes room with, to a caller who keeps the length of its buffer.
    pub fn fill_slice(&mut self, space: &mut [u8]) -> (usize, Filled) {
        self.deliver(|opened, is_parallel| match opened {
            Opened::Plain(file) => file.read(space, is_parallel),
            Opened::Stream(_) => {
                let mut got = 0;
                while got < space.len() {
                    let (count, next) = read_some(opened, &mut space[got..]);
                    got += count;
                    if let Next::End(_) = next {
                        return (got, next);
                    }
                }
                (got, Next::More)
            }
        })
    }

    /// How much of `want` to make room for at once: a small source shall not cost the zeroes of a large buffer.
    fn room(&self, want: usize) -> usize {
        let likely = match &self.opened {
            Opened::Plain(file) => usize::try_from(file.left()).unwrap_or(usize::MAX),
            Opened::Stream(_) => 0,
        };
        want.min(likely.max(STREAM_PIECE))
    }

    fn deliver(&mut self, read: impl FnOnce(&mut Opened, bool) -> (usize, Next)) -> (usize, Filled) {
        if self.has_ended {
            return (0, Filled::End(None));
        }
        let (got, next) = read(&mut self.opened, self.is_parallel);
        self.bytes += got as u64;
        match next {
            Next::More => (got, Filled::More),
            Next::End(reason) => {
                self.has_ended = true;
                (got, Filled::End(reason.map(|reason| self.source.error(reason))))
            }
        }
    }
}

/// One read: at least a byte, unless it is the end or there is no room.
fn read_some(opened: &mut Opened, space: &mut [u8]) -> (usize, Next) {
    let stream = match opened {
        Opened::Plain(file) => return file.read(space, false),
        Opened::Stream(_) if space.is_empty() => return (0, Next::More),
        Opened::Stream(stream) => stream,
    };
    loop {
        match stream.read(space) {
            Ok(0) => return (0, Next::End(None)),
            Ok(count) => return (count, Next::More),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (0, Next::End(Some(error.into()))),
        }
    }
}

fn append(buffer: &mut Vec<u8>, most: usize, read: impl FnOnce(&mut [u8]) -> (usize, Filled)) -> Filled {
    let start = buffer.len();
    buffer.resize(start + most, 0);
    let (got, filled) = read(&mut buffer[start..]);
    buffer.truncate(start + got);
    filled
}

#[cfg(test)]
mod tests {
    use super::super::unpack::tests::{KINDS, lines, pack};
    use super::*;
    use std::io::Write;
    use std::path::Path;

    fn written(folder: &Path, name: &str, bytes: &[u8]) -> Source {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        Source::file(path)
    }

    fn read(feed: &mut Feed, want: usize) -> (Vec<u8>, Option<Reason>) {
        let mut bytes = Vec::new();
        loop {
            let before = bytes.len();
            match feed.fill(&mut bytes, want) {
                Filled::More => assert_eq!(bytes.len(), before + want),
                Filled::End(error) => return (bytes, error.map(|error| error.reason)),
            }
        }
    }

    #[test]
    fn a_feed_yields_the_same_bytes_in_pieces_of_any_size() {
        let folder = tempfile::tempdir().unwrap();
        let text = lines(15_000);
        let mut sources = vec![written(folder.path(), "plain", &text)];
        sources.extend(KINDS.map(|kind| written(folder.path(), &kind.to_string(), &pack(kind, &text))));
        for source in sources {
            for want in [1_000, 1 << 20, 1 << 24] {
                let mut feed = Feed::open(&source).unwrap().in_parallel();
                assert!(read(&mut feed, want) == (text.clone(), None), "{source:?}, {want}");
                assert_eq!(feed.bytes(), text.len() as u64);
                assert_eq!(feed.consumed(), fs::metadata(&source.path).unwrap().len(), "{source:?}");
                assert_eq!(feed.fill(&mut Vec::new(), want), Filled::End(None), "the end stays the end");
            }
        }
    }

    #[test]
    fn a_fault_is_told_once_and_after_the_bytes_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let text = lines(15_000);
        let packed = pack(Compression::Gzip, &text);
        let source = written(folder.path(), "error.log.gz", &packed[..packed.len() / 2]);
        let mut feed = Feed::open(&source).unwrap();
        let (bytes, reason) = read(&mut feed, 100_000);
        assert!(text.starts_with(&bytes) && bytes.len() > text.len() / 4);
        assert_eq!(reason, Some(Reason::Truncated { kind: Compression::Gzip, bytes: bytes.len() as u64 }));
        assert_eq!(feed.fill(&mut Vec::new(), 1), Filled::End(None));
    }

    #[test]
    fn a_file_that_is_gone_or_refused_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let reason = |source: &Source| open(source, &Consumed::default()).unwrap_err().reason.to_string();
        assert_eq!(reason(&Source::file(folder.path().join("none"))), "no such file or folder");
        assert_eq!(reason(&Source::file(folder.path())), "is no longer a regular file");
        let zip = written(folder.path(), "logs", b"PK\x03\x04....");
        assert_eq!(reason(&zip), "is a zip archive, which cannot be read: unpack it first");
    }

    #[test]
    fn a_sample_is_the_beginning_of_what_is_inside() {
        let folder = tempfile::tempdir().unwrap();
        let text = lines(3_000);
        for kind in KINDS {
            let packed = pack(kind, &text);
            let source = written(folder.path(), "a", &packed);
            assert_eq!(sample(&source, 1_000).unwrap(), Sample { bytes: text[..1_000].to_vec(), is_packed: true }, "{kind}");
        }
        assert_eq!(sample(&written(folder.path(), "empty", b""), 10).unwrap(), Sample::default());
        assert_eq!(sample(&Source::stdin(), 10).unwrap(), Sample::default(), "nothing is taken from a stream");
        let cut = written(folder.path(), "cut", &pack(Compression::Gzip, b"one\n")[..10]);
        assert_eq!(sample(&cut, 10).unwrap_err().reason, Reason::Truncated { kind: Compression::Gzip, bytes: 0 });
    }

    #[test]
    fn a_stream_that_is_followed_yields_what_is_there() {
        let (reader, mut writer) = io::pipe().unwrap();
        let opened = Opened::Stream(Box::new(Unpack::new(reader)));
        let mut feed = Feed { source: Source::stdin(), opened, is_parallel: false, has_ended: false, bytes: 0, consumed: Consumed::default() };
        let mut bytes = Vec::new();
        for line in [&b"first line\n"[..], b"2\n"] {
            writer.write_all(line).unwrap();
            assert_eq!(feed.fill_some(&mut bytes, 1 << 16), Filled::More);
            assert!(bytes.ends_with(line));
        }
        drop(writer);
        assert_eq!(feed.fill_some(&mut bytes, 1 << 16), Filled::End(None));
        assert_eq!(feed.bytes(), 13);
    }
}
