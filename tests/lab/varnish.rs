//! What is done to Varnish: a backend a scenario, everything passed. `varnishlog` and `varnishncsa` write its logs; groups
//! and lines go to the scenario whose path they name.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::run::{Instance, Logs};
use super::upstream::{Behaviour as B, GOOD};
use super::{Kind, Scenario, Visit, Writer};
use logscan502::record::Cause as C;

/// The kind of server.
pub(crate) const VARNISH: Kind = Kind {
    name: "varnish",
    package: "varnish",
    scenarios: SCENARIOS,
    programs: &["/usr/sbin/varnishd", "/usr/local/sbin/varnishd"],
    configure,
    arguments,
    has_error_log: true,
    answer: " HTTP/1.1\"",
    companions,
    collect,
};

/// The port stands in the first line of the VCL, which cannot say it otherwise.
fn arguments(configuration: &Path) -> Vec<String> {
    let text = fs::read_to_string(configuration).unwrap();
    let listen = text.lines().next().unwrap().trim_start_matches("# ").to_owned();
    let instance = configuration.with_file_name("instance");
    let words = ["-F", "-n", &instance.display().to_string(), "-a", &listen, "-s", "malloc,16m", "-p", "thread_pools=1", "-p", "thread_pool_min=60", "-f"];
    words.iter().map(|word| (*word).to_owned()).chain([configuration.display().to_string()]).collect()
}

/// Both write block by block to what is no terminal, unless they are told otherwise.
fn companions(folder: &Path) -> Vec<Writer> {
    let instance = folder.join("instance").display().to_string();
    let of = |words: &str| words.split(' ').chain(["-n", &instance]).map(str::to_owned).collect();
    vec![
        Writer { words: of("stdbuf -oL varnishlog -g request"), output: folder.join("groups.txt") },
        Writer { words: of("stdbuf -oL varnishncsa"), output: folder.join("ncsa.txt") },
    ]
}

fn configure(instance: &Instance<'_>, port: u16) -> String {
    let good = instance.good.place.rsplit(':').next().unwrap_or_default();
    let mut text = format!("# 127.0.0.1:{port}\nvcl 4.1;\nbackend good {{ .host = \"127.0.0.1\"; .port = \"{good}\"; }}\n");
    let mut receive = "sub vcl_recv {\n  if (req.url ~ \"/healthy$\") { set req.backend_hint = good; return (pass); }\n".to_owned();
    for (scenario, upstreams) in &instance.scenarios {
        let _ = writeln!(text, "{}", instance.fill(scenario.http, scenario, upstreams));
        let _ =
            writeln!(receive, "  if (req.http.host == \"{}\") {{ {} return (pass); }}", scenario.host(), instance.fill(scenario.server, scenario, upstreams));
    }
    text + &receive + "}\n"
}

/// Puts groups and lines that name a scenario into its logs.
fn collect(instance: &Instance<'_>) {
    let read = |name: &str| String::from_utf8_lossy(&fs::read(instance.folder.join(name)).unwrap_or_default()).into_owned();
    let (groups, ncsa) = (read("groups.txt"), read("ncsa.txt"));
    let put = |names: &[&str], folder: &Path| {
        let names_one = |text: &&str| names.iter().any(|name| text.contains(&format!("/{name}/")));
        let groups: Vec<_> = groups.split_inclusive("\n\n").filter(|group| group.ends_with("\n\n")).filter(names_one).collect();
        // A line may come before its group; then it is left for the next time.
        let lines: String = ncsa.split_inclusive('\n').filter(|line| line.ends_with('\n')).filter(names_one).take(groups.len()).collect();
        fs::write(folder.join("error.log"), groups.concat()).unwrap();
        fs::write(folder.join("access.log"), lines).unwrap();
    };
    match instance.logs {
        Logs::Apart => instance.scenarios.iter().for_each(|(scenario, _)| put(&[scenario.name], &instance.logs_of(scenario))),
        Logs::Together => {
            let names: Vec<_> = instance.scenarios.iter().map(|(scenario, _)| scenario.name).collect();
            put(&names, &instance.folder.join("logs"));
        }
    }
}

const BACKEND: &str =
    "backend <name> { .host = \"127.0.0.1\"; .port = \"<0.port>\"; .connect_timeout = 300ms; .first_byte_timeout = 700ms; .between_bytes_timeout = 700ms; }";
const UNSTREAMED: &str = "backend <name> { .host = \"127.0.0.1\"; .port = \"<0.port>\"; }\n\
    sub vcl_backend_response { if (bereq.http.host == \"<name>.test\") { set beresp.do_stream = false; } }";
const PASS: &str = "set req.backend_hint = <name>;";

/// See `mod.rs` for how to add one.
const SCENARIOS: &[Scenario] = &[
    Scenario { name: "healthy", http: BACKEND, server: PASS, upstreams: &[B::Says(GOOD)], answers: "200 200 200", ..Scenario::NEW },
    Scenario {
        name: "app-500",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "500 500 500",
        is_silent: true,
        ..Scenario::NEW
    },
    // --- no connection ----------------------------------------------------------------------------------------------
    Scenario {
        name: "refused",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::Refuses],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        blames: "<name>",
        ..Scenario::NEW
    },
    Scenario {
        name: "connect-timeout",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::Full],
        visits: &[Visit::Get, Visit::Post],
        answers: "503 503",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<name>",
        ..Scenario::NEW
    },
    Scenario {
        name: "unhealthy",
        http: "backend <name> { .host = \"127.0.0.1\"; .port = \"<0.port>\"; .probe = { .url = \"/\"; .interval = 100ms; .timeout = 100ms; .initial = 0; } }",
        server: PASS,
        upstreams: &[B::Refuses],
        visits: &[Visit::Wait(Duration::from_millis(400)), Visit::Get, Visit::Get],
        answers: "503 503",
        causes: &[(C::NoHealthyBackends, 2)],
        blames: "<name>",
        ..Scenario::NEW
    },
    Scenario {
        name: "busy",
        http: "backend <name> { .host = \"127.0.0.1\"; .port = \"<0.port>\"; .max_connections = 1; .first_byte_timeout = 700ms; }",
        server: PASS,
        upstreams: &[B::Hangs],
        visits: &[Visit::Crowd(4)],
        answers: "503 503 503 503",
        causes: &[(C::UpstreamOverloaded, 3), (C::UpstreamTimeout, 1)],
        blames: "<name>",
        ..Scenario::NEW
    },
    // --- no answer --------------------------------------------------------------------------------------------------
    Scenario {
        name: "never-answers",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::Hangs],
        visits: &[Visit::Get, Visit::Post],
        answers: "503 503",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<name>",
        ..Scenario::NEW
    },
    Scenario {
        name: "closes",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::Closes],
        answers: "503 503 503",
        causes: &[(C::ConnectionReset, 3)],
        blames: "<name>",
        ..Scenario::NEW
    },
    Scenario {
        name: "resets",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::Resets],
        answers: "503 503 503",
        causes: &[(C::ConnectionReset, 3)],
        ..Scenario::NEW
    },
    // --- half an answer ---------------------------------------------------------------------------------------------
    Scenario {
        name: "body-hangs",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::SaysThenHangs("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        visits: &[Visit::Get, Visit::Post],
        answers: "200-cut 200-cut",
        causes: &[(C::UpstreamTimeout, 2)],
        ..Scenario::NEW
    },
    // Streamed, the client gets what is there or nothing, as chance has it.
    Scenario {
        name: "body-cut",
        http: UNSTREAMED,
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        answers: "503 503 503",
        causes: &[(C::ConnectionReset, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "bad-chunk",
        http: UNSTREAMED,
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n")],
        answers: "503 503 503",
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    // --- an answer that is none -------------------------------------------------------------------------------------
    Scenario {
        name: "garbage",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::Says("SSH-2.0-OpenSSH_9.2\r\n\r\n")],
        answers: "503 503 503",
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "header-too-big",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::LongHeader(40_000)],
        answers: "503 503 503",
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    // --- the application's own, and someone's will ------------------------------------------------------------------
    Scenario {
        name: "app-502",
        http: BACKEND,
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        causes: &[(C::PassedThrough, 3)],
        blames: "<name>",
        ..Scenario::NEW
    },
    Scenario { name: "maintenance", server: "return (synth(503, \"Maintenance\"));", answers: "503 503 503", causes: &[(C::Intentional, 3)], ..Scenario::NEW },
    Scenario { name: "vcl-fails", server: "return (fail);", answers: "503 503 503", causes: &[(C::MisconfiguredProxy, 3)], ..Scenario::NEW },
    // --- the client leaves ------------------------------------------------------------------------------------------
    Scenario {
        name: "client-leaves",
        http: "backend <name> { .host = \"127.0.0.1\"; .port = \"<0.port>\"; .first_byte_timeout = 9s; }",
        server: PASS,
        upstreams: &[B::AnswersTheDeparted],
        visits: &[Visit::Leave, Visit::Leave],
        answers: "left left",
        is_silent: true,
        ..Scenario::NEW
    },
];
