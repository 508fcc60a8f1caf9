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
