//! Caddy's logs: one for answers, and one for everything else it says. Both are often one stream.
//!
//! ```text
//! {"level":"error","ts":1795362021.3623235,"logger":"http.log.error.log0","msg":"dial tcp 127.0.0.1:9274: connect: connection refused","request":{"remote_ip":"203.0.113.7",…},"duration":0.0004,"status":502,…}
//! 2026/11/22 15:40:21.880 <tab> ERROR <tab> http.log.access.log0 <tab> handled request <tab> {"request": {…}, "duration": 0.0004, "status": 502, …}
//! ```
//!
//! zap writes both forms, JSON and console (`modules/caddyhttp/logging.go`, `logging/encoders`); the console's words may be
//! coloured. A record is known by its logger. The answers' log never says why; the error log tells it of the same request.
//! Keys can be renamed and left out by an encoder's or a filter's configuration, so only the logger has to be there.

mod access;
mod error;
mod zap;

pub(super) use self::access::CaddyAccess;
pub(super) use self::error::CaddyError;

#[cfg(test)]
mod tests;
