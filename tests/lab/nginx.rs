//! What is done to nginx. Its default error level (`error`) is kept: that is what people have.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::run::Instance;
use super::upstream::{Behaviour as B, GOOD};
use super::{Kind, Scenario, Visit, no_writers, nothing_to_collect};
use logscan502::record::Cause as C;

/// The kind of server.
pub(crate) const NGINX: Kind = Kind {
    name: "nginx",
    package: "nginx-light",
    scenarios: SCENARIOS,
    programs: &["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"],
    configure,
    arguments,
    has_error_log: true,
    answer: " HTTP/1.1\"",
    companions: no_writers,
    collect: nothing_to_collect,
};

fn arguments(configuration: &Path) -> Vec<String> {
    let folder = configuration.parent().unwrap();
    let early = folder.join("main-error.log");
    ["-p", &folder.display().to_string(), "-e", &early.display().to_string(), "-c", &configuration.display().to_string()].map(str::to_owned).to_vec()
}

fn configure(instance: &Instance<'_>, port: u16) -> String {
    let folder = instance.folder.display();
    let mut text = format!(
        "daemon off;\nuser www-data;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/main-error.log;\n\
         events {{ worker_connections 512; }}\nhttp {{\n\
         client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;\n\
         uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n\
         proxy_connect_timeout 1s; proxy_read_timeout 1s; proxy_send_timeout 1s; resolver_timeout 1s;\n\
         log_format detailed '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" '\n\
         'rt=$request_time uct=\"$upstream_connect_time\" uht=\"$upstream_header_time\" urt=\"$upstream_response_time\" us=\"$upstream_status\" ua=\"$upstream_addr\" cs=$upstream_cache_status';\n"
    );
    for (scenario, upstreams) in &instance.scenarios {
        let access = instance.access_log(scenario);
        let format = if scenario.is_detailed { "detailed" } else { "combined" };
        let error = instance.logs_of(scenario).join("error.log");
        let server = format!(
            "{}\nserver {{\nlisten 127.0.0.1:{port};\nserver_name {};\naccess_log {} {format};\nerror_log {};\n\
             location = /<name>/healthy {{ proxy_pass http://<good>; }}\n{}\n}}\n",
            scenario.http,
            scenario.host(),
            access.display(),
            error.display(),
            scenario.server
        );
        let _ = write!(text, "{}", instance.fill(&server, scenario, upstreams));
    }
    text + "}\n"
}

const PASS: &str = "location / { proxy_pass http://<0>; }";
const POOL: &str = "location / { proxy_pass http://<name>; }";

/// See `mod.rs` for how to add one.
const SCENARIOS: &[Scenario] = &[
    // --- nothing is wrong -------------------------------------------------------------------------------------------
    Scenario { name: "healthy", server: PASS, upstreams: &[B::Says(GOOD)], answers: "200 200 200", ..Scenario::NEW },
    Scenario {
        name: "not-found",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "404 404 404",
        is_detailed: true,
        ..Scenario::NEW
    },
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
        name: "refused-detailed",
        server: PASS,
        upstreams: &[B::Refuses],
        causes: &[(C::UpstreamDown, 3)],
        is_detailed: true,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "fastcgi-refused",
        server: "location / { fastcgi_pass <0>; }",
        upstreams: &[B::Refuses],
        causes: &[(C::UpstreamDown, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "socket-missing",
        server: "location / { proxy_pass http://unix:<folder>/missing.sock; }",
        causes: &[(C::UpstreamDown, 3)],
        blames: "unix:<folder>/missing.sock",
        ..Scenario::NEW
    },
    Scenario {
        name: "socket-dead",
        server: "location / { proxy_pass http://unix:<0>; }",
        upstreams: &[B::DeadSocket],
        causes: &[(C::UpstreamDown, 3)],
        blames: "unix:<0>",
        ..Scenario::NEW
    },
    // A broadcast address: the kernel prohibits the connection, as a firewall's rule would.
    Scenario {
        name: "prohibited",
        server: "location / { proxy_pass http://127.255.255.255:9; }",
        causes: &[(C::NetworkUnreachable, 3)],
        blames: "127.255.255.255:9",
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
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "tls-never-answers",
        server: "location / { proxy_pass https://<0>; }",
        upstreams: &[B::Hangs],
        visits: &[Visit::Get, Visit::Post],
        answers: "504 504",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario { name: "closes", server: PASS, upstreams: &[B::Closes], causes: &[(C::ConnectionReset, 3)], blames: "<0>", ..Scenario::NEW },
    Scenario { name: "resets", server: PASS, upstreams: &[B::Resets], causes: &[(C::ConnectionReset, 3)], blames: "<0>", ..Scenario::NEW },
    Scenario {
        name: "closes-in-header",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nContent-Le")],
        causes: &[(C::ConnectionReset, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    // --- half an answer ---------------------------------------------------------------------------------------------
    Scenario {
        name: "body-cut",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        answers: "200-cut 200-cut 200-cut",
        causes: &[(C::ConnectionReset, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "body-reset",
        server: PASS,
        upstreams: &[B::SaysThenResets("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        answers: "200-cut 200-cut 200-cut",
        causes: &[(C::ConnectionReset, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "chunks-cut",
        server: "location / { proxy_http_version 1.1; proxy_pass http://<0>; }",
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")],
        answers: "200-cut 200-cut 200-cut",
        causes: &[(C::ConnectionReset, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "body-hangs",
        server: PASS,
        upstreams: &[B::SaysThenHangs("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")],
        visits: &[Visit::Get, Visit::Post],
        answers: "200-cut 200-cut",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<0>",
        ..Scenario::NEW
    },
    // --- an answer that is none -------------------------------------------------------------------------------------
    Scenario {
        name: "garbage",
        server: PASS,
        upstreams: &[B::Says("SSH-2.0-OpenSSH_9.2\r\nwhat do you want\r\n")],
        answers: "garbled garbled garbled",
        causes: &[(C::InvalidResponse, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario { name: "header-too-big", server: PASS, upstreams: &[B::LongHeader(10_000)], causes: &[(C::InvalidResponse, 3)], blames: "<0>", ..Scenario::NEW },
    Scenario {
        name: "invalid-header",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 0\r\n\r\n")],
        causes: &[(C::InvalidResponse, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    // --- TLS and names ----------------------------------------------------------------------------------------------
    Scenario {
        name: "tls-to-plain-port",
        server: "location / { proxy_pass https://<0>; }",
        upstreams: &[B::Says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        causes: &[(C::TlsFailure, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "tls-refused",
        server: "location / { proxy_pass https://<0>; }",
        upstreams: &[B::Refuses],
        causes: &[(C::UpstreamDown, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "tls-closes",
        server: "location / { proxy_pass https://<0>; }",
        upstreams: &[B::Closes],
        causes: &[(C::TlsFailure, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "no-such-name",
        server: "resolver <0> ipv6=off; set $backend app.internal; location / { proxy_pass http://$backend:8080; }",
        upstreams: &[B::KnowsNoName],
        causes: &[(C::DnsFailure, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "no-name-server",
        server: "resolver <0> ipv6=off; set $backend app.internal; location / { proxy_pass http://$backend:8080; }",
        upstreams: &[B::NoNameServer],
        visits: &[Visit::Get, Visit::Post],
        answers: "502 502",
        causes: &[(C::DnsFailure, 2)],
        ..Scenario::NEW
    },
    Scenario {
        name: "no-resolver",
        server: "set $backend app.internal; location / { proxy_pass http://$backend:8080; }",
        causes: &[(C::MisconfiguredProxy, 3)],
        ..Scenario::NEW
    },
    // --- groups -----------------------------------------------------------------------------------------------------
    Scenario {
        name: "one-of-two-down",
        http: "upstream <name> { server <0> max_fails=0; server <1> backup; }",
        server: POOL,
        upstreams: &[B::Refuses, B::Says(GOOD)],
        visits: &[Visit::Get, Visit::Get, Visit::Get],
        answers: "200 200 200",
        causes: &[(C::UpstreamDown, 3)],
        saved: 3,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "one-of-two-down-detailed",
        http: "upstream <name> { server <0> max_fails=0; server <1> backup; }",
        server: POOL,
        upstreams: &[B::Refuses, B::Says(GOOD)],
        visits: &[Visit::Get, Visit::Get, Visit::Post],
        answers: "200 200 200",
        causes: &[(C::UpstreamDown, 3)],
        saved: 3,
        is_detailed: true,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "both-down",
        http: "upstream <name> { server <0> max_fails=0; server <1> max_fails=0; }",
        server: POOL,
        upstreams: &[B::Refuses, B::Refuses],
        causes: &[(C::UpstreamDown, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "refused-then-late",
        http: "upstream <name> { server <0> max_fails=0; server <1> backup max_fails=0; }",
        server: POOL,
        upstreams: &[B::Refuses, B::Hangs],
        visits: &[Visit::Get, Visit::Get],
        answers: "504 504",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<1>",
        ..Scenario::NEW
    },
    Scenario {
        name: "no-live-upstreams",
        http: "upstream <name> { server <0> fail_timeout=60s; server <1> fail_timeout=60s; }",
        server: POOL,
        upstreams: &[B::Refuses, B::Refuses],
        visits: &[Visit::Get, Visit::Get, Visit::Post, Visit::Get],
        answers: "502 502 502 502",
        causes: &[(C::NoHealthyBackends, 3), (C::UpstreamDown, 1)],
        blames: "<name>",
        ..Scenario::NEW
    },
    // --- what others make of a failure ------------------------------------------------------------------------------
    Scenario {
        name: "auth-down",
        server: "location / { auth_request /auth; proxy_pass http://<good>; } location = /auth { internal; proxy_pass http://<0>; }",
        upstreams: &[B::Refuses],
        answers: "500 500 500",
        causes: &[(C::UpstreamDown, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "stale-page",
        http: "proxy_cache_path <folder>/cache keys_zone=<name>:1m;",
        server: "location / { proxy_pass http://<0>; proxy_cache <name>; proxy_cache_key one; proxy_cache_valid 200 1s; proxy_cache_use_stale error timeout; }",
        upstreams: &[B::Once(GOOD)],
        visits: &[Visit::Get, Visit::Wait(Duration::from_millis(2_100)), Visit::Get, Visit::Get],
        answers: "200 200 200",
        causes: &[(C::ConnectionReset, 2)],
        saved: 2,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "stale-page-detailed",
        http: "proxy_cache_path <folder>/cache keys_zone=<name>:1m;",
        server: "location / { proxy_pass http://<0>; proxy_cache <name>; proxy_cache_key one; proxy_cache_valid 200 1s; proxy_cache_use_stale error timeout; }",
        upstreams: &[B::Once(GOOD)],
        visits: &[Visit::Get, Visit::Wait(Duration::from_millis(2_100)), Visit::Get, Visit::Get],
        answers: "200 200 200",
        causes: &[(C::ConnectionReset, 2)],
        saved: 2,
        is_detailed: true,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "error-page-200",
        server: "error_page 502 =200 /sorry; location = /sorry { internal; return 200 sorry; } location / { proxy_pass http://<0>; }",
        upstreams: &[B::Refuses],
        answers: "200 200 200",
        causes: &[(C::UpstreamDown, 3)],
        saved: 3,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "error-page-503",
        server: "error_page 502 504 =503 /sorry; location = /sorry { internal; return 503 sorry; } location / { proxy_pass http://<0>; }",
        upstreams: &[B::Refuses],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    // --- the application's own, and someone's will ------------------------------------------------------------------
    Scenario { name: "app-502", server: PASS, upstreams: &[B::Says(APP_502)], causes: &[(C::Unattributed, 3)], is_silent: true, ..Scenario::NEW },
    Scenario {
        name: "app-502-detailed",
        server: PASS,
        upstreams: &[B::Says(APP_502)],
        causes: &[(C::PassedThrough, 3)],
        is_silent: true,
        is_detailed: true,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "app-503-detailed",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "503 503 503",
        causes: &[(C::PassedThrough, 3)],
        is_silent: true,
        is_detailed: true,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "rate-limit",
        http: "limit_req_zone $server_name zone=<name>:1m rate=1r/m;",
        server: "location / { limit_req zone=<name>; proxy_pass http://<good>; }",
        answers: "200 503 503",
        causes: &[(C::Intentional, 2)],
        ..Scenario::NEW
    },
    Scenario {
        name: "maintenance",
        server: "location / { return 503; }",
        answers: "503 503 503",
        causes: &[(C::Unattributed, 3)],
        is_silent: true,
        ..Scenario::NEW
    },
    Scenario {
        name: "maintenance-detailed",
        server: "location / { return 503; }",
        answers: "503 503 503",
        causes: &[(C::Intentional, 3)],
        is_silent: true,
        is_detailed: true,
        ..Scenario::NEW
    },
    // --- the client leaves ------------------------------------------------------------------------------------------
    Scenario {
        name: "client-leaves",
        server: "location / { proxy_read_timeout 60s; proxy_pass http://<0>; }",
        upstreams: &[B::Hangs],
        visits: &[Visit::Leave, Visit::Leave],
        answers: "left left",
        is_silent: true,
        aborts: 2,
        ..Scenario::NEW
    },
];

const APP_502: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
