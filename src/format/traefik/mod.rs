//! Traefik's logs: its access log, and what it says of itself.
//!
//! ```text
//! 203.0.113.24 - - [04/Mar/2025:10:15:31 +0000] "GET /cart HTTP/1.1" 502 11 "-" "curl/8.5.0" 8812 "shop@docker" "http://10.0.3.7:8080" 2ms
//! {"ClientHost":"203.0.113.24","DownstreamStatus":504,"Duration":30001245871,"OriginStatus":504,"OriginContentSize":15,…}
//! 2025-03-04T10:15:31Z DBG github.com/traefik/traefik/v3/pkg/proxy/httputil/proxy.go:113 > 502 Bad Gateway error="dial tcp 10.0.3.7:8080: connect: connection refused"
//! time="2025-03-04T10:15:31Z" level=debug msg="'502 Bad Gateway' caused by: dial tcp 10.0.3.7:8080: connect: connection refused"
//! ```
//!
//! The access log (`pkg/middlewares/accesslog`) never says why; the log does, at level debug, and names neither client nor
//! path. Version 1 and 2 write it with logrus, version 3 with zerolog, each as text or JSON. Much that is written in Go
//! looks like that, so a line has to name something of Traefik's own.

mod access;
mod error;
mod record;

pub(super) use self::access::TraefikAccess;
pub(super) use self::error::TraefikError;

#[cfg(test)]
mod tests;
