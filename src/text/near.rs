//! Bytes that are near: the ends of fields, found in place, many bytes at a time and with few branches, since no two fields
//! have one length. To call a search that is made for long texts costs more.

use memchr::{memchr, memchr2, memchr3};
use wide::u8x16;

const BLOCK: usize = 16;
/// Of a short field two blocks are looked at in one step, of another one four.
const SHORT: usize = 2 * BLOCK;
const LONG: usize = 4 * BLOCK;
/// So many steps are taken in place.
const STEPS: usize = 3;

/// Where `byte` first stands, most likely within a few words.
#[inline]
pub fn near(byte: u8, bytes: &[u8]) -> Option<usize> {
    let wanted = u8x16::splat(byte);
    first::<SHORT>(bytes, |block| block.simd_eq(wanted), |rest| memchr(byte, rest))
}

/// Where one of two bytes first stands, most likely within a few words.
#[inline]
pub fn near2(one: u8, other: u8, bytes: &[u8]) -> Option<usize> {
    let wanted = [one, other].map(u8x16::splat);
    first::<SHORT>(bytes, |block| block.simd_eq(wanted[0]) | block.simd_eq(wanted[1]), |rest| memchr2(one, other, rest))
}

/// Where `byte` first stands, most likely within the line.
#[inline]
pub fn ahead(byte: u8, bytes: &[u8]) -> Option<usize> {
    let wanted = u8x16::splat(byte);
    first::<LONG>(bytes, |block| block.simd_eq(wanted), |rest| memchr(byte, rest))
}

/// Where one of two bytes first stands, most likely within the line.
#[inline]
pub fn ahead2(one: u8, other: u8, bytes: &[u8]) -> Option<usize> {
    let wanted = [one, other].map(u8x16::splat);
    first::<LONG>(bytes, |block| block.simd_eq(wanted[0]) | block.simd_eq(wanted[1]), |rest| memchr2(one, other, rest))
}

/// Where one of three bytes first stands, most likely within the line.
#[inline]
pub fn ahead3(one: u8, other: u8, third: u8, bytes: &[u8]) -> Option<usize> {
    let wanted = [one, other, third].map(u8x16::splat);
    let is_any = |block: u8x16| block.simd_eq(wanted[0]) | block.simd_eq(wanted[1]) | block.simd_eq(wanted[2]);
    first::<LONG>(bytes, is_any, |rest| memchr3(one, other, third, rest))
}

/// Which of the bytes are ASCII digits: a bit each, the lowest for the first.
#[inline]
pub fn digits_of(bytes: &[u8; SHORT]) -> u64 {
    bits(bytes, |block| within(block, b'0', b'9'))
}

/// How many ASCII digits stand at the start.
#[inline]
pub fn digits(bytes: &[u8]) -> usize {
    let end = first::<BLOCK>(bytes, |block| !within(block, b'0', b'9'), |rest| rest.iter().position(|byte| !byte.is_ascii_digit()));
    end.unwrap_or(bytes.len())
}

/// How many bytes of an address in dots, with or without a port, stand at the start: sixteen at most, and none where less
/// stands there.
#[inline]
pub fn dotted(text: &[u8]) -> usize {
    let Some(block) = text.first_chunk::<BLOCK>() else { return 0 };
    let block = u8x16::from(*block);
    // The slash stands between dot and digits.
    let others = !within(block, b'.', b':') | block.simd_eq(u8x16::splat(b'/'));
    others.to_bitmask().trailing_zeros().min(u16::BITS) as usize
}

/// Marks the bytes from `least` to `most`.
#[inline]
fn within(block: u8x16, least: u8, most: u8) -> u8x16 {
    block.max(u8x16::splat(least)).min(u8x16::splat(most)).simd_eq(block)
}

/// A bit for each byte that `marks` marks, the lowest for the first.
#[inline]
fn bits<const STEP: usize>(step: &[u8; STEP], marks: impl Fn(u8x16) -> u8x16) -> u64 {
    let blocks = step.as_chunks::<BLOCK>().0.iter().enumerate();
    blocks.fold(0, |bits, (number, block)| bits | u64::from(marks(u8x16::from(*block)).to_bitmask()) << (number * BLOCK))
}

/// The first byte that `marks` marks, in a few steps of `STEP` bytes; behind them, and in what is shorter than a block, what
/// `far` finds.
#[inline]
fn first<const STEP: usize>(bytes: &[u8], marks: impl Fn(u8x16) -> u8x16, far: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let mut at = 0;
    for _ in 0..STEPS {
        let Some(step) = bytes.get(at..).and_then(<[u8]>::first_chunk::<STEP>) else { break };
        let marked = bits(step, &marks);
        if marked != 0 {
            return Some(at + marked.trailing_zeros() as usize);
        }
        at += STEP;
    }
    if bytes.len() - at >= STEP || bytes.len() < BLOCK {
        return Some(at + far(&bytes[at..])?);
    }
    // What is left is less than a step. The last block may overlap what was looked at, where nothing is marked.
    while at < bytes.len() {
        let from = at.min(bytes.len() - BLOCK);
        let marked = bytes[from..].first_chunk().map_or(0, |block| marks(u8x16::from(*block)).to_bitmask());
        if marked != 0 {
            return Some(from + marked.trailing_zeros() as usize);
        }
        at += BLOCK;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_find_what_a_plain_search_finds(
            bytes in prop::collection::vec(prop::sample::select(vec![0_u8, 1, b'/', b'0', b'5', b'9', b':', 0x7f, 0x80, 0xb0, 0xff]), 0..150),
            [one, other, third] in prop::array::uniform3(prop::sample::select(vec![0_u8, 1, b'/', b'9', 0x80, 0xff])),
        ) {
            let plain = |wanted: &[u8]| bytes.iter().position(|byte| wanted.contains(byte));
            prop_assert_eq!(near(one, &bytes), plain(&[one]));
            prop_assert_eq!(near2(one, other, &bytes), plain(&[one, other]));
            prop_assert_eq!(ahead(one, &bytes), plain(&[one]));
            prop_assert_eq!(ahead2(one, other, &bytes), plain(&[one, other]));
            if let Some(bytes) = bytes.first_chunk() {
                let plain = bytes.iter().enumerate().map(|(at, byte)| u64::from(byte.is_ascii_digit()) << at).sum::<u64>();
                prop_assert_eq!(digits_of(bytes), plain);
            }
            prop_assert_eq!(ahead3(one, other, third, &bytes), plain(&[one, other, third]));
            prop_assert_eq!(digits(&bytes), bytes.iter().take_while(|byte| byte.is_ascii_digit()).count());
        }

        #[test]
        fn long_runs_are_no_exception(run in 0..300_usize, end in any::<u8>()) {
            let text: Vec<u8> = std::iter::repeat_n(b'7', run).chain([end]).collect();
            prop_assert_eq!(digits(&text), run + usize::from(end.is_ascii_digit()));
            prop_assert_eq!(ahead2(end, end, &text), text.iter().position(|byte| *byte == end));
            prop_assert_eq!(near(end, &text), text.iter().position(|byte| *byte == end));
        }

        #[test]
        fn what_is_dotted_is_told_by_its_bytes(text in "[.-;]{0,20}") {
            let is_dotted_byte = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b':');
            let expected = if text.len() < 16 { 0 } else { text.as_bytes()[..16].iter().take_while(is_dotted_byte).count() };
            prop_assert_eq!(dotted(text.as_bytes()), expected);
        }
    }
}
