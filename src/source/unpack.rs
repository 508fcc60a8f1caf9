//! A reader that unpacks what is compressed and passes on what is not.
//!
//! Compressed data is a row of members (of frames, of streams): logs are appended to each other as they are. At each
//! border the next bytes decide anew. A member that ends too early or is damaged yields all that came out of it, then
//! the fault, as an error that holds a [`Reason`]; so does what follows the last member and is none.

use std::io::{self, Read};

use super::codec::{Codec, Outcome};
use super::compression::{Compression, HEAD, foreign};
use super::error::Reason;

/// Bytes that are read at once from what is compressed.
const INPUT: usize = 128 * 1024;

/// What `R` yields, decompressed.
#[derive(Debug)]
pub(super) struct Unpack<R> {
    input: R,
    buffer: Box<[u8]>,
    /// What was read and not yet used is `buffer[from..to]`.
    from: usize,
    to: usize,
    state: State,
    /// Decompressed bytes so far.
    bytes: u64,
}

#[derive(Debug)]
enum State {
    Start,
    Plain,
    Member(Compression, Codec),
    /// After a whole member.
    Border(Compression),
    /// Ends with this fault, which has yet to be told.
    Failed(Reason),
    Ended,
}

impl<R: Read> Unpack<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, buffer: vec![0; INPUT].into_boxed_slice(), from: 0, to: 0, state: State::Start, bytes: 0 }
    }

    /// Takes in more input; false at its end.
    fn refill(&mut self) -> io::Result<bool> {
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
        } else if self.to == self.buffer.len() {
            self.buffer.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        loop {
            match self.input.read(&mut self.buffer[self.to..]) {
                Ok(count) => {
                    self.to += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next bytes, as many as it takes to tell what they are, without using them up.
    fn peek(&mut self) -> io::Result<&[u8]> {
        while Compression::is_open(&self.buffer[self.from..self.to]) && self.refill()? {}
        Ok(&self.buffer[self.from..self.to.min(self.from + HEAD)])
    }

    fn start(&mut self) -> io::Result<State> {
        let head = self.peek()?;
        if let Some(what) = foreign(head) {
            return Ok(State::Failed(Reason::Foreign(what)));
        }
        Ok(match Compression::of(head) {
            Some(kind) => State::Member(kind, Codec::new(kind)?),
            None => State::Plain,
        })
    }

    /// What follows a whole member: another one, nothing, or something that is none.
    fn border(&mut self, kind: Compression) -> io::Result<State> {
        let head = self.peek()?;
        if let Some(next) = Compression::of(head) {
            return Ok(State::Member(next, Codec::new(next)?));
        }
        if head.is_empty() {
            return Ok(State::Ended);
        }
        // Zero bytes fill up the last block of a tape or of a disk image.
        loop {
            if self.buffer[self.from..self.to].iter().any(|byte| *byte != 0) {
                return Ok(State::Failed(Reason::Trailing { kind }));
            }
            self.from = self.to;
            if !self.refill()? {
                return Ok(State::Failed(Reason::Padded { kind }));
            }
        }
    }

    /// Some bytes of a member and what follows them.
    fn member(&mut self, kind: Compression, mut codec: Codec, output: &mut [u8]) -> io::Result<(usize, State)> {
        loop {
            let step = codec.step(&self.buffer[self.from..self.to], output);
            self.from += step.read;
            self.bytes += step.written as u64;
            let bytes = self.bytes;
            let next = match step.outcome {
                Outcome::Ended => State::Border(kind),
                Outcome::Corrupt => State::Failed(Reason::Corrupt { kind, bytes }),
                Outcome::Memory => State::Failed(Reason::Memory { kind }),
                Outcome::Goes if step.written > 0 => State::Member(kind, codec),
                Outcome::Goes if step.read > 0 => continue,
                // No decoder stands still while it has input.
                Outcome::Goes if self.from < self.to => State::Failed(Reason::Corrupt { kind, bytes }),
                Outcome::Goes => match self.refill() {
                    Ok(true) => continue,
                    Ok(false) => State::Failed(Reason::Truncated { kind, bytes }),
                    Err(error) => State::Failed(error.into()),
                },
            };
            return Ok((step.written, next));
        }
    }

    fn plain(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if self.from == self.to {
            return self.input.read(output);
        }
        let count = output.len().min(self.to - self.from);
        output[..count].copy_from_slice(&self.buffer[self.from..self.from + count]);
        self.from += count;
        Ok(count)
    }
}

impl<R: Read> Read for Unpack<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if output.is_empty() {
            return Ok(0);
        }
        loop {
            // Whatever fails below leaves the end behind, so that a fault is told once.
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Start => self.state = self.start()?,
                State::Border(kind) => self.state = self.border(kind)?,
                State::Member(kind, codec) => {
                    let (written, next) = self.member(kind, codec, output)?;
                    self.state = next;
                    if written > 0 {
                        return Ok(written);
                    }
                }
                State::Plain => {
                    self.state = State::Plain;
                    return self.plain(output);
                }
                State::Failed(reason) => return Err(reason.into()),
                State::Ended => return Ok(0),
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Write;

    pub(in crate::source) const KINDS: [Compression; 4] = [Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Bzip2];

    pub(in crate::source) fn pack(kind: Compression, bytes: &[u8]) -> Vec<u8> {
        match kind {
            Compression::Gzip => {
                let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packer.write_all(bytes).unwrap();
                packer.finish().unwrap()
            }
            Compression::Zstd => {
                let mut packer = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
                packer.include_checksum(true).unwrap();
                packer.write_all(bytes).unwrap();
                packer.finish().unwrap()
            }
            Compression::Xz => {
                let mut packer = liblzma::write::XzEncoder::new(Vec::new(), 1);
                packer.write_all(bytes).unwrap();
                packer.finish().unwrap()
            }
            Compression::Bzip2 => {
                let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                packer.write_all(bytes).unwrap();
                packer.finish().unwrap()
            }
        }
    }

    /// Lines that pack to about a fifth.
    pub(in crate::source) fn lines(count: u32) -> Vec<u8> {
        let line = |n: u32| format!("2026/03/18 03:00:00 [error] {}#0: *{n} connect() failed\n", n.wrapping_mul(2_654_435_761));
        (0..count).flat_map(|n| line(n).into_bytes()).collect()
    }

    /// Yields as many bytes at a time as it is told.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(output.len());
            self.0.read(&mut output[..count])
        }
    }

    fn unpack(packed: &[u8]) -> (Vec<u8>, Option<Reason>) {
        let mut bytes = Vec::new();
        let error = Unpack::new(packed).read_to_end(&mut bytes).err();
        (bytes, error.map(Reason::from))
    }

    #[test]
    fn every_compression_is_read_back_however_the_input_drips() {
        let text = lines(6_000);
        for kind in KINDS {
            let packed = pack(kind, &text);
            for drip in [1, 7, 4_096, usize::MAX] {
                let mut bytes = Vec::new();
                Unpack::new(Drip(&packed, drip)).read_to_end(&mut bytes).unwrap();
                assert!(bytes == text, "{kind}, {drip} bytes at a time");
            }
        }
    }

    #[test]
    fn members_follow_each_other_even_of_several_kinds() {
        for first in KINDS {
            for second in KINDS {
                let packed = [pack(first, b"one\n"), pack(second, b""), pack(second, b"two\n")].concat();
                assert_eq!(unpack(&packed), (b"one\ntwo\n".to_vec(), None), "{first}, {second}");
            }
        }
    }

    #[test]
    fn a_truncated_member_yields_what_it_holds_and_says_so() {
        let text = lines(20_000);
        for kind in KINDS {
            let packed = pack(kind, &text);
            let mut last = 0;
            for tenth in 1..10 {
                let (bytes, reason) = unpack(&packed[..packed.len() * tenth / 10]);
                assert!(text.starts_with(&bytes), "{kind}, {tenth} tenths");
                assert_eq!(reason, Some(Reason::Truncated { kind, bytes: bytes.len() as u64 }), "{kind}, {tenth} tenths");
                assert!(bytes.len() >= last, "{kind}: {tenth} tenths yield less than fewer");
                last = bytes.len();
            }
            assert!(last > text.len() / 10, "{kind}: {last} of {}", text.len());
            let all_but_one = unpack(&packed[..packed.len() - 1]);
            assert!(matches!(all_but_one.1, Some(Reason::Truncated { .. })), "{kind}: {:?}", all_but_one.1);
        }
    }

    #[test]
    fn a_corrupt_middle_yields_what_stands_before_it() {
        let text = lines(20_000);
        for kind in KINDS {
            let mut packed = pack(kind, &text);
            let middle = packed.len() / 2;
            packed[middle..middle + 64].fill(0xff);
            let (bytes, reason) = unpack(&packed);
            assert_eq!(reason, Some(Reason::Corrupt { kind, bytes: bytes.len() as u64 }), "{kind}");
            // What is damaged may come out as it is; the checksum tells. Most of what stands before it is right.
            let right = bytes.iter().zip(&text).take_while(|(a, b)| a == b).count();
            assert!(right > text.len() / 4, "{kind}: {right} of {}", text.len());
        }
    }

    #[test]
    fn a_fault_costs_no_byte_that_came_out_before_it() {
        let text = lines(20_000);
        for kind in KINDS {
            let mut packed = pack(kind, &text);
            let middle = packed.len() / 2;
            packed[middle..middle + 64].fill(0xff);
            let large = unpack(&packed).0;
            let (mut small, mut one) = (Vec::new(), [0]);
            let mut reader = Unpack::new(&packed[..]);
            while let Ok(1) = reader.read(&mut one) {
                small.push(one[0]);
            }
            assert!(large == small, "{kind}: {} bytes at once, {} one by one", large.len(), small.len());
        }
    }

    #[test]
    fn what_follows_the_last_member_costs_nothing() {
        for kind in KINDS {
            let garbage = [pack(kind, b"one\n"), b"garbage".to_vec()].concat();
            assert_eq!(unpack(&garbage), (b"one\n".to_vec(), Some(Reason::Trailing { kind })), "{kind}");
            let padded = [pack(kind, b"one\n"), vec![0; 300_000]].concat();
            assert_eq!(unpack(&padded), (b"one\n".to_vec(), Some(Reason::Padded { kind })), "{kind}");
        }
    }

    #[test]
    fn what_is_not_compressed_passes() {
        for plain in [&b""[..], b"B", b"BZh9 is a name\n", b"2026/03/18 03:00:00 [error]\n", b"\x1f"] {
            assert_eq!(unpack(plain), (plain.to_vec(), None));
        }
    }

    #[test]
    fn an_archive_is_refused_by_name() {
        assert_eq!(unpack(b"PK\x03\x04rest of it").1, Some(Reason::Foreign("a zip archive")));
    }

    #[test]
    fn a_zstd_window_over_128_mib_is_refused() {
        // Frame header: no content size, window of 2^(10 + n) bytes; then one raw block of one byte.
        let frame = |exponent: u8| [&b"\x28\xb5\x2f\xfd\x00"[..], &[(exponent - 10) << 3], b"\x09\x00\x00a"].concat();
        assert_eq!(unpack(&frame(27)), (b"a".to_vec(), None));
        assert_eq!(unpack(&frame(28)), (Vec::new(), Some(Reason::Memory { kind: Compression::Zstd })));
    }

    #[test]
    fn an_xz_dictionary_over_128_mib_is_refused() {
        // The block header stands at 12: size, flags, filter id, size of properties, dictionary size, padding, CRC32.
        let mut packed = pack(Compression::Xz, b"a");
        let (size, filter) = (packed[12], packed[14]);
        assert_eq!((size, filter), (2, 0x21));
        for (code, expected) in [(30, (b"a".to_vec(), None)), (31, (Vec::new(), Some(Reason::Memory { kind: Compression::Xz })))] {
            packed[16] = code;
            let sum = crc32(&packed[12..20]).to_le_bytes();
            packed[20..24].copy_from_slice(&sum);
            assert_eq!(unpack(&packed), expected, "{code}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_damaged_ends_without_a_panic(which in 0..4_usize, place: proptest::sample::Index, bytes: [u8; 3], cut: proptest::sample::Index) {
            let text = lines(300);
            let mut packed = pack(KINDS[which], &text);
            let at = place.index(packed.len() - bytes.len());
            packed[at..at + bytes.len()].copy_from_slice(&bytes);
            packed.truncate(1 + cut.index(packed.len()));
            let whole = packed[..at.min(packed.len())].to_vec();
            // What stands before the damage comes out of the damaged file as it does out of one that ends there.
            let (before, _) = unpack(&whole);
            if Compression::of(&packed) == Compression::of(&whole) && Compression::of(&whole).is_some() {
                proptest::prop_assert!(unpack(&packed).0.starts_with(&before));
            } else {
                unpack(&packed);
            }
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let bit = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), bit))
    }
}
