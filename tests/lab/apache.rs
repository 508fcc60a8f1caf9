//! What is done to Apache httpd: the event MPM with threads, `mod_proxy` and its usual modules, the default log level (`warn`).

use std::fmt::Write;
use std::path::Path;

use super::run::Instance;
use super::upstream::{Behaviour as B, GOOD};
use super::{Kind, Scenario, Visit, no_writers, nothing_to_collect};
use logscan502::record::Cause as C;

/// The kind of server.
pub(crate) const APACHE: Kind = Kind {
    name: "apache",
    package: "apache2",
    scenarios: SCENARIOS,
    programs: &["/usr/sbin/apache2", "/usr/sbin/httpd"],
    configure,
    arguments,
    has_error_log: true,
    answer: " HTTP/1.1\"",
    companions: no_writers,
    collect: nothing_to_collect,
};

/// Where Debian, and others, keep its modules.
const MODULE_FOLDERS: &[&str] = &["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules"];

/// Each is `mod_NAME.so`; those that are compiled in are missing as files.
const MODULES: &[&str] = &[
    "mpm_event",
    "authz_core",
    "log_config",
    "unixd",
    "alias",
    "proxy",
    "proxy_http",
    "proxy_fcgi",
    "proxy_balancer",
    "slotmem_shm",
    "lbmethod_byrequests",
    "socache_shmcb",
    "ssl",
];

fn arguments(configuration: &Path) -> Vec<String> {
    ["-D", "FOREGROUND", "-f", &configuration.display().to_string()].map(str::to_owned).to_vec()
}

fn configure(instance: &Instance<'_>, port: u16) -> String {
    let folder = instance.folder.display();
    let modules = MODULE_FOLDERS.iter().map(Path::new).find(|folder| folder.is_dir()).unwrap_or(Path::new("modules"));
    let mut text = String::new();
    for module in MODULES {
        let file = modules.join(format!("mod_{module}.so"));
        if file.exists() {
            let _ = writeln!(text, "LoadModule {module}_module {}", file.display());
        }
    }
    let _ = write!(
        text,
        "ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/apache.pid\nServerName lab.test\nListen 127.0.0.1:{port}\n\
         User www-data\nGroup www-data\nErrorLog {folder}/main-error.log\n\
         ServerLimit 1\nStartServers 1\nThreadsPerChild 64\nMaxRequestWorkers 64\nTimeout 5\nProxyTimeout 1\n\
         LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O \\\"%{{Referer}}i\\\" \\\"%{{User-Agent}}i\\\"\" combined\n\
         LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O \\\"%{{Referer}}i\\\" \\\"%{{User-Agent}}i\\\" D=%D pstat=%{{proxy-status}}n\" detailed\n"
    );
    for (scenario, upstreams) in &instance.scenarios {
        let access = instance.access_log(scenario);
        let format = if scenario.is_detailed { "detailed" } else { "combined" };
        let error = instance.logs_of(scenario).join("error.log");
        let host = format!(
            "<VirtualHost 127.0.0.1:{port}>\nServerName {}\nErrorLog {}\nCustomLog {} {format}\nProxyPass /<name>/healthy http://<good>/\n{}\n</VirtualHost>\n",
            scenario.host(),
            error.display(),
            access.display(),
            scenario.server
        );
        text += &instance.fill(&host, scenario, upstreams);
    }
    text
}

const PASS: &str = "ProxyPass / http://<0>/";
/// Both members count as lost for a minute after their first failure.
const POOL: &str = "<Proxy balancer://<name>>\nBalancerMember http://<0> retry=60\nBalancerMember http://<1> retry=60\nProxySet forcerecovery=Off\n</Proxy>\nProxyPass / balancer://<name>/";

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
        is_detailed: true,
        ..Scenario::NEW
    },
    // --- no connection ----------------------------------------------------------------------------------------------
    Scenario {
        name: "refused",
        server: PASS,
        upstreams: &[B::Refuses],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "refused-detailed",
        server: PASS,
        upstreams: &[B::Refuses],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        is_detailed: true,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "fastcgi-refused",
        server: "ProxyPass / fcgi://<0>/srv/www/",
        upstreams: &[B::Refuses],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "socket-dead",
        server: "ProxyPass / unix:<0>|http://localhost/",
        upstreams: &[B::DeadSocket],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        blames: "unix:<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "socket-missing",
        server: "ProxyPass / unix:<folder>/missing.sock|http://localhost/",
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
        blames: "unix:<folder>/missing.sock",
        ..Scenario::NEW
    },
    // --- no answer --------------------------------------------------------------------------------------------------
    Scenario {
        name: "never-answers",
        server: PASS,
        upstreams: &[B::Hangs],
        visits: &[Visit::Get, Visit::Post],
        answers: "502 502",
        causes: &[(C::UpstreamTimeout, 2)],
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "fastcgi-never-answers",
        server: "ProxyPass / fcgi://<0>/srv/www/",
        upstreams: &[B::Hangs],
        visits: &[Visit::Get, Visit::Get],
        answers: "504 504",
        causes: &[(C::UpstreamTimeout, 2)],
        is_detailed: true,
        ..Scenario::NEW
    },
    Scenario { name: "closes", server: PASS, upstreams: &[B::Closes], causes: &[(C::ConnectionReset, 3)], blames: "<0>", ..Scenario::NEW },
    Scenario { name: "resets", server: PASS, upstreams: &[B::Resets], causes: &[(C::ConnectionReset, 3)], blames: "<0>", ..Scenario::NEW },
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
    Scenario {
        name: "bad-chunk",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n")],
        answers: "200-cut 200-cut 200-cut",
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    // --- an answer that is none -------------------------------------------------------------------------------------
    Scenario {
        name: "invalid-header",
        server: PASS,
        upstreams: &[B::Says("HTTP/1.1 200 OK\r\nTraceback (most recent call last)\r\nContent-Length: 0\r\n\r\n")],
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "corrupt-status",
        server: PASS,
        upstreams: &[B::Says("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")],
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    Scenario { name: "header-too-big", server: PASS, upstreams: &[B::LongHeader(10_000)], causes: &[(C::InvalidResponse, 3)], ..Scenario::NEW },
    Scenario {
        name: "fastcgi-to-http",
        server: "ProxyPass / fcgi://<0>/srv/www/",
        upstreams: &[B::Says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")],
        answers: "503 503 503",
        causes: &[(C::InvalidResponse, 3)],
        ..Scenario::NEW
    },
    // --- told wrong, TLS --------------------------------------------------------------------------------------------
    Scenario {
        name: "tls-to-plain-port",
        server: "SSLProxyEngine On\nProxyPass / https://<0>/",
        upstreams: &[B::Says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
        answers: "500 500 500",
        causes: &[(C::TlsFailure, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "tls-engine-off",
        server: "ProxyPass / https://<0>/",
        upstreams: &[B::Says(GOOD)],
        answers: "500 500 500",
        causes: &[(C::MisconfiguredProxy, 3)],
        ..Scenario::NEW
    },
    Scenario {
        name: "no-such-scheme",
        server: "ProxyPass / gopher://<0>/",
        upstreams: &[B::Says(GOOD)],
        answers: "500 500 500",
        causes: &[(C::MisconfiguredProxy, 3)],
        ..Scenario::NEW
    },
    // --- balancers --------------------------------------------------------------------------------------------------
    Scenario {
        name: "one-member-down",
        server: "<Proxy balancer://<name>>\nBalancerMember http://<0> loadfactor=100\nBalancerMember http://<1> loadfactor=1\n</Proxy>\nProxyPass / balancer://<name>/",
        upstreams: &[B::Refuses, B::Says(GOOD)],
        answers: "200 200 200",
        // It is left out for a minute, so only the first request finds out.
        causes: &[(C::UpstreamDown, 1)],
        saved: 1,
        blames: "<0>",
        ..Scenario::NEW
    },
    Scenario {
        name: "all-members-down",
        server: POOL,
        upstreams: &[B::Refuses, B::Refuses],
        visits: &[Visit::Get, Visit::Get, Visit::Post, Visit::Get],
        answers: "503 503 503 503",
        causes: &[(C::NoHealthyBackends, 3), (C::UpstreamDown, 1)],
        blames: "balancer://<name>",
        ..Scenario::NEW
    },
    Scenario {
        name: "all-members-down-forced",
        server: "<Proxy balancer://<name>>\nBalancerMember http://<0>\nBalancerMember http://<1>\n</Proxy>\nProxyPass / balancer://<name>/",
        upstreams: &[B::Refuses, B::Refuses],
        answers: "503 503 503",
        causes: &[(C::UpstreamDown, 3)],
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
        ..Scenario::NEW
    },
    Scenario {
        name: "maintenance",
        server: "RedirectMatch 503 cart|pay",
        answers: "503 503 503",
        causes: &[(C::Unattributed, 3)],
        is_silent: true,
        ..Scenario::NEW
    },
    // --- the client leaves ------------------------------------------------------------------------------------------
    Scenario {
        name: "client-leaves",
        server: "ProxyTimeout 60\nProxyPass / http://<0>/",
        upstreams: &[B::AnswersTheDeparted],
        visits: &[Visit::Leave, Visit::Leave],
        answers: "left left",
        is_silent: true,
        ..Scenario::NEW
    },
];

const APP_502: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
