//! Gateways that write text.

use std::io::Write;

use super::gateway::{Answer, Gateway, failure};

/// HTTP log behind the header of syslog.
pub(super) const HAPROXY: Gateway = Gateway {
    failures: &[
        failure(3, 503, "upstream-down", &["app1", "0/0/-1/-1/3004", "SC--", "3"]),
        failure(1, 503, "no-healthy-backends", &["<NOSRV>", "0/-1/-1/-1/0", "SC--", "0"]),
        failure(2, 502, "connection-reset", &["app2", "0/0/0/-1/12", "SH--", "0"]),
        failure(2, 504, "upstream-timeout", &["app2", "0/0/1/-1/60002", "sH--", "0"]),
        failure(1, 503, "upstream-timeout", &["app1", "0/2002/-1/-1/3004", "sC--", "3"]),
    ],
    write: |answer, text| {
        let Answer { common, iso, millis, status, method, path, client, port, took, bytes, .. } = answer;
        let (server, state, retries) = (answer.says(0, "app1"), answer.says(2, "----"), answer.says(3, "0"));
        let _ = write!(text, "Mar {} {} lb1 haproxy[812]: ", &iso[8..10], &iso[11..]);
        let _ = write!(text, "{client}:{port} [{}.{millis:03}] fe_www~ be_shop/{server} ", &common[..20]);
        let _ = match answer.failure {
            Some(failure) => write!(text, "{}", failure.says[1]),
            None => write!(text, "0/0/1/{}/{took}", took - 1),
        };
        let _ = write!(text, " {status} {bytes} - - {state} 412/408/31/8/{retries} 0/0 \"{method} {path} HTTP/2.0\"");
    },
};

pub(super) const TRAEFIK: Gateway = Gateway {
    failures: &[
        failure(3, 502, "unattributed", &["11", "http://10.0.3.7:8080"]),
        failure(1, 502, "passed-through", &["4120", "http://10.0.3.7:8080"]),
        failure(2, 504, "upstream-timeout", &["15", "http://10.0.3.7:8080"]),
        failure(2, 503, "no-healthy-backends", &["20", "-"]),
    ],
    write: |answer, text| {
        common(answer, text, "", &answer.failure.map_or_else(|| answer.bytes.to_string(), |failure| failure.says[0].to_owned()));
        let _ = write!(text, " {} \"shop@docker\" ", answer.number);
        let _ = match answer.failure {
            Some(failure) => write!(text, "\"{}\"", failure.says[1]),
            None => write!(text, "\"http://{}\"", answer.upstream),
        };
        let _ = write!(text, " {}ms", answer.took);
    },
};

pub(super) const ENVOY: Gateway = Gateway {
    failures: &[
        failure(3, 503, "upstream-down", &["UF", "10.8.1.7:8080"]),
        failure(2, 504, "upstream-timeout", &["UT", "10.8.1.7:8080"]),
        failure(2, 503, "no-healthy-backends", &["UH", "-"]),
        failure(2, 503, "passed-through", &["-", "10.8.1.7:8080"]),
    ],
    write: |answer, text| {
        let Answer { iso, millis, status, method, path, client, took, bytes, agent, host, random, .. } = answer;
        let _ = write!(text, "[{iso}.{millis:03}Z] \"{method} {path} HTTP/1.1\" {status} {} 0 {bytes} {took} {} ", answer.says(0, "-"), took - 1);
        let _ = write!(text, "\"{client}\" \"{agent}\" \"{:08x}-2222-4333-8444-{:012x}\" \"{host}\" ", random >> 32, random & 0xffff_ffff_ffff);
        let _ = match answer.failure {
            Some(failure) => write!(text, "\"{}\"", failure.says[1]),
            None => write!(text, "\"{}\"", answer.upstream),
        };
    },
};

/// A session a line: those that failed sent a request and got nothing.
pub(super) const NLB: Gateway = Gateway {
    failures: &[failure(1, 0, "connection-reset", &["3", "0"])],
    write: |answer, text| {
        let Answer { iso, client, port, upstream, took, bytes, host, .. } = answer;
        let _ = write!(text, "tls 2.0 {iso} net/edge-nlb/50dc6c495c0c9188 0f1e2d3c4b5a6978 {client}:{port} {upstream} ");
        let _ = match answer.failure {
            Some(failure) => write!(text, "{} 2 517 {}", failure.says[0], failure.says[1]),
            None => write!(text, "{took} 2 517 {}", bytes + 200),
        };
        let _ = write!(text, " - arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012 - ");
        let _ = write!(text, "TLS_AES_128_GCM_SHA256 tlsv13 X25519 {host} h2 - \"h2\",\"http/1.1\" {iso}");
    },
};

pub(super) const ELB: Gateway = Gateway {
    failures: &[
        failure(2, 502, "passed-through", &["10.0.9.5:80", "0.00004 0.0312 0.00003", "502"]),
        failure(2, 503, "no-healthy-backends", &["-", "-1 -1 -1", "0"]),
        failure(2, 504, "upstream-timeout", &["10.0.9.5:80", "0.00004 -1 -1", "0"]),
        failure(2, 502, "invalid-response", &["10.0.9.5:80", "0.00004 -1 -1", "0"]),
        failure(1, 504, "connection-reset", &["10.0.9.5:80", "-1 -1 -1", "0"]),
    ],
    write: |answer, text| {
        let Answer { iso, millis, status, method, path, client, port, took, bytes, agent, host, upstream, .. } = answer;
        let _ = write!(text, "{iso}.{millis:03}172Z legacy-elb {client}:{port} ");
        let _ = match answer.failure {
            Some(failure) => write!(text, "{} {} {status} {}", failure.says[0], failure.says[1], failure.says[2]),
            None => write!(text, "{upstream} 0.00004 0.{took:03}12 0.00003 {status} {status}"),
        };
        let _ = write!(text, " 0 {bytes} \"{method} http://{host}:80{path} HTTP/1.1\" \"{agent}\" - -");
    },
};

pub(super) const VARNISH_NCSA: Gateway = Gateway {
    failures: &[failure(3, 503, "unattributed", &["pass"]), failure(2, 503, "intentional", &["synth"]), failure(1, 503, "passed-through", &["hit"])],
    write: |answer, text| {
        common(answer, text, answer.host, &answer.bytes.to_string());
        let _ = write!(text, " {}", answer.says(0, "miss"));
    },
};

/// The combined form; Varnish names the host in the request.
fn common(answer: &Answer<'_>, text: &mut Vec<u8>, host: &str, bytes: &str) {
    let Answer { common, status, method, path, client, agent, .. } = answer;
    let scheme = if host.is_empty() { "" } else { "http://" };
    let _ = write!(text, "{client} - - [{common}] \"{method} {scheme}{host}{path} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\"");
}
