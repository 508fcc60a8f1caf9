//! The standard log of Amazon CloudFront: tab-separated with a header that names the columns, or JSON (version 2).
//!
//! ```text
//! #Version: 1.0
//! #Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) …
//! 2025-03-04  10:15:31  FRA56-P1  1045  203.0.113.24  GET  d111111abcdef8.cloudfront.net  /cart  502  -  Mozilla/5.0 …
//! ```
//!
//! (Tabs are shown as blanks.) The header decides which column is what. A line without one (cut files, a stream that was joined later) is read in the
//! order that AWS documents ("Standard log file format"); older files have fewer columns at the end. Stamps are in UTC, of
//! the moment in which the answer was finished. `000` is the status of a viewer that left.

use std::borrow::Cow;
use std::ops::ControlFlow;

use memchr::{memchr, memchr_iter, memmem};

use super::clf::{any_stamp, micros, set_status};
use super::columns::Columns;
use super::json;
use super::member::Key;
use super::{About, Format, Skimmed, Tier};
use crate::record::Entry;
use crate::text::number::status;
use crate::text::path_of;
use crate::time::{Clock, Stamp, Timestamp, rfc3339};

/// See the module.
pub(super) struct CloudFront;

/// What is read, by the number that [`Columns`] knows it by.
const NAMES: [&[u8]; 15] = [
    b"date",
    b"time",
    b"timestamp",
    b"timestamp(ms)",
    b"c-ip",
    b"cs-method",
    b"cs(Host)",
    b"x-host-header",
    b"cs-uri-stem",
    b"sc-status",
    b"cs-protocol",
    b"time-taken",
    b"x-edge-result-type",
    b"x-edge-response-result-type",
    b"x-edge-detailed-result-type",
];

/// The places in [`NAMES`].
#[derive(Clone, Copy)]
enum Slot {
    Date,
    Time,
    Seconds,
    Millis,
    Client,
    Method,
    Name,
    Host,
    Stem,
    Status,
    Scheme,
    Taken,
    Result,
    Response,
    Detailed,
}

/// The columns of a file without a header, up to the last that is read.
const USUAL: &[u8] = b"date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) \
x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type \
cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type";

/// Every line of JSON has one of these keys, unless all of them were left out.
static OWN: Key = Key::new("\"x-edge-");

type Values<'a> = [&'a [u8]; NAMES.len()];

impl Format for CloudFront {
    fn begins(&self, line: &[u8]) -> bool {
        self.begins_by(Columns::NONE, line)
    }

    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        self.parse_by(Columns::NONE, record, clock)
    }

    fn skim(&self, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        self.skim_by(Columns::NONE, line, clock)
    }

    fn columns(&self, line: &[u8]) -> Option<Columns> {
        is_header(line).then(|| named(&line[HEADER.len()..]))
    }

    fn begins_by(&self, columns: Columns, line: &[u8]) -> bool {
        match line.first() {
            Some(b'{') => OWN.begins_one_in(line),
            Some(b'#') => is_header(line) || !columns.is_unknown() && line.starts_with(b"#Version:"),
            Some(_) => is_answer(columns, line),
            None => false,
        }
    }

    fn parse_by<'a>(&self, columns: Columns, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        match record.first()? {
            b'#' => Some(Entry::default()),
            b'{' => from_json(record, clock),
            _ => {
                let columns = known(columns);
                let places = std::array::from_fn(|number| columns.place(number).unwrap_or(usize::MAX));
                let values = pick(record, places).map(said);
                entry(&values, clock)
            }
        }
    }

    fn skim_by(&self, columns: Columns, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        if matches!(line.first(), None | Some(b'{' | b'#')) {
            return None;
        }
        let columns = known(columns);
        let [date, time, answer] =
            pick(line, [columns.place(Slot::Date as usize)?, columns.place(Slot::Time as usize)?, columns.place(Slot::Status as usize)?]);
        Some(Skimmed { time: clock.resolve(moment(date, time)?), status: status(answer)?, is_bare: false })
    }

    fn tier(&self) -> Tier {
        Tier::Edge
    }

    fn one_line(&self) -> bool {
        true
    }

    fn fields(&self) -> &'static [&'static str] {
        &["status", "result", "response_result", "detailed", "scheme", "time_taken"]
    }

    fn about(&self) -> About {
        About {
            title: "Amazon CloudFront standard log (tab-separated with #Fields, or JSON)",
            recognised: "#Fields: with x-edge-, or date, time and further columns behind tabs, or a JSON object with x-edge- keys",
            example: "2025-03-04\t10:15:31\tFRA56-P1\t1045\t203.0.113.24\tGET\td111111abcdef8.cloudfront.net\t/cart\t502\t-\tMozilla/5.0%20(X11)\t-\t-\tError\tAbCdEf012345==\tshop.example.com\thttps\t210\t0.034\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tError\tHTTP/2.0\t-\t-\t51034\t0.034\tOriginConnectError\ttext/html\t910\t-\t-",
        }
    }
}

const HEADER: &[u8] = b"#Fields:";

/// A header of CloudFront's: other servers write such lines with other names.
fn is_header(line: &[u8]) -> bool {
    line.starts_with(HEADER) && memmem::find(line, b"x-edge-").is_some()
}

/// The columns that a header names.
fn named(names: &[u8]) -> Columns {
    let names = names.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty());
    Columns::of(names, |name| NAMES.iter().position(|known| *known == name))
}

/// The columns of the header, or the usual ones.
fn known(columns: Columns) -> Columns {
    static KNOWN: std::sync::OnceLock<Columns> = std::sync::OnceLock::new();
    if columns.is_unknown() { *KNOWN.get_or_init(|| named(USUAL)) } else { columns }
}

/// Whether date, time and status stand where they should.
fn is_answer(columns: Columns, line: &[u8]) -> bool {
    if memchr(b'\t', line).is_none() {
        return false;
    }
    let columns = known(columns);
    let place = |slot: Slot| columns.place(slot as usize).unwrap_or(usize::MAX);
    let [date, time, answer] = pick(line, [place(Slot::Date), place(Slot::Time), place(Slot::Status)]);
    let [seconds, millis] = pick(line, [place(Slot::Seconds), place(Slot::Millis)]);
    status(answer).is_some() && (moment(date, time).is_some() || any_stamp(seconds).is_some() || any_stamp(millis).is_some())
}

/// The words of those columns; empty where the line has none.
fn pick<const N: usize>(line: &[u8], places: [usize; N]) -> [&[u8]; N] {
    let mut picked = [&[][..]; N];
    let last = places.into_iter().filter(|place| *place != usize::MAX).max();
    let (mut start, mut ends) = (0, memchr_iter(b'\t', line));
    for place in 0..=last.unwrap_or(0) {
        let end = ends.next();
        for (held, wanted) in picked.iter_mut().zip(places) {
            if wanted == place {
                *held = &line[start..end.unwrap_or(line.len())];
            }
        }
        let Some(end) = end else { break };
        start = end + 1;
    }
    picked
}

fn from_json<'a>(record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
    let mut values: Values<'a> = [&[]; NAMES.len()];
    json::read(record, &mut |path, value| {
        if let [key] = path
            && let Some(number) = NAMES.iter().position(|name| name == key)
        {
            values[number] = said(value.bare());
        }
        ControlFlow::Continue(())
    });
    entry(&values, clock)
}

fn entry<'a>(values: &Values<'a>, clock: &mut Clock) -> Option<Entry<'a>> {
    status(values[Slot::Status as usize])?;
    let mut entry = Entry::default();
    set_status(&mut entry, values[Slot::Status as usize]);
    let stamp = moment(values[Slot::Date as usize], values[Slot::Time as usize])
        .or_else(|| any_stamp(values[Slot::Millis as usize]))
        .or_else(|| any_stamp(values[Slot::Seconds as usize]));
    entry.time = stamp.map(|stamp| clock.resolve(stamp));
    entry.duration = micros(values[Slot::Taken as usize]);
    entry.client = Cow::Borrowed(values[Slot::Client as usize]);
    entry.method = Cow::Borrowed(values[Slot::Method as usize]);
    entry.host = Cow::Borrowed(if values[Slot::Host as usize].is_empty() { values[Slot::Name as usize] } else { values[Slot::Host as usize] });
    entry.path = Cow::Borrowed(path_of(values[Slot::Stem as usize]));
    for (name, slot) in
        [("result", Slot::Result), ("response_result", Slot::Response), ("detailed", Slot::Detailed), ("scheme", Slot::Scheme), ("time_taken", Slot::Taken)]
    {
        entry.set(name, values[slot as usize]);
    }
    Some(entry)
}

/// What a column says; `-` is nothing.
fn said(word: &[u8]) -> &[u8] {
    if word == b"-" { &[] } else { word.trim_ascii() }
}

/// The moment of a date and a time, which are in UTC.
fn moment(date: &[u8], time: &[u8]) -> Option<Stamp> {
    let (date, time): (&[u8; 10], &[u8; 8]) = (date.try_into().ok()?, time.try_into().ok()?);
    let mut both = [b'T'; 19];
    both[..10].copy_from_slice(date);
    both[11..].copy_from_slice(time);
    match rfc3339(&both)?.0 {
        Stamp::Local(civil) => Some(Stamp::Instant(Timestamp::from_seconds(civil.epoch_seconds()))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zone;

    fn example() -> &'static str {
        CloudFront.about().example
    }

    fn clock() -> Clock {
        Clock::new(Zone::named("Europe/Berlin").unwrap(), Timestamp::from_seconds(4_102_444_800))
    }

    fn read(columns: Columns, line: &str) -> Entry<'_> {
        assert!(CloudFront.begins_by(columns, line.as_bytes()), "{line}");
        let entry = CloudFront.parse_by(columns, line.as_bytes(), &mut clock()).unwrap();
        assert!(entry.fields.iter().all(|(name, _)| CloudFront.fields().contains(name)));
        entry
    }

    fn fields(entry: &Entry<'_>) -> [String; 7] {
        ["status", "result", "detailed", "scheme", "time_taken", "host", "path"].map(|name| String::from_utf8_lossy(entry.field(name)).into_owned())
    }

    const READ: [&str; 7] = ["502", "Error", "OriginConnectError", "https", "0.034", "shop.example.com", "/cart"];

    #[test]
    fn a_line_is_read() {
        let entry = read(Columns::NONE, example());
        assert_eq!(fields(&entry), READ);
        assert_eq!((entry.status, entry.duration, entry.is_response), (Some(502), Some(34_000), true));
        assert_eq!((&*entry.client, &*entry.method), (&b"203.0.113.24"[..], &b"GET"[..]));
        assert_eq!(entry.time.unwrap().to_rfc3339(), "2025-03-04T10:15:31Z", "UTC, whatever the zone of other logs");
    }

    #[test]
    fn the_header_says_where_the_values_stand() {
        let header = "#Fields: sc-status\tx-edge-detailed-result-type\tc-ip\tdate\ttime\tcs-uri-stem\tnew-field";
        let columns = CloudFront.columns(header.as_bytes()).unwrap();
        let line = "504\tOriginCommError\t2001:db8::7\t2025-03-04\t10:16:01\t/report\tx";
        assert!(!CloudFront.begins(line.as_bytes()), "nothing says what it is");
        let entry = read(columns, line);
        assert_eq!(fields(&entry), ["504", "", "OriginCommError", "", "", "", "/report"]);
        assert_eq!((entry.time.unwrap().to_rfc3339().as_str(), &*entry.client), ("2025-03-04T10:16:01Z", &b"2001:db8::7"[..]));
        let seen = CloudFront.skim_by(columns, line.as_bytes(), &mut clock()).unwrap();
        assert_eq!((Some(seen.time), Some(seen.status)), (entry.time, entry.status));
        assert!(CloudFront.begins_by(columns, b"#Version: 1.0") && !CloudFront.begins(b"#Version: 1.0"));
        assert!(CloudFront.columns(b"#Fields: date time s-ip cs-method sc-status").is_none(), "IIS");
        let entry = read(Columns::NONE, header);
        assert!(!entry.is_response && entry.time.is_none());
    }

    #[test]
    fn version_2_may_stamp_with_a_number_and_be_json() {
        let columns = CloudFront.columns(b"#Fields: timestamp(ms) sc-status x-edge-result-type").unwrap();
        assert_eq!(read(columns, "1741083331204\t502\tError").time.unwrap().to_rfc3339(), "2025-03-04T10:15:31.204Z");
        let json = r#"{"date":"2025-03-04","time":"10:15:31","c-ip":"203.0.113.24","cs-uri-stem":"/cart","sc-status":"502","x-edge-result-type":"Error","x-edge-detailed-result-type":"OriginConnectError","x-host-header":"shop.example.com","cs-protocol":"https","time-taken":"0.034"}"#;
        let entry = read(Columns::NONE, json);
        assert_eq!((fields(&entry), entry.time.unwrap().to_rfc3339().as_str()), (READ.map(str::to_owned), "2025-03-04T10:15:31Z"));
    }

    #[test]
    fn older_files_have_fewer_columns_and_cut_lines_are_read_as_far_as_they_go() {
        let up_to = |count: usize| example().split('\t').take(count).collect::<Vec<_>>().join("\t");
        assert_eq!(fields(&read(Columns::NONE, &up_to(23)))[..3], ["502", "Error", ""]);
        assert_eq!(fields(&read(Columns::NONE, &up_to(9)))[..2], ["502", ""]);
        assert!(!CloudFront.begins(up_to(8).as_bytes()));
        assert_eq!(fields(&read(Columns::NONE, &format!("{}\tmore\tand more", example()))), READ);
    }

    #[test]
    fn only_its_own_lines_begin_a_record() {
        for other in [
            "",
            "\t",
            "2025-03-04 10:15:31 x",
            "2025-03-04\t10:15:31\tx",
            "#Software: Microsoft Internet Information Services 8.5",
            "#Fields: date time s-ip cs-method sc-status",
            r#"{"date":"2025-03-04","agent":"\"x-edge-a\":1"}"#,
        ] {
            assert!(!CloudFront.begins(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let reordered = CloudFront.columns(b"#Fields: x-edge-a sc-status time date").unwrap();
        let bytes = example().as_bytes();
        for at in 0..bytes.len() {
            let mut broken = bytes.to_vec();
            for byte in [b'\t', b'{', b'#', b'-', 0, 0xff] {
                broken[at] = byte;
                for line in [&broken, &bytes[at..], &bytes[..at]] {
                    for columns in [Columns::NONE, reordered] {
                        let _ = (CloudFront.begins_by(columns, line), CloudFront.skim_by(columns, line, &mut clock()));
                        let _ = (CloudFront.parse_by(columns, line, &mut clock()), CloudFront.columns(line));
                    }
                }
            }
        }
    }
}
