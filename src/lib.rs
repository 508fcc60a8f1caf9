//! Reads proxy logs and says why the gateway answers 502, 503 and 504.

pub mod aggregate;
pub mod analysis;
pub mod format;
pub mod pattern;
pub mod record;
pub mod render;
pub mod report;
pub mod scan;
pub mod source;
pub mod text;
pub mod time;
