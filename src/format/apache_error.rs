//! To be written.

use super::{About, Format};
use crate::record::Entry;
use crate::time::Clock;

/// See the module.
pub(super) struct ApacheError;

impl Format for ApacheError {
    fn begins(&self, _line: &[u8]) -> bool {
        false
    }

    fn parse<'a>(&self, _record: &'a [u8], _clock: &mut Clock) -> Option<Entry<'a>> {
        None
    }

    fn about(&self) -> About {
        About { title: "", recognised: "", example: "" }
    }
}
