//! What is wrong with the text of a pattern file, in words for whoever wrote it: the parser speaks of fields, variants and
//! sequences, the writer knows keys, values and lists.

use crate::text::nearest;

/// What the parser said, in the words of the file; `line` is the text where it stumbled, up to that place.
pub(super) fn in_words(message: &str, line: &str) -> String {
    let (head, known) = message.split_once(", expected ").unwrap_or((message, ""));
    let names: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    let said = head.split('`').nth(1).unwrap_or_default();
    if head.starts_with("unknown field ") {
        return format!("there is no key '{said}'; {}", hint(said, &names, "there are "));
    }
    if head.starts_with("unknown variant ") {
        return format!("'{said}' cannot stand here; {}", hint(said, &names, "choose from "));
    }
    if head.starts_with("missing field ") {
        return format!("the key '{said}' is missing");
    }
    match (head.strip_prefix("invalid type: "), known) {
        (Some(_), "a sequence") => format!("{} must be a list, in brackets: [\"...\"]", key(line)),
        (Some(found), known) if !known.is_empty() => format!("{} must be {known}, not {found}", key(line)),
        _ => message.to_owned(),
    }
}

/// `did you mean 'starts'?`, or all names.
pub(super) fn hint(said: &str, names: &[&str], otherwise: &str) -> String {
    match nearest(said, names.iter().copied()) {
        Some(name) => format!("did you mean '{name}'?"),
        None => format!("{otherwise}{}", names.join(", ")),
    }
}

/// The key whose value stands at the end of `line`.
fn key(line: &str) -> String {
    let before = line.rsplit_once('=').map_or("", |(before, _)| before);
    let name = before.trim_end().rsplit(|character: char| character.is_whitespace() || matches!(character, '{' | ',')).next();
    name.filter(|name| !name.is_empty()).map_or_else(|| "it".to_owned(), |name| format!("'{name}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_parser_become_those_of_the_file() {
        let cases = [
            ("unknown field `strats`, expected one of `id`, `starts`", "strats", "there is no key 'strats'; did you mean 'starts'?"),
            ("unknown field `colour`, expected `id` or `starts`", "", "there is no key 'colour'; there are id, starts"),
            ("unknown variant `evidense`, expected one of `evidence`, `ordinary`", "", "'evidense' cannot stand here; did you mean 'evidence'?"),
            ("invalid type: string \"a\", expected a sequence", "checks = ", "'checks' must be a list, in brackets: [\"...\"]"),
            ("invalid type: string \"a\", expected a sequence", "when.errno = { starts = ", "'starts' must be a list, in brackets: [\"...\"]"),
            ("missing field `id`", "", "the key 'id' is missing"),
            ("expected newline", "", "expected newline"),
            (
                "invalid type: integer `5`, expected a text, a list of texts, or a table of tests",
                "when.errno = ",
                "'when.errno' must be a text, a list of texts, or a table of tests, not integer `5`",
            ),
        ];
        for (message, line, expected) in cases {
            assert_eq!(in_words(message, line), expected);
        }
    }
}
