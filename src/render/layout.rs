//! What every report for people needs: numbers, shares, durations, moments, and texts cut to a width.
//!
//! Widths are columns of a terminal, not bytes or characters: a wide character takes two, a combining one none. Nothing
//! here knows a report.

use unicode_width::UnicodeWidthStr;

const SPARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_SPARKS: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '@'];
/// Parts of a block, an eighth to seven eighths.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// `1,234,567`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 request`, `1,234 requests`.
pub fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// `71 %`, `2.1 %`; what is not nothing is never `0 %`, and what is not all never `100 %`.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn percent(part: u64, all: u64) -> String {
    if part == 0 || all == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 * 100.0 / all as f64;
    match share {
        _ if part >= all => "100 %".to_owned(),
        ..0.1 => "<0.1 %".to_owned(),
        ..9.95 => format!("{share:.1} %"),
        99.5.. => ">99 %".to_owned(),
        _ => format!("{share:.0} %"),
    }
}

/// `45 s`, `2 min 46 s`, `16 min`, `2 h 5 min`, `3 d 4 h`: two units at most, rounded to the smaller.
pub fn duration(seconds: i64) -> String {
    let two = |big: i64, unit: &str, small: i64, lesser: &str| if small == 0 { format!("{big} {unit}") } else { format!("{big} {unit} {small} {lesser}") };
    match seconds.max(0) {
        0 => "under 1 s".to_owned(),
        s @ ..60 => format!("{s} s"),
        s @ ..300 => two(s / 60, "min", s % 60, "s"),
        s => {
            let minutes = (s + 30) / 60;
            let hours = (s + 1_800) / 3_600;
            match (minutes, hours) {
                (..60, _) => format!("{minutes} min"),
                (..1_440, _) => two(minutes / 60, "h", minutes % 60, "min"),
                _ => two(hours / 24, "d", hours % 24, "h"),
            }
        }
    }
}

/// The columns a text takes.
pub fn width(text: &str) -> usize {
    if has_a_column_each(text) { text.len() } else { text.width() }
}

/// Whether each byte takes a column, as in nearly every text.
fn has_a_column_each(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The longest beginning of `text` that takes at most `most` columns, and the rest.
pub fn split(text: &str, most: usize) -> (&str, &str) {
    if has_a_column_each(text) {
        return text.split_at(most.min(text.len()));
    }
    if width(text) <= most {
        return (text, "");
    }
    let mut end = 0;
    for (at, character) in text.char_indices() {
        let next = at + character.len_utf8();
        if width(&text[..next]) > most {
            break;
        }
        end = next;
    }
    text.split_at(end)
}

/// `text`, or its beginning with `ellipsis` behind it, in at most `most` columns.
pub fn cut(text: &str, most: usize, ellipsis: &str) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let (ellipsis, _) = split(ellipsis, most);
    format!("{}{ellipsis}", split(text, most - width(ellipsis)).0.trim_end())
}

/// `text`, or its end with `ellipsis` before it: for paths of files, whose ends tell them apart.
pub fn cut_start(text: &str, most: usize, ellipsis: &str) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let (ellipsis, _) = split(ellipsis, most);
    let room = most - width(ellipsis);
    let fits = text.char_indices().map(|(at, _)| &text[at..]).find(|rest| width(rest) <= room);
    format!("{ellipsis}{}", fits.unwrap_or_default())
}

/// `text` in ASCII: `…` becomes `...`, all else is escaped as `\u{e9}`.
pub(super) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '…' => out += "...",
            _ if character.is_ascii() => out.push(character),
            _ => out.extend(character.escape_unicode()),
        }
    }
    out
}

/// Adds neighbours up until at most `columns` values are left; each of the new ones covers as many of the old.
pub fn merged(values: &[u64], columns: usize) -> Vec<u64> {
    let each = values.len().div_ceil(columns.max(1)).max(1);
    values.chunks(each).map(|chunk| chunk.iter().sum()).collect()
}

/// A character a value, as high as the value against the greatest; a blank for 0.
pub fn sparkline(values: &[u64], is_ascii: bool) -> String {
    let most = values.iter().copied().max().unwrap_or(0);
    let sparks = if is_ascii { ASCII_SPARKS } else { SPARKS };
    values.iter().map(|value| if *value == 0 { ' ' } else { sparks[scaled(*value, most, 8) - 1] }).collect()
}

/// A bar of at most `columns` columns for `value` of `most`; what is not 0 shows at least a trace.
pub(super) fn bar(value: u64, most: u64, columns: usize, is_ascii: bool) -> String {
    if value == 0 || most == 0 {
        return String::new();
    }
    if is_ascii {
        return "#".repeat(scaled(value, most, columns));
    }
    let eighths = scaled(value, most, columns * 8);
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).map(|part| EIGHTHS[part]));
    bar
}

/// `value` of `most` in steps, 1 to `steps`, rounded up.
fn scaled(value: u64, most: u64, steps: usize) -> usize {
    let scaled = (u128::from(value) * steps as u128).div_ceil(u128::from(most.max(1)));
    usize::try_from(scaled).unwrap_or(steps).clamp(1, steps.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(number(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(count(1, "request", "requests"), "1 request");
    }

    #[test]
    fn a_share_is_neither_nothing_nor_all_unless_it_is() {
        let shares = [(0, 7), (1, 10_000), (21, 1_000), (71, 100), (995, 1_000), (999, 1_000), (7, 7), (1, 0)].map(|(part, all)| percent(part, all));
        assert_eq!(shares, ["0 %", "<0.1 %", "2.1 %", "71 %", ">99 %", ">99 %", "100 %", "0 %"]);
        assert_eq!(percent(71, 99), "72 %");
        assert_eq!(percent(999, 10_000), "10 %");
    }

    #[test]
    fn a_duration_has_two_units_at_most() {
        let shown = [0, 45, 60, 166, 290, 960, 3_599, 7_500, 86_399, 86_400, 273_600].map(duration);
        assert_eq!(shown, ["under 1 s", "45 s", "1 min", "2 min 46 s", "4 min 50 s", "16 min", "1 h", "2 h 5 min", "1 d", "1 d", "3 d 4 h"]);
    }

    #[test]
    fn a_text_is_cut_by_columns() {
        assert_eq!(cut("abcdef", 6, "…"), "abcdef");
        assert_eq!(cut("abcdefg", 6, "…"), "abcde…");
        assert_eq!(cut("日本語", 5, "…"), "日本…");
        assert_eq!(cut("日本語", 4, "…"), "日…");
        assert_eq!(cut("abcdef", 2, "..."), "..");
        assert_eq!(cut_start("/var/log/nginx/error.log", 12, "…"), "…x/error.log");
        assert_eq!(split("e\u{301}a", 1), ("e\u{301}", "a"));
    }

    #[test]
    fn ascii_escapes_what_it_must() {
        assert_eq!(ascii("caf\u{e9} …"), "caf\\u{e9} ...");
    }

    #[test]
    fn sparklines_and_bars_show_a_trace_of_what_is_there() {
        assert_eq!(sparkline(&[0, 1, 50, 100], false), " ▁▄█");
        assert_eq!(sparkline(&[0, 1, 50, 100], true), " .=@");
        assert_eq!(sparkline(&[], false), "");
        assert_eq!(bar(0, 10, 8, false), "");
        assert_eq!(bar(1, 1_000_000, 8, false), "▏");
        assert_eq!(bar(10, 10, 3, false), "███");
        assert_eq!(bar(5, 10, 4, true), "##");
        assert_eq!(bar(u64::MAX, u64::MAX, 4, true), "####");
    }

    #[test]
    fn merged_values_keep_their_sum() {
        assert_eq!(merged(&[1, 2, 3, 4, 5], 2), [6, 9]);
        assert_eq!(merged(&[1, 2], 10), [1, 2]);
        assert!(merged(&[], 10).is_empty());
    }
}
