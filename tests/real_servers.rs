//! The tool against real servers: nginx, Apache, HAProxy, Varnish and Caddy are broken in every way the lab knows, and each report
//! is held against what the clients really got.
//!
//! `cargo test --test real_servers -- --nocapture` prints the accuracy table. A server that is not installed is skipped, but
//! not where the variable `CI` is set. With `LAB_KEEP` set, configurations and logs stay, and the table is preceded by where.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the table is what this test is run for")]

mod lab;
mod support;

use lab::caddy::{CADDY, CADDY_CONSOLE};
use lab::check::{Row, alone, together};
use lab::haproxy::{HAPROXY, HAPROXY_ERRORS};
use lab::run::{Logs, run};
use lab::{Kind, apache::APACHE, nginx::NGINX, varnish::VARNISH};

#[test]
fn reports_say_what_was_done_to_real_servers() {
    let rows: Vec<Row> = std::thread::scope(|scope| {
        let servers = [NGINX, APACHE, HAPROXY, HAPROXY_ERRORS, VARNISH, CADDY, CADDY_CONSOLE].map(|kind| scope.spawn(move || rows(&kind)));
        servers.into_iter().flat_map(|server| server.join().unwrap()).collect()
    });
    print(&rows);
    let wrong: Vec<String> = rows.iter().flat_map(|row| row.failed.iter().map(move |failed| format!("{} {}: {failed}", row.server, row.scenario))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows of a server: each scenario by itself, then all of them in the same logs.
fn rows(kind: &Kind) -> Vec<Row> {
    let Some(program) = kind.program() else {
        println!("skipped: {} is not installed (apt-get install {})", kind.name, kind.package);
        assert!(std::env::var_os("CI").is_none(), "{} must be installed where CI is set", kind.name);
        return Vec::new();
    };
    let mut folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    if std::env::var_os("LAB_KEEP").is_some() {
        for folder in &mut folders {
            folder.disable_cleanup(true);
            println!("kept: {}", folder.path().display());
        }
    }
    let (apart, mixed) = std::thread::scope(|scope| {
        let mixed = scope.spawn(|| run(kind, &program, folders[1].path(), Logs::Together));
        (run(kind, &program, folders[0].path(), Logs::Apart), mixed.join().unwrap())
    });
    let mut rows: Vec<Row> = apart.iter().map(|result| alone(kind.name, result)).collect();
    rows.push(together(kind.name, &mixed));
    rows
}

fn print(rows: &[Row]) {
    println!("{:<16}{:<28}{:<24}{:<24}ok", "server", "scenario", "expected", "answer");
    for row in rows {
        let verdict = if row.failed.is_empty() { "yes" } else { "NO" };
        println!("{:<16}{:<28}{:<24}{:<24}{verdict}", row.server, row.scenario, row.expected, row.answer);
        for failed in &row.failed {
            println!("        ! {failed}");
        }
    }
    let right = rows.iter().filter(|row| row.failed.is_empty()).count();
    let passed: usize = rows.iter().map(|row| row.passed).sum();
    let checks = passed + rows.iter().map(|row| row.failed.len()).sum::<usize>();
    println!("accuracy: {right} of {} scenarios, {passed} of {checks} checks", rows.len());
}
