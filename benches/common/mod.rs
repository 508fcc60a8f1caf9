//! What benches and tests share: logs made from a seed, and a reader of them that is slow and obviously right.
#![allow(dead_code, reason = "each program uses a part of it")]

pub(crate) mod corpus;
pub(crate) mod counts;
pub(crate) mod reference;
pub(crate) mod report;
