//! Which files are pieces of one log, and which piece is older: read from their names alone.

use std::cmp::Reverse;

use super::date::stamp;

/// A file's name, understood: the log that it is a piece of, and which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The name of the live file, whether it exists or not: `error.log` for `error.log.2.gz` and `error-20260318.log`.
    pub stem: String,
    /// Which piece: the older one is the smaller.
    pub age: Age,
}

/// Which piece of a log a file is, oldest first.
///
/// A set that bears both numbers and dates was changed from numbers to dates: they are the older then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Age {
    /// `error.log.3`: the higher, the older.
    Numbered(Reverse<u32>),
    /// `error.log-20260318.1`: seconds since the epoch, then a number that rises within the same date.
    Dated(i64, u32),
    /// The file that is written to.
    Live,
}

/// Endings of compressed files. Only the name is read with them; what a file holds is known by its first bytes.
const COMPRESSED: [&str; 6] = [".gz", ".zst", ".zstd", ".xz", ".bz2", ".Z"];

impl Rotated {
    /// Reads the name of a file, without its folder.
    pub fn read(name: &str) -> Self {
        let plain = without_compression(name);
        let found = dated(plain).or_else(|| numbered(plain));
        found.unwrap_or_else(|| Self { stem: plain.to_owned(), age: Age::Live })
    }
}

/// `name` without the ending of a compressed file.
pub(super) fn without_compression(name: &str) -> &str {
    let stripped = COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending));
    stripped.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// `error.log.3`. After a digit it is none: `access-10.0.0.3` is an address.
fn numbered(name: &str) -> Option<Rotated> {
    let (stem, number) = name.rsplit_once('.')?;
    let is_number = (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || stem.bytes().last().is_none_or(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Rotated { stem: stem.to_owned(), age: Age::Numbered(Reverse(number.parse().ok()?)) })
}

/// A date after the name or before its extension: `error.log-20260318`, `error-20260318.log`, `2026-03-18.log`.
fn dated(name: &str) -> Option<Rotated> {
    let bytes = name.as_bytes();
    (0..bytes.len()).find_map(|at| {
        let separated = at == 0 || matches!(bytes[at - 1], b'-' | b'_' | b'.');
        if !separated || !bytes[at].is_ascii_digit() {
            return None;
        }
        let stamp = stamp(&bytes[at..])?;
        let (part, extension) = after_stamp(&name[at + stamp.len..])?;
        let base = &name[..at.saturating_sub(1)];
        if base.is_empty() && extension.is_empty() {
            return None;
        }
        Some(Rotated { stem: format!("{base}{extension}"), age: Age::Dated(stamp.seconds, part) })
    })
}

/// What may follow the date: why the file was rotated (Caddy), a number, an extension, or nothing.
fn after_stamp(rest: &str) -> Option<(u32, &str)> {
    let why = ["-size", "-time", "-manual"].iter().find_map(|why| rest.strip_prefix(why));
    let rest = why.unwrap_or(rest);
    let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
    let (part, extension) = match rest.bytes().next() {
        Some(b'.' | b'-' | b'_') if (1..=6).contains(&digits) => (rest[1..=digits].parse().ok()?, &rest[digits + 1..]),
        _ => (0, rest),
    };
    let is_extension = |text: &str| (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let fits = extension.is_empty() || extension.strip_prefix('.').is_some_and(is_extension);
    fits.then_some((part, extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stem: &str, oldest_first: &[&str]) {
        let read: Vec<Rotated> = oldest_first.iter().map(|name| Rotated::read(name)).collect();
        for (name, rotated) in oldest_first.iter().zip(&read) {
            assert_eq!(rotated.stem, stem, "{name}");
        }
        for (pair, names) in read.windows(2).zip(oldest_first.windows(2)) {
            assert!(pair[0].age < pair[1].age, "{names:?}: {pair:?}");
        }
    }

    #[test]
    fn the_highest_number_is_the_oldest() {
        check("error.log", &["error.log.10.gz", "error.log.9.zst", "error.log.2", "error.log.1", "error.log.0.bz2", "error.log"]);
    }

    #[test]
    fn the_first_date_is_the_oldest() {
        check("error.log", &["error.log-20251231.gz", "error.log-20260318.xz", "error.log-20260319", "error.log"]);
        check("error.log", &["error-20251231.log.gz", "error-20260318.log.Z", "error.log"]);
        check("error.log", &["error.log.2026-03-17", "error.log.2026-03-18", "error.log"]);
        check("error.log", &["error.log-20260318-1773802800.gz", "error.log-20260318-1773806400.gz", "error.log-20260319-1773892800"]);
        check("access_log", &["access_log.1773802800", "access_log.1773889200", "access_log"]);
        check("access.log", &["access-2026-03-18T03-00-00.000.log.gz", "access-2026-03-18T04-00-00.000-size.log", "access.log"]);
        check("0.log", &["0.log.20260318-030000.gz", "0.log.20260318-040000", "0.log"]);
        check(".log", &["2026-03-17.log", "2026-03-18.log"]);
    }

    #[test]
    fn a_number_after_a_date_rises() {
        check("app.log", &["app-2026-03-18.0.log", "app-2026-03-18.9.log", "app-2026-03-18.10.log", "app-2026-03-19.0.log", "app.log"]);
        check("app.log", &["app-2026-03-18-9.log", "app-2026-03-18-10.log", "app-2026-03-18-24.log"]);
    }

    #[test]
    fn numbers_are_older_than_dates_in_one_set() {
        check("error.log", &["error.log.2", "error.log.1", "error.log-20260318", "error.log"]);
    }

    #[test]
    fn a_name_that_only_looks_rotated_is_a_log_of_its_own() {
        for name in ["error.log", "access-10.0.0.1", "error.log.12345678", "web.1.log", ".gz", "20260318", "app_20260318T0300Z_10.0.0.1_x.log"] {
            assert_eq!(Rotated::read(name), Rotated { stem: name.to_owned(), age: Age::Live }, "{name}");
        }
    }
}
