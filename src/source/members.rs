//! The members of one log while they are being found.

use std::path::Path;

use super::rotation::without_compression;
use super::{Age, Log, Reason, Source, sample};

/// What was found of one log so far, in any order.
#[derive(Default)]
pub(super) struct Members(Vec<(Age, Source)>);

impl Members {
    /// A log that is no rotated set.
    pub(super) fn only(source: Source) -> Self {
        Self(vec![(Age::Live, source)])
    }

    pub(super) fn add(&mut self, age: Age, source: Source) {
        self.0.push((age, source));
    }

    /// The log: its members oldest first.
    pub(super) fn into_log(mut self) -> Log {
        self.0.sort_by(|(age, source), (other_age, other)| (age, &source.path).cmp(&(other_age, &other.path)));
        self.drop_twins();
        Log { members: self.0.into_iter().map(|(_, source)| source).collect() }
    }

    /// While `error.log.1` is being compressed, `error.log.1.gz` stands beside it and holds the same lines, or as yet a
    /// part of them: they would count twice. Their names propose it and their content decides.
    fn drop_twins(&mut self) {
        let mut at = 1;
        while at < self.0.len() {
            let ((age, plain), (other_age, packed)) = (&self.0[at - 1], &self.0[at]);
            if age == other_age && is_packed_copy(&packed.path, &plain.path) && holds_only(packed, plain) {
                self.0.remove(at);
            } else {
                at += 1;
            }
        }
    }
}

/// Whether `path` is `plain` with the ending of a compressed file.
fn is_packed_copy(path: &Path, plain: &Path) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (Some(name), Some(plain)) = (name(path), name(plain)) else { return false };
    name != plain && without_compression(&name) == plain
}

/// Whether `packed` begins as `plain` does, or has nothing inside yet.
fn holds_only(packed: &Source, plain: &Source) -> bool {
    const HEAD: usize = 4_096;
    let Ok(plain) = sample(plain, HEAD) else { return false };
    match sample(packed, HEAD) {
        Ok(packed) => plain.bytes.starts_with(&packed.bytes),
        Err(error) => matches!(error.reason, Reason::Truncated { .. }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::unpack::tests::{lines, pack};
    use super::*;
    use crate::source::Compression;
    use std::fs;

    #[test]
    fn a_file_beside_its_compressed_copy_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            fs::write(folder.path().join(name), bytes).unwrap();
            Source::file(folder.path().join(name))
        };
        let text = lines(500);
        let packed = pack(Compression::Gzip, &text);
        let plain = file("error.log.1", &text);
        let log = |packed: &[u8]| {
            let age = crate::source::Rotated::read("error.log.1").age;
            Members(vec![(age, file("error.log.1.gz", packed)), (age, plain.clone())]).into_log().members
        };
        for part in [&packed[..], &packed[..packed.len() / 2], &packed[..12], b""] {
            assert_eq!(log(part), std::slice::from_ref(&plain), "{} bytes", part.len());
        }
        let other = log(&pack(Compression::Gzip, b"other lines\n"));
        assert_eq!(other, [plain, Source::file(folder.path().join("error.log.1.gz"))]);
    }
}
