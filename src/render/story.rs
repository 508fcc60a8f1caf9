//! Events as lines for people: one a change, told in the log's time.

use super::Look;
use super::layout::duration;
use crate::report::{Event, Told};
use crate::time::Timestamp;

/// The line of an event, with its end; `None` for the report, which has forms of its own.
pub fn story(event: &Event, look: &Look) -> Option<String> {
    let (at, text) = match event {
        Event::CaughtUp { at, lines, failed, last } => {
            let upto = last.map_or(String::new(), |last| format!(" up to {}", moment(last, look)));
            (*at, format!("{lines} lines read{upto}, {failed} failed requests in them; from here on what is new"))
        }
        Event::NewCause(told) => (first(told), format!("new: {}{}: {}", told.cause, at_upstream(told), told.title)),
        Event::Begins(told) => (first(told), format!("begins: {}{}: {}, {}", told.cause, at_upstream(told), told.title, lines(told.evidence))),
        Event::Spreads(told) => (first(told), format!("spreads: {}{}, {} so far", told.cause, at_upstream(told), lines(told.evidence))),
        Event::PoolEmpty(told) => (first(told), format!("pool empty: {}{}", told.cause, at_upstream(told))),
        Event::Ends(told) => {
            let took = told.seconds.map_or(String::new(), |seconds| format!(" after {}", duration(seconds)));
            (first(told), format!("ends: {}{took}, {}", told.cause, lines(told.evidence)))
        }
        Event::Warning { at, path, message } => (*at, format!("warning: {path}{}{message}", if path.is_empty() { "" } else { ": " })),
        Event::Report { .. } => return None,
    };
    let line = format!("{}  {text}\n", moment(at, look));
    Some(if look.is_ascii { line.chars().map(|character| if character.is_ascii() { character } else { '?' }).collect() } else { line })
}

fn first(told: &Told) -> Timestamp {
    told.time.unwrap_or(told.at)
}

fn at_upstream(told: &Told) -> String {
    told.upstream.as_ref().map_or(String::new(), |upstream| format!(" at {upstream}"))
}

fn lines(evidence: u64) -> String {
    format!("{evidence} {}", if evidence == 1 { "line" } else { "lines" })
}

/// With its date: a stream goes on for days.
fn moment(at: Timestamp, look: &Look) -> String {
    let civil = look.zone.civil(at);
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zone;

    #[test]
    fn a_change_is_one_line() {
        let at = Timestamp::from_seconds(1_773_802_800);
        let told = Told {
            at,
            time: Some(at),
            cause: "upstream-down".to_owned(),
            title: "Nothing accepts connections".to_owned(),
            upstream: Some("10.0.0.1:80".to_owned()),
            evidence: 5,
            seconds: None,
        };
        let look = Look { width: 80, has_color: false, is_ascii: false, zone: Zone::UTC };
        let line = |event: Event| story(&event, &look).unwrap();
        assert_eq!(line(Event::Begins(told.clone())), "2026-03-18 03:00:00  begins: upstream-down at 10.0.0.1:80: Nothing accepts connections, 5 lines\n");
        let ended = Told { upstream: None, seconds: Some(90), evidence: 1, ..told };
        assert_eq!(line(Event::Ends(ended)), "2026-03-18 03:00:00  ends: upstream-down after 1 min 30 s, 1 line\n");
    }
}
