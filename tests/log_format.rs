//! `--log-format`: logs in a layout of their own, as a user describes them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{Run, Workdir};

const LAYOUT: &str = "log_format edge '$msec|$remote_addr|$host|$request|$status|'\n                '$upstream_addr|$upstream_status|$upstream_connect_time|$upstream_header_time|$request_time';";

/// Cause and requests, most first.
fn causes(run: &Run) -> Vec<(String, u64)> {
    let causes = run.json()["causes"].as_array().unwrap().clone();
    causes.iter().map(|cause| (cause["id"].as_str().unwrap().to_owned(), cause["requests"].as_u64().unwrap())).collect()
}

fn pairs(all: &[(&str, u64)]) -> Vec<(String, u64)> {
    all.iter().map(|(cause, requests)| ((*cause).to_owned(), *requests)).collect()
}

#[test]
fn an_nginx_layout_makes_its_log_readable_and_pairs_it_with_the_error_log() {
    let dir = Workdir::new();
    dir.write(
        "access.log",
        "1773802801.204|203.0.113.1|shop.example|GET /cart?a HTTP/1.1|502|10.0.0.1:80|502|-|-|0.001\n\
         1773802802.204|203.0.113.1|shop.example|GET /report HTTP/1.1|504|10.0.0.1:80, 10.0.0.2:80|502, 504|-, 0.000|-, -|60.001\n\
         1773802803.204|203.0.113.1|shop.example|GET / HTTP/1.1|200|10.0.0.2:80|200|0.000|0.010|0.010\n\
         1773802804.204|203.0.113.1|shop.example|GET /api HTTP/1.1|503|10.0.0.2:80|503|0.000|0.010|0.010\n",
    );
    let plain = dir.run(&["-o", "json", "access.log"]);
    assert_eq!(plain.code(), 2, "nothing knows such lines by itself");
    let run = dir.run(&["-o", "json", "--log-format", LAYOUT, "access.log"]);
    assert_eq!((run.code(), run.json()["inputs"][0]["format"].as_str().unwrap().to_owned()), (0, "nginx-access".to_owned()), "{}", run.stderr());
    assert_eq!(causes(&run), pairs(&[("passed-through", 1), ("upstream-down", 1), ("upstream-timeout", 1)]));
    assert_eq!((run.json()["totals"]["responses"].as_u64(), run.stderr()), (Some(4), String::new()));
    dir.write(
        "error.log",
        "2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: shop.example, request: \"GET /cart?a HTTP/1.1\", upstream: \"http://10.0.0.1:80/cart?a\", host: \"shop.example\"\n",
    );
    let run = dir.run(&["-o", "json", "--log-format", LAYOUT, "access.log", "error.log"]);
    assert_eq!(run.json()["reconciliation"]["explained"], 1, "{}", run.stderr());
    assert_eq!(run.json()["totals"]["requests"], 3);
}

#[test]
fn a_layout_wins_over_what_the_lines_look_like() {
    // The first status is the upstream's, so that the common log format would read these lines wrongly.
    let line = r#"203.0.113.1 - - [18/Mar/2026:03:00:01 +0000] "GET /cart HTTP/1.1" 200 503 0.002"#;
    let dir = Workdir::new();
    dir.write("access.log", format!("{line}\n").repeat(3));
    let layout = r#"$remote_addr - - [$time_local] "$request" $upstream_status $status $request_time"#;
    let run = dir.run(&["-o", "json", "--log-format", layout, "access.log"]);
    assert_eq!(run.json()["statuses"]["503"], 3, "{}", run.stdout());
    assert_eq!(run.json()["inputs"][0]["format"], "nginx-access");
}

#[test]
fn apache_and_haproxy_are_described_likewise() {
    let dir = Workdir::new();
    dir.write("access.log", "203.0.113.1 502 578 2003064 [18/Mar/2026:03:00:01 +0000] \"GET /cart HTTP/1.1\" - 1\n".repeat(2));
    let layout = r#"LogFormat "%h %>s %O %D %t \"%r\" %{proxy-status}n %{proxy_timedout}n" own"#;
    let run = dir.run(&["-o", "json", "--log-format", layout, "access.log"]);
    assert_eq!(causes(&run), pairs(&[("upstream-timeout", 2)]), "{}", run.stderr());
    dir.write("error.log", "2026-03-18 03:00:01 proxy error 379 (111)Connection refused: AH00957: http: attempt to connect to 10.0.0.1:80 (10.0.0.1) failed\n");
    let layout = r#"ErrorLogFormat "%{c}t %m %l %P %E: %M""#;
    let run = dir.run(&["-o", "json", "--log-format", layout, "error.log"]);
    assert_eq!(causes(&run), pairs(&[("upstream-down", 1)]), "{} {}", run.stderr(), run.stdout());
    dir.write("haproxy.log", "Mar 18 03:00:01 lb1 haproxy[7]: 203.0.113.1 18/Mar/2026:03:00:00.204 be/s1 504 sH-- 0/0/0/-1/1001 GET /cart\n");
    let layout = r"log-format %ci\ %tr\ %b/%s\ %ST\ %tsc\ %TR/%Tw/%Tc/%Tr/%Ta\ %HM\ %HU";
    let run = dir.run(&["-o", "json", "--log-format", layout, "haproxy.log"]);
    assert_eq!(causes(&run), pairs(&[("upstream-timeout", 1)]), "{}", run.stderr());
    assert_eq!(run.json()["causes"][0]["paths"][0]["name"], "/cart");
}

#[test]
fn lines_that_are_shorter_or_longer_are_read_and_warned_of_once() {
    let dir = Workdir::new();
    let whole = "1773802801.204|203.0.113.1|shop.example|GET /cart?a HTTP/1.1|502|10.0.0.1:80|502|-|-|0.001";
    dir.write("access.log", format!("{whole}\n{}\n{whole} more\n{}\n{whole}\n", &whole[..76], &whole[..70]));
    let run = dir.run(&["-o", "json", "--log-format", LAYOUT, "access.log"]);
    assert_eq!((run.code(), run.json()["statuses"]["502"].as_u64()), (0, Some(5)), "{}", run.stderr());
    let warned: Vec<_> = run.stderr().lines().map(str::to_owned).collect();
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("access.log: 3 lines end early or have other fields"), "{warned:?}");
}

#[test]
fn what_is_no_layout_is_a_wrong_request() {
    let dir = Workdir::new();
    dir.write("access.log", "x\n");
    for (layout, part) in [
        ("combined", "no $name of nginx"),
        ("$remote_addr $request", "neither a status"),
        ("log_format x '$status", "not closed"),
        ("%h %{Referer", "not closed"),
    ] {
        let run = dir.run(&["--log-format", layout, "access.log"]);
        assert_eq!(run.code(), 2);
        assert!(run.stderr().contains("--log-format: ") && run.stderr().contains(part), "{}", run.stderr());
        assert_eq!(run.stderr().lines().count(), 1, "{}", run.stderr());
    }
}
