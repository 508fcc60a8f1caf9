//! A row a bucket and cause: `bucket,cause,requests,evidence,responses,gateway_responses`.
//!
//! A bucket in which nothing failed has one row with an empty cause, so that the answers of every bucket are there. The
//! last two columns are of the whole bucket, and so repeat in the rows of one.

use std::collections::BTreeSet;

use crate::report::Report;
use crate::text::safe::csv_cell;

pub(super) fn render(report: &Report) -> String {
    let mut out = String::from("bucket,cause,requests,evidence,responses,gateway_responses\n");
    for bucket in &report.buckets {
        let mut causes: BTreeSet<&str> = bucket.causes.keys().chain(bucket.evidence.keys()).map(String::as_str).collect();
        if causes.is_empty() {
            causes.insert("");
        }
        for cause in causes {
            let of = |counts: &std::collections::BTreeMap<String, u64>| counts.get(cause).copied().unwrap_or(0);
            let (requests, evidence) = (of(&bucket.causes), of(&bucket.evidence));
            let start = bucket.start.to_rfc3339();
            let row =
                [&start, &*csv_cell(cause), &requests.to_string(), &evidence.to_string(), &bucket.responses.to_string(), &bucket.gateway_responses.to_string()]
                    .join(",");
            out.push_str(&row);
            out.push('\n');
        }
    }
    out
}
