//! One page that needs nothing else: no script, no picture, no font and no address is asked of anybody, and its content
//! security policy forbids that any be. It can be mailed, kept with the post-mortem, and printed.
//!
//! `sections` have one file each; they write on a [`markup::Markup`], which makes text of all that it is given. Pictures
//! are drawn twice, for a wide and for a narrow screen, and the style shows one of them; each has a text that tells what is
//! in it, and a table with its figures. The smallest section to imitate is `places`.

mod axis;
mod causes;
mod heat;
mod incidents;
mod markup;
mod picture;
mod places;
mod sources;
mod summary;
mod timeline;

use markup::Markup;

use super::Look;
use super::voice::Voice;
use crate::report::Report;

const STYLE: &str = include_str!("style.css");
/// Allows [`STYLE`] by its SHA-256, and nothing else; a test holds them together.
const POLICY: &str = "default-src 'none'; style-src 'sha256-K6A4o9aUyjM8g85SXmRBzvQM2loHp6XMk9Wi2jAypac='; base-uri 'none'; form-action 'none'";
/// Columns that one name in a list may take.
const LONGEST_NAME: usize = 60;

pub(super) fn render(report: &Report, look: &Look) -> String {
    let look = Look { is_ascii: false, has_color: true, ..*look };
    let voice = Voice::of(report, &look, LONGEST_NAME);
    let mut markup = Markup::default();
    markup.doctype();
    markup.within("html", &[("lang", "en")], |markup| {
        markup.within("head", &[], |markup| head(markup, &voice));
        markup.within("body", &[], |markup| {
            let sections = sections(&voice, report);
            markup.within("header", &[], |markup| {
                summary::write(markup, &voice, report);
                markup.contents(&sections);
            });
            markup.within("main", &[], |markup| markup.append(&sections));
            markup.within("footer", &[], |markup| {
                markup.leaf("p", &[], &format!("Made by logscan502 {}. Times are {}.", env!("CARGO_PKG_VERSION"), voice.zone()));
            });
        });
    });
    markup.finish()
}

fn sections(voice: &Voice, report: &Report) -> Markup {
    let mut markup = Markup::default();
    timeline::write(&mut markup, voice, report);
    incidents::write(&mut markup, voice, report);
    causes::write(&mut markup, voice, report);
    places::write(&mut markup, voice, report);
    heat::write(&mut markup, voice, report);
    sources::write(&mut markup, voice, report);
    markup
}

fn head(markup: &mut Markup, voice: &Voice) {
    markup.empty("meta", &[("charset", "utf-8")]);
    markup.empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
    markup.empty("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    markup.empty("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    markup.empty("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    let days = voice.moments.dates().map(|dates| format!(", {dates}")).unwrap_or_default();
    markup.leaf("title", &[], &format!("Failed requests{days}: logscan502"));
    markup.style(STYLE);
}
