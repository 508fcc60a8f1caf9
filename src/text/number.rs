//! Numbers in log fields, and numbers of things in sentences.

/// `1 line is`, `12 lines are`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The whole of `bytes` as a decimal number.
pub fn unsigned(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 19 {
        return None;
    }
    bytes.iter().try_fold(0_u64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
}

/// The whole of `bytes` as a three-digit HTTP status; nginx writes 009 and 000 too.
#[inline]
pub fn status(bytes: &[u8]) -> Option<u16> {
    match bytes {
        [a, b, c] if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() => {
            Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
        }
        _ => None,
    }
}

/// The whole of `bytes` as a decimal fraction, possibly negative: `0.001`, `-1`.
pub fn decimal(bytes: &[u8]) -> Option<f64> {
    let plain = bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if !plain {
        return None;
    }
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whole_or_not_at_all() {
        assert_eq!(unsigned(b"42"), Some(42));
        assert_eq!(unsigned(b""), None);
        assert_eq!(unsigned(b"4 2"), None);
        assert_eq!(unsigned(b"99999999999999999999"), None);
        assert_eq!(status(b"009"), Some(9));
        assert_eq!(status(b"5020"), None);
        assert_eq!(decimal(b"-1"), Some(-1.0));
        assert_eq!(decimal(b"-"), None);
        assert_eq!(decimal(b"inf"), None);
    }
}
