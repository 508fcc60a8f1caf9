//! Gateways and servers that write an object of JSON a line.

use std::io::Write;

use super::gateway::{Answer, Gateway, failure};

/// As people write it into `log_format … escape=json`.
pub(super) const NGINX: Gateway = Gateway {
    failures: &[
        failure(3, 502, "upstream-down", &["502", "-", "-"]),
        failure(2, 502, "connection-reset", &["502", "0.001", "-"]),
        failure(1, 502, "passed-through", &["502", "0.001", "0.044"]),
        failure(3, 504, "upstream-timeout", &["504", "0.001", "-"]),
    ],
    write: |answer, text| {
        let Answer { iso, status, method, path, client, took, bytes, agent, host, upstream, random, .. } = answer;
        let (own, connect, header) = (answer.says(0, ""), answer.says(1, "0.001"), answer.says(2, "0.002"));
        let _ = write!(text, "{{\"time\":\"{iso}+00:00\",\"remote_addr\":\"{client}\",\"request_id\":\"{random:032x}\",\"request_method\":\"{method}\",");
        let _ = write!(text, "\"request_uri\":\"{path}\",\"status\":{status},\"body_bytes_sent\":{bytes},\"request_time\":0.{took:03},\"upstream_status\":\"");
        let _ = if own.is_empty() { write!(text, "{status}") } else { write!(text, "{own}") };
        let _ = write!(text, "\",\"upstream_addr\":\"{upstream}\",\"upstream_connect_time\":\"{connect}\",\"upstream_header_time\":\"{header}\",");
        let _ = write!(text, "\"http_host\":\"{host}\",\"http_referrer\":\"https://{host}/\",\"http_user_agent\":\"{agent}\"}}");
    },
};

pub(super) const APACHE: Gateway = Gateway {
    failures: &[failure(1, 502, "unattributed", &[]), failure(1, 503, "unattributed", &[]), failure(1, 504, "unattributed", &[])],
    write: |answer, text| {
        let Answer { iso, status, method, path, client, took, bytes, agent, host, .. } = answer;
        let _ = write!(text, "{{\"time\":\"{iso}+0000\",\"client\":\"{client}\",\"host\":\"{host}\",\"request\":\"{method} {path} HTTP/1.1\",");
        let _ = write!(text, "\"status\":{status},\"bytes\":{bytes},\"dur_us\":{took}044,\"referer\":\"https://{host}/\",\"agent\":\"{agent}\"}}");
    },
};

pub(super) const TRAEFIK: Gateway = Gateway {
    failures: &[
        failure(3, 502, "unattributed", &["11", "10.0.3.7:8080"]),
        failure(1, 502, "passed-through", &["4120", "10.0.3.7:8080"]),
        failure(2, 504, "upstream-timeout", &["15", "10.0.3.7:8080"]),
        failure(2, 503, "no-healthy-backends", &["20", ""]),
    ],
    write: |answer, text| {
        let Answer { iso, millis, status, method, path, client, port, took, bytes, host, upstream, number, .. } = answer;
        let _ = write!(text, "{{\"ClientAddr\":\"{client}:{port}\",\"ClientHost\":\"{client}\",\"ClientPort\":\"{port}\",\"ClientUsername\":\"-\",");
        let size = answer.failure.map_or_else(|| bytes.to_string(), |failure| failure.says[0].to_owned());
        let _ = write!(text, "\"DownstreamContentSize\":{size},\"DownstreamStatus\":{status},\"Duration\":{took}000204,");
        let _ = write!(text, "\"OriginContentSize\":{size},\"OriginDuration\":{took}000107,\"OriginStatus\":{status},\"Overhead\":97,");
        let _ = write!(text, "\"RequestAddr\":\"{host}\",\"RequestContentSize\":0,\"RequestCount\":{number},\"RequestHost\":\"{host}\",");
        let _ = write!(text, "\"RequestMethod\":\"{method}\",\"RequestPath\":\"{path}\",\"RequestPort\":\"-\",\"RequestProtocol\":\"HTTP/2.0\",");
        let _ = write!(text, "\"RequestScheme\":\"https\",\"RetryAttempts\":0,\"RouterName\":\"shop@docker\",");
        let target = answer.failure.map_or(*upstream, |failure| failure.says[1]);
        if !target.is_empty() {
            let _ = write!(text, "\"ServiceAddr\":\"{target}\",\"ServiceName\":\"shop@docker\",\"ServiceURL\":\"http://{target}\",");
        }
        let _ = write!(text, "\"StartLocal\":\"{iso}.{millis:03}204711Z\",\"StartUTC\":\"{iso}.{millis:03}204711Z\",");
        let _ = write!(text, "\"entryPointName\":\"websecure\",\"level\":\"info\",\"msg\":\"\",\"time\":\"{iso}Z\"}}");
    },
};

pub(super) const CADDY: Gateway = Gateway {
    failures: &[failure(3, 502, "unattributed", &["\"Caddy\""]), failure(1, 503, "passed-through", &["\"Caddy\",\"shop/3\""])],
    write: |answer, text| {
        let Answer { second, millis, status, method, path, client, port, took, bytes, agent, host, random, .. } = answer;
        let level = if *status < 500 { "info" } else { "error" };
        let _ = write!(text, "{{\"level\":\"{level}\",\"ts\":{second}.{millis:03}2718,\"logger\":\"http.log.access.log0\",\"msg\":\"handled request\",");
        let _ = write!(text, "\"request\":{{\"remote_ip\":\"{client}\",\"remote_port\":\"{port}\",\"client_ip\":\"{client}\",\"proto\":\"HTTP/2.0\",");
        let _ = write!(text, "\"method\":\"{method}\",\"host\":\"{host}\",\"uri\":\"{path}\",\"headers\":{{\"User-Agent\":[\"{agent}\"],");
        let _ = write!(text, "\"Accept\":[\"*/*\"],\"Accept-Encoding\":[\"gzip, deflate, br\"],\"X-Request-Id\":[\"{random:032x}\"]}},");
        let _ = write!(text, "\"tls\":{{\"resumed\":false,\"version\":772,\"cipher_suite\":4865,\"proto\":\"h2\",\"server_name\":\"{host}\"}}}},");
        let _ = write!(text, "\"bytes_read\":0,\"user_id\":\"\",\"duration\":0.{took:03}410668,\"size\":{bytes},\"status\":{status},");
        let server = answer.says(0, "\"Caddy\",\"shop/3\"");
        let _ = write!(text, "\"resp_headers\":{{\"Server\":[{server}],\"Alt-Svc\":[\"h3=\\\":443\\\"; ma=2592000\"],\"Content-Type\":[\"text/html\"]}}}}");
    },
};

/// Istio's fields.
pub(super) const ENVOY: Gateway = Gateway {
    failures: &[
        failure(3, 503, "upstream-down", &["UF,URX", "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_111}"]),
        failure(2, 504, "upstream-timeout", &["UT", "response_timeout"]),
        failure(1, 503, "no-healthy-backends", &["UH", "no_healthy_upstream"]),
        failure(2, 503, "passed-through", &["-", "via_upstream"]),
    ],
    write: |answer, text| {
        let Answer { iso, millis, status, method, path, client, port, took, bytes, agent, host, upstream, random, .. } = answer;
        let (flags, details) = (answer.says(0, "-"), answer.says(1, "via_upstream"));
        let _ = write!(text, "{{\"authority\":\"{host}\",\"bytes_received\":0,\"bytes_sent\":{bytes},\"connection_termination_details\":null,");
        let _ = write!(text, "\"downstream_local_address\":\"10.96.14.3:8080\",\"downstream_remote_address\":\"{client}:{port}\",\"duration\":{took},");
        let _ = write!(text, "\"method\":\"{method}\",\"path\":\"{path}\",\"protocol\":\"HTTP/1.1\",\"request_id\":\"{random:032x}\",");
        let _ = write!(text, "\"requested_server_name\":null,\"response_code\":{status},\"response_code_details\":\"{details}\",");
        let _ = write!(text, "\"response_flags\":\"{flags}\",\"route_name\":\"default\",\"start_time\":\"{iso}.{millis:03}Z\",");
        let _ = write!(text, "\"upstream_cluster\":\"outbound|8080||shop.prod.svc.cluster.local\",\"upstream_host\":\"{upstream}\",");
        let _ = write!(text, "\"upstream_local_address\":\"10.8.2.4:40112\",\"upstream_service_time\":\"{took}\",");
        let _ = write!(text, "\"upstream_transport_failure_reason\":null,\"user_agent\":\"{agent}\",\"x_forwarded_for\":null}}");
    },
};

pub(super) const CLOUDFLARE: Gateway = Gateway {
    failures: &[
        failure(2, 502, "passed-through", &["502"]),
        failure(2, 521, "upstream-down", &["0"]),
        failure(2, 522, "upstream-timeout", &["0"]),
        failure(1, 525, "tls-failure", &["0"]),
    ],
    write: |answer, text| {
        let Answer { second, millis, iso, status, method, path, client, took, bytes, agent, host, upstream, random, .. } = answer;
        let _ = write!(text, "{{\"EdgeStartTimestamp\":{second}{millis:03}000000,\"EdgeEndTimestamp\":\"{iso}Z\",\"RayID\":\"{random:016x}\",");
        let _ =
            write!(text, "\"ClientIP\":\"{client}\",\"ClientRequestHost\":\"{host}\",\"ClientRequestMethod\":\"{method}\",\"ClientRequestURI\":\"{path}\",");
        let _ = write!(text, "\"ClientRequestUserAgent\":\"{agent}\",\"ClientCountry\":\"de\",\"EdgeResponseBytes\":{bytes},\"EdgeResponseStatus\":{status},");
        let _ = match answer.failure {
            Some(failure) => write!(text, "\"OriginResponseStatus\":{},", failure.says[0]),
            None => write!(text, "\"OriginResponseStatus\":{status},"),
        };
        let ip = upstream.split(':').next().unwrap_or_default();
        let _ = write!(text, "\"OriginIP\":\"{ip}\",\"OriginResponseDurationMs\":{took},\"CacheCacheStatus\":\"dynamic\",\"WorkerStatus\":\"unknown\"}}");
    },
};

pub(super) const FASTLY: Gateway = Gateway {
    failures: &[
        failure(3, 503, "no-healthy-backends", &["All backends failed or unhealthy", "ERROR"]),
        failure(2, 503, "upstream-timeout", &["first byte timeout", "ERROR"]),
        failure(1, 503, "upstream-down", &["Connection refused", "ERROR"]),
        failure(2, 502, "passed-through", &["Bad Gateway", "MISS"]),
    ],
    write: |answer, text| {
        let Answer { iso, status, method, path, client, took, bytes, agent, host, .. } = answer;
        let (reason, state) = (answer.says(0, "OK"), answer.says(1, "HIT-CLUSTER"));
        let _ = write!(text, "{{\"timestamp\":\"{iso}+0000\",\"client_ip\":\"{client}\",\"geo_country\":\"germany\",\"host\":\"{host}\",\"url\":\"{path}\",");
        let _ =
            write!(text, "\"request_method\":\"{method}\",\"request_protocol\":\"HTTP/2\",\"request_user_agent\":\"{agent}\",\"response_state\":\"{state}\",");
        let _ = write!(text, "\"response_status\":{status},\"response_reason\":\"{reason}\",\"response_body_size\":{bytes},\"time_elapsed\":{took}041,");
        let _ = write!(text, "\"backend\":\"F_origin_0\",\"fastly_server\":\"cache-fra-etou8220073-FRA\",\"fastly_is_edge\":true}}");
    },
};
