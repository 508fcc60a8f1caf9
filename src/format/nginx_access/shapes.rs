//! Values that a `log_format` put behind the agent without a name.

use memchr::{memchr, memchr2};

use super::attempts::Attempts;
use crate::format::clf::{Item, entries, micros, without_port};
use crate::text::number;

/// Values without names, by their shape: times are decimal fractions; addresses are numeric and have a port; a status is
/// told from a length by the answer's own status, which is that of the last attempt.
#[derive(Default)]
pub(super) struct Shapes<'a> {
    times: [&'a [u8]; 4],
    time_count: usize,
    addr: Option<&'a [u8]>,
    status: Option<&'a [u8]>,
    cache_status: &'a [u8],
}

impl<'a> Shapes<'a> {
    pub(super) fn take(&mut self, item: Item<'a>, index: usize, status: &[u8]) {
        let list = item.value;
        if is_time_list(list) || (list == b"-" && self.time_count > 0 && self.addr.is_none()) {
            if let Some(place) = self.times.get_mut(self.time_count) {
                *place = list;
            }
            self.time_count += 1;
        } else if item.is_bracketed || (item.is_quoted && index == 0) {
            // The header of whoever asked, or something of the log's own.
        } else if is_cache_status(list) {
            self.cache_status = list;
        } else if entries(list).all(|entry| is_address(entry) || entry == b"-") && list != b"-" {
            self.addr = Some(list);
        } else if entries(list).all(|entry| number::status(entry).is_some() || entry == b"-") && entries(list).last() == Some(status) {
            self.status = Some(list);
        }
    }

    /// Gives what was recognised, where no name said it. Two times are those of request and upstream; four are, by custom,
    /// request, connect, header, response, or request, response, connect, header: the response's is never a dash.
    pub(super) fn give(self, attempts: &mut Attempts<'a>, request_time: &mut &'a [u8], cache_status: &mut &'a [u8]) {
        if request_time.is_empty() && self.time_count > 0 && micros(self.times[0]).is_some() {
            *request_time = self.times[0];
        }
        if cache_status.is_empty() {
            *cache_status = self.cache_status;
        }
        if attempts.addr.is_some() || attempts.status.is_some() || self.addr.is_none() {
            return;
        }
        (attempts.addr, attempts.status) = (self.addr, self.status);
        if self.time_count == 4 {
            let connect = if entries(self.times[3]).last() == Some(b"-") { 2 } else { 1 };
            (attempts.connect_time, attempts.header_time) = (Some(self.times[connect]), Some(self.times[connect + 1]));
        }
    }
}

/// `0.001`, `-, 0.001`: one number with a dot at least, or it might be a length.
fn is_time_list(list: &[u8]) -> bool {
    memchr(b'.', list).is_some() && entries(list).all(|entry| entry == b"-" || (micros(entry).is_some() && memchr(b'.', entry).is_some()))
}

fn is_cache_status(word: &[u8]) -> bool {
    matches!(word, b"HIT" | b"MISS" | b"BYPASS" | b"EXPIRED" | b"STALE" | b"UPDATING" | b"REVALIDATED" | b"SCARCE")
}

/// `10.0.0.1:80`, `[::1]:80`, `unix:/run/a.sock`.
pub(super) fn is_address(word: &[u8]) -> bool {
    let host = without_port(word);
    let numeric = |host: &[u8]| host.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'[' | b']'));
    word.starts_with(b"unix:/") || (host.len() < word.len() && host.len() > 2 && memchr2(b'.', b':', host).is_some() && numeric(host))
}
