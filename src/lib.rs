//! Reads proxy logs and says why the gateway answers 502, 503 and 504.
#![doc = ""]

pub mod format;
pub mod pattern;
pub mod record;
pub mod source;
pub mod text;
pub mod time;
