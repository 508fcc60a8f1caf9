//! The draft of a post-mortem: what a report can say of impact, course, cause and evidence, what it cannot, and places for
//! what only people know.
//!
//! `parts` have one file each; they write on a [`text::Document`], whose [`text::Text`] keeps what others wrote from
//! being more than text.

mod causes;
mod course;
mod impact;
mod open;
mod text;

use text::{Document, Text};

use super::Look;
use super::headline::{facts, headline};
use super::voice::Voice;
use crate::report::Report;

/// Columns that one name in a list may take.
const LONGEST_NAME: usize = 80;

pub(super) fn render(report: &Report, look: &Look) -> String {
    let look = Look { is_ascii: false, has_color: false, ..*look };
    let voice = Voice::of(report, &look, LONGEST_NAME);
    let mut document = Document::default();
    let dates = voice.moments.dates().map(|dates| format!(": gateway failures of {dates}")).unwrap_or_default();
    document.heading(1, &(Text::marks("Post-mortem") + Text::plain(&dates)));
    document.paragraph(&Text::marks(
        "_Draft. The figures and times are counted from logs, the causes are what those logs say; what stands as TODO is for people to fill in._",
    ));
    document.heading(2, &Text::marks("Summary"));
    document.paragraph(&Text::rich(&headline(&voice, report)));
    if report.partial {
        document
            .paragraph(&Text::marks("**Only a part of the logs was read**; the figures are of that part. What is missing stands under _What is not known_."));
    }
    document.list(facts(&voice, report).iter().map(Text::rich));
    impact::write(&mut document, &voice, report);
    course::write(&mut document, &voice, report);
    causes::write(&mut document, &voice, report);
    open::write_checked(&mut document, &voice, report);
    open::write_unknown(&mut document, &voice, report);
    causes::write_fixes(&mut document, &voice, report);
    people(&mut document);
    document.paragraph(
        &(Text::marks("_Counted by logscan502 ")
            + Text::plain(env!("CARGO_PKG_VERSION"))
            + Text::marks("; times are ")
            + Text::plain(voice.zone())
            + Text::marks("._")),
    );
    document.finish()
}

/// What no log tells.
fn people(document: &mut Document) {
    document.heading(2, &Text::marks("For people to fill in"));
    document.list([
        Text::marks("Who noticed, when, and how: TODO"),
        Text::marks("What was done, and when it helped: TODO"),
        Text::marks("Why it could happen, and why it was not prevented: TODO"),
        Text::marks("What will be done, by whom, until when: TODO"),
    ]);
}
