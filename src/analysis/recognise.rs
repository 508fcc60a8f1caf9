//! What each input is, before any is read.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::pump::BYTE_ORDER_MARK;
use crate::format::{Columns, Envelope, FormatId, detect, envelope_of};
use crate::scan::Dialect;
use crate::source::{Log, Sample, Source, SourceError, date_in_name, sample};
use crate::text::trim_line_end;
use crate::time::{Civil, Clock, Stamp, Timestamp, Zone};

/// Bytes that are looked at.
pub(super) const SAMPLE: usize = 64 << 10;

/// A member of a log, recognised.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) source: Source,
    /// Its place among all inputs.
    pub(super) number: u32,
    /// It is a compressed file.
    pub(super) is_packed: bool,
    pub(super) kind: Recognised,
    /// Both nginx and Apache write such lines.
    is_shared: bool,
    /// Messages and answers stand side by side in it.
    has_both: bool,
}

/// What a sample told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Recognised {
    /// A log.
    Dialect(Dialect),
    /// Nothing that is known; it is read all the same, as later lines may be.
    Unknown,
    /// No text.
    Binary,
    /// It cannot be opened.
    Unreadable(SourceError),
    /// It can be read only once, so it was not looked at.
    Unseen,
}

/// Looks at every member of every log.
pub(super) fn recognise(logs: Vec<Log>, format: Option<FormatId>) -> Vec<Vec<Member>> {
    let sizes: Vec<usize> = logs.iter().map(|log| log.members.len()).collect();
    let sources: Vec<Source> = logs.into_iter().flat_map(|log| log.members).collect();
    let looked: Vec<Member> = sources.into_par_iter().zip(0..u32::MAX).map(|(source, number)| look(source, number, format)).collect();
    let mut looked = looked.into_iter();
    let mut all: Vec<Vec<Member>> = sizes.into_iter().map(|size| looked.by_ref().take(size).collect()).collect();
    if format.is_none() {
        settle_shared(&mut all);
    }
    all
}

fn look(source: Source, number: u32, format: Option<FormatId>) -> Member {
    if source.is_stream() {
        return Member { source, number, is_packed: false, kind: Recognised::Unseen, is_shared: false, has_both: true };
    }
    match sample(&source, SAMPLE) {
        Err(error) => Member { source, number, is_packed: false, kind: Recognised::Unreadable(error), is_shared: false, has_both: false },
        Ok(Sample { bytes, is_packed }) => {
            let (kind, is_shared) = from_sample(&bytes, format);
            let has_both = if let Recognised::Dialect(dialect) = &kind { has_both(&bytes, *dialect) } else { true };
            Member { source, number, is_packed, kind, is_shared, has_both }
        }
    }
}

/// Whether a sample has lines of messages and lines of answers, as what a container prints has.
pub(super) fn has_both(sample: &[u8], dialect: Dialect) -> bool {
    let formats = sample.split(|byte| *byte == b'\n').filter_map(|line| {
        let unwrapped = dialect.envelope.unwrap(line)?;
        dialect.begins(&unwrapped.line).filter(|format| dialect.takes(*format))
    });
    let (mut messages, mut answers) = (false, false);
    for format in formats {
        // What happened behind the proxy is no message that an answer belongs to, unless the log is a whole system's.
        match format {
            format if format.writes_answers() => answers = true,
            format if !format.is_context() || dialect.format.is_context() => messages = true,
            _ => {}
        }
    }
    messages && answers
}

/// What a sample is: the envelope always, the format unless the user said it, and whether two servers write it.
pub(super) fn from_sample(sample: &[u8], format: Option<FormatId>) -> (Recognised, bool) {
    let sample = sample.strip_prefix(BYTE_ORDER_MARK).unwrap_or(sample);
    if let Some(format) = format {
        let envelope = envelope_of(sample, format);
        return (Recognised::Dialect(Dialect { envelope, format, columns: columns(sample, envelope, format), is_only: true }), false);
    }
    let detected = detect(sample);
    match detected.format {
        Some(format) => {
            let dialect = Dialect { envelope: detected.envelope, format, columns: columns(sample, detected.envelope, format), is_only: false };
            (Recognised::Dialect(dialect), detected.is_shared)
        }
        None if memchr::memchr(0, sample).is_some() => (Recognised::Binary, false),
        None => (Recognised::Unknown, false),
    }
}

/// What the first header of a sample says of the columns below it.
fn columns(sample: &[u8], envelope: Envelope, format: FormatId) -> Columns {
    let mut lines = sample.split(|byte| *byte == b'\n').take(HEADER_LINES).filter_map(|line| envelope.unwrap(trim_line_end(line)));
    lines.find_map(|line| format.format().columns(&line.line)).unwrap_or_default()
}

/// A header stands among so many first lines.
const HEADER_LINES: usize = 200;

/// The dialect in which an input of no known format is read: every line is tried in every format.
pub(super) const ANY: Dialect = Dialect { envelope: Envelope::None, format: FormatId::NginxError, columns: Columns::NONE, is_only: false };

/// nginx's combined format and Apache's are the same; names and neighbours tell which server wrote it.
fn settle_shared(all: &mut [Vec<Member>]) {
    let known: Vec<(PathBuf, FormatId)> =
        all.iter().flatten().filter(|member| !member.is_shared).filter_map(|member| Some((folder(&member.source.path), member.format()?))).collect();
    for member in all.iter_mut().flatten().filter(|member| member.is_shared) {
        let Recognised::Dialect(dialect) = &mut member.kind else { continue };
        dialect.format = by_name(&member.source.path).or_else(|| by_neighbour(&known, &member.source.path)).unwrap_or(FormatId::NginxAccess);
    }
}

impl Member {
    /// Messages and answers are, or may be, mixed in it: then the answers that a failure may belong to come before it is
    /// known.
    pub(super) fn is_mixed(&self) -> bool {
        self.has_both
    }

    pub(super) fn format(&self) -> Option<FormatId> {
        match &self.kind {
            Recognised::Dialect(dialect) => Some(dialect.format),
            _ => None,
        }
    }
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

pub(super) fn by_name(path: &Path) -> Option<FormatId> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let last = |word: &str| name.rfind(word);
    let apache = ["apache", "httpd", "other_vhosts_access", "access_log"].iter().filter_map(|word| last(word)).max();
    match (last("nginx"), apache) {
        (Some(nginx), Some(apache)) => Some(if nginx > apache { FormatId::NginxAccess } else { FormatId::ApacheAccess }),
        (Some(_), None) => Some(FormatId::NginxAccess),
        (None, Some(_)) => Some(FormatId::ApacheAccess),
        (None, None) => None,
    }
}

/// The server whose error log stands in the same folder, else the only one of which there is any.
fn by_neighbour(known: &[(PathBuf, FormatId)], path: &Path) -> Option<FormatId> {
    let server = |format: &FormatId| {
        let of = |logs: [FormatId; 2], access: FormatId| logs.contains(format).then_some(access);
        of([FormatId::NginxError, FormatId::NginxAccess], FormatId::NginxAccess)
            .or_else(|| of([FormatId::ApacheError, FormatId::ApacheAccess], FormatId::ApacheAccess))
    };
    let here = folder(path);
    let only = |formats: Vec<FormatId>| formats.first().copied().filter(|first| formats.iter().all(|format| format == first));
    only(known.iter().filter(|(folder, _)| *folder == here).filter_map(|(_, format)| server(format)).collect())
        .or_else(|| only(known.iter().filter_map(|(_, format)| server(format)).collect()))
}

/// The clock of an input: a stamp without a year is not after the date in its name, else its last change, else now; plus a
/// day, since clocks differ.
pub(super) fn clock(source: &Source, zone: Zone, now: Timestamp) -> Clock {
    let named = date_in_name(&source.path.to_string_lossy()).map(|(year, month, day)| {
        let midnight = Civil { year, month, day, hour: 0, minute: 0, second: 0, micros: 0 };
        // The day that a name says is the day of rotation, or of its lines: both end within two days of its midnight.
        Clock::new(zone, now).resolve(Stamp::Local(midnight)).plus_seconds(86_400)
    });
    let reference = named.or_else(|| source.reference_time().map(|changed| changed.min(now))).unwrap_or(now);
    Clock::new(zone, reference.plus_seconds(86_400))
}
