//! Requests by time, and by what failed: where an incident is seen, and what it hit.

use super::matrix::Matrix;
use super::request::{Earlier, Requests};
use crate::pattern::Catalogue;
use crate::record::Cause;
use crate::scan::{NO_TIME, NameId};
use crate::time::{Timestamp, Width};

/// Requests by time, cause and a name of one kind.
#[derive(Clone, Debug)]
pub(super) struct ByTime {
    pub(super) upstreams: Matrix,
    pub(super) paths: Matrix,
}

impl ByTime {
    pub(super) fn new(width: Width) -> Self {
        Self { upstreams: Matrix::new(width), paths: Matrix::new(width) }
    }

    /// Counts requests that are complete, but for those of an earlier run.
    #[inline]
    pub(super) fn count(&mut self, catalogue: &Catalogue, requests: &Requests) {
        match requests {
            Requests::Single(piece) => self.add(piece.at, piece.cause, piece.upstream, piece.path),
            Requests::Several(several) => {
                for request in several.requests().filter(|request| request.earlier == Earlier::Nothing) {
                    self.add(request.at, request.cause(catalogue), request.upstream, request.path);
                }
            }
        }
    }

    /// Counts a request, if it has a time.
    #[inline]
    pub(super) fn add(&mut self, at: Timestamp, cause: Cause, upstream: NameId, path: NameId) {
        if at != NO_TIME {
            let turned = [self.upstreams.count(at.seconds(), cause, upstream), self.paths.count(at.seconds(), cause, path)];
            if turned != [false; 2] {
                self.bound();
            }
        }
    }

    /// Makes room if it takes too much; mostly both do when one does.
    #[cold]
    fn bound(&mut self) {
        if self.upstreams.is_overfull() || self.paths.is_overfull() {
            self.complete();
        }
    }

    /// Adds the counts of another, whose names have the ids that `maps` says here.
    pub(super) fn absorb(&mut self, other: Self, maps: &[Vec<NameId>; 3]) {
        self.upstreams.absorb(other.upstreams, &maps[0]);
        self.paths.absorb(other.paths, &maps[2]);
    }

    /// To be called before either is looked at.
    pub(super) fn complete(&mut self) {
        rayon::join(|| self.upstreams.complete(), || self.paths.complete());
    }

    /// The same, `seconds` later.
    pub(super) fn shift(&mut self, seconds: i64) {
        self.upstreams.shift(seconds);
        self.paths.shift(seconds);
    }

    /// Keeps only the causes that are wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(Cause) -> bool) {
        self.upstreams.retain(&is_wanted);
        self.paths.retain(&is_wanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(by_time: &ByTime) -> [Vec<(i64, Cause, NameId, u64)>; 2] {
        [&by_time.upstreams, &by_time.paths].map(|matrix| matrix.between(i64::MIN, i64::MAX).collect())
    }

    /// As logs, or what is met while one is followed, are put together; and the cells stay as few as they may be.
    #[test]
    fn what_is_put_together_in_parts_is_what_was_counted_at_once() {
        let identity: [Vec<NameId>; 3] = std::array::from_fn(|_| (0..1_024).map(NameId).collect());
        let (mut whole, mut parts) = (ByTime::new(Width::SECOND), ByTime::new(Width::SECOND));
        for number in 0..3_000_u32 {
            let mut part = ByTime::new(Width::SECOND);
            for second in 0..40 {
                let at = Timestamp::from_seconds(i64::from(number) * 31 + i64::from(second * 7_919 % 1_000));
                let (cause, upstream, path) = (Cause::ALL[(number % 3) as usize], NameId(second % 11), NameId((number + second) % 1_024));
                part.add(at, cause, upstream, path);
                whole.add(at, cause, upstream, path);
            }
            parts.absorb(part, &identity);
            assert!(!parts.upstreams.is_overfull() && !parts.paths.is_overfull() && !whole.paths.is_overfull());
        }
        whole.complete();
        parts.complete();
        assert_eq!(requests(&parts), requests(&whole));
        assert_eq!(whole.paths.between(i64::MIN, i64::MAX).map(|(.., requests)| requests).sum::<u64>(), 120_000);
    }
}
