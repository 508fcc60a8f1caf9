//! What stands behind the agent, looked at without taking it apart: whether it may tell of a failed attempt.

use crate::format::access;

/// What a look at the values told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AfterAgent {
    /// Where they end: at the line feed, or where there is none.
    pub(super) len: usize,
    /// One of them goes before the time or the status that stand at their usual place.
    pub(super) is_named_otherwise: bool,
    /// One of them may be the status of an attempt that failed.
    pub(super) may_have_failed: bool,
}

/// Looks at values in whatever order and shape. A status is never part of a longer number or fraction, so nothing that a
/// reader would take for a failed attempt is missed; a client that sends `502` in a header has its line read whole.
pub(super) fn look(rest: &[u8]) -> AfterAgent {
    let mut seen = AfterAgent { len: rest.len(), is_named_otherwise: false, may_have_failed: false };
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'5' => seen.may_have_failed |= is_failure(rest, at),
            b'=' => seen.is_named_otherwise |= access::is_time_or_status(key(&rest[..at])),
            b'\n' => {
                seen.len = at;
                break;
            }
            _ => {}
        }
    }
    seen
}

/// `500` and `502` to `504` as a word of a list, and no part of a number or a port.
fn is_failure(rest: &[u8], at: usize) -> bool {
    let begins_word = at == 0 || !matches!(rest[at - 1], b'0'..=b'9' | b'.' | b':');
    begins_word && matches!(rest.get(at + 1..at + 3), Some([b'0', b'0' | b'2' | b'3' | b'4'])) && !rest.get(at + 3).is_some_and(u8::is_ascii_digit)
}

/// The name that ends there.
fn key(before: &[u8]) -> &[u8] {
    let len = before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')).count();
    &before[before.len() - len..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rest: &str) -> (bool, bool) {
        let AfterAgent { is_named_otherwise, may_have_failed, .. } = look(rest.as_bytes());
        (is_named_otherwise, may_have_failed)
    }

    #[test]
    fn fine_values_are_known_in_every_shape() {
        for fine in [
            r#" rt=0.004 uct="0.000" uht="0.004" urt="0.502" us="200" ua="10.0.0.1:5020""#,
            " 0.005 0.504 127.0.0.1:9001 200",
            r#" "203.0.113.9" 0.005 - - 0.004 [::1]:80 404 MISS"#,
            " 310 0.012 [shop-web-80] [] 10.1.0.5:8080 512 0.012 200 6f0a",
            " upstream_status=200 request_time=1.503",
            "",
        ] {
            assert_eq!(seen(fine), (false, false), "{fine}");
        }
    }

    #[test]
    fn every_attempt_that_failed_is_seen() {
        for status in ["500", "502", "503", "504"] {
            for failed in [" us=\"S, 200\"", " us=[S]", " 0.005 10.0.0.1:80, 10.0.0.2:80 S, 200", " us=200, S : 200", " us=S", " \"S\"", "S"] {
                let rest = failed.replace('S', status);
                assert!(seen(&rest).1, "{rest}");
            }
        }
    }

    #[test]
    fn what_is_told_better_is_not_passed_over() {
        for named in [" msec=1795362444.250", " rt=0.1 status=502", " \"a\"time=x", " http_status=200 "] {
            assert!(seen(named).0, "{named}");
        }
        assert_eq!(look(b" rt=0.1\n us=502 status=200"), AfterAgent { len: 7, is_named_otherwise: false, may_have_failed: false });
    }
}
