//! Where a report goes: the standard output, or a file that is there as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::CliError;

/// Writes to the standard output.
pub(super) fn print(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(())
}

/// Writes a file. Whoever reads it meanwhile sees the old one or the new one; when something goes wrong, the old one stays.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    replace(path, bytes).map_err(|error| CliError::Write { what: path.display().to_string(), error })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link, and what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&path).is_ok_and(|file| !file.is_file() && !file.is_dir()) {
        // A pipe or a device cannot be replaced, and nobody wants it to be.
        return OpenOptions::new().write(true).open(&path)?.write_all(bytes);
    }
    let (mut file, beside) = create_beside(&path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written?;
    // The new name is on the disk when the folder is. Not every file system can do that, and the report is written anyway.
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// A new file in the same folder, since only there can a name be handed over at once. It begins with a dot, so that
/// programs which collect files by their endings do not take it up.
fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it is no name of a file"))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    for attempt in 0..100 {
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let beside = path.with_file_name(beside);
        match options.open(&beside) {
            // Left behind by a run that was killed, or of a run at the same time.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(|file| (file, beside)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
