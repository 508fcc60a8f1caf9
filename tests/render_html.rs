//! The page: well formed, told to those who do not see it, closed to everything from outside, and never more than text
//! where it shows what others wrote.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;

use base64::Engine as _;
use logscan502::render::{Look, Output, render};
use logscan502::report::Report;
use logscan502::time::Zone;
use sha2::Digest as _;
use support::Workdir;
use support::reports::{nasty, small};

fn page(report: &Report) -> String {
    let look = Look { width: 80, has_color: false, is_ascii: false, zone: Zone::UTC };
    String::from_utf8(render(report, Output::Html, &look)).unwrap()
}

fn reports() -> [(&'static str, Report); 3] {
    [("empty", Report::default()), ("small", small()), ("nasty", nasty())]
}

/// A tag: its name, whether it closes, and its attributes.
struct Tag<'p> {
    name: &'p str,
    closes: bool,
    is_void: bool,
    attributes: Vec<(&'p str, &'p str)>,
}

/// The tags of a page, whose own style holds no `<`.
fn tags(page: &str) -> Vec<Tag<'_>> {
    page.split('<')
        .skip(2)
        .map(|part| {
            let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("'{part}' is no tag"));
            assert!(!text.contains('>') || page.contains(&format!("<style>{text}")) || tag == "style", "a bare > in '{text}'");
            let closes = tag.starts_with('/');
            let is_void = tag.ends_with('/') || tag.starts_with("meta");
            let tag = tag.trim_start_matches('/').trim_end_matches('/');
            let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
            let mut attributes = Vec::new();
            while let Some((key, value)) = rest.split_once("=\"") {
                let (value, behind) = value.split_once('"').unwrap_or_else(|| panic!("an open value in '{tag}'"));
                attributes.push((key.trim(), value));
                rest = behind;
            }
            assert!(rest.trim().is_empty(), "'{rest}' in '{tag}'");
            Tag { name, closes, is_void, attributes }
        })
        .collect()
}

#[test]
fn what_opens_closes() {
    for (name, report) in reports() {
        let page = page(&report);
        assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
        let mut open = Vec::new();
        for tag in tags(&page) {
            if tag.closes {
                assert_eq!(open.pop(), Some(tag.name), "{name}");
            } else if !tag.is_void {
                open.push(tag.name);
            }
        }
        assert_eq!(open, Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn nothing_comes_from_outside() {
    let known = [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "footer",
        "section",
        "article",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "a",
        "strong",
        "span",
        "code",
        "pre",
        "figure",
        "figcaption",
        "details",
        "summary",
        "nav",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "svg",
        "desc",
        "rect",
        "line",
        "text",
    ];
    for (name, report) in reports() {
        for tag in tags(&page(&report)) {
            assert!(known.contains(&tag.name), "{name}: <{}>", tag.name);
            for (key, value) in tag.attributes {
                assert!(!key.starts_with("on") && !matches!(key, "style" | "src" | "xlink:href"), "{name}: {key}");
                assert!(key != "href" || value.starts_with('#'), "{name}: {value}");
            }
        }
    }
}

#[test]
fn the_policy_allows_the_style_by_its_hash_and_nothing_else() {
    let page = page(&small());
    let (_, rest) = page.split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style.as_bytes()));
    let policy = format!("default-src &#39;none&#39;; style-src &#39;sha256-{hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;");
    assert!(page.contains(&policy), "the style changed: POLICY must name sha256-{hash}");
}

#[test]
fn headings_skip_no_level_and_pictures_and_tables_have_names() {
    for (name, report) in reports() {
        let page = page(&report);
        let tags = tags(&page);
        let mut before = 0;
        let (mut ids, mut referred) = (BTreeSet::new(), BTreeSet::new());
        for tag in tags.iter().filter(|tag| !tag.closes) {
            if let Some(level) = tag.name.strip_prefix('h').and_then(|level| level.parse::<u32>().ok()) {
                assert!(level <= before + 1 && (level > 1 || before == 0), "{name}: h{level} after h{before}");
                before = level;
            }
            let of = |wanted: &str| tag.attributes.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
            if tag.name == "svg" {
                assert!(of("aria-hidden") == Some("true") || (of("role") == Some("img") && of("aria-labelledby").is_some()), "{name}");
            }
            if tag.name == "th" {
                assert!(matches!(of("scope"), Some("col" | "row")), "{name}");
            }
            if let Some(id) = of("id") {
                assert!(ids.insert(id), "{name}: {id} twice");
            }
            referred.extend(of("aria-labelledby").into_iter().flat_map(|ids| ids.split(' ')).chain(of("href").map(|to| &to[1..])));
        }
        assert!(referred.is_subset(&ids), "{name}: {:?}", referred.difference(&ids).collect::<Vec<_>>());
        assert_eq!(page.matches("<table>").count(), page.matches("<table><caption>").count() + page.matches("<table>\n<caption>").count(), "{name}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let dir = Workdir::new();
    let evil = "<script>alert(1)</script><img src=x onerror='alert(2)'>&lt;";
    let line = format!(
        "2026/03/18 03:00:01 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 203.0.113.1, server: a, request: \"GET /{evil} HTTP/1.1\", upstream: \"http://10.0.0.1:80/{evil}\", host: \"{evil}\"\n2026/03/18 03:00:02 [error] 7#7: *1 what is {evil}\u{202e}\u{7}\n"
    );
    dir.write("<b>error.log", line);
    let run = dir.run(&["-o", "html", "<b>error.log"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let page = run.stdout();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for wrong in ["<script", "<img", "<b>", "\u{202e}", "\u{7}"] {
        assert!(!page.contains(wrong), "{wrong:?}");
    }
    let _ = tags(&page);
}

#[test]
fn the_figures_of_the_report_stand_in_it() {
    let page = page(&small());
    for said in [
        "<span class=\"failed\">1,234</span> requests failed between 03:03 and 03:18 (16 min), 82 % because nothing accepts connections at the upstream (10.0.0.11:8080).",
        "Sign-in was hit: ",
        "First in <code>logs/error.log</code>, line 211:",
        "something new happened to &lt;n&gt; things",
        "66 requests failed in the error log but ended well",
        "No responses between 03:25:00 and 03:27:00 (2 min), where a bucket usually has 1,700",
        "03:04: 62 requests, 52 upstream-down, 10 upstream-timeout, of 1,700 responses, 62 with a gateway status",
    ] {
        assert!(page.contains(said), "'{said}' is not in the page");
    }
}
