//! What is done to HAProxy: one frontend, a backend a scenario, its usual log (`option httplog`). The log goes to its standard
//! error, and each line from there to the scenario whose path or backend it names.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::run::{Instance, Logs};
use super::upstream::{Behaviour as B, GOOD};
use super::{Kind, Scenario, Visit, no_writers};
use logscan502::record::Cause as C;

/// The kind of server.
pub(crate) const HAPROXY: Kind = Kind {
    name: "haproxy",
    package: "haproxy",
    scenarios: SCENARIOS,
    programs: &["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"],
    configure: |instance, port| configure(instance, port, "option httplog"),
    arguments,
    has_error_log: false,
    answer: " HTTP/1.1\"",
    companions: no_writers,
    collect,
};

/// The same with the words for what went wrong behind the request, as its authors recommend.
pub(crate) const HAPROXY_ERRORS: Kind = Kind {
    name: "haproxy+errors",
    scenarios: WITH_ERRORS,
    configure: |instance, port| {
        configure(
            instance,
            port,
            r#"log-format "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r %[bc_err] %[bc_err_str] %[ssl_bc_err_str]""#,
        )
    },
    ..HAPROXY
};

fn arguments(configuration: &Path) -> Vec<String> {
    ["-db", "-f", &configuration.display().to_string()].map(str::to_owned).to_vec()
}

fn configure(instance: &Instance<'_>, port: u16, log: &str) -> String {
    let mut text = format!(
        "global\n  log stderr format raw local0 info\n  maxconn 400\n\
         defaults\n  mode http\n  log global\n  timeout client 8s\n  timeout connect 300ms\n  timeout server 1s\n  timeout queue 300ms\n  timeout http-request 5s\n  retries 1\n\
         frontend web\n  bind 127.0.0.1:{port}\n  {log}\n  use_backend good if {{ path_end /healthy }}\n"
    );
    for (scenario, _) in &instance.scenarios {
        let _ = writeln!(text, "  use_backend {} if {{ hdr(host) -i {} }}", scenario.name, scenario.host());
    }
    let _ = writeln!(text, "backend good\n  server good {}", instance.good.place);
    for (scenario, upstreams) in &instance.scenarios {
        let _ = writeln!(text, "backend {}\n{}", scenario.name, instance.fill(scenario.server, scenario, upstreams));
    }
    text
}

/// Puts each line that names a scenario into its log.
fn collect(instance: &Instance<'_>) {
    let said = fs::read(instance.folder.join("said.txt")).unwrap_or_default();
    // The last line may still be being written.
    let whole = &said[..memchr::memrchr(b'\n', &said).map_or(0, |end| end + 1)];
    let text = String::from_utf8_lossy(whole);
    let belongs = |line: &str, scenario: &Scenario| {
        let name = scenario.name;
        // The standard error gets what is said of servers a second time, with the process before it.
        !line.starts_with('[') && (line.contains(&format!("/{name}/")) || line.contains(&format!(" {name}/")) || line.contains(&format!("backend {name} ")))
    };
    let lines = |scenario: &Scenario| text.split_inclusive('\n').filter(|line| belongs(line, scenario)).collect::<String>();
    match instance.logs {
        Logs::Apart => {
            for (scenario, _) in &instance.scenarios {
                fs::write(instance.access_log(scenario), lines(scenario)).unwrap();
            }
        }
        Logs::Together => {
            let all: String = text.split_inclusive('\n').filter(|line| instance.scenarios.iter().any(|(scenario, _)| belongs(line, scenario))).collect();
            fs::write(instance.access_log(instance.scenarios[0].0), all).unwrap();
        }
    }
}

const PASS: &str = "server s1 <0>";

/// See `mod.rs` for how to add one.
const SCENARIOS: &[Scenario] = &[
    // --- nothing is wrong -------------------------------------------------------------------------------------------
    Scenario { name: "healthy", server: PASS, upstreams: &[B::Says(GOOD)], answers: "200 200 200", ..Scenario::NEW },
    Scenario {
        name: "app-500",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "500 500 500",
        ..Scenario::NEW
    },
    // --- no connection ----------------------------------------------------------------------------------------------
    Scenario {
        name: "refused",
        server: PASS,
        upstreams: &[B::Refuses],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        blames: "<name>/s1",
        ..Scenario::NEW
    },
    Scenario {
        name: "connect-timeout",
        server: PASS,
        upstreams: &[B::Full],
        visits: &[Visit::Get, Visit::Post],
        answers: "503 503",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<name>/s1",
        ..Scenario::NEW
    },
    Scenario {
        name: "no-server",
        server: "server s1 <0> check inter 100ms fall 1",
        upstreams: &[B::Refuses],
        visits: &[Visit::Wait(Duration::from_millis(800)), Visit::Get, Visit::Get],
        answers: "503 503",
        causes: &[(C::NoHealthyBackends, 2)],
        blames: "<name>",
        ..Scenario::NEW
    },
    Scenario { name: "empty-backend", answers: "503 503 503", causes: &[(C::NoHealthyBackends, 3)], blames: "<name>", ..Scenario::NEW },
    Scenario {
        name: "retried-elsewhere",
        server: "balance first\noption redispatch 1\nserver s1 <0>\nserver s2 <1>",
        upstreams: &[B::Refuses, B::Says(GOOD)],
        answers: "200 200 200",
        causes: &[(C::UpstreamDown, 3)],
        saved: 3,
        ..Scenario::NEW
    },
    // --- queues -----------------------------------------------------------------------------------------------------
    Scenario {
        name: "queue-timeout",
        server: "server s1 <0> maxconn 1",
        upstreams: &[B::Hangs],
        visits: &[Visit::Crowd(4)],
        answers: "503 503 503 504",
        causes: &[(C::UpstreamOverloaded, 3), (C::UpstreamTimeout, 1)],
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
        blames: "<name>/s1",
        ..Scenario::NEW
    },
    Scenario { name: "closes", server: PASS, upstreams: &[B::Closes], causes: &[(C::ConnectionReset, 3)], blames: "<name>/s1", ..Scenario::NEW },
    Scenario { name: "resets", server: PASS, upstreams: &[B::Resets], causes: &[(C::ConnectionReset, 3)], ..Scenario::NEW },
    Scenario {
        name: "closes-in-header",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nContent-Le")],
        causes: &[(C::ConnectionReset, 3)],
        ..Scenario::NEW
    },
    // --- half an answer ---------------------------------------------------------------------------------------------
    Scenario {
        name: "body-cut",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        answers: "200-cut 200-cut 200-cut",
        causes: &[(C::ConnectionReset, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "body-hangs",
        server: PASS,
        upstreams: &[B::SaysThenHangs("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        visits: &[Visit::Get, Visit::Post],
        answers: "200-cut 200-cut",
        causes: &[(C::UpstreamTimeout, 2)],
        ..Scenario::NEW
    },
    // --- an answer that is none -------------------------------------------------------------------------------------
    Scenario { name: "garbage", server: PASS, upstreams: &[B::Says("SSH-2.0-OpenSSH_9.2\r\n")], causes: &[(C::InvalidResponse, 3)], ..Scenario::NEW },
    Scenario {
        name: "invalid-header",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nX Y: no\r\nContent-Length: 0\r\n\r\n")],
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    Scenario { name: "header-too-big", server: PASS, upstreams: &[B::LongHeader(40_000)], causes: &[(C::InvalidResponse, 3)], ..Scenario::NEW },
    // --- the application's own, and someone's will ------------------------------------------------------------------
    Scenario { name: "app-502", server: PASS, upstreams: &[B::Says(APP_502)], causes: &[(C::PassedThrough, 3)], blames: "<name>/s1", ..Scenario::NEW },
    Scenario {
        name: "app-503",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "503 503 503",
        causes: &[(C::PassedThrough, 3)],
        ..Scenario::NEW
    },
    Scenario { name: "maintenance", server: "http-request return status 503", answers: "503 503 503", causes: &[(C::Intentional, 3)], ..Scenario::NEW },
    Scenario {
        name: "denied",
        server: "http-request deny deny_status 503\nserver s1 <0>",
        upstreams: &[B::Says(GOOD)],
        answers: "503 503 503",
        causes: &[(C::Intentional, 3)],
        ..Scenario::NEW
    },
    // --- the client leaves ------------------------------------------------------------------------------------------
    Scenario {
        name: "client-leaves",
        server: "timeout server 8s\nserver s1 <0>",
        upstreams: &[B::AnswersTheDeparted],
        visits: &[Visit::Leave, Visit::Leave],
        answers: "left left",
        aborts: 2,
        ..Scenario::NEW
    },
];

/// Where the words tell what the state does not.
const WITH_ERRORS: &[Scenario] = &[
    Scenario { name: "healthy", server: PASS, upstreams: &[B::Says(GOOD)], answers: "200 200 200", ..Scenario::NEW },
    Scenario {
        name: "refused",
        server: PASS,
        upstreams: &[B::Refuses],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        blames: "<name>/s1",
        ..Scenario::NEW
    },
    Scenario {
        name: "tls-to-plain-port",
        // The handshake has this time, too.
        server: "timeout connect 5s\nserver s1 <0> ssl verify none",
        upstreams: &[B::Says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "503 503 503",
        causes: &[(C::TlsFailure, 3)],
        blames: "<name>/s1",
        ..Scenario::NEW
    },
];

const APP_502: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
