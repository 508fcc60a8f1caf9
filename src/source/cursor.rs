//! The file of `--cursor`: where a run left each file, and what it left open, for the next run.
//!
//! It is written when the report is out, whole or not at all: beside the old one, synchronised, renamed over it. Whatever
//! moment a run is killed at, the next one finds the old file or the new one. A file that is none of ours, or damaged, is
//! refused and left alone. Serialised types are a promise: [`SCHEMA`] is counted up when one changes its meaning.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{FileId, Fingerprint, Position};
use crate::record::Phase;
use crate::time::Timestamp;

/// The version of the file's shape.
pub const SCHEMA: u32 = 1;
/// What is known of a file that nobody has seen for so many seconds is dropped.
const FORGOTTEN: i64 = 30 * 86_400;

/// What a run leaves to the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Where each file was left. Those with a [`Position::seen`] were not met in this run.
    pub positions: Vec<Position>,
    /// Requests that may still get pieces, by the path of their log.
    pub open: Vec<OpenLog>,
    /// Failures whose answers may still come.
    pub failures: Vec<OpenFailure>,
}

/// The requests of a log that may still get pieces. They are reported already: what comes is evidence of them, and no
/// further request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenLog {
    /// The path of the log's file.
    pub path: String,
    /// Those requests, oldest first.
    pub requests: Vec<OpenRequest>,
}

/// A request that may still get pieces. Times are microseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each says something else of it")]
pub struct OpenRequest {
    /// What all its pieces have in common.
    pub owner: OpenOwner,
    /// Its pieces.
    pub evidence: Vec<OpenEvidence>,
    /// The pattern that decides, and whether it is specific.
    pub decision: Option<(String, bool)>,
    /// When: of the deciding piece, and of the last one.
    pub at: i64,
    /// See `at`.
    pub last: i64,
    /// See the aggregate's request, from here on.
    pub client: u64,
    /// The client's connection.
    pub peer: u64,
    /// The path's key.
    pub route: u64,
    /// The method's key.
    pub method: u64,
    /// The last specific piece did not end its exchange.
    pub goes_on: bool,
    /// Upstreams that were tried.
    pub tried: Vec<String>,
    /// The number of the present attempt.
    pub attempt: u16,
    /// The phase of the last specific piece.
    pub last_phase: Option<Phase>,
    /// An upstream was taken out of its pool.
    pub has_consequence: bool,
    /// A piece that closes it was seen.
    pub is_closed: bool,
    /// The answer was cut.
    pub is_body: bool,
    /// Its answer was found.
    pub is_answered: bool,
}

/// What all pieces of a request have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpenOwner {
    /// A key of connection and request.
    Key(u64),
    /// The thread that works on it.
    Current(u64),
    /// The thread whose next line with a client it belongs to.
    Pending(u64),
}

/// Pieces of one pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenEvidence {
    /// The pattern's id.
    pub pattern: String,
    /// When.
    pub at: i64,
    /// How many.
    pub entries: u32,
    /// The attempt it belongs to.
    pub attempt: u16,
}

/// A failure whose answer may still come; it is reported already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenFailure {
    /// When.
    pub at: i64,
    /// The client's key.
    pub client: u64,
    /// The path's key.
    pub route: u64,
    /// The method's key.
    pub method: u64,
    /// The pattern that decided.
    pub pattern: String,
    /// The answer was cut.
    pub is_body: bool,
}

/// The file as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    logscan502_cursor: u32,
    /// Keys of requests are hashes that mean something to this version only.
    program: String,
    /// When it was written.
    at: i64,
    files: Vec<WrittenFile>,
    open: Vec<OpenLog>,
    failures: Vec<OpenFailure>,
}

#[derive(Debug, Serialize, Deserialize)]
struct WrittenFile {
    path: String,
    device: Option<u64>,
    inode: Option<u64>,
    /// The fingerprint: of how many bytes, and their hash in hexadecimal digits.
    head_bytes: u32,
    head_hash: String,
    offset: u64,
    is_complete: bool,
    is_live: bool,
    bytes: u64,
    modified: Option<i64>,
    seen: i64,
}

/// Why a cursor cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CursorError {
    /// Another run has it.
    #[error("{}: another run uses this cursor now", .0.display())]
    Busy(PathBuf),
    /// It is no cursor, or no longer one.
    #[error("{}: is no cursor of logscan502, or damaged ({reason}); it is left as it is: name another file, or remove it to begin anew", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A later version wrote it.
    #[error("{}: was written by a later version of logscan502 (its schema is {schema}, this program knows {SCHEMA})", .path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
    /// The system said so.
    #[error("{}: {}", .path.display(), super::Reason::from(io::Error::from(.error.kind())))]
    System {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// A cursor that is this run's alone, as long as it lives.
#[derive(Debug)]
pub struct CursorFile {
    path: PathBuf,
    program: String,
    /// Locked; the system unlocks it however the run ends.
    _lock: File,
}

impl CursorFile {
    /// Takes the cursor at `path`, and reads what the last run left, if there was one. `program` is the version that runs.
    ///
    /// # Errors
    /// [`CursorError`] when another run has it, or when the file is none of ours.
    pub fn take(path: &Path, program: &str) -> Result<(Self, Option<Cursor>), CursorError> {
        // A link keeps leading to the file.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let fails = |error| CursorError::System { path: path.clone(), error };
        let lock = File::options().create(true).truncate(false).write(true).open(beside(&path, ".lock")).map_err(fails)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CursorError::Busy(path)),
            Err(TryLockError::Error(error)) => return Err(fails(error)),
        }
        let cursor = match fs::read(&path) {
            Ok(bytes) => Some(read(&path, &bytes, program)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(fails(error)),
        };
        Ok((Self { path, program: program.to_owned(), _lock: lock }, cursor))
    }

    /// Writes what this run leaves.
    ///
    /// # Errors
    /// [`CursorError::System`]; then the old cursor stands.
    pub fn save(&self, cursor: &Cursor, now: Timestamp) -> Result<(), CursorError> {
        self.write(&written(cursor, &self.program, now)).map_err(|error| CursorError::System { path: self.path.clone(), error })
    }

    fn write(&self, written: &Written) -> io::Result<()> {
        let new = beside(&self.path, ".new");
        let mut file = File::create(&new)?;
        serde_json::to_writer(&mut file, written)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        drop(file);
        fs::rename(&new, &self.path)?;
        // The name is durable when its folder is; not every system lets a folder be opened.
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Ok(folder) = File::open(folder) {
            folder.sync_all()?;
        }
        Ok(())
    }
}

/// `path` with an ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

fn read(path: &Path, bytes: &[u8], program: &str) -> Result<Cursor, CursorError> {
    #[derive(Deserialize)]
    struct Head {
        logscan502_cursor: u32,
    }
    let damaged = |reason: String| CursorError::Damaged { path: path.to_owned(), reason };
    let damaged_json = |error: serde_json::Error| {
        let text = error.to_string();
        damaged(if bytes.is_empty() { "it is empty".to_owned() } else { text })
    };
    let head: Head = serde_json::from_slice(bytes).map_err(damaged_json)?;
    if head.logscan502_cursor > SCHEMA {
        return Err(CursorError::Later { path: path.to_owned(), schema: head.logscan502_cursor });
    }
    let written: Written = serde_json::from_slice(bytes).map_err(damaged_json)?;
    let positions = written.files.iter().map(position).collect::<Option<Vec<_>>>().ok_or_else(|| damaged("a fingerprint is none".to_owned()))?;
    // Another version may make other keys: then pieces of one request would not find each other, and must not find others.
    let is_same = written.program == program;
    let (open, failures) = if is_same { (written.open, written.failures) } else { (Vec::new(), Vec::new()) };
    Ok(Cursor { positions, open, failures })
}

fn position(file: &WrittenFile) -> Option<Position> {
    Some(Position {
        path: PathBuf::from(&file.path),
        id: file.device.zip(file.inode).map(|(device, inode)| FileId { device, inode }),
        fingerprint: Fingerprint { bytes: file.head_bytes, hash: u64::from_str_radix(&file.head_hash, 16).ok()? },
        offset: file.offset,
        is_complete: file.is_complete,
        is_live: file.is_live,
        bytes: file.bytes,
        modified: file.modified.map(Timestamp::from_micros),
        seen: Some(Timestamp::from_micros(file.seen)),
    })
}

fn written(cursor: &Cursor, program: &str, now: Timestamp) -> Written {
    let is_fresh = |position: &&Position| position.seen.is_none_or(|seen| now.seconds() - seen.seconds() < FORGOTTEN);
    let files = cursor.positions.iter().filter(is_fresh).map(|position| WrittenFile {
        path: position.path.to_string_lossy().into_owned(),
        device: position.id.map(|id| id.device),
        inode: position.id.map(|id| id.inode),
        head_bytes: position.fingerprint.bytes,
        head_hash: format!("{:016x}", position.fingerprint.hash),
        offset: position.offset,
        is_complete: position.is_complete,
        is_live: position.is_live,
        bytes: position.bytes,
        modified: position.modified.map(Timestamp::micros),
        seen: position.seen.unwrap_or(now).micros(),
    });
    Written {
        logscan502_cursor: SCHEMA,
        program: program.to_owned(),
        at: now.micros(),
        files: files.collect(),
        open: cursor.open.clone(),
        failures: cursor.failures.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_796_000_000);

    fn cursor() -> Cursor {
        let position = Position {
            path: PathBuf::from("error.log"),
            id: Some(FileId { device: 1, inode: u64::MAX }),
            fingerprint: Fingerprint::of(b"one\n"),
            offset: 4,
            is_complete: false,
            is_live: true,
            bytes: 4,
            modified: Some(NOW),
            seen: None,
        };
        let failure = OpenFailure { at: 1, client: u64::MAX, route: 2, method: 3, pattern: "nginx/connect-refused".to_owned(), is_body: false };
        Cursor { positions: vec![position], open: Vec::new(), failures: vec![failure] }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (file, before) = CursorFile::take(&path, "1").unwrap();
        assert_eq!(before, None);
        file.save(&cursor(), NOW).unwrap();
        drop(file);
        let (_, read) = CursorFile::take(&path, "1").unwrap();
        let mut expected = cursor();
        expected.positions[0].seen = Some(NOW);
        assert_eq!(read, Some(expected));
        let (_, read) = CursorFile::take(&path, "2").unwrap();
        assert_eq!(read.unwrap().failures, [], "another version's keys mean nothing");
    }

    #[test]
    fn two_runs_at_once_are_one_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let first = CursorFile::take(&path, "1").unwrap();
        assert!(matches!(CursorFile::take(&path, "1"), Err(CursorError::Busy(_))));
        drop(first);
        assert!(CursorFile::take(&path, "1").is_ok());
    }

    #[test]
    fn what_is_no_cursor_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let (file, _) = CursorFile::take(&path, "1").unwrap();
        file.save(&cursor(), NOW).unwrap();
        drop(file);
        let whole = fs::read(&path).unwrap();
        for bytes in [&b""[..], b"{}", b"[1]", b"not json", &whole[..whole.len() / 2], br#"{"logscan502_cursor": 1}"#] {
            fs::write(&path, bytes).unwrap();
            assert!(matches!(CursorFile::take(&path, "1"), Err(CursorError::Damaged { .. })), "{bytes:?}");
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        fs::write(&path, r#"{"logscan502_cursor": 2}"#).unwrap();
        assert!(matches!(CursorFile::take(&path, "1"), Err(CursorError::Later { .. })));
    }
}
