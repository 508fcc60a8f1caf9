//! Who talks to whom: clients, hosts, paths, upstreams, browsers. Made once, so that a line only puts texts together.

use super::rng::Rng;

/// The names that a corpus draws from.
#[derive(Debug)]
pub(super) struct World {
    /// 60,000 addresses, some of them IPv6.
    pub(super) clients: Vec<String>,
    /// 40,000 paths, some with a query.
    pub(super) paths: Vec<String>,
    /// 400 addresses with ports.
    pub(super) upstreams: Vec<String>,
    /// A few dozen hosts.
    pub(super) hosts: Vec<String>,
}

pub(super) const AGENTS: [&str; 8] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.3 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "okhttp/4.12.0",
    "curl/8.5.0",
];

pub(super) const METHODS: [&str; 8] = ["GET", "GET", "GET", "GET", "GET", "POST", "POST", "PUT"];

const NOUNS: [&str; 24] = [
    "orders",
    "users",
    "carts",
    "products",
    "stock",
    "invoices",
    "payments",
    "sessions",
    "reports",
    "images",
    "search",
    "reviews",
    "addresses",
    "coupons",
    "returns",
    "shipments",
    "events",
    "devices",
    "messages",
    "accounts",
    "tickets",
    "feeds",
    "uploads",
    "exports",
];
const VERBS: [&str; 12] =
    ["list", "items", "status", "history", "summary", "details", "similar", "availability", "attachments", "permissions", "preview", "timeline"];

impl World {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            clients: (0..60_000).map(|_| client(rng)).collect(),
            paths: (0..40_000).map(|_| path(rng)).collect(),
            upstreams: (0..400).map(|at| format!("10.{}.{}.{}:{}", at / 100, at / 10 % 10, 10 + at % 200, rng.of(&[8080, 3000, 9000, 80]))).collect(),
            hosts: (0..40).map(|at| format!("{}.{}.example", rng.of(&["www", "api", "shop", "static", "admin"]), NOUNS[at % NOUNS.len()])).collect(),
        }
    }
}

fn client(rng: &mut Rng) -> String {
    if rng.per_mille(150) {
        return format!("2001:db8:{:x}:{:x}::{:x}", rng.below(65_536), rng.below(65_536), rng.within(1, 65_535));
    }
    format!("{}.{}.{}.{}", rng.within(11, 220), rng.below(256), rng.below(256), rng.within(1, 254))
}

fn path(rng: &mut Rng) -> String {
    let noun = rng.of(&NOUNS);
    match rng.below(10) {
        0 => format!("/static/{noun}/{}.{:08x}.{}", rng.of(&VERBS), rng.below(1 << 32), rng.of(&["js", "css", "png", "woff2"])),
        1 | 2 => format!("/{noun}/{}-{}-{}", rng.of(&VERBS), rng.of(&NOUNS), rng.within(1, 99_999)),
        3 => format!("/search?q={}+{}&page={}&sort=price", rng.of(&NOUNS), rng.of(&VERBS), rng.within(1, 40)),
        4 | 5 => format!("/api/v{}/{noun}/{}", rng.within(1, 3), rng.within(1, 999_999)),
        6 | 7 => format!("/api/v2/{noun}/{}/{}", rng.within(1, 99_999), rng.of(&VERBS)),
        8 => format!("/api/v2/{noun}/{}/{}?limit={}&cursor={:016x}", rng.within(1, 9_999), rng.of(&VERBS), rng.of(&[20, 50, 100]), rng.next()),
        _ => format!(
            "/{}/{noun}/{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            rng.of(&["graphql", "oauth", "webhooks"]),
            rng.below(1 << 32),
            rng.below(65_536),
            rng.below(4_096),
            rng.below(4_096),
            rng.next() >> 16
        ),
    }
}
