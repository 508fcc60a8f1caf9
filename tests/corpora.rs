//! The logs that `benches/` makes: generator, reference and program count the same.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../benches/common/mod.rs"]
mod common;
mod support;

use common::corpus::Kind;
use common::counts::Counts;
use support::Workdir;

const BYTES: u64 = 1 << 20;

/// What the program counts.
fn counted(kind: Kind, log: &[u8]) -> Counts {
    let dir = Workdir::new();
    dir.write("x.log", log);
    let run = dir.run(&["-o", "json", "--log-tz", "UTC", "x.log"]);
    let report = run.json();
    assert_eq!(report["inputs"][0]["format"], kind.format, "{}", run.stderr());
    common::report::counts(&report)
}

fn check(id: &str) {
    let kind = Kind::from_id(id).unwrap();
    for seed in [1, 502] {
        let (log, truth) = kind.make(BYTES, seed);
        // Where there is no reference, the generator's own word is held against the program's.
        if let Some(reference) = common::reference::read(kind, &log) {
            assert_eq!(truth.differences("the generator", &reference, "the reference"), Vec::<String>::new(), "{id}, seed {seed}");
        }
        assert_eq!(truth.differences("the generator", &counted(kind, &log), "the program"), Vec::<String>::new(), "{id}, seed {seed}");
    }
}

macro_rules! each_kind {
    ($($name:ident = $id:literal;)*) => {
        $(#[test]
        fn $name() {
            check($id);
        })*

        #[test]
        fn every_kind_has_its_test() {
            assert_eq!(Kind::ALL.map(|kind| kind.id), [$($id),*]);
        }
    };
}

each_kind! {
    nginx_error = "nginx-error";
    nginx_error_sparse = "nginx-error-sparse";
    nginx_access = "nginx-access";
    nginx_access_dense = "nginx-access-dense";
    nginx_access_upstream = "nginx-access-upstream";
    apache_error = "apache-error";
    apache_error_sparse = "apache-error-sparse";
    alb = "alb";
    alb_dense = "alb-dense";
    hostile = "hostile";
    hostile_access = "hostile-access";
    distinct = "distinct";
    haproxy = "haproxy";
    traefik = "traefik";
    traefik_json = "traefik-json";
    caddy = "caddy";
    envoy = "envoy";
    envoy_json = "envoy-json";
    cloudflare = "cloudflare";
    fastly = "fastly";
    nlb = "nlb";
    elb = "elb";
    varnish_ncsa = "varnish-ncsa";
    nginx_access_json = "nginx-access-json";
    apache_access_json = "apache-access-json";
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    for kind in Kind::ALL {
        let [one, same, other] = [7, 7, 8].map(|seed| kind.make(50_000, seed));
        assert_eq!(one, same, "{}", kind.id);
        assert_ne!(one.0, other.0, "{}", kind.id);
    }
}

#[test]
fn pieces_of_a_request_stand_far_apart_and_some_lines_are_late() {
    let (log, _) = Kind::from_id("nginx-error").unwrap().make(4 << 20, 502);
    let text = String::from_utf8(log).unwrap();
    let mut first = std::collections::BTreeMap::new();
    let (mut farthest, mut late, mut latest) = (0, 0, "");
    for (at, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with("2026/")) {
        let key = line.split(", client: ").nth(1).and_then(|tail| Some((line.split(' ').nth(4)?, tail.split(", upstream").next()?)));
        farthest = farthest.max(at - *first.entry(key).or_insert(at));
        late += u32::from(&line[..19] < latest);
        latest = latest.max(&line[..19]);
    }
    assert!(farthest > 2_000, "{farthest}");
    assert!(late > 100, "{late}");
}
