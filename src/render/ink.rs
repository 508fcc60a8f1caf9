//! Colours, and text that is wrapped by columns.
//!
//! While text is laid out, colour is in it as invisible characters that take no column, so that everything measures it
//! rightly, tables included; the last step makes escape sequences of them, or drops them. Text of others cannot bear
//! them: [`clean`] escapes them with all else that is not printable.

use crate::render::layout::{ascii, split, width};
use crate::text::safe::is_unseen;

/// How a piece of text looks. Sparse on purpose: what is coloured is what an eye must find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ink {
    #[default]
    Plain,
    /// Headlines and headings.
    Bold,
    /// How much failed.
    Failed,
    /// What must not be overlooked.
    Warned,
    /// A command; it is kept on one line where one can hold it.
    Command,
    /// What may be overlooked.
    Dim,
}

const OFF: char = '\u{2060}';

impl Ink {
    const ALL: [(Self, char, &'static str); 5] = [
        (Self::Bold, '\u{2061}', "\x1b[1m"),
        (Self::Failed, '\u{2062}', "\x1b[1;31m"),
        (Self::Warned, '\u{2063}', "\x1b[33m"),
        (Self::Command, '\u{2064}', "\x1b[36m"),
        (Self::Dim, '\u{2065}', "\x1b[2m"),
    ];

    /// `text` in this ink.
    pub(super) fn paint(self, text: &str) -> String {
        match Self::ALL.iter().find(|(ink, ..)| *ink == self) {
            Some((_, mark, _)) if !text.is_empty() => format!("{mark}{text}{OFF}"),
            _ => text.to_owned(),
        }
    }
}

/// Makes escape sequences of a line's marks, or drops them; the line is cut to `most` columns, which only a mistake
/// elsewhere makes necessary, or a terminal that is narrower than any layout.
pub(super) fn finished(line: &str, most: usize, has_color: bool) -> String {
    let (kept, lost) = split(line, most);
    let kept = if lost.is_empty() { kept.trim_end() } else { kept };
    let mut out = String::with_capacity(kept.len());
    let mut is_on = false;
    for character in kept.chars() {
        let sequence = Ink::ALL.iter().find(|(_, mark, _)| *mark == character).map(|(.., sequence)| *sequence);
        match sequence {
            Some(sequence) if has_color => out += sequence,
            None if character == OFF && has_color => out += "\x1b[0m",
            None if character != OFF => out.push(character),
            _ => {}
        }
        is_on = sequence.is_some() || is_on && character != OFF;
    }
    if is_on && has_color {
        out += "\x1b[0m";
    }
    out
}

/// Text of others as it may be shown: line breaks become blanks, control characters and what hides in a line are
/// escaped, and in ASCII all else that is not.
pub(super) fn clean(text: &str, is_ascii: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => out.push(' '),
            '\u{2060}'..='\u{206f}' => out.extend(character.escape_unicode()),
            _ if is_unseen(character) => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    if is_ascii { ascii(&out) } else { out }
}

/// A text of several inks, to be wrapped.
#[derive(Clone, Debug, Default)]
pub(super) struct Rich(pub(super) Vec<(String, Ink)>);

impl Rich {
    /// A text of one ink.
    pub(super) fn of(text: impl Into<String>, ink: Ink) -> Self {
        Self(vec![(text.into(), ink)])
    }

    /// Plain text.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::of(text, Ink::Plain)
    }

    /// This text, and more.
    #[must_use]
    pub(super) fn and(mut self, text: impl Into<String>, ink: Ink) -> Self {
        self.0.push((text.into(), ink));
        self
    }

    /// Reads `text` in which commands stand in backticks. Where colour tells them from the rest, the backticks go.
    pub(super) fn with_commands(text: &str, has_color: bool) -> Self {
        let mut rich = Self::default();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('`') {
            let Some((command, after)) = behind.split_once('`') else { break };
            rich = rich.and(before, Ink::Plain).and(if has_color { command.to_owned() } else { format!("`{command}`") }, Ink::Command);
            rest = after;
        }
        rich.and(rest, Ink::Plain)
    }

    /// Lines of at most `most` columns, broken at blanks; what has none is broken where it must be.
    pub(super) fn wrapped(&self, most: usize) -> Vec<String> {
        let most = most.max(1);
        let mut lines = Vec::new();
        let mut line = Line::default();
        for word in self.words().iter().flat_map(|word| fitting(word, most)) {
            let taken = word.iter().map(|(text, _)| width(text)).sum::<usize>();
            if !line.is_empty() && line.width + 1 + taken > most {
                lines.push(std::mem::take(&mut line).into_text());
            }
            line.push(word, taken);
        }
        if !line.is_empty() {
            lines.push(line.into_text());
        }
        lines
    }

    /// What blanks separate. A command is one word, with what touches it; a unit clings to its number.
    fn words(&self) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let mut is_open = false;
        for (text, ink) in &self.0 {
            let parts: Vec<&str> = if *ink == Ink::Command { vec![text] } else { text.split(' ').collect() };
            for (at, part) in parts.iter().enumerate() {
                is_open &= at == 0;
                if part.is_empty() {
                    continue;
                }
                match words.last_mut() {
                    Some(word) if is_open => word.push(((*part).to_owned(), *ink)),
                    Some(word) if is_unit(part) && ends_with_digit(word) => word.push((format!(" {part}"), *ink)),
                    _ => words.push(vec![((*part).to_owned(), *ink)]),
                }
                is_open = true;
            }
            is_open &= parts.last().is_some_and(|last| !last.is_empty());
        }
        words
    }
}

fn is_unit(part: &str) -> bool {
    matches!(part.trim_end_matches(|character: char| character.is_ascii_punctuation() && character != '%'), "%" | "s" | "min" | "h" | "d")
}

fn ends_with_digit(word: &Word) -> bool {
    word.last().is_some_and(|(text, _)| text.ends_with(|character: char| character.is_ascii_digit()))
}

/// Pieces that no blank separates.
type Word = Vec<(String, Ink)>;

/// A word that fits; or its parts, first by blanks inside, then by columns.
fn fitting(word: &Word, most: usize) -> Vec<Word> {
    if word.iter().map(|(text, _)| width(text)).sum::<usize>() <= most {
        return vec![word.clone()];
    }
    let mut parts = Vec::new();
    for (text, ink) in word {
        for piece in text.split(' ').filter(|piece| !piece.is_empty()) {
            let mut rest = piece;
            while !rest.is_empty() {
                let (mut head, mut tail) = split(rest, most);
                if head.is_empty() {
                    // One character that is wider than the line: it is shown all the same.
                    (head, tail) = rest.split_at(rest.chars().next().map_or(0, char::len_utf8));
                }
                parts.push(vec![(head.to_owned(), *ink)]);
                rest = tail;
            }
        }
    }
    parts
}

/// A line that is being filled.
#[derive(Default)]
struct Line {
    pieces: Vec<(String, Ink)>,
    width: usize,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn push(&mut self, word: Word, taken: usize) {
        let gap = usize::from(!self.is_empty());
        for (at, (text, ink)) in word.into_iter().enumerate() {
            let blank = if at == 0 && gap == 1 { " " } else { "" };
            match self.pieces.last_mut() {
                Some((last, same)) if *same == ink => last.extend([blank, &text]),
                Some((last, Ink::Plain)) => {
                    last.push_str(blank);
                    self.pieces.push((text, ink));
                }
                Some(_) => {
                    self.pieces.push((blank.to_owned(), Ink::Plain));
                    self.pieces.push((text, ink));
                }
                None => self.pieces.push((text, ink)),
            }
        }
        self.width += gap + taken;
    }

    fn into_text(self) -> String {
        self.pieces.iter().map(|(text, ink)| ink.paint(text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rich: &Rich, most: usize) -> Vec<String> {
        rich.wrapped(most).iter().map(|line| finished(line, most, false)).collect()
    }

    #[test]
    fn text_is_broken_at_blanks_and_long_words_where_they_must_be() {
        assert_eq!(shown(&Rich::plain("one two three"), 7), ["one two", "three"]);
        assert_eq!(shown(&Rich::plain("abcdefgh ij"), 4), ["abcd", "efgh", "ij"]);
        assert_eq!(shown(&Rich::plain("日本語"), 5), ["日本", "語"]);
        assert!(shown(&Rich::plain(""), 5).is_empty());
    }

    #[test]
    fn a_unit_stays_with_its_number() {
        assert_eq!(shown(&Rich::plain("it took (2 h 5 min)."), 12), ["it took (2 h", "5 min)."]);
        assert_eq!(shown(&Rich::plain("plan s"), 5), ["plan", "s"]);
        assert_eq!(shown(&Rich::plain("about 71 % of"), 9), ["about", "71 % of"]);
    }

    #[test]
    fn a_command_stays_whole_with_what_touches_it() {
        let rich = Rich::with_commands("look at `a b c`: what is it?", false);
        assert_eq!(shown(&rich, 12), ["look at", "`a b c`:", "what is it?"]);
        assert_eq!(shown(&Rich::with_commands("`ab cd ef`", false), 6), ["`ab cd", "ef`"]);
    }

    #[test]
    fn a_lonely_backtick_is_text() {
        assert_eq!(shown(&Rich::with_commands("a ` b", true), 9), ["a ` b"]);
    }

    #[test]
    fn colour_ends_on_its_line() {
        let line = Ink::Bold.paint("abcdef");
        assert_eq!(finished(&line, 6, true), "\x1b[1mabcdef\x1b[0m");
        assert_eq!(finished(&line, 3, true), "\x1b[1mabc\x1b[0m");
        assert_eq!(finished(&line, 6, false), "abcdef");
    }

    #[test]
    fn text_of_others_has_no_marks() {
        assert_eq!(clean("a\u{2061}b\u{1b}\nc", false), "a\\u{2061}b\\u{1b} c");
        assert_eq!(clean("é", true), "\\u{e9}");
    }

    #[test]
    fn marks_take_no_column() {
        for (ink, ..) in Ink::ALL {
            assert_eq!(width(&ink.paint("ab")), 2);
        }
    }
}
