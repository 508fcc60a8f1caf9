//! One member of compressed data, step by step: bytes in, bytes out, and how it goes on.
//!
//! The four libraries are driven through their innermost interface, since only that one tells how much came out before
//! a fault: their readers would lose up to a buffer of it.

use std::fmt;

use flate2::FlushDecompress;
use liblzma::stream::{Action, Status as XzStatus, Stream as XzStream};
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, InBuffer, Operation, OutBuffer};

use super::{Compression, Reason};

/// Most memory for the window of an xz or zstd stream.
const MOST_WINDOW: u32 = 128 << 20;

/// The window of gzip: 2^15 bytes, the only one it has.
const GZIP_WINDOW_BITS: u8 = 15;

/// The decoder of one member.
pub(super) enum Codec {
    Gzip(flate2::Decompress),
    Zstd { decoder: ZstdDecoder<'static>, wanted: usize },
    Xz(XzStream),
    Bzip2(bzip2::Decompress),
}

/// What one step did. What was written counts, whatever the outcome.
pub(super) struct Step {
    pub(super) read: usize,
    pub(super) written: usize,
    pub(super) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is more of this member.
    Goes,
    /// The member is whole.
    Ended,
    /// It is damaged.
    Corrupt,
    /// It would take too much memory.
    Memory,
}

impl Codec {
    /// A decoder for a member that begins.
    pub(super) fn new(kind: Compression) -> Result<Self, Reason> {
        Ok(match kind {
            Compression::Gzip => Self::Gzip(flate2::Decompress::new_gzip(GZIP_WINDOW_BITS)),
            Compression::Zstd => {
                let mut decoder = ZstdDecoder::new()?;
                decoder.set_parameter(DParameter::WindowLogMax(MOST_WINDOW.ilog2()))?;
                Self::Zstd { decoder, wanted: 1 }
            }
            Compression::Xz => {
                // The decoder itself takes some memory beside its window.
                let most = u64::from(MOST_WINDOW) + (1 << 20);
                Self::Xz(XzStream::new_stream_decoder(most, 0).map_err(|error| Reason::System(error.to_string()))?)
            }
            Compression::Bzip2 => Self::Bzip2(bzip2::Decompress::new(false)),
        })
    }

    /// Decodes from `input` to `output`. Without any progress, it needs more of the one that is empty.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        match self {
            Self::Gzip(decoder) => {
                let before = (decoder.total_in(), decoder.total_out());
                let outcome = match decoder.decompress(input, output, FlushDecompress::None) {
                    Ok(flate2::Status::StreamEnd) => Outcome::Ended,
                    Ok(_) => Outcome::Goes,
                    Err(_) => Outcome::Corrupt,
                };
                step(before, (decoder.total_in(), decoder.total_out()), outcome)
            }
            Self::Zstd { decoder, wanted } => step_zstd(decoder, wanted, input, output),
            Self::Xz(decoder) => {
                let before = (decoder.total_in(), decoder.total_out());
                let outcome = match decoder.process(input, output, Action::Run) {
                    Ok(XzStatus::StreamEnd) => Outcome::Ended,
                    Ok(_) => Outcome::Goes,
                    Err(liblzma::stream::Error::MemLimit) => Outcome::Memory,
                    Err(_) => Outcome::Corrupt,
                };
                step(before, (decoder.total_in(), decoder.total_out()), outcome)
            }
            Self::Bzip2(decoder) => {
                let before = (decoder.total_in(), decoder.total_out());
                let outcome = match decoder.decompress(input, output) {
                    Ok(bzip2::Status::StreamEnd) => Outcome::Ended,
                    Ok(_) => Outcome::Goes,
                    Err(_) => Outcome::Corrupt,
                };
                step(before, (decoder.total_in(), decoder.total_out()), outcome)
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a step reads and writes within two slices")]
fn step(before: (u64, u64), after: (u64, u64), outcome: Outcome) -> Step {
    Step { read: (after.0 - before.0) as usize, written: (after.1 - before.1) as usize, outcome }
}

/// zstd forgets what it wrote in a call that fails. So it gets one block a call: `wanted` is what it asks for, which is
/// the rest of the block and the three bytes that begin the next one, and those three it gets in a call of their own.
fn step_zstd(decoder: &mut ZstdDecoder<'static>, wanted: &mut usize, input: &[u8], output: &mut [u8]) -> Step {
    const BLOCK_HEADER: usize = 3;
    let most = if *wanted > BLOCK_HEADER { *wanted - BLOCK_HEADER } else { *wanted };
    let mut from = InBuffer::around(&input[..input.len().min(most)]);
    let mut to = OutBuffer::around(output);
    match decoder.run(&mut from, &mut to) {
        Ok(0) => Step { read: from.pos(), written: to.pos(), outcome: Outcome::Ended },
        Ok(more) => {
            *wanted = more;
            Step { read: from.pos(), written: to.pos(), outcome: Outcome::Goes }
        }
        Err(error) => {
            let is_memory = error.to_string().contains("too much memory for decoding");
            Step { read: 0, written: 0, outcome: if is_memory { Outcome::Memory } else { Outcome::Corrupt } }
        }
    }
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip(_) => "Gzip",
            Self::Zstd { .. } => "Zstd",
            Self::Xz(_) => "Xz",
            Self::Bzip2(_) => "Bzip2",
        })
    }
}
