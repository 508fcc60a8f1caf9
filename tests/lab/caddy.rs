//! What is done to Caddy: one site, a `handle` a scenario, its usual log in JSON. Errors and answers are one stream, its
//! standard error, as they are where nobody says otherwise; each line goes from there to the scenario whose path or upstream
//! it names. Of a body that was cut the error names neither in this version: `http` of such a scenario is what its lines hold.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::run::{Instance, Logs};
use super::upstream::{Behaviour as B, GOOD, Upstream};
use super::{Kind, Scenario, Visit, no_writers};
use logscan502::record::Cause as C;

/// The kind of server.
pub(crate) const CADDY: Kind = Kind {
    name: "caddy",
    package: "caddy",
    scenarios: SCENARIOS,
    programs: &["/usr/bin/caddy", "/usr/local/bin/caddy"],
    configure: |instance, port| configure(instance, port, "json"),
    arguments,
    has_error_log: true,
    answer: "handled request",
    companions: no_writers,
    collect,
};

/// The same in the words for a terminal.
pub(crate) const CADDY_CONSOLE: Kind =
    Kind { name: "caddy+console", scenarios: IN_CONSOLE, configure: |instance, port| configure(instance, port, "console"), ..CADDY };

fn arguments(configuration: &Path) -> Vec<String> {
    ["run", "--adapter", "caddyfile", "--config", &configuration.display().to_string()].map(str::to_owned).to_vec()
}

fn configure(instance: &Instance<'_>, port: u16, form: &str) -> String {
    let mut text = format!(
        "{{\n  admin off\n  auto_https off\n  log default {{\n    output stderr\n    format {form}\n  }}\n}}\n\
         http://:{port} {{\n  bind 127.0.0.1\n  log {{\n    output stderr\n    format {form}\n  }}\n  \
         @good path */healthy\n  handle @good {{\n    reverse_proxy {}\n  }}\n",
        instance.good.place
    );
    for (scenario, upstreams) in &instance.scenarios {
        let (name, host) = (scenario.name, scenario.host());
        let _ = writeln!(text, "  @{name} host {host}\n  handle @{name} {{\n{}\n  }}", instance.fill(scenario.server, scenario, upstreams));
    }
    text + "}\n"
}

/// Puts each line that names a scenario, by a request or by one of its upstreams, into its logs. Together they stay as they
/// came, start and all, in one file.
fn collect(instance: &Instance<'_>) {
    let said = fs::read(instance.folder.join("said.txt")).unwrap_or_default();
    // The last line may still be being written.
    let whole = &said[..memchr::memrchr(b'\n', &said).map_or(0, |end| end + 1)];
    if instance.logs == Logs::Together {
        return fs::write(instance.access_log(instance.scenarios[0].0), whole).unwrap();
    }
    let text = String::from_utf8_lossy(whole);
    for (scenario, upstreams) in &instance.scenarios {
        let names = |line: &&str| {
            let by_error = !scenario.http.is_empty() && line.contains(scenario.http);
            by_error || line.contains(&format!("/{}/", scenario.name)) || upstreams.iter().any(|upstream: &Upstream| line.contains(&upstream.place))
        };
        let (answers, errors): (Vec<_>, Vec<_>) = text.split_inclusive('\n').filter(names).partition(|line| line.contains("http.log.access"));
        fs::write(instance.access_log(scenario), answers.concat()).unwrap();
        fs::write(instance.logs_of(scenario).join("error.log"), errors.concat()).unwrap();
    }
}

const PASS: &str = "reverse_proxy <0> {\n transport http {\n dial_timeout 300ms\n response_header_timeout 700ms\n }\n }";
const READS: &str = "reverse_proxy <0> {\n transport http {\n read_timeout 700ms\n }\n }";

/// See `mod.rs` for how to add one.
const SCENARIOS: &[Scenario] = &[
    // --- nothing is wrong -------------------------------------------------------------------------------------------
    Scenario { name: "healthy", server: PASS, upstreams: &[B::Says(GOOD)], answers: "200 200 200", ..Scenario::NEW },
    Scenario {
        name: "app-500",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "500 500 500",
        is_silent: true,
        ..Scenario::NEW
    },
    // --- no connection ----------------------------------------------------------------------------------------------
    Scenario { name: "refused", server: PASS, upstreams: &[B::Refuses], causes: &[(C::UpstreamDown, 3)], blames: "<0>", ..Scenario::NEW },
    Scenario {
        name: "dead-socket",
        server: "reverse_proxy unix/<0>",
        upstreams: &[B::DeadSocket],
        causes: &[(C::UpstreamDown, 3)],
        blames: "unix:<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "socket-missing",
        server: "reverse_proxy unix/<folder>/nowhere.sock",
        causes: &[(C::UpstreamDown, 3)],
        blames: "unix:<folder>/nowhere.sock",
        ..Scenario::NEW
    },
    Scenario {
        name: "connect-timeout",
        server: PASS,
        upstreams: &[B::Full],
        visits: &[Visit::Get, Visit::Post],
        // 504 in later versions.
        answers: "502 502",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "no-such-name",
        server: "reverse_proxy app.test:80 {\n transport http {\n resolvers udp/<0>\n }\n }",
        upstreams: &[B::KnowsNoName],
        causes: &[(C::DnsFailure, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "no-name-server",
        server: "reverse_proxy app.test:80 {\n transport http {\n resolvers udp/<0>\n }\n }",
        upstreams: &[B::NoNameServer],
        causes: &[(C::DnsFailure, 3)],
        ..Scenario::NEW
    },
    // --- the pool ---------------------------------------------------------------------------------------------------
    Scenario {
        name: "all-unhealthy",
        server: "reverse_proxy <0> {\n health_uri /check\n health_interval 100ms\n health_timeout 100ms\n }",
        upstreams: &[B::Refuses],
        visits: &[Visit::Wait(Duration::from_millis(800)), Visit::Get, Visit::Get],
        answers: "503 503",
        causes: &[(C::NoHealthyBackends, 2)],
        ..Scenario::NEW
    },
    Scenario {
        name: "one-failure-too-many",
        server: "reverse_proxy <0> {\n fail_duration 30s\n }",
        upstreams: &[B::Refuses],
        answers: "502 503 503",
        causes: &[(C::NoHealthyBackends, 2), (C::UpstreamDown, 1)],
        ..Scenario::NEW
    },
    // Attempts that another one saves are told at level debug only.
    Scenario {
        name: "retried-elsewhere",
        server: "reverse_proxy <0> <1> {\n lb_policy first\n lb_try_duration 5s\n lb_try_interval 20ms\n fail_duration 30s\n }",
        upstreams: &[B::Refuses, B::Says(GOOD)],
        answers: "200 200 200",
        is_silent: true,
        ..Scenario::NEW
    },
    Scenario {
        name: "retried-in-vain",
        server: "reverse_proxy <0> {\n lb_try_duration 400ms\n lb_try_interval 50ms\n }",
        upstreams: &[B::Refuses],
        causes: &[(C::UpstreamDown, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    // --- no answer --------------------------------------------------------------------------------------------------
    Scenario {
        name: "never-answers",
        server: PASS,
        upstreams: &[B::Hangs],
        visits: &[Visit::Get, Visit::Post],
        answers: "504 504",
        causes: &[(C::UpstreamTimeout, 2)],
        ..Scenario::NEW
    },
    Scenario {
        name: "read-times-out",
        server: READS,
        upstreams: &[B::Hangs],
        visits: &[Visit::Get, Visit::Post],
        answers: "504 504",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario { name: "closes", server: PASS, upstreams: &[B::Closes], causes: &[(C::ConnectionReset, 3)], ..Scenario::NEW },
    Scenario { name: "resets", server: PASS, upstreams: &[B::Resets], causes: &[(C::ConnectionReset, 3)], blames: "<0>", ..Scenario::NEW },
    Scenario {
        // In the middle of a line Go says no more than that the line is malformed.
        name: "closes-in-header",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n")],
        causes: &[(C::ConnectionReset, 3)],
        ..Scenario::NEW
    },
    // --- half an answer ---------------------------------------------------------------------------------------------
    Scenario {
        name: "body-cut",
        http: "\"error\":\"unexpected EOF\"",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        answers: "200-cut 200-cut 200-cut",
        causes: &[(C::ConnectionReset, 3)],
        is_nameless: true,
        ..Scenario::NEW
    },
    Scenario {
        name: "body-reset",
        server: PASS,
        upstreams: &[B::SaysThenResets("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        answers: "200-cut 200-cut 200-cut",
        causes: &[(C::ConnectionReset, 3)],
        is_nameless: true,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "body-hangs",
        server: READS,
        upstreams: &[B::SaysThenHangs("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        visits: &[Visit::Get, Visit::Post],
        answers: "200-cut 200-cut",
        causes: &[(C::UpstreamTimeout, 2)],
        is_nameless: true,
        blames: "<0>",
        ..Scenario::NEW
    },
    // Caddy ends the chunked answer in order, so the client cannot know.
    Scenario {
        name: "bad-chunk",
        http: "\"error\":\"invalid byte in chunk length\"",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n")],
        answers: "200 200 200",
        causes: &[(C::InvalidResponse, 3)],
        unnoticed: 3,
        is_nameless: true,
        ..Scenario::NEW
    },
    // --- an answer that is none -------------------------------------------------------------------------------------
    Scenario { name: "garbage", server: PASS, upstreams: &[B::Says("SSH-2.0-OpenSSH_9.2\r\n")], causes: &[(C::InvalidResponse, 3)], ..Scenario::NEW },
    Scenario {
        name: "invalid-header",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n")],
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "bad-length",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")],
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "header-too-big",
        server: "reverse_proxy <0> {\n transport http {\n max_response_header 4KB\n }\n }",
        upstreams: &[B::LongHeader(40_000)],
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    // --- the wrong protocol -----------------------------------------------------------------------------------------
    Scenario {
        name: "tls-to-plain-port",
        server: "reverse_proxy <0> {\n transport http {\n tls_insecure_skip_verify\n }\n }",
        upstreams: &[B::Says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        causes: &[(C::TlsFailure, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "plain-to-tls-port",
        server: PASS,
        upstreams: &[B::Says("\x15\x03\x01\x00\x02\x02\x46")],
        causes: &[(C::MisconfiguredProxy, 3)],
        ..Scenario::NEW
    },
    // --- the application's own, and someone's will ------------------------------------------------------------------
    Scenario { name: "app-502", server: PASS, upstreams: &[B::Says(APP_502)], causes: &[(C::PassedThrough, 3)], is_silent: true, ..Scenario::NEW },
    Scenario {
        name: "app-503",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 503 Service Unavailable\r\nServer: app/1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "503 503 503",
        causes: &[(C::PassedThrough, 3)],
        is_silent: true,
        ..Scenario::NEW
    },
    Scenario {
        name: "maintenance",
        server: "respond \"back soon\" 503",
        answers: "503 503 503",
        causes: &[(C::Unattributed, 3)],
        is_silent: true,
        ..Scenario::NEW
    },
    Scenario { name: "error-directive", server: "error \"back soon\" 503", answers: "503 503 503", causes: &[(C::Intentional, 3)], ..Scenario::NEW },
    // --- the client leaves ------------------------------------------------------------------------------------------
    Scenario {
        name: "client-leaves",
        server: "reverse_proxy <0>",
        upstreams: &[B::Hangs],
        visits: &[Visit::Leave, Visit::Leave],
        answers: "left left",
        is_silent: true,
        aborts: 2,
        ..Scenario::NEW
    },
];

/// The form is another; what is said is the same.
const IN_CONSOLE: &[Scenario] = &[
    Scenario { name: "healthy", server: PASS, upstreams: &[B::Says(GOOD)], answers: "200 200 200", ..Scenario::NEW },
    Scenario { name: "refused", server: PASS, upstreams: &[B::Refuses], causes: &[(C::UpstreamDown, 3)], blames: "<0>", ..Scenario::NEW },
    Scenario { name: "closes", server: PASS, upstreams: &[B::Closes], causes: &[(C::ConnectionReset, 3)], ..Scenario::NEW },
    Scenario { name: "app-502", server: PASS, upstreams: &[B::Says(APP_502)], causes: &[(C::PassedThrough, 3)], is_silent: true, ..Scenario::NEW },
];

const APP_502: &str = "HTTP/1.1 502 Bad Gateway\r\nServer: app/1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
