//! One log line → [`Entry`]. Knows no source and no pattern, opens nothing, and never fails a run.
//!
//! A family with one file a member. The smallest one to imitate is `alb`. To add a format:
//!
//! 1. a file here with the syntax, its doc showing one real line; no regex, no allocation for a plain line;
//! 2. its line in the table below;
//! 3. a file in `patterns/` that says what its messages or fields mean, and a folder in `sample-logs/`.
//!
//! Rules of the family: [`Format::begins`] is strict, so that foreign text is not taken for a head line; `parse` takes
//! what it understands and leaves the rest empty; whatever came from the request never reaches `message`.

mod access;
mod alb;
mod alb_health;
mod apache_access;
mod apache_error;
mod aws;
mod azure_gateway;
mod behind;
mod caddy;
mod clf;
mod cloudflare;
mod cloudfront;
mod columns;
mod detect;
mod docker_events;
mod elb;
mod envelope;
mod envoy;
mod fastly;
mod gcp_lb;
mod go_error;
mod gunicorn;
mod haproxy;
mod journal;
mod json;
mod kernel;
mod kubernetes_events;
mod layout;
mod member;
mod members;
mod nginx_access;
mod nginx_error;
mod nlb;
mod node;
mod php_fpm;
mod puma;
mod traefik;
mod uwsgi;
mod varnish;
mod varnish_ncsa;

use std::fmt;

use memchr::memchr;

pub use columns::Columns;
pub use detect::{Detected, detect, envelope_of};
pub use envelope::{Envelope, Unwrapped};
pub use layout::{Layout, LayoutError, set_layouts};

use crate::record::{Entry, Link, Severity};
use crate::time::{Clock, Timestamp};

/// Declares the family: one line a format, in the order in which formats are tried on a line that its input's own format
/// does not know. A table alone would need each member in four places.
macro_rules! family {
    ($($variant:ident = $id:literal, $reader:path;)*) => {
        /// A format that the program reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the id says it")]
        pub enum FormatId {
            $($variant,)*
        }

        impl FormatId {
            /// Every format.
            pub const ALL: [Self; [$($id),*].len()] = [$(Self::$variant),*];

            /// Its name on the command line and in reports.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)*
                }
            }

            /// What reads it.
            pub fn format(self) -> &'static dyn Format {
                match self {
                    $(Self::$variant => &$reader,)*
                }
            }
        }
    };
}

family! {
    NginxError = "nginx-error", nginx_error::NginxError;
    ApacheError = "apache-error", apache_error::ApacheError;
    Alb = "alb", alb::Alb;
    AlbHealth = "alb-health", alb_health::AlbHealth;
    Nlb = "nlb", nlb::Nlb;
    Elb = "elb", elb::Elb;
    Cloudflare = "cloudflare", cloudflare::Cloudflare;
    Fastly = "fastly", fastly::Fastly;
    CloudFront = "cloudfront", cloudfront::CloudFront;
    GcpLb = "gcp-lb", gcp_lb::GcpLb;
    AzureGateway = "azure-gateway", azure_gateway::AzureGateway;
    Haproxy = "haproxy", haproxy::Haproxy;
    Varnish = "varnish", varnish::Varnish;
    VarnishNcsa = "varnish-ncsa", varnish_ncsa::VarnishNcsa;
    CaddyError = "caddy-error", caddy::CaddyError;
    CaddyAccess = "caddy-access", caddy::CaddyAccess;
    TraefikError = "traefik-error", traefik::TraefikError;
    TraefikAccess = "traefik-access", traefik::TraefikAccess;
    Envoy = "envoy", envoy::Envoy;
    NginxAccess = "nginx-access", nginx_access::NginxAccess;
    ApacheAccess = "apache-access", apache_access::ApacheAccess;
    PhpFpm = "php-fpm", php_fpm::PhpFpm;
    Gunicorn = "gunicorn", gunicorn::Gunicorn;
    Uwsgi = "uwsgi", uwsgi::Uwsgi;
    Puma = "puma", puma::Puma;
    Node = "node", node::Node;
    DockerEvents = "docker-events", docker_events::DockerEvents;
    KubernetesEvents = "kubernetes-events", kubernetes_events::KubernetesEvents;
    Kernel = "kernel", kernel::Kernel;
    Journal = "journal", journal::Journal;
}

impl FormatId {
    /// The format of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == id)
    }

    /// Whether it is written once for each answer, and not when something happens.
    pub fn writes_answers(self) -> bool {
        self.format().writes_answers()
    }

    /// Whether it tells what happened behind the proxy.
    pub fn is_context(self) -> bool {
        self.format().is_context()
    }

    /// How far out it stands.
    pub fn tier(self) -> Tier {
        self.format().tier()
    }

    /// Its place in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for FormatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// The syntax of one kind of log.
pub trait Format: Sync {
    /// Whether a record begins with this line. Strict and cheap: it is asked for every line.
    fn begins(&self, line: &[u8]) -> bool;

    /// Understands a record: its head line and, joined by line feeds, its continuation lines. `None` when it is none of
    /// this format's after all.
    fn parse<'a>(&self, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>>;

    /// Time and status of an answer, by position, where the line is of the usual form: most answers are fine, and of those
    /// nothing else is asked. `None` where the line has to be read whole.
    fn skim(&self, _line: &[u8], _clock: &mut Clock) -> Option<Skimmed> {
        None
    }

    /// Whether a record begins with `next`, which follows `line`, with which one does: mostly they begin alike.
    fn begins_behind(&self, _line: &[u8], next: &[u8]) -> bool {
        self.begins(next)
    }

    /// The half of a record that says what happened, of a line of the usual form that is a record by itself: most messages
    /// are one of a few texts, and of those nothing needs to be understood twice. `None` where the record has to be read
    /// whole. What it sees agrees with what [`Format::parse`] makes of the line; errno, action and fields follow from the
    /// message.
    fn glance<'a>(&self, _line: &'a [u8], _clock: &mut Clock) -> Option<Glance<'a>> {
        None
    }

    /// What of the entry follows from what was seen: message, errno, action and their fields, and that there is a client.
    fn told<'a>(&self, glance: &Glance<'a>) -> Entry<'a> {
        Entry { time: Some(glance.time), severity: glance.severity, message: std::borrow::Cow::Borrowed(glance.message), ..Entry::default() }
    }

    /// The other half: whom it befell.
    fn subject<'a>(&self, _glance: &Glance<'a>) -> Subject<'a> {
        Subject::default()
    }

    /// What [`Format::skim`] sees of the line that `rest` begins with, and where its line feed stands. For formats that find
    /// both on the way.
    fn skim_first(&self, rest: &[u8], clock: &mut Clock) -> Option<(Skimmed, usize)> {
        skim_line(self, rest, clock)
    }

    /// Where the values stand in the lines below this one, if it is a header that says so. Then the next three are asked in
    /// place of those above.
    fn columns(&self, _line: &[u8]) -> Option<Columns> {
        None
    }

    /// [`Self::begins`], below such a header.
    fn begins_by(&self, _columns: Columns, line: &[u8]) -> bool {
        self.begins(line)
    }

    /// [`Self::parse`], below such a header.
    fn parse_by<'a>(&self, _columns: Columns, record: &'a [u8], clock: &mut Clock) -> Option<Entry<'a>> {
        self.parse(record, clock)
    }

    /// [`Self::skim`], below such a header.
    fn skim_by(&self, _columns: Columns, line: &[u8], clock: &mut Clock) -> Option<Skimmed> {
        self.skim(line, clock)
    }

    /// Whether the record goes on in the next line whatever that looks like, because it stopped inside an open quote.
    fn runs_on(&self, _record: &[u8]) -> bool {
        false
    }

    /// Whether each line is a record by itself: then a line that does not begin one belongs to none.
    fn one_line(&self) -> bool {
        false
    }

    /// How many lines behind its head a record has at most.
    fn most_lines(&self) -> u64 {
        100
    }

    /// Whether it is written once for each answer, and not when something happens. One whose lines are mostly answers is.
    fn writes_answers(&self) -> bool {
        self.one_line()
    }

    /// Whether the time of an entry is that of the request's start.
    fn stamps_start(&self) -> bool {
        false
    }

    /// Whether it is the log of what stands behind or below the proxy. Its entries may explain failures; they are never
    /// counted as any, and what no pattern knows of it is nothing that a gateway's operator has to know.
    fn is_context(&self) -> bool {
        false
    }

    /// How far out what writes it stands, where proxies stand behind each other.
    fn tier(&self) -> Tier {
        Tier::Proxy
    }

    /// Names of the values it puts into [`Entry::fields`].
    fn fields(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it is, how it is recognised, and a line of it.
    fn about(&self) -> About;
}

/// [`Format::skim_first`], the line feed first.
fn skim_line(format: &(impl Format + ?Sized), rest: &[u8], clock: &mut Clock) -> Option<(Skimmed, usize)> {
    let end = memchr(b'\n', rest)?;
    let line = &rest[..end];
    Some((format.skim(line.strip_suffix(b"\r").unwrap_or(line), clock)?, end))
}

/// What [`Format::skim`] sees of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Skimmed {
    /// When.
    pub time: Timestamp,
    /// The status.
    pub status: u16,
    /// The line has no field but its status that a condition of an embedded pattern asks for at a status which is no
    /// gateway's.
    pub is_bare: bool,
}

/// What [`Format::glance`] sees of a message.
#[derive(Clone, Copy, Debug)]
pub struct Glance<'a> {
    /// When.
    pub time: Timestamp,
    /// How grave.
    pub severity: Severity,
    /// What the product says happened.
    pub message: &'a [u8],
    /// The message without what it quotes, which is hardly met again: what stands before and behind it.
    pub plain: [&'a [u8]; 2],
    /// Process and connection, in the product's form.
    owner: &'a [u8],
    /// What stands behind it.
    tail: &'a [u8],
}

/// Whom an entry speaks of. What it does not say is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// See [`Entry::link`], as the others.
    pub link: Link,
    /// Address of the client.
    pub client: &'a [u8],
    /// The Host header, else the server's name.
    pub host: &'a [u8],
    /// The request's method.
    pub method: &'a [u8],
    /// The request's path.
    pub path: &'a [u8],
    /// The upstream.
    pub upstream: &'a [u8],
}

impl<'a> Subject<'a> {
    /// That of an entry that was read whole.
    pub fn of(entry: &'a Entry<'_>) -> Self {
        let Entry { link, client, host, method, path, upstream, .. } = entry;
        Self { link: *link, client, host, method, path, upstream }
    }
}

/// A format as `logscan502 formats` shows it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// What it is.
    pub title: &'static str,
    /// How it is recognised.
    pub recognised: &'static str,
    /// A line of it that tells of a failure; where one line does not, a record.
    pub example: &'static str,
}

/// How far out a proxy stands: the least is nearest to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// A content delivery network.
    Edge,
    /// A balancer that a cloud runs.
    Balancer,
    /// Anything that stands before an application.
    Proxy,
}

/// A hash that is the same in every run, for keys that only have to be compared.
fn hash(parts: &[&[u8]]) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = foldhash::quality::FixedState::with_seed(0x502).build_hasher();
    let mut lengths = 0_u64;
    for part in parts {
        hasher.write(part);
        lengths = lengths.rotate_left(12) ^ part.len() as u64;
    }
    // So that no part can take bytes from its neighbour.
    hasher.write_u64(lengths);
    // 0 is kept for "none".
    hasher.finish() | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines are tried in the order of the table, so a format that takes another's lines must stand behind it. nginx and
    /// Apache write the same combined form; whoever reads it decides between the two.
    #[test]
    fn the_first_format_that_knows_an_example_is_its_own() {
        for id in FormatId::ALL {
            let example = id.format().about().example.as_bytes();
            let first = FormatId::ALL.into_iter().find(|other| other.format().begins(example));
            let is_shared = id == FormatId::ApacheAccess && first == Some(FormatId::NginxAccess);
            assert!(first == Some(id) || is_shared, "{id}: {first:?}");
        }
    }
}
