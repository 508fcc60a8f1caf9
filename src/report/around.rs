//! What stands around the figures: what happened behind the proxy, which layers saw the same, and what the logs do not cover.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A stretch in which an input has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The last answer before it.
    pub from: Timestamp,
    /// The first answer behind it.
    pub to: Timestamp,
    /// How long it is.
    pub seconds: i64,
    /// How long the longest stretch is that is none.
    pub usual_seconds: i64,
}

/// Something that happened behind the proxy and may explain failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// When.
    pub time: Timestamp,
    /// The input that tells it.
    pub path: String,
    /// Its format.
    pub format: String,
    /// The pattern that it matched.
    pub pattern: String,
    /// What happened, in a sentence without a capital, made safe.
    pub text: String,
    /// The upstream that it is about, where that is known to be one that failed.
    pub upstream: Option<String>,
    /// Seconds from it to the first failure; negative when it came after.
    pub seconds_before: i64,
    /// It is what came first, as far as these logs tell.
    pub first: bool,
}

/// Two proxies, one behind the other, that tell of the same failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Format of the one that is nearer to the client.
    pub outer: String,
    /// Format of the one that is nearer to the application.
    pub inner: String,
    /// Responses of the outer one that are a failure of the inner one, seen again.
    pub paired: u64,
    /// Failed responses of the outer one of which the inner one tells nothing.
    pub alone: u64,
    /// The format of the one that broke first, as a rule.
    pub first: String,
}

/// A difference between clocks or zones that was found and corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// So many seconds later are the times of these inputs taken as.
    pub seconds: i64,
    /// The inputs.
    pub inputs: Vec<String>,
    /// The inputs whose time they are shown in.
    pub against: Vec<String>,
}

/// Files of one load balancer that are not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingFiles {
    /// The load balancer, with account and region.
    pub balancer: String,
    /// The address of its node.
    pub node: String,
    /// The end of the first five minutes of which there is no file.
    pub from: Timestamp,
    /// The end of the last.
    pub to: Timestamp,
    /// How many files.
    pub files: u64,
}
