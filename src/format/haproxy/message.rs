//! What the process says: servers that go down and come up, backends without servers, and what it ran out of.
//!
//! The same texts go to syslog as they are and to the standard error with `[WARNING]  (pid) : ` before them.

use memchr::{memchr, memmem};

use crate::record::{Entry, Severity};
use crate::text::number;

/// Whether the line is one. Without the prefix only the texts that are known are: any other might be anybody's.
pub(super) fn begins(line: &[u8]) -> bool {
    match line.first() {
        Some(b'[') => prefixed(line).is_some(),
        Some(b'S' | b'B' | b'H' | b'b' | b'P' | b'p' | b'C' | b'R') => is_known(line),
        _ => false,
    }
}

/// Makes an entry of a line that [`begins`] knows.
pub(super) fn read(record: &[u8]) -> Entry<'_> {
    let (severity, text) = prefixed(record).unwrap_or((Severity::Info, record));
    let mut entry = Entry { severity, message: text.into(), ..Entry::default() };
    if let Some((name, rest)) = server(text) {
        entry.upstream = name.into();
        state(rest, &mut entry);
    } else if let Some(name) = backend(text) {
        entry.upstream = name.into();
    }
    entry
}

/// `[WARNING]  (27662) : ` or, before 2.4, `[WARNING] 329/101531 (27662) : `.
fn prefixed(line: &[u8]) -> Option<(Severity, &[u8])> {
    let rest = line.strip_prefix(b"[")?;
    let end = memchr(b']', &rest[..rest.len().min(12)])?;
    let severity = Severity::from_name(&rest[..end])?;
    let mut rest = rest[end + 1..].trim_ascii_start();
    if let Some(at) = memchr(b' ', &rest[..rest.len().min(12)]).filter(|at| memchr(b'/', &rest[..*at]).is_some()) {
        let is_stamp = rest[..at].iter().all(|byte| byte.is_ascii_digit() || *byte == b'/');
        rest = if is_stamp { &rest[at + 1..] } else { return None };
    }
    let pid = rest.strip_prefix(b"(")?;
    let end = memchr(b')', &pid[..pid.len().min(12)])?;
    number::unsigned(&pid[..end])?;
    Some((severity, pid[end + 1..].strip_prefix(b" : ")?))
}

fn is_known(line: &[u8]) -> bool {
    const STARTS: [&[u8]; 7] = [
        b"Connect() failed for backend ",
        b"Cannot bind to source address before connect() for backend ",
        b"Cannot bind to tproxy source address before connect() for backend ",
        b"Connect from ",
        b"Reached configured maxconn value",
        b"Stopping frontend ",
        b"Stopping backend ",
    ];
    let is_proxy = || {
        let rest = line.strip_prefix(b"Proxy ").or_else(|| line.strip_prefix(b"proxy "));
        rest.and_then(|rest| memchr(b' ', rest).map(|at| &rest[at + 1..])).is_some_and(|rest| {
            [&b"started."[..], b"stopped (cumulated conns", b"reached process FD limit", b"reached system FD limit", b"reached system memory limit"]
                .iter()
                .any(|start| rest.starts_with(start))
        })
    };
    let is_empty = || backend(line).is_some_and(|_| memmem::find(line, b" has no server available!").is_some());
    let is_connect = !line.starts_with(b"Connect from ") || (line.ends_with(b")") && memmem::find(line, b" (").is_some());
    server(line).is_some() || is_empty() || is_proxy() || (is_connect && STARTS.iter().any(|start| line.starts_with(start)))
}

/// Name of the server (`be_shop/app1`) that a text speaks of, and what it says of it.
fn server(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = [&b"Server "[..], b"Backup Server ", b"Health check for server ", b"Health check for backup server "]
        .iter()
        .find_map(|start| text.strip_prefix(*start))?;
    let (name, rest) = rest.split_at(memchr(b' ', rest)?);
    let rest = &rest[1..];
    let is_about = [&b"is "[..], b"failed", b"succeeded", b"conditionally succeeded"].iter().any(|verb| rest.starts_with(verb));
    let has_slash = memchr(b'/', name).is_some_and(|at| at > 0 && at + 1 < name.len());
    (has_slash && is_about).then_some((name, rest))
}

/// Name of the backend that a text speaks of: `backend be_shop has …`, on the standard error in quotes.
fn backend(text: &[u8]) -> Option<&[u8]> {
    const STARTS: [&[u8]; 4] = [
        b"backend ",
        b"Connect() failed for backend ",
        b"Cannot bind to source address before connect() for backend ",
        b"Cannot bind to tproxy source address before connect() for backend ",
    ];
    let rest = STARTS.iter().find_map(|start| text.strip_prefix(*start))?;
    let name = &rest[..rest.iter().position(|byte| matches!(byte, b' ' | b':')).unwrap_or(rest.len())];
    let name = name.strip_prefix(b"'").and_then(|name| name.strip_suffix(b"'")).unwrap_or(name);
    (!name.is_empty()).then_some(name.strip_suffix(b".").unwrap_or(name))
}

/// `is DOWN, reason: Layer7 wrong status, code: 503, info: "…", check duration: 1ms. …`
fn state<'a>(rest: &'a [u8], entry: &mut Entry<'a>) {
    let what = rest.strip_prefix(b"is ").unwrap_or(rest);
    let end = |text: &[u8]| text.iter().position(|byte| matches!(byte, b',' | b'.' | b'(')).unwrap_or(text.len());
    entry.set("event", what[..end(what)].trim_ascii_end());
    let after = |key: &[u8]| memmem::find(what, key).map(|at| &what[at + key.len()..]);
    if let Some(reason) = after(b", reason: ") {
        entry.set("check_reason", &reason[..end(reason)]);
    } else if let Some(reason) = what[end(what)..].strip_prefix(b"(") {
        entry.set("check_reason", &reason[..memchr(b')', reason).unwrap_or(reason.len())]);
    }
    if let Some(code) = after(b", code: ") {
        entry.set("check_code", &code[..code.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(code.len())]);
    }
    if let Some(info) = after(b", info: \"") {
        // What the server said stands in it, quotes too.
        let close = memmem::find(info, b"\", check duration").or_else(|| memchr(b'"', info));
        entry.set("check_info", &info[..close.unwrap_or(info.len())]);
    }
}
