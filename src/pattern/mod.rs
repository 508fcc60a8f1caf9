//! The catalogue of known messages and what they mean, and its classifier.
//!
//! Everything a product's log *says* is data, in `patterns/*.toml`; everything here is mechanism. The same function,
//! [`check::check`], proves the embedded files in the tests and a user's files before they are used.

mod advice;
mod catalogue;
pub mod check;
mod classify;
mod compile;
mod condition;
pub mod file;
mod load;
mod says;
mod store;
mod wording;

pub use advice::{Values, advice};
pub use catalogue::{Catalogue, Pattern, PatternIndex};
pub(crate) use classify::Judgement;
pub use classify::{Classifier, Match};
pub(crate) use condition::byte_regex;
pub use file::{CauseText, Hint, Origin, Scope, StatusText, Verdict};
pub use load::{PatternError, embedded_texts, read_file};
pub use says::Said;
