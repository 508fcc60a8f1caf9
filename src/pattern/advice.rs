//! What to check and what to fix, filled with what was really hit.

use super::file::{CauseText, PatternText};
use crate::text::safe::shell_word;

/// At most so many checks, and so many fixes, for one cause.
const MOST: usize = 6;

/// Checks and fixes: those of the leading pattern, then those of the cause, with their placeholders filled.
pub fn advice(cause: Option<&CauseText>, leading: Option<&PatternText>, values: &Values) -> (Vec<String>, Vec<String>) {
    let both = |of_pattern: fn(&PatternText) -> &Vec<String>, of_cause: fn(&CauseText) -> &Vec<String>| {
        let texts = leading.map(of_pattern).into_iter().chain(cause.map(of_cause)).flatten();
        let mut all: Vec<String> = Vec::new();
        for text in texts.filter_map(|text| values.fill(text)) {
            let is_known = |other: &String| *other == text || program(other).is_some_and(|theirs| program(&text) == Some(theirs));
            if !all.iter().any(is_known) {
                all.push(text);
            }
        }
        all.truncate(MOST);
        all
    };
    (both(|pattern| &pattern.checks, |cause| &cause.checks), both(|pattern| &pattern.fixes, |cause| &cause.fixes))
}

/// The program that a text begins with, if it begins with a command: to run it twice in a row tells nothing new.
fn program(text: &str) -> Option<&str> {
    text.strip_prefix('`')?.split([' ', '`']).next()
}

/// What placeholders stand for; a word that says what belongs there where nothing is known.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// `{upstream}`, `{upstream.host}` and `{upstream.port}`.
    pub upstream: Option<String>,
    /// `{host}`
    pub host: Option<String>,
    /// `{path}`
    pub path: Option<String>,
}

impl Values {
    /// The text with its placeholders filled, quoted for a shell inside backticks; `None` when it asks for the port of a
    /// socket, which has none.
    fn fill(&self, text: &str) -> Option<String> {
        let upstream = self.upstream.as_deref();
        let is_socket = upstream.is_some_and(|upstream| upstream.starts_with("unix:"));
        if is_socket && text.contains("{upstream.port}") {
            return None;
        }
        let (host, port) = upstream.map_or((None, None), split_authority);
        let mut out = String::with_capacity(text.len());
        for (at, part) in text.split('`').enumerate() {
            let is_command = at % 2 == 1;
            let shown = |value: Option<&str>, otherwise: &str| match value {
                Some(value) if is_command => shell_word(value.as_bytes()),
                Some(value) => value.to_owned(),
                None => otherwise.to_owned(),
            };
            if at > 0 {
                out.push('`');
            }
            out += &part
                .replace("{upstream.host}", &shown(host, "HOST"))
                .replace("{upstream.port}", &shown(port, "PORT"))
                .replace("{upstream}", &shown(upstream, "HOST:PORT"))
                .replace("{host}", &shown(self.host.as_deref(), "NAME"))
                .replace("{path}", &shown(self.path.as_deref(), "/"));
        }
        Some(out)
    }
}

/// Host and port of `127.0.0.1:80`, `[::1]:80`, a group's name, or a socket.
fn split_authority(upstream: &str) -> (Option<&str>, Option<&str>) {
    if let Some(path) = upstream.strip_prefix("unix:") {
        return (Some(path), None);
    }
    match upstream.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => (Some(host), Some(port)),
        _ => (Some(upstream), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(upstream: &str, text: &str) -> Option<String> {
        Values { upstream: Some(upstream.to_owned()), host: None, path: Some("/a b".to_owned()) }.fill(text)
    }

    #[test]
    fn placeholders_are_filled_and_quoted_only_in_commands() {
        assert_eq!(fill("10.0.0.1:80", "see {upstream}: `curl http://{upstream}{path}`").as_deref(), Some("see 10.0.0.1:80: `curl http://10.0.0.1:80'/a b'`"));
        assert_eq!(fill("[::1]:80", "`nc {upstream.host} {upstream.port}`").as_deref(), Some("`nc '[::1]' 80`"));
        assert_eq!(fill("pool", "`x {upstream.port}`").as_deref(), Some("`x PORT`"));
    }

    #[test]
    fn a_command_cannot_be_broken_out_of() {
        let filled = fill("a;$(id)`x`", "`dig {upstream.host}`").unwrap();
        assert_eq!(shlex::split(filled.trim_matches('`')).unwrap()[1], "a;$(id)`x`");
    }

    #[test]
    fn a_socket_has_no_port() {
        assert_eq!(fill("unix:/run/a.sock", "`ss -tlnp 'sport = :{upstream.port}'`"), None);
    }
}
