//! Failures of error logs held against answers, answers of one layer against those of another, and what stands alone
//! counted.

use super::layers::Layers;
use super::offset::offset;
use super::pairing::{Failure, Pairing, end};
use super::totals::Totals;
use crate::format::FormatId;
use crate::pattern::Catalogue;
use crate::report::{InputReport, Layer, Offset, Reconciliation, Warning};

/// Requests take at most so many seconds, as a rule.
const LONGEST_REQUEST: i64 = 300;
/// Of fewer failed requests nothing is said.
const FEWEST_SAMPLED: usize = 200;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    /// Where messages and answers were read.
    pub(super) reconciliation: Option<Reconciliation>,
    pub(super) layers: Vec<Layer>,
    pub(super) offsets: Vec<Offset>,
}

/// Holds failures against answers, and counts the answers that stand alone.
pub(super) fn reconcile(totals: &mut Totals, catalogue: &Catalogue, inputs: &mut [InputReport], warnings: &mut Vec<Warning>) -> Reconciled {
    let has_both = totals.messages > 0 && totals.responses > 0;
    if has_both && totals.pairing.has_failures() && totals.pairing.lost_failures + totals.pairing.lost_answers > 0 {
        warn(warnings, "too many failures and answers to pair one by one; buckets and statuses were compared instead".to_owned());
        let settled = totals.settled;
        let compared = totals.compare_buckets();
        let reconciliation = Reconciliation { recovered: settled.recovered, other: settled.other, ..compared };
        return Reconciled { reconciliation: Some(reconciliation), ..Reconciled::default() };
    }
    let mut offsets = Vec::new();
    if let Some(seconds) = offset(&totals.pairing) {
        warn(warnings, offset_warning(seconds));
        totals.shift_messages(seconds);
        offsets.push(offset_of(inputs, seconds));
        shift_inputs(inputs, seconds);
    }
    let mut pairing = std::mem::take(&mut totals.pairing);
    totals.take_spilt();
    let mut layers = Layers::new(catalogue, inputs);
    layers.merge(&mut pairing.answers);
    let mut pairs = pairing.pair(catalogue);
    let mut taken = vec![false; pairing.answers.len()];
    for at in pairs.iter().flatten() {
        taken[*at] = true;
    }
    layers.adopt(&pairing.failures, &mut pairs, &pairing.answers, &mut taken);
    if has_both && let Some(message) = sampled(&pairing, &pairs) {
        warn(warnings, message);
    }
    for (failure, answer) in pairing.failures.iter().zip(&pairs) {
        if let Some(at) = *answer {
            totals.paired(failure, &pairing.answers[at]);
        }
    }
    for (answer, _) in pairing.answers.iter().zip(taken).filter(|(_, taken)| !taken) {
        totals.answer(catalogue, answer);
    }
    let gateway_responses: u64 = totals.statuses.values().sum();
    let unexplained = gateway_responses.saturating_sub(totals.settled.explained);
    let reconciliation = has_both.then_some(Reconciliation { gateway_responses, unexplained, ..totals.settled });
    Reconciled { reconciliation, layers: layers.report(), offsets }
}

/// Whether the access logs lack so many of the failed requests, all the time, that they cannot hold every answer.
fn sampled(pairing: &Pairing, pairs: &[Option<usize>]) -> Option<String> {
    let (first, last) = (pairing.answers.first()?, pairing.answers.last()?);
    let (from, to) = (end(first) + LONGEST_REQUEST, end(last) - 1);
    // Both logs must be able to tell the request, and the answer must be of a time that the access logs hold.
    let is_sure = |failure: &&Failure| failure.client != 0 && failure.route != 0 && !failure.is_body && (from..to).contains(&failure.at.seconds());
    let told: Vec<bool> = pairing.failures.iter().zip(pairs).filter(|(failure, _)| is_sure(failure)).map(|(_, pair)| pair.is_some()).collect();
    let held = told.iter().filter(|is_held| **is_held).count();
    let is_part = |told: &[bool]| told.contains(&true) && told.contains(&false);
    let is_all_the_time = told.chunks(told.len().div_ceil(8).max(1)).all(is_part);
    let is_sampled = told.len() >= FEWEST_SAMPLED && held * 10 <= told.len() * 7 && is_all_the_time;
    is_sampled.then(|| {
        format!("of {} failed requests of the error logs, the access logs of the same time hold {held}: they are sampled, or of other servers", told.len())
    })
}

fn offset_of(inputs: &[InputReport], seconds: i64) -> Offset {
    let writes_answers = |input: &&InputReport| input.format.split('+').filter_map(FormatId::from_id).all(FormatId::writes_answers);
    let (against, shifted): (Vec<&InputReport>, Vec<&InputReport>) = inputs.iter().filter(|input| input.entries > input.context).partition(writes_answers);
    let paths = |inputs: Vec<&InputReport>| inputs.into_iter().map(|input| input.path.clone()).collect();
    Offset { seconds, inputs: paths(shifted), against: paths(against) }
}

/// Inputs of nothing but messages are told in the time of the answers too.
fn shift_inputs(inputs: &mut [InputReport], seconds: i64) {
    let writes_messages = |format: &str| FormatId::from_id(format).is_some_and(|format| !format.writes_answers() && !format.is_context());
    for input in inputs.iter_mut().filter(|input| input.format.split('+').all(writes_messages)) {
        input.first = input.first.map(|at| at.plus_seconds(seconds));
        input.last = input.last.map(|at| at.plus_seconds(seconds));
    }
}

fn offset_warning(seconds: i64) -> String {
    let (way, minutes) = (if seconds > 0 { "behind" } else { "ahead of" }, seconds.abs() / 60);
    format!(
        "the error logs are {} h {:02} min {way} the access logs, most likely another time zone; their failures are shown in the access logs' time (--log-tz names the zone)",
        minutes / 60,
        minutes % 60
    )
}

fn warn(warnings: &mut Vec<Warning>, message: String) {
    warnings.push(Warning { path: String::new(), message });
}
