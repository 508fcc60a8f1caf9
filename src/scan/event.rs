//! What is kept of an entry that matters.

use crate::pattern::PatternIndex;
use crate::record::Link;
use crate::scan::NameId;
use crate::time::Timestamp;

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message that tells of a cause.
    Evidence,
    /// A message that tells what followed.
    Consequence,
    /// A response that failed, or an attempt of which did.
    Failure,
    /// A response that is kept only because a message may belong to it.
    Answer,
}

/// The entry had no time.
pub const NO_TIME: Timestamp = Timestamp::from_micros(i64::MIN);

/// A hash of what messages and answers have in common; 0 when it is unknown. It only has to tell apart what happened
/// within a few minutes of each other, so 32 bits are enough.
pub type Key = u32;

/// A compact entry. Names are ids of the piece's own [`super::Names`] until they are put together.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// When, or [`NO_TIME`].
    pub at: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// The pattern that it matched; meaningless for [`Kind::Answer`].
    pub pattern: PatternIndex,
    /// Which request it belongs to.
    pub link: Link,
    /// The upstream.
    pub upstream: NameId,
    /// The host.
    pub host: NameId,
    /// The path.
    pub path: NameId,
    /// Hash of the client's address; 0 when unknown.
    pub client: Key,
    /// Hash of the path, decoded; 0 when unknown.
    pub route: Key,
    /// Hash of the method; 0 when unknown.
    pub method: Key,
}

/// A response that matters.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// What it has in common with messages.
    pub event: Event,
    /// Its status; 0 when unknown.
    pub status: u16,
    /// How long the exchange took in microseconds; negative when unknown.
    pub duration: i64,
    /// The format stamps the start of a request.
    pub stamps_start: bool,
}

/// How many parts the joining of messages is cut into, by what they are joined by; part of the result where its cap acts,
/// so it never changes with the machine.
pub const SHARDS: usize = 16;

/// The part of the joining that takes a message with that link.
pub(crate) fn shard_of(link: Link) -> u8 {
    let key = match link {
        Link::None => 0,
        Link::Request(key) => key,
        Link::Worker { thread, .. } => thread,
    };
    // The low bit is set in every key, so it says nothing.
    u8::try_from((key >> 1) % SHARDS as u64).unwrap_or(0)
}

/// Statuses that a gateway gives when what stands behind it failed, vendors' own included.
pub const fn is_gateway_status(status: u16) -> bool {
    matches!(status, 502..=504 | 520..=526 | 530)
}
