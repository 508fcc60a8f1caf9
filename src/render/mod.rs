//! Report → bytes. Pure: the same report and the same look give the same bytes, and nothing is computed here that the
//! report does not say.
//!
//! A family with one file a member; the smallest to imitate is `csv`. Text of logs is made safe by what made the report
//! (no control characters are in it); each member still escapes what its own form asks for: cells, quotes, markup.

mod counting;
mod csv;
mod difference;
mod domino;
mod headline;
mod html;
mod ink;
mod json;
pub mod layout;
mod markdown;
mod moment;
mod openmetrics;
mod slices;
mod status;
mod story;
mod table;
mod voice;

pub use status::{State, failed_check, status_line};

pub use difference::{DifferenceOutput, render_difference};

use crate::report::Report;
use crate::time::Zone;

pub use json::event_line;
pub use story::story;

/// A form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// For people.
    Table,
    /// The report itself, one object.
    Json,
    /// A row a bucket and cause.
    Csv,
    /// One page that needs nothing else.
    Html,
    /// The draft of a post-mortem.
    Markdown,
    /// Metrics of one run.
    OpenMetrics,
}

/// How a report for people looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Colour is wanted.
    pub has_color: bool,
    /// Only ASCII can be shown.
    pub is_ascii: bool,
    /// The zone in which times are shown.
    pub zone: Zone,
}

/// Writes the report in that form.
pub fn render(report: &Report, output: Output, look: &Look) -> Vec<u8> {
    match output {
        Output::Table => table::render(report, look).into_bytes(),
        Output::Json => json::render(report),
        Output::Csv => csv::render(report).into_bytes(),
        Output::Html => html::render(report, look).into_bytes(),
        Output::Markdown => markdown::render(report, look).into_bytes(),
        Output::OpenMetrics => openmetrics::render(report).into_bytes(),
    }
}
