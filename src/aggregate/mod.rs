//! What is counted.
//!
//! A [`LogState`] folds the pieces of one log in file order: names get their ids, evidence is joined to requests, and what
//! is closed is counted. States of several logs merge in order into a [`Totals`], from which [`finish()`] makes the
//! report: it holds error logs against access logs, cuts and sorts.

mod by_time;
mod carried;
mod cells;
mod context;
mod findings;
mod finish;
mod gap;
mod gaps;
mod heat;
mod incident;
mod index;
mod join;
mod keyed;
mod layers;
mod log;
mod matrix;
mod offset;
mod pairing;
mod place;
mod reconcile;
mod request;
mod running;
mod story;
mod tally;
mod timeline;
mod tops;
mod totals;

pub use finish::{Thresholds, finish};
pub use log::LogState;
pub use pairing::Failure;
pub use request::Request;
pub use running::Running;
pub use story::{Change, News, Sight, Story};
pub use totals::{Examples, Totals, Unknowns};

/// Drops it beside what goes on: nobody need wait until so much memory is given back.
fn drop_aside(value: impl Send + 'static) {
    rayon::spawn(move || drop(value));
}
