//! The screen at several sizes as text, and that no size, no key and no log makes it fail.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use logscan502::render::Look;
use logscan502::report::{Bucket, CauseReport, Count, Event, Incident, InputReport, Report, Span, Step, Told, Totals};
use logscan502::time::{Timestamp, Zone};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

use super::draw::draw;
use super::state::{State, Wish};
use super::view::View;

/// 2026-03-18 03:00:00.
const START: i64 = 1_773_802_800;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(START + second)
}

fn counts(names: &[(&str, u64)]) -> Vec<Count> {
    names.iter().map(|(name, requests)| Count { name: (*name).to_owned(), requests: *requests }).collect()
}

fn cause(id: &str, title: &str, requests: u64, upstreams: &[(&str, u64)]) -> CauseReport {
    CauseReport {
        id: id.to_owned(),
        title: title.to_owned(),
        meaning: "The upstream's host is there, but the process is not.".to_owned(),
        evidence: requests,
        requests,
        first: Some(at(60)),
        last: Some(at(298)),
        upstreams: counts(upstreams),
        hosts: counts(&[("shop.example", requests)]),
        paths: counts(&[("/api/cart", requests / 2), ("/login", requests / 3)]),
        example: Some(format!("2026/03/18 03:01:00 [error] 31#31: *1 {id}, client: 203.0.113.7, server: shop.example, request: \"GET /api/cart HTTP/1.1\"")),
        checks: vec!["`ss -tlnp sport = :8080` on the upstream: does anything listen?".to_owned()],
        fixes: vec!["Start the application again, and mend what stopped it.".to_owned()],
        ..CauseReport::default()
    }
}

fn told(cause: &str, upstream: &str, second: i64) -> Told {
    Told {
        at: at(second),
        time: Some(at(second)),
        cause: cause.to_owned(),
        title: "Nothing accepts connections at the upstream".to_owned(),
        upstream: Some(upstream.to_owned()),
        evidence: 9,
        seconds: None,
    }
}

/// Five minutes with an outage in the last two.
fn view() -> View {
    let bucket = |slot: i64| {
        let counts = [
            ("upstream-timeout", u64::from(slot % 7 == 0)),
            ("upstream-down", u64::from(slot >= 36) * 20),
            ("no-healthy-backends", u64::from(slot >= 48) * 12),
        ];
        let causes = counts.into_iter().filter(|(_, requests)| *requests > 0).map(|(id, requests)| (id.to_owned(), requests));
        Bucket { start: at(slot * 5), responses: 0, gateway_responses: 0, requests: 0, causes: causes.collect(), evidence: std::collections::BTreeMap::new() }
    };
    let step = |second, kind: &str, cause: &str, upstream: &str| Step {
        at: at(second),
        kind: kind.to_owned(),
        cause: cause.to_owned(),
        upstream: upstream.to_owned(),
        requests: 9,
    };
    let incident = Incident {
        start: at(180),
        end: at(300),
        cause: "upstream-down".to_owned(),
        requests: 480,
        peak: 20,
        upstreams: vec!["10.0.0.11:8080".to_owned()],
        paths: vec!["/api/cart".to_owned()],
        chain: vec![
            step(180, "first", "upstream-down", "10.0.0.11:8080"),
            step(210, "spread", "upstream-down", "10.0.0.12:8080"),
            step(240, "pool-empty", "no-healthy-backends", "shop"),
        ],
        context: Vec::new(),
    };
    let report = Report {
        inputs: vec![InputReport { path: "/var/log/nginx/error.log".to_owned(), format: "nginx-error".to_owned(), ..InputReport::default() }],
        span: Some(Span { from: at(0), to: at(299), bucket_seconds: 5 }),
        totals: Totals { lines: 4_321, requests: 633, failed: 633, ..Totals::default() },
        causes: vec![
            cause("upstream-down", "Nothing accepts connections at the upstream", 480, &[("10.0.0.11:8080", 300), ("10.0.0.12:8080", 180)]),
            cause("no-healthy-backends", "Every backend is out of the pool", 144, &[("shop", 144)]),
            cause("upstream-timeout", "The upstream did not answer in time", 9, &[("10.0.0.13:8080", 9)]),
        ],
        buckets: (0..60).map(bucket).collect(),
        incidents: vec![incident],
        ..Report::default()
    };
    let events = vec![
        Event::NewCause(told("upstream-timeout", "10.0.0.13:8080", 0)),
        Event::NewCause(told("upstream-down", "10.0.0.11:8080", 180)),
        Event::Begins(told("upstream-down", "10.0.0.11:8080", 180)),
        Event::Spreads(told("upstream-down", "10.0.0.12:8080", 210)),
        Event::PoolEmpty(told("no-healthy-backends", "shop", 240)),
    ];
    View { report, events, now: Some(at(301)), lines_per_second: 48, ..View::default() }
}

fn look(has_color: bool, is_ascii: bool) -> Look {
    Look { width: 80, has_color, is_ascii, zone: Zone::UTC }
}

fn shown(view: &View, state: &State, look: &Look, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(view, state, look, frame.area(), frame.buffer_mut())).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(|y| row(y) + "\n").collect()
}

fn press(state: &mut State, view: &View, codes: &[KeyCode]) -> Vec<Wish> {
    codes.iter().map(|code| state.press(KeyEvent::new(*code, KeyModifiers::NONE), view)).collect()
}

/// Held against `tests/snapshots/screen-NAME.txt`; `UPDATE_SNAPSHOTS=1` writes it.
fn matches(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/screen-{name}.txt"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name}: UPDATE_SNAPSHOTS=1 writes what is shown now:\n{text}");
}

#[test]
fn the_screen_at_three_sizes() {
    for size in [(80, 24), (120, 40), (40, 12)] {
        matches(&format!("{}x{}", size.0, size.1), &shown(&view(), &State::default(), &look(false, false), size));
    }
}

#[test]
fn an_open_cause_and_the_help() {
    let (view, mut state) = (view(), State::default());
    press(&mut state, &view, &[KeyCode::Down, KeyCode::Enter]);
    matches("cause", &shown(&view, &state, &look(false, false), (80, 24)));
    press(&mut state, &view, &[KeyCode::Esc, KeyCode::Char('?')]);
    matches("help", &shown(&view, &state, &look(false, false), (80, 24)));
}

#[test]
fn before_anything_has_come() {
    let text = shown(&View::default(), &State::default(), &look(true, false), (80, 24));
    assert!(text.contains("waiting") && text.contains("nothing has failed") && text.contains("no incident runs"), "{text}");
}

#[test]
fn an_ascii_terminal_gets_ascii() {
    let text = shown(&view(), &State::default(), &look(false, true), (120, 40));
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains('#') && text.contains("> upstream-down"), "{text}");
}

#[test]
fn no_size_and_no_page_is_too_small() {
    let (full, empty) = (view(), View::default());
    let pages: [&[KeyCode]; 5] =
        [&[], &[KeyCode::Enter], &[KeyCode::Enter, KeyCode::End], &[KeyCode::Char('?')], &[KeyCode::Char('/'), KeyCode::Char('1'), KeyCode::Char('日')]];
    for keys in pages {
        let mut state = State::default();
        press(&mut state, &full, keys);
        for size in (1..45).flat_map(|width| (1..16).map(move |height| (width, height))).chain([(1, 100), (300, 1), (300, 100)]) {
            shown(&full, &state, &look(true, false), size);
            shown(&empty, &state, &look(false, true), size);
        }
    }
}

#[test]
fn an_area_outside_of_the_buffer_is_left_alone() {
    let mut buffer = ratatui::buffer::Buffer::empty(Rect::new(0, 0, 10, 3));
    draw(&view(), &State::default(), &look(true, false), Rect::new(5, 1, 80, 24), &mut buffer);
}

#[test]
fn text_of_a_log_does_not_move_the_cursor() {
    let mut view = view();
    view.report.inputs[0].path = "/tmp/\u{1b}[2J\u{202e}x".to_owned();
    view.report.causes[0].example = Some("\u{1b}]0;x\u{7} \u{9b}31m".to_owned());
    let text = shown(&view, &State::default(), &look(true, false), (120, 40));
    assert!(text.contains("\\x1b[2J") && !text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{text}");
}

#[test]
fn the_chosen_cause_stays_chosen_when_it_moves() {
    let (mut view, mut state) = (view(), State::default());
    press(&mut state, &view, &[KeyCode::Down]);
    view.report.causes.swap(0, 1);
    assert_eq!((state.place(&view), state.selected.as_deref()), (0, Some("no-healthy-backends")));
    press(&mut state, &view, &[KeyCode::End]);
    assert_eq!(state.place(&view), 2);
    press(&mut state, &view, &[KeyCode::Down, KeyCode::Home]);
    assert_eq!(state.place(&view), 0);
}

#[test]
fn a_filter_is_written_kept_and_dropped() {
    let (view, mut state) = (view(), State::default());
    press(&mut state, &view, &[KeyCode::Char('/'), KeyCode::Char('.'), KeyCode::Char('1'), KeyCode::Char('3')]);
    let text = shown(&view, &state, &look(false, false), (80, 24));
    assert!(text.contains("/.13_") && text.contains("upstream-timeout") && !text.contains("10.0.0.11:8080  "), "{text}");
    // A letter that is a key elsewhere is text here.
    assert_eq!(press(&mut state, &view, &[KeyCode::Char('q'), KeyCode::Backspace, KeyCode::Enter]), [Wish::Redraw; 3]);
    assert_eq!(view.causes(&state.filter).len(), 1);
    press(&mut state, &view, &[KeyCode::Esc]);
    assert_eq!(view.causes(&state.filter).len(), 3);
}

#[test]
fn the_width_goes_round() {
    let (view, mut state) = (view(), State::default());
    let mut widths = Vec::new();
    for _ in 0..11 {
        press(&mut state, &view, &[KeyCode::Char('b')]);
        widths.push(state.width.map_or("auto".to_owned(), |width| width.to_string()));
    }
    assert_eq!(widths, ["5s", "10s", "30s", "1m", "5m", "10m", "30m", "1h", "6h", "1d", "auto"]);
    let sum = |width: &str| view.slices(logscan502::time::Width::parse(width).unwrap(), 100).iter().map(super::view::Slice::requests).sum::<u64>();
    assert_eq!((sum("5s"), sum("30s"), sum("1d")), (633, 633, 633));
}

#[test]
fn rates_are_those_of_the_last_minute_of_the_log() {
    let mut view = view();
    assert_eq!(view.rate("no-healthy-backends"), 132);
    // Nothing more comes: the rate goes down.
    view.now = Some(at(400));
    assert_eq!(view.rate("no-healthy-backends"), 0);
    // A recording of another day is told as of its end.
    view.now = Some(at(86_400));
    assert_eq!(view.rate("no-healthy-backends"), 144);
}

#[test]
fn keys_end_it() {
    let (view, mut state) = (view(), State::default());
    let control = |state: &mut State, code| state.press(KeyEvent::new(KeyCode::Char(code), KeyModifiers::CONTROL), &view);
    assert_eq!(control(&mut state, 'c'), Wish::Interrupt);
    assert_eq!(control(&mut state, 'z'), Wish::Suspend);
    assert_eq!(press(&mut state, &view, &[KeyCode::Char('x'), KeyCode::Char('p'), KeyCode::Char('q')]), [Wish::Nothing, Wish::Redraw, Wish::Quit]);
    assert!(state.is_paused);
}

#[test]
fn a_running_incident_is_over_when_it_is_told_so() {
    let mut view = view();
    assert_eq!(view.running().iter().map(|current| current.told.cause.as_str()).collect::<Vec<_>>(), ["upstream-down", "no-healthy-backends"]);
    view.tell(vec![Event::Ends(Told { seconds: Some(90), ..told("upstream-down", "", 270) })]);
    assert_eq!(view.running().len(), 1);
    view.tell(vec![Event::Ends(told("no-healthy-backends", "", 275))]);
    assert!(view.running().is_empty() && view.ended().is_some());
}
