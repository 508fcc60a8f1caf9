//! The `$upstream_…` variables: lists with one entry per attempt.
//!
//! `, ` stands between the attempts of one group of servers, ` : ` between groups (an error page or `X-Accel-Redirect`
//! that led to another location). All lists of a line have the same number of entries; `-` stands for what is not known.
//! The status of a failed attempt is nginx's own 502 or 504: only a header time proves that the upstream answered.

use std::borrow::Cow;

use crate::format::clf::entries;
use crate::record::Entry;
use crate::text::number;

/// The lists of a line as they were logged; `None` where the log has no such field.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attempts<'a> {
    pub(super) addr: Option<&'a [u8]>,
    pub(super) status: Option<&'a [u8]>,
    pub(super) connect_time: Option<&'a [u8]>,
    pub(super) header_time: Option<&'a [u8]>,
    /// Bytes of the body that came.
    pub(super) response_length: Option<&'a [u8]>,
    /// The name of the group, in logs that have one beside the addresses.
    pub(super) group: Option<&'a [u8]>,
}

impl<'a> Attempts<'a> {
    /// Puts them into the entry, whose status is known.
    pub(super) fn fill(&self, entry: &mut Entry<'a>) {
        let Some(list) = self.status.or(self.addr).or(self.header_time).or(self.connect_time) else { return };
        let count = entries(list).count();
        let last = count - 1;
        let mut last_addr = self.addr_at(last);
        if self.addr.is_none() && self.status.is_some_and(is_none) {
            last_addr = Some(b"none");
        }
        entry.set("upstream_status", at(self.status, last).unwrap_or_default());
        entry.set("upstream_addr", last_addr.unwrap_or_default());
        entry.set("connect_time", at(self.connect_time, last).unwrap_or_default());
        entry.set("header_time", at(self.header_time, last).unwrap_or_default());
        entry.set("response_length", at(self.response_length, last).unwrap_or_default());
        if self.status.is_some_and(|status| !is_none(status)) {
            entry.set("attempts", decimal(count));
        }
        let mut upstream = last_addr;
        if let Some(failed) = self.saved(entry.status) {
            entry.set("retried", at(self.status, failed).unwrap_or_default());
            entry.set("retried_connect_time", at(self.connect_time, failed).unwrap_or_default());
            entry.set("retried_header_time", at(self.header_time, failed).unwrap_or_default());
            if !entry.status.is_some_and(is_gateway) {
                upstream = self.addr_at(failed);
            }
        }
        let upstream = upstream.filter(|addr| *addr != b"none").or(self.group.filter(|group| !is_none(group)));
        entry.upstream = Cow::Borrowed(upstream.unwrap_or_default());
    }

    fn addr_at(&self, index: usize) -> Option<&'a [u8]> {
        at(self.addr, index).map(|addr| if addr == b"-" { &b"none"[..] } else { addr })
    }

    /// The last attempt that failed and that the client got another answer than: one before the last, or the last where
    /// an error page or a stale copy out of the cache took the place of its answer.
    fn saved(&self, status: Option<u16>) -> Option<usize> {
        let list = self.status?;
        let (mut failed, mut last) = (None, (0, None));
        for (index, entry) in entries(list).enumerate() {
            if last.1.is_some_and(|code| code == 500 || is_gateway(code)) {
                failed = Some(last.0);
            }
            last = (index, number::status(entry));
        }
        if !status.is_some_and(is_gateway) && last.1.is_some_and(is_gateway) {
            failed = Some(last.0);
        }
        failed
    }
}

/// The entry of a list at that place; `-` for one that is missing or empty, `None` where there is no list.
fn at(list: Option<&[u8]>, index: usize) -> Option<&[u8]> {
    let entry = entries(list?).nth(index).unwrap_or_default();
    Some(if entry.is_empty() { b"-" } else { entry })
}

fn is_none(value: &[u8]) -> bool {
    matches!(value, b"" | b"-")
}

pub(super) const fn is_gateway(status: u16) -> bool {
    matches!(status, 502..=504)
}

fn decimal(count: usize) -> Cow<'static, [u8]> {
    const DIGITS: &[u8; 9] = b"123456789";
    match count {
        1..=9 => Cow::Borrowed(&DIGITS[count - 1..count]),
        _ => Cow::Owned(count.to_string().into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(status: u16, lists: [Option<&str>; 4]) -> Entry<'_> {
        let [addr, upstream, connect_time, header_time] = lists.map(|list| list.map(str::as_bytes));
        let mut entry = Entry { status: Some(status), ..Entry::default() };
        Attempts { addr, status: upstream, connect_time, header_time, ..Attempts::default() }.fill(&mut entry);
        entry
    }

    fn field<'e>(entry: &'e Entry<'_>, name: &str) -> &'e str {
        std::str::from_utf8(entry.field(name)).unwrap()
    }

    #[test]
    fn the_last_attempt_counts() {
        let entry = filled(504, [Some("127.0.0.1:1, [::1]:2"), Some("502, 504"), Some("-, 0.001"), Some("-, -")]);
        let all = ["upstream", "upstream_addr", "upstream_status", "connect_time", "header_time", "attempts", "retried", "retried_connect_time"];
        assert_eq!(all.map(|name| field(&entry, name)), ["[::1]:2", "[::1]:2", "504", "0.001", "-", "2", "502", "-"]);
    }

    #[test]
    fn a_saved_request_names_the_upstream_that_failed() {
        let entry = filled(200, [Some("10.0.0.1:1, 10.0.0.2:1 : 10.0.0.3:1"), Some("504, 502 : 200"), Some("0.1, - : 0.0"), None]);
        assert_eq!(
            ["upstream", "upstream_addr", "retried", "retried_connect_time", "retried_header_time"].map(|name| field(&entry, name)),
            ["10.0.0.2:1", "10.0.0.3:1", "502", "-", ""]
        );
        let entry = filled(200, [Some("10.0.0.1:1"), Some("502"), Some("0.001"), Some("-")]);
        assert_eq!(["upstream", "retried", "retried_header_time"].map(|name| field(&entry, name)), ["10.0.0.1:1", "502", "-"]);
        assert_eq!(field(&filled(200, [None, Some("200"), None, None]), "retried"), "");
        assert_eq!(field(&filled(500, [None, Some("500"), None, None]), "retried"), "");
    }

    #[test]
    fn no_upstream_is_none_and_no_field_is_nothing() {
        let fields = |lists| {
            let entry = filled(502, lists);
            ["upstream", "upstream_addr", "upstream_status", "attempts"].map(|name| field(&entry, name).to_owned())
        };
        assert_eq!(fields([Some("-"), Some("-"), None, None]), ["", "none", "-", ""]);
        assert_eq!(fields([Some(""), Some(""), None, None]), ["", "none", "-", ""]);
        assert_eq!(fields([None, Some("-"), None, None]), ["", "none", "-", ""]);
        assert_eq!(fields([Some("backend"), Some("502"), None, None]), ["backend", "backend", "502", "1"]);
        assert_eq!(fields([Some("10.0.0.1:1 : "), Some("502 : -"), None, None]), ["", "none", "-", "2"]);
        assert_eq!(fields([None; 4]), ["", "", "", ""]);
    }
}
