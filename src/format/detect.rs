//! Which format is this? Decided by the first lines of an input, and by nothing else: no name, no path.
//!
//! Every envelope is taken off and every format is asked; the pair that understands most lines wins. nginx and Apache
//! write the same combined access log, so where the lines do not tell the two apart the answer says so, and whoever asked
//! decides by what lies beside the input.

use std::collections::{BTreeMap, BTreeSet};

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::clf::{Items, MOST_ITEMS};
use super::{Columns, Envelope, Format, FormatId, journal, layout};
use crate::time::{Clock, Timestamp, Zone};

/// What an input was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// What is around each line.
    pub envelope: Envelope,
    /// The most frequent format; `None` when too little is understood. A stream may mix formats (docker: the access log
    /// on stdout, the error log on stderr), so a line that this one does not know may be of another.
    pub format: Option<FormatId>,
    /// `format` is an access log that nginx and Apache both write, and nothing tells which of them did.
    pub is_shared: bool,
}

/// Lines that are looked at.
const LINES: usize = 200;

/// Looks at the first lines of `sample`. A last line without its end is left out, unless it is the only one.
pub fn detect(sample: &[u8]) -> Detected {
    let formats = FormatId::ALL.map(|id| (id, id.format()));
    detect_among(sample, &formats)
}

/// What is around each line of a sample that is said to be of that format.
pub fn envelope_of(sample: &[u8], format: FormatId) -> Envelope {
    detect_among(sample, &[(format, format.format())]).envelope
}

type Named = (FormatId, &'static dyn Format);

fn detect_among(sample: &[u8], formats: &[Named]) -> Detected {
    let lines = lines(sample);
    let mut best = Tally::of(Envelope::None, &lines, formats);
    if !is_binary(&lines) {
        for envelope in Envelope::ALL {
            let tally = Tally::of(envelope, &lines, formats);
            // The plain line wins a tie: what wraps it may be a part of it.
            if tally.worth() > best.worth() {
                best = tally;
            }
        }
        // Only what several programs write into is the log of a system.
        if lines.iter().any(|line| is_of_system(line)) {
            let system = Tally::of(Envelope::Journal, &lines, formats);
            if system.worth() > best.worth() && has_other_programs(&lines) {
                best = system;
            }
        }
        if let Some(format) = best.most_frequent(formats).filter(|_| best.is_enough(lines.len())) {
            return settle(format, &best, &lines);
        }
    }
    Detected { envelope: Envelope::None, format: None, is_shared: false }
}

/// The first non-blank lines.
fn lines(sample: &[u8]) -> Vec<&[u8]> {
    let sample = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let whole = memrchr(b'\n', sample).map_or(sample, |end| &sample[..end]);
    let all = whole.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    all.filter(|line| !line.trim_ascii().is_empty()).take(LINES).collect()
}

/// Whether most lines hold a NUL. A few may: proxies log what clients send.
fn is_binary(lines: &[&[u8]]) -> bool {
    lines.iter().filter(|line| memchr(0, line).is_some()).count() * 2 > lines.len()
}

/// Whether a system's log has put something around a line.
fn is_of_system(line: &[u8]) -> bool {
    Envelope::Journal.unwrap(line).is_some_and(|inner| inner.line.len() < line.len())
}

/// Whether lines that no format knows inside are of other programs than those that one does.
fn has_other_programs(lines: &[&[u8]]) -> bool {
    let tag = |line: &[u8]| {
        if line.first() == Some(&b'{') { journal::Json::read(line).tag } else { journal::tagged(line).map_or_else(Vec::new, |line| line.tag.to_vec()) }
    };
    let (known, unknown): (Vec<&[u8]>, Vec<&[u8]>) = lines.iter().partition(|line| is_of_system(line));
    let known: BTreeSet<_> = known.into_iter().map(tag).collect();
    unknown.into_iter().map(tag).any(|tag| !tag.is_empty() && !known.contains(&tag))
}

/// How much of the lines is understood inside one envelope.
#[derive(Debug)]
struct Tally {
    envelope: Envelope,
    /// Lines that at least one format understands.
    understood: usize,
    /// Those of them that nothing but the journal's format does, which takes whatever a daemon wrote.
    only_journal: usize,
    by_format: BTreeMap<FormatId, usize>,
    /// For each line, which of the formats understand it: a bit for each, in their order.
    by_line: Vec<u64>,
    /// Whether the first line is one of them.
    begins_so: bool,
}

impl Tally {
    fn of(envelope: Envelope, lines: &[&[u8]], formats: &[Named]) -> Self {
        let mut tally = Self { envelope, understood: 0, only_journal: 0, by_format: BTreeMap::new(), by_line: Vec::new(), begins_so: false };
        let mut clock = Clock::new(Zone::UTC, Timestamp::from_seconds(4_102_444_800));
        let mut columns = vec![Columns::NONE; formats.len()];
        for (index, line) in lines.iter().enumerate() {
            let Some(inner) = envelope.unwrap(line) else { continue };
            let (mut understood_by, mut only_journal) = (0, true);
            for (at, ((id, format), columns)) in formats.iter().zip(&mut columns).enumerate() {
                if columns.is_unknown() {
                    *columns = format.columns(&inner.line).unwrap_or_default();
                }
                if format.begins_by(*columns, &inner.line) && format.parse_by(*columns, &inner.line, &mut clock).is_some() {
                    *tally.by_format.entry(*id).or_default() += 1;
                    understood_by |= 1 << at;
                    only_journal &= *id == FormatId::Journal;
                }
            }
            tally.understood += usize::from(understood_by != 0);
            tally.only_journal += usize::from(understood_by != 0 && only_journal);
            tally.begins_so |= understood_by != 0 && index == 0;
            tally.by_line.push(understood_by);
        }
        tally
    }

    /// What is understood for certain counts before what is only some daemon's line.
    fn worth(&self) -> (usize, usize) {
        (self.understood - self.only_journal, self.only_journal)
    }

    fn lines_of(&self, format: FormatId) -> usize {
        self.by_format.get(&format).copied().unwrap_or(0)
    }

    /// The format of most lines. One of an earlier place goes before it when at least half of those lines are its own, too:
    /// it asks more of a line than the common log format, and a few lines in between are odd or cut.
    fn most_frequent(&self, formats: &[Named]) -> Option<FormatId> {
        let most = self.by_format.values().copied().max()?;
        let best = formats.iter().position(|(id, _)| self.lines_of(*id) == most)?;
        let both = |at: usize| self.by_line.iter().filter(|formats| **formats >> at & 1 == 1 && **formats >> best & 1 == 1).count();
        (0..=best).find(|at| both(*at) * 2 >= most).map(|at| formats[at].0)
    }

    /// A log may consist of few heads and long stack traces, so a small share is enough when the first line is a head or
    /// there are three; one line in the middle of a text is not.
    fn is_enough(&self, lines: usize) -> bool {
        self.begins_so || self.understood >= 3 || self.understood * 10 >= lines
    }
}

/// Between nginx's and Apache's access log, where both understand as much, what only one of them writes decides.
fn settle(format: FormatId, tally: &Tally, lines: &[&[u8]]) -> Detected {
    let (nginx, apache) = (tally.lines_of(FormatId::NginxAccess), tally.lines_of(FormatId::ApacheAccess));
    let is_access = matches!(format, FormatId::NginxAccess | FormatId::ApacheAccess);
    let mut detected = Detected { envelope: tally.envelope, format: Some(format), is_shared: false };
    // What the user described is not to be guessed at.
    if let Some(described) = FormatId::ALL.into_iter().find(|id| layout::is_set(*id) && tally.lines_of(*id) == tally.lines_of(format)) {
        detected.format = Some(described);
        return detected;
    }
    if is_access && nginx == apache {
        let votes: i32 = lines.iter().filter_map(|line| tally.envelope.unwrap(line)).map(|inner| leaning(&inner.line)).sum();
        detected.is_shared = votes == 0;
        if votes != 0 {
            detected.format = Some(if votes > 0 { FormatId::NginxAccess } else { FormatId::ApacheAccess });
        }
    }
    detected
}

/// What a line of an access log says of its writer: above zero nginx, below zero Apache.
fn leaning(line: &[u8]) -> i32 {
    if line.first() == Some(&b'{') {
        // A quote behind a backslash is a client's.
        let has = |key: &&[u8]| memmem::find_iter(line, key).any(|at| at > 0 && line[at - 1] != b'\\');
        return i32::from(NGINX_KEYS.iter().any(has));
    }
    // `shop.example.com:443 203.0.113.7 - - [`: Apache's vhost_combined. An IPv6 address has more than one colon.
    let head = &line[..memchr(b'[', line).unwrap_or(0)];
    let name = &head[..memchr(b' ', head).unwrap_or(0)];
    let has_vhost = memchr_iter(b':', name).count() == 1 && name.last().is_some_and(u8::is_ascii_digit);
    let has_vhost = has_vhost && memchr_iter(b' ', head).count() >= 4;
    escapes(line) - i32::from(has_vhost) + after_request(line) + end_of(line)
}

/// Keys of a JSON line that are named like nginx's variables, as people name them.
const NGINX_KEYS: [&[u8]; 6] = [b"\"upstream_", b"\"body_bytes_sent\"", b"\"request_time\"", b"\"remote_addr\"", b"\"status\":499", b"\"status\":\"499\""];

/// nginx writes a quote as `\x22` and a backslash as `\x5C`; Apache puts a backslash before each.
fn escapes(line: &[u8]) -> i32 {
    let mut rest = line;
    while let Some(at) = memchr(b'\\', rest) {
        match &rest[at + 1..] {
            [b'x', b'2', b'2', ..] | [b'x', b'5', b'C', ..] => return 1,
            [b'"' | b'\\', ..] => return -1,
            _ => rest = &rest[at + 1..],
        }
    }
    0
}

/// `" 499 0 "`, behind the request: statuses that only nginx invents, and the `-` that Apache writes for no bytes.
fn after_request(line: &[u8]) -> i32 {
    let Some(start) = memchr(b'"', line) else { return 0 };
    let text = &line[start + 1..];
    let is_end = |at: &usize| text.get(at + 1) == Some(&b' ') && (*at == 0 || text[at - 1] != b'\\');
    let Some(end) = memchr_iter(b'"', text).find(is_end) else { return 0 };
    let mut words = text[end + 2..].split(|byte| *byte == b' ');
    match (words.next(), words.next()) {
        (Some(b"499" | b"444" | b"009" | b"000"), _) => 1,
        (Some(b"-"), _) | (_, Some(b"-")) => -1,
        _ => 0,
    }
}

/// What stands behind the two quoted fields of the combined form: a third one (`$http_x_forwarded_for`) or seconds with
/// a fraction (`$request_time`) are nginx's habit, a whole number (`%D`) is Apache's. Values may have names instead.
fn end_of(line: &[u8]) -> i32 {
    let quotes: Vec<_> = memchr_iter(b'"', line).filter(|at| *at == 0 || line[at - 1] != b'\\').collect();
    let Some(last) = quotes.get(5).map(|at| line[at + 1..].trim_ascii()) else { return 0 };
    let is_digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    match memchr(b'.', last) {
        Some(dot) if is_digits(&last[..dot]) && last[dot + 1..].first().is_some_and(u8::is_ascii_digit) => 1,
        _ if quotes.len() == 8 && last.first() == Some(&b'"') => 1,
        _ if is_digits(last) => -1,
        _ => Items(last).take(MOST_ITEMS).map(|item| name(item.key)).find(|vote| *vote != 0).unwrap_or(0),
    }
}

/// What people name values after: nginx's variables, or Apache's directives and notes.
fn name(key: &[u8]) -> i32 {
    match key {
        b"us" | b"ua" | b"uct" | b"uht" | b"urt" | b"upstream_status" | b"upstream_addr" | b"upstream_response_time" => 1,
        b"D" | b"pstat" | b"proxy-status" | b"proxy_status" | b"proxy_timedout" | b"error-notes" | b"BALANCER_WORKER_NAME" => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::About;
    use crate::record::Entry;

    /// Understands lines that begin with a text.
    struct Fake(&'static [u8]);

    impl Format for Fake {
        fn begins(&self, line: &[u8]) -> bool {
            line.starts_with(self.0)
        }

        fn parse<'a>(&self, _record: &'a [u8], _clock: &mut Clock) -> Option<Entry<'a>> {
            Some(Entry::default())
        }

        fn about(&self) -> About {
            About { title: "", recognised: "", example: "" }
        }
    }

    const ERROR: &str = "2026/11/22 15:04:50 [error] 27981#0: *3 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1";
    const ALB: &str = r#"http 2025-03-04T10:15:30.120456Z app/shop-alb/1a2b3c4d5e6f7a8b 203.0.113.24:51034 10.20.1.15:8080 -1 -1 -1 502 - 412 277 "GET http://shop.example.com:80/cart HTTP/1.1" "x" - - -"#;

    fn wrapped(envelope: Envelope, line: &str) -> String {
        match envelope {
            Envelope::None => line.to_owned(),
            Envelope::Syslog => format!("<187>Nov 22 15:19:27 vm edge: {line}"),
            Envelope::Syslog5424 => format!("<165>1 2026-11-22T15:19:27Z host app 12 - - {line}"),
            Envelope::Docker => format!("{{\"log\":{},\"stream\":\"stderr\",\"time\":\"2026-11-22T15:04:50.1Z\"}}", serde_json::json!(format!("{line}\n"))),
            Envelope::Cri => format!("2026-11-22T15:04:50.123456789Z stderr F {line}"),
            Envelope::Compose => format!("web-1  | {line}"),
            Envelope::Journal => format!("Mar  4 10:15:31 host app[1]: {line}"),
        }
    }

    fn found(sample: &str) -> (Envelope, Option<FormatId>) {
        let detected = detect(sample.as_bytes());
        (detected.envelope, detected.format)
    }

    /// nginx's and Apache's access log as if both understood every line that begins with a digit or a name.
    fn access(lines: &[&str]) -> (Option<FormatId>, bool) {
        let formats: [Named; 2] = [(FormatId::NginxAccess, &Fake(b"")), (FormatId::ApacheAccess, &Fake(b""))];
        let detected = detect_among((lines.join("\n") + "\n").as_bytes(), &formats);
        (detected.format, detected.is_shared)
    }

    #[test]
    fn a_format_is_found_in_every_envelope() {
        for envelope in [Envelope::None].into_iter().chain(Envelope::ALL) {
            for (line, format) in [(ERROR, FormatId::NginxError), (ALB, FormatId::Alb)] {
                let line = wrapped(envelope, line);
                assert_eq!(found(&line), (envelope, Some(format)), "{line}");
                assert_eq!(found(&format!("\n{line}\r\n\n{line}\r\n2026/1")), (envelope, Some(format)), "{line}");
            }
        }
    }

    #[test]
    fn a_stamp_of_docker_compose_hides_no_format() {
        for format in FormatId::ALL {
            let line = format!("web-1  | 2026-11-22T15:04:50.123456789Z {}", format.format().about().example);
            let (envelope, found) = found(&line);
            assert_eq!(envelope, Envelope::Compose, "{line}");
            assert!(found == Some(format) || format == FormatId::ApacheAccess, "{line}: {found:?}");
        }
    }

    #[test]
    fn the_log_of_a_system_is_told_from_a_log_in_syslog() {
        let of = |tag: &str, line: &str| format!("Mar  4 10:15:31 host {tag}: {line}\n");
        let (nginx, unit) = (of("nginx[7]", ERROR), of("systemd[1]", "app.service: Deactivated successfully."));
        assert_eq!(found(&nginx), (Envelope::Syslog, Some(FormatId::NginxError)));
        assert_eq!(found(&(nginx.clone() + &of("nginx[7]", "  a trace"))), (Envelope::Syslog, Some(FormatId::NginxError)));
        assert_eq!(found(&unit), (Envelope::None, Some(FormatId::Journal)));
        assert_eq!(found(&format!("{nginx}{unit}{unit}")), (Envelope::Journal, Some(FormatId::Journal)));
        assert_eq!(found(&format!("{nginx}{nginx}{unit}")), (Envelope::Journal, Some(FormatId::NginxError)));
    }

    #[test]
    fn a_cut_last_line_counts_only_when_it_is_alone() {
        assert_eq!(found(&format!("nothing\n{ERROR}")), (Envelope::None, None));
        assert_eq!(found(ERROR), (Envelope::None, Some(FormatId::NginxError)));
    }

    #[test]
    fn the_most_frequent_of_mixed_formats_is_named() {
        let sample = format!("{ALB}\n{ERROR}\n{ERROR}\n");
        assert_eq!(found(&sample), (Envelope::None, Some(FormatId::NginxError)));
        let docker = [wrapped(Envelope::Docker, ALB), wrapped(Envelope::Docker, ALB), wrapped(Envelope::Docker, ERROR), String::new()].join("\n");
        assert_eq!(found(&docker), (Envelope::Docker, Some(FormatId::Alb)));
    }

    #[test]
    fn ties_go_by_the_order_of_formats_and_plain_lines() {
        let formats: [Named; 2] = [(FormatId::Alb, &Fake(b"web | x")), (FormatId::NginxError, &Fake(b"x"))];
        let detected = detect_among(b"web | x\nweb | x\n", &formats);
        assert_eq!((detected.envelope, detected.format), (Envelope::None, Some(FormatId::Alb)));
        let detected = detect_among(b"web | x\nweb | xx\nweb | x\nweb | x\n", &[(FormatId::Alb, &Fake(b"web | xx")), (FormatId::NginxError, &Fake(b"x"))]);
        assert_eq!((detected.envelope, detected.format), (Envelope::Compose, Some(FormatId::NginxError)));
        assert_eq!(found(&format!("{ALB}\n{ERROR}\n")).1, Some(FormatId::NginxError));
    }

    #[test]
    fn a_format_that_asks_more_goes_before_one_that_takes_any() {
        let formats: [Named; 2] = [(FormatId::Alb, &Fake(b"x tail")), (FormatId::NginxAccess, &Fake(b"x"))];
        let found = |sample: &[u8]| detect_among(sample, &formats).format;
        assert_eq!(found(b"x tail\nx cut\nx tail\n"), Some(FormatId::Alb));
        assert_eq!(found(b"x\nx tail\nx\n"), Some(FormatId::NginxAccess));
    }

    #[test]
    fn little_understanding_is_none_but_long_traces_are_fine() {
        let trace = "#0 /app/index.php(3): main()\n".repeat(30);
        assert_eq!(found(&format!("{ERROR}\n{trace}")).1, Some(FormatId::NginxError), "the head comes first");
        assert_eq!(found(&format!("{trace}{ERROR}\n{trace}{ERROR}\n{trace}{ERROR}\n{trace}")).1, Some(FormatId::NginxError), "three heads");
        assert_eq!(found(&format!("{trace}{ERROR}\n{trace}")).1, None, "one line in a text");
        for other in ["", "\n\n", "hello\n", "{\"a\":1}\n"] {
            assert_eq!(found(other), (Envelope::None, None), "{other}");
        }
    }

    #[test]
    fn binary_is_none_but_a_nul_in_a_line_is_not_binary() {
        let wide: Vec<u8> = ERROR.bytes().flat_map(|byte| [byte, 0]).collect();
        assert_eq!(detect(&wide).format, None);
        assert_eq!(detect(&[0; 600]).format, None);
        let sample = format!("{ERROR}\0\n{ERROR}\n{ERROR}\n");
        assert_eq!(found(&sample).1, Some(FormatId::NginxError));
    }

    #[test]
    fn the_combined_form_is_shared_until_a_line_tells() {
        const COMBINED: &str = r#"203.0.113.7 - - [22/Nov/2026:15:47:23 +0000] "GET /cart HTTP/1.1" 502 157 "-" "curl/8.5.0""#;
        let six = COMBINED.replace("203.0.113.7", "2001:db8::7");
        assert_eq!(access(&[COMBINED, &six]), (Some(FormatId::NginxAccess), true));
        assert_eq!(access(&[r#"{"status":502,"ua":"\"upstream_status"}"#]), (Some(FormatId::NginxAccess), true), "forged");
        for (format, line) in [
            (FormatId::NginxAccess, COMBINED.replace("502 157", "499 0")),
            (FormatId::NginxAccess, COMBINED.replace("/cart", r"/a\x22b")),
            (FormatId::NginxAccess, COMBINED.to_owned() + " 0.123"),
            (FormatId::NginxAccess, COMBINED.to_owned() + " \"-\""),
            (FormatId::NginxAccess, COMBINED.to_owned() + r#" rt=0.1 uct="-" us="502""#),
            (FormatId::NginxAccess, r#"{"time":"2026-11-22T15:47:24+00:00","status":502,"agent":"\"x\"","upstream_status":"502"}"#.to_owned()),
            (FormatId::ApacheAccess, COMBINED.replace("502 157", "502 -")),
            (FormatId::ApacheAccess, COMBINED.replace("/cart", r#"/a\"b"#)),
            (FormatId::ApacheAccess, COMBINED.replace("/cart", r"/a\\x22b")),
            (FormatId::ApacheAccess, COMBINED.to_owned() + " 12345"),
            (FormatId::ApacheAccess, COMBINED.to_owned() + " D=3592 pstat=502"),
            (FormatId::ApacheAccess, format!("shop.example.com:443 {COMBINED}")),
        ] {
            assert_eq!(access(&[COMBINED, &line]), (Some(format), false), "{line}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for line in [ERROR, ALB, r#"h:1 - - [x] "a\" 499 - "-" "-" 1.2"#] {
            for at in 0..line.len() {
                for byte in [b'"', b'\\', b'[', b' ', 0xff] {
                    let mut broken = line.as_bytes().to_vec();
                    broken[at] = byte;
                    let _ = (detect(&broken), leaning(&broken), leaning(&broken[at..]), leaning(&broken[..at]));
                }
            }
        }
    }
}
