//! Who was hit: upstreams, hosts and paths over all causes.

use super::markup::{Column, Markup};
use crate::render::layout::{number, percent};
use crate::render::voice::Voice;
use crate::report::{Count, Report};

/// Writes it.
pub(super) fn write(markup: &mut Markup, voice: &Voice, report: &Report) {
    let top = &report.top;
    let kinds: [(&str, &'static str, &[Count]); 3] = [
        ("Upstreams with most failed requests", "Upstream", &top.upstreams),
        ("Hosts with most failed requests", "Host", &top.hosts),
        ("Paths with most failed requests", "Path", &top.paths),
    ];
    if kinds.iter().all(|(.., counts)| counts.is_empty()) {
        return;
    }
    markup.section("places", "Who was hit", |markup| {
        markup.within("div", &[("class", "tables")], |markup| {
            for (caption, column, counts) in kinds.into_iter().filter(|(.., counts)| !counts.is_empty()) {
                table(markup, voice, report, (caption, column, counts));
            }
        });
    });
}

fn table(markup: &mut Markup, voice: &Voice, report: &Report, (caption, column, counts): (&str, &'static str, &[Count])) {
    let columns = [Column(column, "name"), Column("Requests", "number"), Column("Share", "number")];
    markup.table(caption, &columns, |rows| {
        for count in counts {
            let name = if count.name.is_empty() { "not named".to_owned() } else { voice.cut(&count.name, 120) };
            rows.row(&[&name, &number(count.requests), &percent(count.requests, report.totals.requests)]);
        }
    });
}
