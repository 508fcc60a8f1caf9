//! Following: every complete line once, whatever happens to the files. Nothing here waits: the reader looks when the test
//! says so.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and says how much it tried")]

mod rotation;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use logscan502::source::{Follower, Input, Note, Reading};
use logscan502::time::Timestamp;
use proptest::test_runner::{Config, TestRunner};
use rotation::{Action, Log, actions, sequences};

/// A follower, what it delivered, and the time.
struct Reader {
    follower: Follower,
    text: String,
    notes: Vec<Note>,
    now: i64,
}

impl Reader {
    fn new(path: &Path) -> Self {
        let follower = Follower::new(&[Input::Path(path.to_owned())], Reading::Following, None);
        Self { follower, text: String::new(), notes: Vec::new(), now: 0 }
    }

    fn look(&mut self) {
        self.now += 250_000;
        self.follower.look_for_logs();
        let text = &mut self.text;
        for log in 0..self.follower.logs() {
            while self.follower.poll(log, Timestamp::from_micros(self.now), &mut |_, bytes| text.push_str(std::str::from_utf8(bytes).unwrap())) {}
        }
        self.notes.extend(self.follower.notes());
    }

    /// What came since this was last asked.
    fn text(&mut self) -> String {
        self.look();
        std::mem::take(&mut self.text)
    }
}

fn line(number: usize) -> String {
    format!("{number:06} a line that says something")
}

/// Runs a sequence: what is wrong, if anything.
fn follow(actions: &[Action], by_folder: bool) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    let mut log = Log::new(path.clone(), line, true);
    let mut reader = Reader::new(if by_folder { folder.path() } else { &path });
    reader.look();
    log.looked();
    for action in actions {
        log.act(*action);
        if *action == Action::Look {
            // A folder is listed at each second look.
            (0..2).for_each(|_| reader.look());
            log.looked();
        }
    }
    (0..2).for_each(|_| reader.look());
    let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
    for text in reader.text.lines() {
        let number = text.get(..6).and_then(|number| number.parse().ok()).unwrap_or(usize::MAX);
        if log.complete.contains(&number) && text != line(number) {
            return Err(format!("torn: {text}"));
        }
        *seen.entry(number).or_default() += 1;
    }
    let doubled: Vec<_> = seen.iter().filter(|(number, times)| **times > 1 && log.complete.contains(number)).collect();
    let lost: Vec<_> = log.complete.iter().filter(|number| !seen.contains_key(number) && !log.unknowable.contains(number)).collect();
    let missing = log.complete.iter().filter(|number| !seen.contains_key(number) && !log.silent.contains(number)).count();
    if missing > 0 && !reader.notes.iter().any(|note| note.text.contains("lost")) {
        return Err(format!("{missing} lines lost, and not a word of it: {:?}", reader.notes));
    }
    if doubled.is_empty() && lost.is_empty() { Ok(()) } else { Err(format!("doubled {doubled:?}, lost {lost:?}, notes {:?}", reader.notes)) }
}

#[test]
fn every_line_is_delivered_once_whatever_happens_to_the_files() {
    let cases = sequences(400);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(&(actions(), proptest::bool::ANY), |(actions, by_folder)| follow(&actions, by_folder).map_err(proptest::test_runner::TestCaseError::fail))
        .unwrap();
    println!("{cases} sequences, no line lost, none doubled");
}

#[test]
fn a_truncated_file_is_read_again_from_its_start_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    fs::write(&path, "one\ntwo\n").unwrap();
    let mut reader = Reader::new(&path);
    assert_eq!(reader.text(), "one\ntwo\n");
    fs::write(&path, "three\n").unwrap();
    assert_eq!(reader.text(), "three\n");
    assert_eq!(reader.notes[0].text, "was truncated; lines that were written just before may be lost");
    // Longer than before, and yet another content.
    fs::write(&path, "four\nfive\nsix\n").unwrap();
    assert_eq!(reader.text(), "four\nfive\nsix\n");
}

#[test]
fn a_file_that_is_awaited_is_read_when_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    let mut reader = Reader::new(&path);
    assert_eq!(reader.text(), "");
    assert_eq!(reader.notes[0].text, "no such file or folder");
    fs::write(&path, "one\n").unwrap();
    assert_eq!(reader.text(), "one\n");
}

#[test]
fn a_new_log_in_a_followed_folder_is_read_and_rotated_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["error.log", "error.log.1", "access-2026-11-25.log", "access-2026-11-26.log"] {
        fs::write(folder.path().join(name), format!("{name}\n")).unwrap();
    }
    let mut reader = Reader::new(folder.path());
    assert_eq!(reader.text(), "access-2026-11-26.log\nerror.log\n");
    fs::write(folder.path().join("other.log"), "other\n").unwrap();
    fs::write(folder.path().join("access-2026-11-27.log"), "next day\n").unwrap();
    reader.look();
    reader.look();
    assert_eq!(reader.text(), "next day\nother\n");
}

#[test]
fn a_copy_that_takes_the_place_of_its_original_goes_on_where_that_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    fs::write(&path, "one\n").unwrap();
    let mut reader = Reader::new(&path);
    assert_eq!(reader.text(), "one\n");
    let copy = folder.path().join(".copy");
    fs::write(&copy, "one\ntwo\n").unwrap();
    fs::rename(&copy, &path).unwrap();
    assert_eq!(reader.text(), "two\n");
}

#[test]
fn a_hole_that_a_truncation_left_is_passed_over() {
    use std::io::{Seek, SeekFrom, Write};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(b"one\ntwo\n").unwrap();
    let mut reader = Reader::new(&path);
    assert_eq!(reader.text(), "one\ntwo\n");
    file.set_len(0).unwrap();
    // A writer that does not append goes on where it was.
    file.seek(SeekFrom::Start(8)).unwrap();
    file.write_all(b"three\n").unwrap();
    assert_eq!(reader.text(), "three\n");
}

#[test]
fn a_file_that_was_deleted_is_held_whatever_was_copied_beside_it() {
    use Action::{Append, CopyTruncate, Delete, Look, Rename, Reopen};
    let copies = [CopyTruncate; 3];
    let actions = [&[Rename, Reopen][..], &copies, &[Rename, Reopen, Look], &copies, &[Delete, Look, Append(1)]].concat();
    follow(&actions, false).unwrap();
}

#[test]
fn of_more_files_than_can_be_held_the_oldest_is_given_up_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("error.log");
    let mut reader = Reader::new(&path);
    for number in 0..70 {
        fs::write(&path, format!("{}\n", line(number))).unwrap();
        reader.look();
        fs::rename(&path, folder.path().join(format!("moved.{number}"))).unwrap();
        reader.look();
    }
    reader.look();
    assert_eq!(reader.text.lines().count(), 70);
    let said: Vec<_> = reader.notes.iter().filter(|note| note.is_failure).map(|note| note.text.as_str()).collect();
    assert_eq!(said, vec!["too many files came after it within minutes; what is still written to it is lost"; 70 - 64]);
}
