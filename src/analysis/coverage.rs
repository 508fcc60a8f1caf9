//! Files that should be there and are not.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::{InputReport, MissingFiles, Warning};
use crate::source::{DELIVERED_SECONDS, delivered};
use crate::time::Timestamp;

/// Stretches of missing files that are listed.
const MOST: usize = 1_000;

/// Files of load balancers between the first and the last of each node that are not among the inputs: each node writes one
/// every five minutes, unless nobody asks it for anything.
pub(super) fn missing_files(inputs: &[InputReport]) -> Vec<MissingFiles> {
    let mut nodes: BTreeMap<(String, String), BTreeSet<i64>> = BTreeMap::new();
    for file in inputs.iter().filter_map(|input| delivered(&input.path)) {
        nodes.entry((file.balancer, file.node)).or_default().insert(file.end);
    }
    let mut missing = Vec::new();
    for ((balancer, node), ends) in nodes {
        for (before, after) in ends.iter().zip(ends.iter().skip(1)) {
            let files = (after - before) / DELIVERED_SECONDS - 1;
            if files > 0 && missing.len() < MOST {
                missing.push(MissingFiles {
                    balancer: balancer.clone(),
                    node: node.clone(),
                    from: Timestamp::from_seconds(before + DELIVERED_SECONDS),
                    to: Timestamp::from_seconds(after - DELIVERED_SECONDS),
                    files: u64::try_from(files).unwrap_or(0),
                });
            }
        }
    }
    missing
}

/// A warning a load balancer.
pub(super) fn warnings(missing: &[MissingFiles]) -> Vec<Warning> {
    let mut sums: BTreeMap<&str, (u64, BTreeSet<&str>)> = BTreeMap::new();
    for stretch in missing {
        let sum = sums.entry(&stretch.balancer).or_default();
        sum.0 += stretch.files;
        sum.1.insert(&stretch.node);
    }
    let one = |(balancer, (files, nodes)): (&str, (u64, BTreeSet<&str>))| {
        let nodes: Vec<_> = nodes.into_iter().collect();
        let message = format!(
            "{balancer}: five-minute files that are missing between others: {files}, of {}; they were lost or left out, or there was no request",
            nodes.join(", ")
        );
        Warning { path: String::new(), message }
    };
    sums.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(node: &str, time: &str) -> InputReport {
        let path = format!("alb/111122223333_elasticloadbalancing_eu-west-1_app.shop.50dc6c495c0c9188_20260318T{time}Z_{node}_x.log.gz");
        InputReport { path, ..InputReport::default() }
    }

    #[test]
    fn what_lies_between_the_files_of_a_node_is_missing() {
        let inputs = [
            input("10.0.0.7", "0300"),
            input("10.0.0.7", "0305"),
            input("10.0.0.7", "0325"),
            input("10.0.0.8", "0300"),
            input("10.0.0.9", "0310"),
            InputReport::default(),
        ];
        let missing = missing_files(&inputs);
        assert_eq!(missing.len(), 1);
        assert_eq!((missing[0].node.as_str(), missing[0].files), ("10.0.0.7", 3));
        assert_eq!((missing[0].from.to_rfc3339(), missing[0].to.to_rfc3339()), ("2026-03-18T03:10:00Z".to_owned(), "2026-03-18T03:20:00Z".to_owned()));
        let warnings = warnings(&missing);
        assert!(
            warnings[0]
                .message
                .starts_with("111122223333 eu-west-1 app/shop/50dc6c495c0c9188: five-minute files that are missing between others: 3, of 10.0.0.7;"),
            "{warnings:?}"
        );
    }
}
