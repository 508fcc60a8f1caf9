//! From what the user named to logs: folders are walked, globs expanded, rotated sets put together.
//!
//! The order is always the same: that of the inputs, then that of the names. A rotated set stands where the first of its
//! members was found, whichever way. A file that was named twice, or that two names lead to, is read once.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::members::Members;
use super::rotation::without_compression;
use super::{Input, Log, Reason, Rotated, Source, SourceError, SourceKind};

/// Endings of files that are no logs, though they lie beside them.
const NO_LOGS: [&str; 32] = [
    "7z", "conf", "core", "crt", "db", "html", "journal", "key", "lck", "lock", "md", "part", "pcap", "pem", "pid", "png", "rar", "rrd", "so", "sock",
    "sqlite", "swo", "swp", "swx", "tar", "tbz", "tgz", "toml", "txz", "yaml", "yml", "zip",
];

/// Folders that the kernel makes up: their links lead round and round, and there is no log in them.
fn is_of_the_system(path: &Path) -> bool {
    ["/proc", "/sys", "/dev"].iter().any(|folder| path == Path::new(folder))
}

/// The logs that `inputs` name, and what of them cannot be read.
pub fn discover(inputs: &[Input]) -> (Vec<Log>, Vec<SourceError>) {
    let mut found = Found::default();
    for input in inputs {
        match input {
            Input::Stdin => found.add_stdin(),
            Input::Path(path) => found.add_named(path),
        }
    }
    (found.logs.into_iter().map(Members::into_log).collect(), found.errors)
}

#[derive(Default)]
struct Found {
    logs: Vec<Members>,
    /// By folder (as the system names it) and stem: where in `logs` a set stands.
    sets: HashMap<(PathBuf, String), usize>,
    folders: HashMap<PathBuf, PathBuf>,
    seen: HashSet<Identity>,
    errors: Vec<SourceError>,
}

impl Found {
    fn fail(&mut self, path: &Path, reason: impl Into<Reason>) {
        self.errors.push(SourceError { path: path.to_owned(), reason: reason.into() });
    }

    fn add_stdin(&mut self) {
        if self.seen.insert(Identity::Stdin) {
            self.logs.push(Members::only(Source::stdin()));
        }
    }

    /// A path as the user wrote it. One that exists is never a glob.
    fn add_named(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.add_folder(path),
            Ok(metadata) if metadata.is_file() => self.add_file(path, &metadata),
            Ok(metadata) if is_socket(&metadata) => self.fail(path, Reason::Socket),
            Ok(metadata) => self.add_pipe(path, &metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => self.add_missing(path, error),
            Err(error) => self.fail(path, error),
        }
    }

    fn add_missing(&mut self, path: &Path, error: io::Error) {
        match path.to_str() {
            Some(text) if text.contains(['*', '?', '[']) => self.add_glob(path, text),
            _ => self.fail(path, error),
        }
    }

    fn add_glob(&mut self, path: &Path, pattern: &str) {
        let options = glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
        let matches = match glob::glob_with(pattern, options) {
            Ok(matches) => matches,
            Err(error) => return self.fail(path, Reason::BadGlob(error.msg)),
        };
        let mut is_empty = true;
        for matched in matches {
            is_empty = false;
            match matched.map(|path| (fs::metadata(&path), path)) {
                Ok((Ok(metadata), path)) if metadata.is_dir() => self.add_folder(&path),
                Ok((Ok(metadata), path)) if metadata.is_file() && may_be_log(path.file_name()) => self.add_file(&path, &metadata),
                Ok((Ok(_), _)) => {}
                Ok((Err(error), path)) => self.fail(&path, error),
                Err(error) => {
                    let path = error.path().to_owned();
                    self.fail(&path, io::Error::from(error));
                }
            }
        }
        if is_empty {
            self.fail(path, Reason::NoMatch);
        }
    }

    fn add_folder(&mut self, folder: &Path) {
        let errors = self.errors.len();
        let mut is_empty = true;
        let is_shown =
            |entry: &walkdir::DirEntry| entry.depth() == 0 || !(entry.file_name().as_encoded_bytes().starts_with(b".") || is_of_the_system(entry.path()));
        for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter().filter_entry(is_shown) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.fail_walk(folder, error);
                    continue;
                }
            };
            if !entry.file_type().is_file() || !may_be_log(Some(entry.file_name())) {
                continue;
            }
            is_empty = false;
            match entry.metadata() {
                Ok(metadata) => self.add_file(entry.path(), &metadata),
                Err(error) => self.fail_walk(folder, error),
            }
        }
        if is_empty && self.errors.len() == errors {
            self.fail(folder, Reason::NoLogs);
        }
    }

    fn fail_walk(&mut self, folder: &Path, error: walkdir::Error) {
        let path = error.path().unwrap_or(folder).to_owned();
        if error.loop_ancestor().is_some() {
            return self.fail(&path, Reason::Loop);
        }
        let error = error.into_io_error().unwrap_or_else(|| io::Error::other("cannot be listed"));
        // A link that leads nowhere may be the log that is looked for; what is no log by its name is not missed.
        if error.kind() != io::ErrorKind::NotFound || fs::symlink_metadata(&path).is_err() {
            self.fail(&path, error);
        } else if may_be_log(path.file_name()) {
            self.fail(&path, Reason::Dangling);
        }
    }

    fn add_pipe(&mut self, path: &Path, metadata: &Metadata) {
        if self.seen.insert(Identity::of(path, metadata)) {
            self.logs.push(Members::only(Source { path: path.to_owned(), kind: SourceKind::Pipe }));
        }
    }

    fn add_file(&mut self, path: &Path, metadata: &Metadata) {
        if !self.seen.insert(Identity::of(path, metadata)) {
            return;
        }
        let rotated = Rotated::read(&path.file_name().unwrap_or_default().to_string_lossy());
        let folder = self.folder_of(path);
        let next = self.logs.len();
        let at = *self.sets.entry((folder, rotated.stem)).or_insert(next);
        if at == next {
            self.logs.push(Members::default());
        }
        self.logs[at].add(rotated.age, Source::file(path));
    }

    /// The folder of `path`, by the one name that all ways to it share.
    fn folder_of(&mut self, path: &Path) -> PathBuf {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Some(known) = self.folders.get(folder) {
            return known.clone();
        }
        let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        self.folders.insert(folder.to_owned(), real.clone());
        real
    }
}

/// Whether a file that nobody named by itself may be a log, going by its name.
fn may_be_log(name: Option<&OsStr>) -> bool {
    let Some(name) = name.map(OsStr::to_string_lossy) else { return false };
    let plain = without_compression(&name);
    let ending = plain.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    !name.starts_with('.') && !name.ends_with('~') && ending.is_none_or(|ending| !NO_LOGS.contains(&ending.as_str()))
}

/// What makes two names the same file.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Stdin,
    #[cfg(unix)]
    Inode(u64, u64),
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    fn of(_: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self::Inode(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _: &Metadata) -> Self {
        Self::Path(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }
}

#[cfg(unix)]
fn is_socket(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_socket()
}

#[cfg(not(unix))]
fn is_socket(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn with(names: &[&str]) -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            for name in names {
                folder.write(name, name.as_bytes());
            }
            folder
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, bytes: &[u8]) {
            fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
            fs::write(self.path(name), bytes).unwrap();
        }

        /// The logs under these names: members joined by spaces, without the folder; then what is wrong.
        fn discover(&self, named: &[&str]) -> (Vec<String>, Vec<String>) {
            let inputs: Vec<Input> = named.iter().map(|name| Input::Path(self.path(name))).collect();
            let (logs, errors) = discover(&inputs);
            let short = |path: &Path| path.strip_prefix(self.0.path()).unwrap().to_string_lossy().into_owned();
            let join = |log: Log| log.members.iter().map(|member| short(&member.path)).collect::<Vec<_>>().join(" ");
            let errors = errors.iter().map(|error| format!("{}: {}", short(&error.path), error.reason));
            (logs.into_iter().map(join).collect(), errors.collect())
        }

        fn logs(&self, named: &[&str]) -> Vec<String> {
            let (logs, errors) = self.discover(named);
            assert_eq!(errors, Vec::<String>::new());
            logs
        }
    }

    #[test]
    fn a_folder_yields_its_logs_by_name_and_sets_oldest_first() {
        let folder = Folder::with(&["error.log", "error.log.1", "error.log.2.gz", "access.log", "sub/error.log.1", "app.pid", ".hidden", "x.tar.gz", "y.log~"]);
        assert_eq!(folder.logs(&[""]), ["access.log", "error.log.2.gz error.log.1 error.log", "sub/error.log.1"]);
    }

    #[test]
    fn members_that_are_named_one_by_one_form_a_set_where_the_first_stands() {
        let folder = Folder::with(&["error.log", "error.log.1", "b.log", "a.log", "d/error.log"]);
        let logs = folder.logs(&["b.log", "error.log", "a.log", "d/../error.log.1", "d"]);
        assert_eq!(logs, ["b.log", "d/../error.log.1 error.log", "a.log", "d/error.log"]);
    }

    #[test]
    fn a_glob_is_expanded_in_the_order_of_names() {
        let folder = Folder::with(&["error.log", "error.log.10", "error.log.9", "error.log.swp", "d/x.log", "e/x.log"]);
        assert_eq!(folder.logs(&["error*"]), ["error.log.10 error.log.9 error.log"]);
        assert_eq!(folder.logs(&["**/x.log"]), ["d/x.log", "e/x.log"]);
        assert_eq!(folder.logs(&["[de]"]), ["d/x.log", "e/x.log"]);
    }

    #[test]
    fn a_path_that_exists_is_no_glob() {
        let folder = Folder::with(&["a[1].log", "a1.log"]);
        assert_eq!(folder.logs(&["a[1].log"]), ["a[1].log"]);
    }

    #[test]
    fn what_cannot_be_found_is_told_and_the_rest_goes_on() {
        let folder = Folder::with(&["a.log"]);
        fs::create_dir(folder.path("empty")).unwrap();
        let (logs, errors) = folder.discover(&["none.log", "*.none", "a.log", "[", "empty"]);
        assert_eq!(logs, ["a.log"]);
        assert_eq!(errors[..2], ["none.log: no such file or folder", "*.none: no file matches"]);
        assert!(errors[2].starts_with("[: not a valid glob"), "{errors:?}");
        assert_eq!(errors[3..], ["empty: no log file in this folder"]);
    }

    #[test]
    fn a_file_that_was_named_twice_is_read_once() {
        let folder = Folder::with(&["a.log", "b.log"]);
        assert_eq!(folder.logs(&["b.log", "", "a.log", "*.log"]), ["b.log", "a.log"]);
        let (logs, errors) = discover(&[Input::Stdin, Input::Stdin]);
        assert_eq!((logs, errors), (vec![Log { members: vec![Source::stdin()] }], vec![]));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_loops_are_told() {
        use std::os::unix::fs::symlink;
        let folder = Folder::with(&["logs/a.log", "else/b.log"]);
        symlink(folder.path("else"), folder.path("logs/more")).unwrap();
        symlink(folder.path("logs"), folder.path("logs/loop")).unwrap();
        symlink(folder.path("nowhere"), folder.path("logs/dangling.log")).unwrap();
        symlink(folder.path("nowhere"), folder.path("logs/app.pid")).unwrap();
        symlink("/dev/null", folder.path("logs/null.log")).unwrap();
        let (logs, errors) = folder.discover(&["logs"]);
        assert_eq!(logs, ["logs/a.log", "logs/more/b.log"]);
        assert_eq!(errors, ["logs/dangling.log: is a link that leads nowhere", "logs/loop: is a directory loop"]);
        let (_, errors) = folder.discover(&["logs/dangling.log"]);
        assert_eq!(errors, ["logs/dangling.log: no such file or folder"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_may_not_be_read_is_told_and_the_rest_goes_on() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::with(&["a/a.log", "b/b.log", "c/c.log"]);
        fs::set_permissions(folder.path("b"), fs::Permissions::from_mode(0o000)).unwrap();
        let is_root = fs::read_dir(folder.path("b")).is_ok();
        let found = folder.discover(&["", "b/b.log", "b/*.log"]);
        fs::set_permissions(folder.path("b"), fs::Permissions::from_mode(0o700)).unwrap();
        if !is_root {
            assert_eq!(found.0, ["a/a.log", "c/c.log"]);
            assert_eq!(found.1, ["b: permission denied", "b/b.log: permission denied", "b/*.log: permission denied"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_read_as_a_stream_if_it_was_named() {
        let (logs, errors) = discover(&[Input::Path(PathBuf::from("/dev/null"))]);
        assert_eq!(errors, []);
        assert_eq!(logs[0].members[0].kind, SourceKind::Pipe);
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_is_refused_if_it_was_named_and_left_out_of_folders() {
        let folder = Folder::with(&["a.log"]);
        let _kept = std::os::unix::net::UnixListener::bind(folder.path("s")).unwrap();
        assert_eq!(folder.logs(&[""]), ["a.log"]);
        assert_eq!(folder.discover(&["s"]).1, ["s: is a socket"]);
    }
}
