//! The first lines: what a tired person must know. Every form for people begins with them.

use super::domino::first_domino;
use super::ink::{Ink, Rich};
use super::layout::{count, duration, number, percent};
use super::voice::Voice;
use crate::record::Cause;
use crate::report::{Bucket, CauseReport, Report};
use crate::time::Timestamp;

/// The headline: how many requests failed, when, and most often why.
pub(super) fn headline(voice: &Voice, report: &Report) -> Rich {
    if report.totals.failed > 0 { failed(voice, report) } else { nothing_failed(voice, report) }
}

/// Whether requests of that cause count as failed.
pub(super) fn is_failure(cause: &CauseReport) -> bool {
    Cause::from_id(&cause.id).is_none_or(Cause::is_failure)
}

/// Requests of causes that count as failed, those that were saved included.
pub(super) fn affected(report: &Report) -> u64 {
    report.causes.iter().filter(|cause| is_failure(cause)).map(|cause| cause.requests).sum()
}

fn failed(voice: &Voice, report: &Report) -> Rich {
    let failed = report.totals.failed;
    let causes = || report.causes.iter().filter(|cause| is_failure(cause));
    let when = failure_times(report).map(|(first, last, _)| format!(" {}", voice.moments.between(first, last))).unwrap_or_default();
    let noun = if failed == 1 { "request" } else { "requests" };
    let headline = Rich::of(number(failed), Ink::Failed).and(format!(" {noun} failed{when}"), Ink::Bold);
    let Some(leading) = causes().max_by_key(|cause| cause.requests).filter(|cause| cause.requests > 0) else {
        return headline.and(".", Ink::Bold);
    };
    // The cause that comes first in the report wins a tie.
    let leading = causes().find(|cause| cause.requests == leading.requests).unwrap_or(leading);
    let is_exact = affected(report) == failed;
    let is_pure = affected(report) == report.totals.requests;
    let part = match (is_pure, is_exact) {
        _ if leading.requests == affected(report) => String::new(),
        (true, _) => format!("{} ", percent(leading.requests, report.totals.requests)),
        (false, true) => format!("{} of them ", number(leading.requests)),
        (false, false) => "most often ".to_owned(),
    };
    headline.and(format!(", {part}{}.", why(voice, leading)), Ink::Bold)
}

/// The first and the last failure, and whether they are exact: a cause without times of its own has those of buckets.
pub(super) fn failure_times(report: &Report) -> Option<(Timestamp, Timestamp, bool)> {
    let causes: Vec<_> = report.causes.iter().filter(|cause| is_failure(cause) && cause.requests > 0).collect();
    let is_exact = causes.iter().all(|cause| cause.first.is_some() && cause.last.is_some());
    let exact = causes.iter().filter_map(|cause| Some((cause.first?, cause.last?)));
    let failed = |bucket: &&Bucket| !is_exact && causes.iter().any(|cause| bucket.causes.get(&cause.id).is_some_and(|requests| *requests > 0));
    let rough = report.buckets.iter().filter(failed).filter_map(|bucket| {
        let span = report.span?;
        Some((bucket.start.max(span.from), bucket.start.plus_seconds(span.bucket_seconds).min(span.to)))
    });
    let (first, last) = exact.chain(rough).reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))?;
    Some((first, last, is_exact))
}

/// `because nothing accepts connections at the upstream (10.0.0.11:8080)`.
fn why(voice: &Voice, cause: &CauseReport) -> String {
    if Cause::from_id(&cause.id) == Some(Cause::Unattributed) {
        return "for a reason that these logs do not tell".to_owned();
    }
    format!("because {}{}", uncapitalised(&voice.text(&cause.title)), place(voice, cause))
}

/// Its upstream in parentheses, with as much as is known of how many there are.
fn place(voice: &Voice, cause: &CauseReport) -> String {
    let Some(first) = cause.upstreams.first() else { return String::new() };
    let name = voice.cut(&first.name, 48);
    if first.requests >= cause.requests {
        format!(" ({name})")
    } else if first.requests.saturating_mul(2) > cause.requests {
        format!(" (mostly {name})")
    } else if let Some(second) = cause.upstreams.get(1) {
        format!(" ({name}, {} ...)", voice.cut(&second.name, 48)).replace("...", voice.ellipsis())
    } else {
        format!(" (among others {name})")
    }
}

/// `The upstream ...` inside a sentence; a first word in capitals stays.
fn uncapitalised(title: &str) -> String {
    let mut characters = title.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(title.chars().skip(1)).collect(),
        _ => title.to_owned(),
    }
}

fn nothing_failed(voice: &Voice, report: &Report) -> Rich {
    let totals = &report.totals;
    if totals.lines == 0 {
        return Rich::of("No request failed", Ink::Bold).and(": the input was empty.", Ink::Plain);
    }
    if totals.entries == 0 && totals.by_line.filtered == 0 {
        return Rich::of("Nothing is known of failed requests", Ink::Warned)
            .and(format!(": none of {} was understood.", count(totals.lines, "line", "lines")), Ink::Plain);
    }
    if totals.entries == 0 {
        return Rich::of("The filter left nothing", Ink::Warned).and(removed(voice, report), Ink::Plain);
    }
    let headline = Rich::of("No request failed", Ink::Bold);
    let saved = affected(report);
    if saved > 0 {
        let all = if saved == 1 { "the only request that met a fault was" } else { "all requests that met a fault were" };
        return headline.and(format!(": {all} saved by a retry."), Ink::Plain);
    }
    if let Some(fault) = report.causes.iter().find(|cause| is_failure(cause) && cause.evidence > 0) {
        let evidence: u64 = report.causes.iter().filter(|cause| is_failure(cause)).map(|cause| cause.evidence).sum();
        let lines = if evidence == 1 { "1 line tells".to_owned() } else { format!("{} lines tell", number(evidence)) };
        let times = fault.first.zip(fault.last).map(|(first, last)| format!(", {}", voice.moments.between(first, last))).unwrap_or_default();
        return headline.and(format!(", but {lines} of a fault{times}: {}{}.", uncapitalised(&voice.text(&fault.title)), place(voice, fault)), Ink::Bold);
    }
    if totals.unrecognised > 0 {
        return headline.and(format!(" as far as is known; {} not recognised.", count(totals.unrecognised, "error entry is", "error entries are")), Ink::Plain);
    }
    if totals.by_line.filtered > 0 {
        return headline.and(" among what the filter left", Ink::Bold).and(removed(voice, report), Ink::Plain);
    }
    headline.and(".", Ink::Bold)
}

/// `: it removed 12 entries (host shop.example; cause dns-failure).`
fn removed(voice: &Voice, report: &Report) -> String {
    let removed = count(report.totals.by_line.filtered, "entry", "entries");
    let all = if report.totals.entries == 0 && report.totals.by_line.filtered > 1 { "all " } else { "" };
    let filter = if report.filter.is_empty() { String::new() } else { format!(" ({})", voice.text(&report.filter.join("; "))) };
    format!(": it removed {all}{removed}{filter}.")
}

/// Whether only some causes count: then figures of answers, which bear none, say nothing of what is shown.
fn is_of_causes(report: &Report) -> bool {
    report.filter.iter().any(|words| words.starts_with("cause "))
}

/// What stands behind it, a sentence or two each.
pub(super) fn facts(voice: &Voice, report: &Report) -> Vec<Rich> {
    let totals = &report.totals;
    let mut facts = Vec::new();
    facts.extend(first_domino(voice, report));
    facts.extend(when(voice, report));
    if !report.filter.is_empty() && totals.failed > 0 {
        facts.push(Rich::of("A filter was set", Ink::Warned).and(removed(voice, report), Ink::Plain));
    }
    if totals.responses > 0 && !is_of_causes(report) {
        let share = percent(totals.gateway_responses, totals.responses);
        let statuses: Vec<_> = report.statuses.iter().map(|(status, responses)| format!("{} ({})", voice.text(status), number(*responses))).collect();
        let statuses = if statuses.is_empty() { String::new() } else { format!(": {}", statuses.join(", ")) };
        let of = count(totals.responses, "response", "responses");
        let part = if totals.gateway_responses == 0 { "None".to_owned() } else { share };
        facts.push(Rich::plain(format!("{part} of {of} had a gateway status{statuses}.")));
    }
    let affected = affected(report);
    if affected > totals.failed {
        let saved = affected - totals.failed;
        let were = if saved == 1 { "was" } else { "were" };
        facts.push(Rich::plain(format!("Of {}, {} {were} saved by a retry.", count(affected, "affected request", "affected requests"), number(saved))));
    }
    let mut apart = Vec::new();
    if totals.requests > affected {
        apart.push(format!("{} stopped on purpose, by a rule", count(totals.requests - affected, "request was", "requests were")));
    }
    if totals.client_aborts > 0 && !is_of_causes(report) {
        apart.push(format!("{} before the answer", count(totals.client_aborts, "client left", "clients left")));
    }
    if !apart.is_empty() {
        facts.push(Rich::plain(format!("Not counted as failed: {}.", apart.join("; "))));
    }
    if !report.sign_in.is_empty() {
        let hit = Rich::of("Sign-in was hit: ", Ink::Warned);
        facts.push(voice.counts(&report.sign_in).0.into_iter().fold(hit, |hit, (text, ink)| hit.and(text, ink)));
    }
    facts
}

/// The dates, the zone, what was read, and how the last failure stands to its end.
fn when(voice: &Voice, report: &Report) -> Option<Rich> {
    let moments = &voice.moments;
    let (first, last) = moments.ends()?;
    let dates = moments.dates()?;
    let times = moments.between(first, last);
    let times = times.strip_prefix("between ").map_or_else(|| times.clone(), |times| format!("from {}", times.replacen(" and ", " to ", 1)));
    let rich = Rich::of(dates, Ink::Bold).and(format!(" ({}): logs {times}.", voice.zone()), Ink::Plain);
    let end = report.span.map_or(last, |span| span.to);
    let exact = failure_times(report).filter(|(.., is_exact)| *is_exact && report.totals.failed > 0);
    let Some((_, failed, _)) = exact else { return Some(rich) };
    let quiet = end.seconds() - failed.seconds();
    let text = match quiet {
        ..1 => " They end with a failure.".to_owned(),
        _ => format!(" Last failure {} before their end.", duration(quiet)),
    };
    Some(rich.and(text, if quiet < 60 { Ink::Failed } else { Ink::Plain }))
}
