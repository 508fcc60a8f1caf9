//! A JSON object. The keys are the configuration's: those of Istio, of Envoy's own documentation, of Contour and Envoy
//! Gateway are known.

use std::ops::ControlFlow;

use super::Fields;
use crate::format::clf::any_stamp;
use crate::format::json;
use crate::format::member::Key;

static STATUS: Key = Key::new("\"response_code\"");
static FLAGS: Key = Key::new("\"response_flags\"");
static START: Key = Key::new("\"start_time\"");
static DURATION: Key = Key::new("\"duration\"");

/// No other product names its flags so.
pub(super) fn begins(line: &[u8]) -> bool {
    FLAGS.is_in(line) && STATUS.is_in(line)
}

/// What is needed of an answer that did not fail. Clients write no keys into these objects, which are flat.
pub(super) fn skim(line: &[u8]) -> Option<Fields<'_>> {
    Some(Fields {
        start: any_stamp(START.value(line)?.raw),
        status: STATUS.value(line)?.raw,
        flags: FLAGS.value(line)?.bare(),
        duration: DURATION.value(line)?.bare(),
        ..Fields::default()
    })
}

pub(super) fn read(line: &[u8]) -> Fields<'_> {
    let mut fields = Fields { is_json: true, ..Fields::default() };
    json::read(line, &mut |path, value| {
        let [key] = path else { return ControlFlow::Continue(()) };
        let raw = value.bare();
        let slot = match *key {
            b"start_time" | b"@timestamp" | b"timestamp" | b"time" => {
                fields.start = fields.start.or_else(|| any_stamp(raw));
                return ControlFlow::Continue(());
            }
            b"duration" => &mut fields.duration,
            b"response_code" => &mut fields.status,
            b"response_flags" => &mut fields.flags,
            b"response_code_details" => &mut fields.details,
            b"connection_termination_details" => &mut fields.termination,
            b"upstream_transport_failure_reason" => &mut fields.transport,
            b"method" => &mut fields.method,
            b"path" | b"x-envoy-origin-path" | b"x_envoy_original_path" | b"x-envoy-original-path" => &mut fields.path,
            b"authority" | b":authority" | b"host" => &mut fields.authority,
            b"upstream_host" => &mut fields.host,
            b"upstream_cluster" | b"upstream_cluster_raw" => &mut fields.cluster,
            b"route_name" => &mut fields.route,
            b"downstream_remote_address" => &mut fields.peer,
            b"x_forwarded_for" | b"x-forwarded-for" => &mut fields.forwarded_for,
            _ => return ControlFlow::Continue(()),
        };
        *slot = raw;
        ControlFlow::Continue(())
    });
    fields
}
