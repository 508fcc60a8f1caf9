//! What is counted.
//!
//! A [`LogState`] folds the pieces of one log in file order: names get their ids, evidence is joined to requests, and what
//! is closed is counted. States of several logs merge in order into a [`Totals`], whose [`Totals::finish`] holds error
//! logs against access logs, cuts, sorts and makes the report. Thresholds live there and nowhere else.

mod finish;
mod join;
mod log;
mod pairing;
mod request;
mod tally;
mod timeline;

pub use finish::{Thresholds, finish};
pub use log::{Examples, LogState, Totals, Unknowns};
pub use pairing::Failure;
pub use request::Request;
