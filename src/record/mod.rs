//! The vocabulary: what a log line is understood as.
//!
//! A **record** is one log record: a head line and its continuation lines. An [`Entry`] is a record that a format
//! understood. Both borrow from the bytes they were read from; only what is kept is copied.

mod cause;
mod entry;

pub use cause::{Cause, Phase};
pub use entry::{COMMON_FIELDS, Entry, Fields, Link, Severity};
