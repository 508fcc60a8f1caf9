//! Logs made from a seed, with what is true of them: the same kind, size and seed give the same bytes.
//!
//! A family with one file a member; `distinct` is the smallest one to imitate. To add a kind: a file with a [`Maker`], and its
//! line in [`Kind`]. The module needs nothing but `std`, so that it can be a part of benches and of tests alike.

mod alb;
mod apache_error;
mod distinct;
mod gateway;
mod gateway_json;
mod gateway_text;
mod hostile;
mod hostile_access;
mod log;
mod nginx_access;
mod nginx_error;
mod rng;
mod time;
mod world;

use std::io::{self, Write};

use self::log::Log;
use super::counts::Counts;

/// Makes the lines of one kind of log.
trait Maker {
    /// Writes the next record, or the records of the next request.
    fn make(&mut self, log: &mut Log);
}

/// A kind of log: its name on the command line, what it is, and its maker.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// Its name.
    pub(crate) id: &'static str,
    /// What it is.
    pub(crate) about: &'static str,
    /// The program's name for its format.
    pub(crate) format: &'static str,
    maker: fn(u64) -> Box<dyn Maker>,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 25] = [
        Self::new("nginx-error", "nginx-error", "an outage: nine of ten records tell of a failure", |seed| Box::new(nginx_error::NginxError::new(seed, 900))),
        Self::new("nginx-error-sparse", "nginx-error", "a usual day: one record in a hundred tells of a failure", |seed| {
            Box::new(nginx_error::NginxError::new(seed, 10))
        }),
        Self::new("nginx-access", "nginx-access", "combined, 0.6 % gateway responses", |seed| Box::new(nginx_access::NginxAccess::new(seed, 6, false))),
        Self::new("nginx-access-dense", "nginx-access", "combined, half of the answers gateway responses", |seed| {
            Box::new(nginx_access::NginxAccess::new(seed, 500, false))
        }),
        Self::new(
            "nginx-access-upstream",
            "nginx-access",
            "combined and $upstream_ variables, 0.6 % gateway responses, 0.4 % saved by a second attempt",
            |seed| Box::new(nginx_access::NginxAccess::new(seed, 6, true)),
        ),
        Self::new("apache-error", "apache-error", "an outage: groups of two, three and six lines a failed request", |seed| {
            Box::new(apache_error::ApacheError::new(seed, 800))
        }),
        Self::new("apache-error-sparse", "apache-error", "a usual day: one record in a hundred begins such a group", |seed| {
            Box::new(apache_error::ApacheError::new(seed, 10))
        }),
        Self::new("alb", "alb", "0.6 % gateway responses", |seed| Box::new(alb::Alb::new(seed, 6))),
        Self::new("alb-dense", "alb", "half of the answers gateway responses", |seed| Box::new(alb::Alb::new(seed, 500))),
        Self::new("hostile", "nginx-error", "nginx-error with forged fields, NULs, years, and names without number", |seed| {
            Box::new(hostile::Hostile::new(seed))
        }),
        Self::new("hostile-access", "nginx-access", "nginx-access likewise, half of the answers gateway responses", |seed| {
            Box::new(hostile_access::HostileAccess::new(seed))
        }),
        Self::new("distinct", "nginx-error", "nginx-error in which no path, upstream or unknown message comes twice", |seed| {
            Box::new(distinct::Distinct::new(seed))
        }),
        Self::new("haproxy", "haproxy", "HTTP log with syslog's header, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_text::HAPROXY))),
        Self::new("traefik", "traefik-access", "common log format, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_text::TRAEFIK))),
        Self::new("traefik-json", "traefik-access", "JSON, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_json::TRAEFIK))),
        Self::new("caddy", "caddy-access", "JSON, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_json::CADDY))),
        Self::new("envoy", "envoy", "the default format, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_text::ENVOY))),
        Self::new("envoy-json", "envoy", "JSON, Istio's fields, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_json::ENVOY))),
        Self::new("cloudflare", "cloudflare", "JSON, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_json::CLOUDFLARE))),
        Self::new("fastly", "fastly", "JSON, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_json::FASTLY))),
        Self::new("nlb", "nlb", "TLS sessions, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_text::NLB))),
        Self::new("elb", "elb", "an HTTP listener, 0.6 % failures", |seed| Box::new(gateway::Gateways::new(seed, gateway_text::ELB))),
        Self::new("varnish-ncsa", "varnish-ncsa", "combined, handling behind, 0.6 % failures", |seed| {
            Box::new(gateway::Gateways::new(seed, gateway_text::VARNISH_NCSA))
        }),
        Self::new("nginx-access-json", "nginx-access", "JSON with $upstream_ variables, 0.6 % failures", |seed| {
            Box::new(gateway::Gateways::new(seed, gateway_json::NGINX))
        }),
        Self::new("apache-access-json", "nginx-access", "JSON as Apache writes it, which nothing tells from nginx's, 0.6 % failures", |seed| {
            Box::new(gateway::Gateways::new(seed, gateway_json::APACHE))
        }),
    ];

    const fn new(id: &'static str, format: &'static str, about: &'static str, maker: fn(u64) -> Box<dyn Maker>) -> Self {
        Self { id, about, format, maker }
    }

    /// The kind of that name.
    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id == id)
    }

    /// A log of at least that many bytes, and what is true of it.
    pub(crate) fn make(self, bytes: u64, seed: u64) -> (Vec<u8>, Counts) {
        let mut log = Vec::new();
        // A vector takes everything.
        let truth = self.write(bytes, seed, &mut log).unwrap_or_default();
        (log, truth)
    }

    /// Writes a log of at least that many bytes, and says what is true of it.
    pub(crate) fn write(self, bytes: u64, seed: u64, out: &mut dyn Write) -> io::Result<Counts> {
        const BUFFER: usize = 1 << 20;
        let mut maker = (self.maker)(seed);
        let mut log = Log::default();
        let mut written = 0;
        while written < bytes {
            while log.bytes.len() < BUFFER && written + u64::try_from(log.bytes.len()).unwrap_or(0) < bytes {
                maker.make(&mut log);
            }
            written += u64::try_from(log.bytes.len()).unwrap_or(0);
            out.write_all(&log.bytes)?;
            log.bytes.clear();
        }
        log.finish();
        out.write_all(&log.bytes)?;
        Ok(log.truth)
    }
}

/// Bytes of a size as people write it: `1000000`, `512MiB`, `1GB`.
pub(crate) fn read_size(text: &str) -> Option<u64> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("", 1)];
    let (number, unit) = units.into_iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// A word of letters alone that no other number has.
fn letters(number: u64) -> String {
    let mut left = number;
    let mut word = String::new();
    loop {
        word.push(char::from(b'a' + u8::try_from(left % 26).unwrap_or(0)));
        left /= 26;
        if left == 0 {
            return word;
        }
    }
}

fn push(text: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        text.extend_from_slice(part.as_bytes());
    }
}
