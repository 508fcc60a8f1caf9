//! A second reader of the corpora: slow, and simple enough to be seen to be right.
//!
//! It shares no code with the program and none with the generator's makers: text is split with `str` methods, requests are
//! kept in maps without any bound, messages stand in one table. It knows what the corpora hold, and no more. To add a format:
//! a file with a `read`, and its line in [`read`].

mod access;
mod alb;
mod apache_error;
mod nginx_error;

use super::corpus::Kind;
use super::counts::Counts;

/// Counts what a log of that kind holds. `None` where there is no such reader.
pub(crate) fn read(kind: Kind, log: &[u8]) -> Option<Counts> {
    if kind.id.ends_with("-json") {
        return None;
    }
    let text = String::from_utf8_lossy(log);
    match kind.format {
        "nginx-error" => Some(nginx_error::read(&text)),
        "nginx-access" => Some(access::read(&text)),
        "apache-error" => Some(apache_error::read(&text)),
        "alb" => Some(alb::read(&text)),
        _ => None,
    }
}

/// What stands behind `start`, up to `end`.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}
