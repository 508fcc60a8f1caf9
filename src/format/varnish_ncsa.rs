//! What `varnishncsa` writes: the combined log format, and what its owner hung behind.
//!
//! ```text
//! 203.0.113.7 - - [22/Nov/2026:15:41:15 +0000] "GET http://shop.test/cart HTTP/1.1" 503 278 "-" "curl/8.5.0" pass
//! ```
//!
//! Varnish composes the request line itself and always writes the host into it; by that it is told from nginx and Apache.
//! `%{Varnish:handling}x` is a word right behind the agent; `fetch_error="%{VSL:FetchError}x"` has to have a name, since a
//! value without one may be a header of the client's. The stamp is that of the request's start.

use memchr::{memchr, memmem};

use super::clf::{self, Items, MOST_ITEMS};
use super::varnish::{FIELDS, failed};
use super::{About, Format, Skimmed};
use crate::record::Entry;
use crate::text::number::unsigned;
use crate::time::Clock;

/// See the module.
pub(super) struct VarnishNcsa;

impl Format for VarnishNcsa {
    fn begins(&self, line: &[u8]) -> bool {
        // Rare in other logs, so it is asked first.
        request_names_host(line) && clf::begins(line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        let line = clf::read(record)?;
        let mut entry = Entry { time: Some(clock.resolve(line.stamp)), ..Entry::default() };
        clf::fill(&line, &mut entry);
        if let Some((_, uri)) = clf::request_parts(line.request) {
            entry.host = host_of(uri).into();
        }
        for (index, item) in Items(line.rest).take(MOST_ITEMS).enumerate() {
            match item.key {
                b"" if index == 0 && !item.is_quoted && is_handling(item.value) => entry.set("handling", item.value),
                b"handling" | b"cache" | b"hitmiss" if is_handling(item.value) => entry.set("handling", item.value),
                b"fetch_error" | b"fetcherror" | b"FetchError" | b"error" if !matches!(item.value, b"" | b"-") => failed(item.value, &mut entry),
                b"D" | b"duration_us" | b"time_us" | b"us" => entry.duration = unsigned(item.value).and_then(|micros| i64::try_from(micros).ok()),
                b"T" | b"duration" | b"time" | b"time_firstbyte" => entry.duration = clf::micros(item.value),
                _ => {}
            }
        }
        Some(entry)
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if !request_names_host(line) {
            return None;
        }
        let (time, status, fields) = clf::skim_status(line, clock)?;
        // An error has to have a name, and a handling alone says nothing of an answer that is fine.
        let is_bare = fields.is_empty() || clf::bare_end(fields).is_some_and(|end| memchr(b'=', &fields[end..]).is_none());
        Some(Skimmed { time, status, is_bare })
    }

    fn one_line(&self) -> bool {
        true
    }

    fn stamps_start(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &FIELDS
    }

    fn about(&self) -> About {
        About {
            title: "Varnish access log (varnishncsa)",
            recognised: "client - user [dd/Mon/yyyy:hh:mm:ss zone] \"METHOD http://host/path HTTP/1.1\" status",
            example: r#"203.0.113.7 - - [22/Nov/2026:15:41:15 +0000] "GET http://shop.test/cart HTTP/1.1" 503 278 "-" "curl/8.5.0""#,
        }
    }
}

/// Whether ` "GET http://` follows the stamp.
fn request_names_host(line: &[u8]) -> bool {
    let Some(at) = memmem::find(line, b"] \"") else { return false };
    let request = &line[at + 3..];
    let method = memchr(b' ', &request[..request.len().min(24)]);
    method.is_some_and(|end| end > 0 && request[..end].iter().all(u8::is_ascii_uppercase) && request[end + 1..].starts_with(b"http://"))
}

/// `shop.test` of `http://shop.test:8080/cart`.
fn host_of(uri: &[u8]) -> &[u8] {
    let rest = uri.strip_prefix(b"http://").unwrap_or_default();
    clf::without_port(&rest[..rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len())])
}

fn is_handling(word: &[u8]) -> bool {
    matches!(word, b"hit" | b"miss" | b"pass" | b"pipe" | b"synth" | b"hitmiss" | b"hitpass" | b"error")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Timestamp, Zone};

    fn read(tail: &str) -> Entry<'static> {
        let line = format!("203.0.113.7 - - [22/Nov/2026:15:41:15 +0000] \"GET http://shop.test:8080/a?b HTTP/1.1\" {tail}").leak().as_bytes();
        assert!(VarnishNcsa.begins(line));
        VarnishNcsa.parse(line, &mut Clock::new(Zone::UTC, Timestamp::from_seconds(0))).unwrap()
    }

    #[test]
    fn the_host_stands_in_the_request() {
        let entry = read("503 278 \"-\" \"curl\"");
        assert_eq!((&*entry.host, &*entry.path, entry.status, entry.is_response), (&b"shop.test"[..], &b"/a"[..], Some(503), true));
        assert_eq!(read("- - \"-\" \"curl\"").status, None);
    }

    #[test]
    fn what_is_hung_behind_is_read_where_no_client_wrote_it() {
        assert_eq!(read("503 278 \"-\" \"curl\" synth -").field("handling"), b"synth");
        assert_eq!(read("503 278 \"-\" \"curl\" \"synth\"").field("handling"), b"");
        let entry = read("503 278 \"-\" \"curl\" pass \"backend evil: busy\" fetch_error=\"backend default: fail errno 111 (Connection refused)\" D=120");
        assert_eq!((&*entry.message, &*entry.upstream, entry.duration), (&b"fail errno 111 (Connection refused)"[..], &b"default"[..], Some(120)));
    }

    #[test]
    fn lines_without_a_host_are_none() {
        for request in ["GET /cart HTTP/1.1", "GET /?u=http://x HTTP/1.1", "CONNECT h:443 HTTP/1.1", "get http://x"] {
            let line = format!("203.0.113.7 - - [22/Nov/2026:15:41:15 +0000] \"{request}\" 502 157 \"-\" \"curl/8.5.0\"");
            assert!(!VarnishNcsa.begins(line.as_bytes()), "{line}");
        }
    }
}
