//! The draft of a post-mortem, as a reader of Markdown understands it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use logscan502::render::{Look, Output, render};
use logscan502::report::Report;
use logscan502::time::Zone;
use pulldown_cmark::{Event, Options, Parser, Tag};
use support::Workdir;
use support::reports::{nasty, small};

fn draft(report: &Report) -> String {
    let look = Look { width: 80, has_color: false, is_ascii: false, zone: Zone::UTC };
    String::from_utf8(render(report, Output::Markdown, &look)).unwrap()
}

/// What a reader sees; and a complaint for whatever text of others could have made.
fn read(draft: &str) -> String {
    let mut seen = String::new();
    let (mut rows, mut cells) = (Vec::new(), 0);
    for event in Parser::new_ext(draft, Options::all()) {
        match event {
            Event::Start(Tag::TableRow | Tag::TableHead) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::End(pulldown_cmark::TagEnd::TableRow | pulldown_cmark::TagEnd::TableHead) => rows.push(cells),
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock | Tag::BlockQuote(_) | Tag::FootnoteDefinition(_) | Tag::Strikethrough)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::Rule => panic!("{event:?} in {draft}"),
            Event::Text(text) => seen.push_str(&text),
            Event::Code(code) => seen.extend(["‹", &*code, "›"]),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => seen.push('\n'),
            _ => {}
        }
    }
    assert!(rows.iter().all(|cells| [2, 6, 7].contains(cells)), "a cell was broken: {rows:?}");
    seen
}

#[test]
fn the_draft_says_impact_cause_evidence_and_what_is_not_known() {
    let seen = read(&draft(&small()));
    for said in [
        "1,234 requests failed between 03:03 and 03:18 (16 min), 82 %",
        "1,236 of 58,000 (2.1 %)",
        "‹/oauth/token› (31), ‹/login› (4)",
        "‹logs/error.log› line 211:",
        "Why: 4 gateway responses are explained by no error log.",
        "What 3 error entries mean that no pattern knows",
        "No responses between 03:25:00 and 03:27:00",
        "‹logs/notes.txt›: no known log format",
        "Fix: Start the application again, and mend what stopped it.",
        "The pool ‹shop› is empty",
    ] {
        assert!(seen.contains(said), "'{said}' is not in: {seen}");
    }
}

#[test]
fn text_of_others_is_text() {
    let seen = read(&draft(&nasty()));
    assert!(!seen.chars().any(|character| character != '\n' && character.is_control()));
    read(&draft(&Report::default()));
    let dir = Workdir::new();
    let evil = "|`a``b|<img/src=x>[x](http://evil)**b**@all#1~~s~~$x$\\\\|`";
    dir.write(
        "error|`.log",
        format!(
            "2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: a, request: \"GET /{evil} HTTP/1.1\", upstream: \"http://10.0.0.1:80/{evil}\", host: \"{evil}\"\n2026/03/18 03:00:02 [error] 7#7: *1 what is {evil}\n# not a heading\n"
        ),
    );
    let run = dir.run(&["-o", "markdown", "error|`.log"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let seen = read(&run.stdout());
    assert!(seen.contains("‹/|`a``b|<img/src=x>[x](http://evil)**b**@all› (1)"), "{seen}");
    assert!(seen.contains(&format!("‹{evil}› (1)")), "{seen}");
    assert!(seen.contains("‹error|`.log›"), "{seen}");
}

#[test]
fn the_draft_is_as_it_was() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/small.md");
    let now = draft(&small());
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(now == then, "small.md differs (UPDATE_SNAPSHOTS=1 writes it anew); now:\n{now}");
}
