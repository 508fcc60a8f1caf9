//! Bytes that are near: the ends of short fields, found in place. To call a search that is made for long texts costs more
//! than to look at a few words.

use memchr::{memchr, memchr2};

/// So many words are looked at in place.
const WORDS: usize = 4;
const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Where `byte` first stands.
#[inline]
pub fn near(byte: u8, bytes: &[u8]) -> Option<usize> {
    let wanted = ONES * u64::from(byte);
    first(bytes, |word| zeros(word ^ wanted), |rest| memchr(byte, rest))
}

/// Where one of two bytes first stands.
#[inline]
pub fn near2(one: u8, other: u8, bytes: &[u8]) -> Option<usize> {
    let wanted = [ONES * u64::from(one), ONES * u64::from(other)];
    first(bytes, |word| zeros(word ^ wanted[0]) | zeros(word ^ wanted[1]), |rest| memchr2(one, other, rest))
}

/// How many ASCII digits stand at the start.
#[inline]
pub fn digits(bytes: &[u8]) -> usize {
    let others = |word: u64| {
        let word = word ^ (ONES * u64::from(b'0'));
        // Of a digit 0 to 9 is left; 0x76 lifts what is more over the high bit.
        (((word & !HIGHS) + ONES * 0x76) | word) & HIGHS
    };
    let end = first(bytes, others, |rest| rest.iter().position(|byte| !byte.is_ascii_digit()));
    end.unwrap_or(bytes.len())
}

/// The first byte that `marks` marks by its high bit, in a few words; behind them what `far` finds.
#[inline]
fn first(bytes: &[u8], marks: impl Fn(u64) -> u64, far: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let mut at = 0;
    for _ in 0..WORDS {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) else { break };
        let marked = marks(u64::from_le_bytes(*word));
        if marked != 0 {
            return Some(at + (marked.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    Some(at + far(&bytes[at..])?)
}

/// Marks bytes that are 0: the first one for sure, behind it perhaps others too.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_find_what_a_plain_search_finds(
            bytes in prop::collection::vec(prop::sample::select(vec![0_u8, 1, b'/', b'0', b'5', b'9', b':', 0x7f, 0x80, 0x81, b'0' | 0x80, 0xff]), 0..60),
            [one, other] in prop::array::uniform2(prop::sample::select(vec![0_u8, 1, b'/', b'9', 0x80, 0xff])),
        ) {
            prop_assert_eq!(near(one, &bytes), bytes.iter().position(|byte| *byte == one));
            prop_assert_eq!(near2(one, other, &bytes), bytes.iter().position(|byte| *byte == one || *byte == other));
            prop_assert_eq!(digits(&bytes), bytes.iter().take_while(|byte| byte.is_ascii_digit()).count());
        }

        #[test]
        fn long_runs_are_no_exception(run in 0..100_usize, end in any::<u8>()) {
            let text: Vec<u8> = std::iter::repeat_n(b'7', run).chain([end]).collect();
            prop_assert_eq!(digits(&text), run + usize::from(end.is_ascii_digit()));
            prop_assert_eq!(near(end, &text), text.iter().position(|byte| *byte == end));
        }
    }
}
