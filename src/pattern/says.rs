//! What an entry of context says happened, in one sentence, and which upstream it speaks of.

use super::Pattern;
use crate::record::Entry;
use crate::text::safe::excerpt;

/// Longest sentence, in characters.
const LONGEST: usize = 200;
/// Longest value in it, in characters.
const LONGEST_VALUE: usize = 100;
/// Values that name what is behind the proxy; a name may be the beginning of a group's or of a socket's.
const PLACES: [&str; 8] = ["upstream", "port", "socket", "unit", "pool", "process", "pod", "container"];

/// An entry of context, put into words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What happened, made safe.
    pub text: String,
    /// Names of what it happened to, made safe: an authority, `:port`, the path of a socket, or a name.
    pub places: Vec<String>,
}

impl Pattern {
    /// What an entry that it wins says; nothing in patterns that say nothing.
    pub fn says(&self, entry: &Entry<'_>) -> Said {
        let captured = self.conditions.captured(&entry.message);
        let value = |name: &str| {
            let group = captured.iter().find(|(group, _)| group == name).map(|(_, value)| value.as_slice());
            excerpt(group.unwrap_or_else(|| entry.field(name)), LONGEST_VALUE)
        };
        let places = PLACES.iter().map(|name| (*name, value(name))).filter(|(_, value)| !value.is_empty());
        let places = places.map(|(name, value)| if name == "port" { format!(":{value}") } else { value }).collect();
        Said { text: excerpt(filled(&self.text.says, &value).as_bytes(), LONGEST), places }
    }
}

/// Names that a sentence of context needs and an entry does not give.
pub(super) fn unsaid(pattern: &Pattern, entry: &Entry<'_>) -> Vec<String> {
    let captured = pattern.conditions.captured(&entry.message);
    let needed = pattern.text.says.split('[').enumerate().map(|(at, part)| if at == 0 { part } else { part.split_once(']').map_or("", |(_, rest)| rest) });
    let names = needed.flat_map(|part| part.split('{').skip(1).filter_map(|part| part.split_once('}'))).map(|(name, _)| name);
    let is_said = |name: &str| captured.iter().any(|(group, value)| group == name && !value.is_empty()) || !entry.field(name).is_empty();
    names.filter(|name| !is_said(name)).map(str::to_owned).collect()
}

/// The text with its names filled. What stands in brackets is left out where a name in it says nothing.
fn filled(text: &str, value: &impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let close = rest[open..].find(']').map_or(rest.len(), |close| open + close);
        out += &plain(&rest[..open], value).0;
        let (part, is_whole) = plain(&rest[open + 1..close], value);
        if is_whole {
            out += &part;
        }
        rest = rest.get(close + 1..).unwrap_or_default();
    }
    out + &plain(rest, value).0
}

/// A text without brackets, filled, and whether each of its names said something.
fn plain(text: &str, value: &impl Fn(&str) -> String) -> (String, bool) {
    let (mut out, mut is_whole) = (String::with_capacity(text.len()), true);
    let mut parts = text.split('{');
    out += parts.next().unwrap_or_default();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        let said = value(name);
        is_whole &= !said.is_empty();
        out += &said;
        out += rest;
    }
    (out, is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_and_brackets_need_all_of_theirs() {
        let value = |name: &str| if name == "pid" { "42".to_owned() } else { String::new() };
        assert_eq!(filled("killed {pid}[ (pid {pid})][ of {unit}]: out", &value), "killed 42 (pid 42): out");
        assert_eq!(filled("[{pid}", &value), "42");
        assert_eq!(filled("{pid", &value), "42");
        assert_eq!(filled("", &value), "");
    }
}
