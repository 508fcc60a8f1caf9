//! One file a command: what it takes is in [`super::args`], what it does is its `run`.

pub(super) mod analyse;
pub(super) mod diff;
pub(super) mod explain;
pub(super) mod formats;
mod live;
pub(super) mod nagios;
mod page;
pub(super) mod patterns;
pub(super) mod suggest;
pub(super) mod words;
