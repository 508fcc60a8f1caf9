//! What to check and what to fix, filled with what was really hit.

use super::file::{CauseText, PatternText};
use super::wording::hint;
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
    /// What the proxy speaks with the upstream, in lower case, where the log says: `http`, `fastcgi`.
    pub scheme: Option<String>,
}

impl Values {
    /// These, with the scheme that a record of the log names before the upstream.
    #[must_use]
    pub fn with_scheme_in(self, record: &str) -> Self {
        let scheme = self.upstream.as_deref().and_then(|upstream| scheme_before(record, upstream));
        Self { scheme, ..self }
    }

    /// The text with its placeholders filled, quoted for a shell inside backticks; `None` when it asks for what the upstream
    /// has not: the port of a socket, an answer in HTTP of what speaks FastCGI.
    fn fill(&self, text: &str) -> Option<String> {
        let upstream = self.upstream.as_deref();
        let socket = upstream.and_then(|upstream| upstream.strip_prefix("unix:"));
        if socket.map_or_else(|| !self.suits_port(text), |_| !self.suits_socket(text)) {
            return None;
        }
        let (host, port) = upstream.map_or((None, None), split_authority);
        let value = |placeholder: &str| {
            let (known, otherwise) = match placeholder {
                "upstream.host" => (host, "HOST"),
                "upstream.port" => (port, "PORT"),
                "upstream.socket" => (socket, "SOCKET"),
                "upstream" => (upstream, "HOST:PORT"),
                "host" => (self.host.as_deref(), "NAME"),
                "path" => (self.path.as_deref(), "/"),
                _ => return None,
            };
            Some(known.map_or(Value::Unknown(otherwise), Value::Known))
        };
        Some(match socket {
            Some(_) => substitute(&text.replace("http://{upstream}", "--unix-socket {upstream.socket} http://localhost"), &value),
            None => substitute(text, &value),
        })
    }

    /// Whether a text can be meant for an upstream that has an address and a port.
    fn suits_port(&self, text: &str) -> bool {
        let is_http = self.scheme.as_deref().is_none_or(|scheme| !["fastcgi", "uwsgi", "scgi", "memcached"].contains(&scheme));
        !text.contains("{upstream.socket}") && (is_http || !text.contains("://{upstream}"))
    }

    /// Whether a text can be meant for a socket: neither a name nor a port is behind that, and no TLS.
    fn suits_socket(&self, text: &str) -> bool {
        let has_not = ["{upstream.host}", "{upstream.port}", "https://{upstream}", "-connect {upstream}"];
        let is_http = self.scheme.as_deref() == Some("http");
        !has_not.iter().any(|part| text.contains(part)) && (is_http || !text.contains("://{upstream}"))
    }
}

/// What stands for a placeholder.
#[derive(Clone, Copy)]
enum Value<'v> {
    /// Of a log.
    Known(&'v str),
    /// A word that says what belongs there.
    Unknown(&'static str),
}

/// The text with the values in the place of their names, in one pass, so that no value is taken for a name. Inside of
/// backticks they are quoted for a shell.
fn substitute<'v>(text: &str, value: &dyn Fn(&str) -> Option<Value<'v>>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_command = false;
    let mut rest = text;
    while let Some(at) = rest.find(['`', '{']) {
        out += &rest[..at];
        rest = &rest[at..];
        let name = rest.strip_prefix('{').and_then(|rest| Some(&rest[..rest.find('}')?]));
        let Some((name, value)) = name.and_then(|name| Some((name, value(name)?))) else {
            is_command ^= rest.starts_with('`');
            out += &rest[..1];
            rest = &rest[1..];
            continue;
        };
        match value {
            Value::Known(known) if is_command => out += &shell_word(known.as_bytes()),
            Value::Known(text) | Value::Unknown(text) => out += text,
        }
        rest = &rest[name.len() + 2..];
    }
    out + rest
}

/// The names that may stand between braces.
const PLACEHOLDERS: [&str; 6] = ["upstream", "upstream.host", "upstream.port", "upstream.socket", "host", "path"];

/// Refuses a word in braces that is no placeholder. `%{http_code}` and `${HOME}` are somebody else's.
pub(super) fn known_placeholders(text: &str) -> Result<(), String> {
    for (at, _) in text.match_indices('{') {
        let is_foreign = text[..at].ends_with(['%', '$', '{']);
        let Some(name) = text[at + 1..].find('}').map(|end| &text[at + 1..at + 1 + end]) else { continue };
        let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        if is_word && !is_foreign && !PLACEHOLDERS.contains(&name) {
            return Err(format!("there is no placeholder {{{name}}}; {}", hint(name, &PLACEHOLDERS, "there are ")));
        }
    }
    Ok(())
}

/// The scheme that stands before the upstream: `fastcgi` in `fastcgi://unix:/run/a.sock:`, and in httpd's `FCGI: attempt to
/// connect to Unix domain socket /run/a.sock`.
fn scheme_before(record: &str, upstream: &str) -> Option<String> {
    const ATTEMPT: &str = ": attempt to connect to Unix domain socket ";
    let word_before = |at: usize| record[..at].rsplit(|character: char| !character.is_ascii_alphanumeric()).next();
    let named = record.match_indices(upstream).find_map(|(at, _)| word_before(record[..at].strip_suffix("://")?.len()));
    let attempted = || {
        let socket = upstream.strip_prefix("unix:")?;
        record.match_indices(ATTEMPT).find_map(|(at, _)| record[at + ATTEMPT.len()..].starts_with(socket).then(|| word_before(at))?)
    };
    let scheme = named.or_else(attempted).filter(|scheme| !scheme.is_empty())?.to_ascii_lowercase();
    Some(if scheme == "fcgi" { "fastcgi".to_owned() } else { scheme })
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
        Values { upstream: Some(upstream.to_owned()), path: Some("/a b".to_owned()), ..Values::default() }.fill(text)
    }

    fn fill_from(record: &str, upstream: &str, text: &str) -> Option<String> {
        Values { upstream: Some(upstream.to_owned()), path: Some("/a".to_owned()), ..Values::default() }.with_scheme_in(record).fill(text)
    }

    #[test]
    fn a_socket_is_asked_through_its_file_and_only_in_http() {
        const CURL: &str = "`curl -v http://{upstream}{path}` from the proxy";
        let asked = Some("`curl -v --unix-socket /run/a.sock http://localhost/a` from the proxy");
        let nginx = |scheme: &str| format!("connect() failed, request: \"GET /a HTTP/1.1\", upstream: \"{scheme}://unix:/run/a.sock:/a\", host: \"a\"");
        let apache = |scheme: &str| {
            format!("(2)No such file or directory: AH02454: {scheme}: attempt to connect to Unix domain socket /run/a.sock (localhost:80) failed")
        };
        for record in [nginx("http"), apache("http"), apache("HTTP")] {
            assert_eq!(fill_from(&record, "unix:/run/a.sock", CURL).as_deref(), asked, "{record}");
        }
        for record in [nginx("fastcgi"), nginx("uwsgi"), nginx("scgi"), apache("FCGI"), "no scheme: unix:/run/a.sock".to_owned()] {
            assert_eq!(fill_from(&record, "unix:/run/a.sock", CURL), None, "{record}");
        }
        assert_eq!(fill_from("upstream: \"fastcgi://10.0.0.1:9000\"", "10.0.0.1:9000", CURL), None);
        assert!(fill_from("upstream: \"http://10.0.0.1:9000/a\"", "10.0.0.1:9000", CURL).is_some());
        let name = "unix:/run/{path}`id`.sock";
        let filled = fill_from(&format!("http://{name}"), name, CURL).unwrap();
        assert_eq!(shlex::split(filled.trim_start_matches('`').rsplit_once('`').unwrap().0).unwrap()[3], "/run/{path}`id`.sock");
        let hostile = fill_from("http://unix:/run/a;id.sock", "unix:/run/a;id.sock", CURL).unwrap();
        assert!(hostile.contains("--unix-socket '/run/a;id.sock' http://localhost"), "{hostile}");
    }

    #[test]
    fn what_a_socket_has_not_is_not_asked_for() {
        for text in
            ["`dig {upstream.host}`", "`nc {upstream.host} {upstream.port}`", "`openssl s_client -connect {upstream}`", "`curl -vk https://{upstream}/`"]
        {
            assert_eq!(fill_from("http://unix:/run/a.sock:/", "unix:/run/a.sock", text), None, "{text}");
        }
        assert_eq!(fill("unix:/run/a.sock", "`grep -F {upstream} error.log`").as_deref(), Some("`grep -F unix:/run/a.sock error.log`"));
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
