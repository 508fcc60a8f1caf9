//! How far a run is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::Write;

use logscan502::analysis::{Task, analyse};
use logscan502::pattern::Catalogue;
use support::{Workdir, options};

const REFUSED: &str = r#"2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: shop.example, request: "GET /cart HTTP/1.1", upstream: "http://10.0.0.1:80/cart", host: "shop.example"
"#;

#[test]
fn a_run_that_is_over_has_read_all_bytes_of_its_files_packed_or_not() {
    let dir = Workdir::new();
    let plain = dir.write("error.log", REFUSED.repeat(4_000));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(REFUSED.repeat(1_000).as_bytes()).unwrap();
    let packed = dir.write("error.log.1.gz", encoder.finish().unwrap());
    let small = dir.write("other/small.log", REFUSED);
    let paths = [plain, packed, small];
    let all: u64 = paths.iter().map(|path| std::fs::metadata(path).unwrap().len()).sum();
    let catalogue = Catalogue::embedded();
    let task = Task::new(paths, &catalogue, options());
    let progress = task.progress.clone();
    assert_eq!((progress.done(), progress.all()), (0, 0));
    let outcome = analyse(&task);
    assert_eq!((progress.done(), progress.all()), (all, all));
    assert_eq!(outcome.report.totals.failed, 5_001);
}

#[test]
fn nothing_is_drawn_where_no_terminal_is() {
    let dir = Workdir::new();
    dir.write("error.log", REFUSED);
    assert_eq!(dir.run(&["error.log"]).stderr(), "");
}
