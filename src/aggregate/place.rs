//! Whether an entry of context is about an upstream that failed.
//!
//! The two logs name things in their own ways: a port, a socket, a unit, a pool, a pod. Only an address or a socket that is
//! none of those that failed tells that it is about another; a name tells nothing when it is not found.

/// How places that an entry names stand to upstreams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit<'u> {
    /// It is about that one.
    Same(&'u str),
    /// It is about another one.
    Other,
    /// Nothing tells.
    Unknown,
}

/// Whether any of `places` is one of `upstreams`.
pub(super) fn fit<'u>(places: &[String], upstreams: &'u [String]) -> Fit<'u> {
    let mut is_other = false;
    for place in places {
        if let Some(upstream) = upstreams.iter().find(|upstream| is_same(place, upstream)) {
            return Fit::Same(upstream);
        }
        let is_comparable = |upstream: &String| port(upstream).is_some() || upstream.starts_with("unix:");
        is_other |= (port(place).is_some() || place.starts_with('/')) && !upstreams.is_empty() && upstreams.iter().all(is_comparable);
    }
    if is_other { Fit::Other } else { Fit::Unknown }
}

fn is_same(place: &str, upstream: &str) -> bool {
    if let Some(socket) = upstream.strip_prefix("unix:") {
        return if place.starts_with('/') { place == socket } else { is_named(place, stem(socket)) };
    }
    if let (Some((here, mine)), Some((host, theirs))) = (port(place), port(upstream)) {
        // Who listens on every address, or on its own loopback, says nothing of the address under which others reach it.
        let is_any = matches!(here, "" | "0.0.0.0" | "[::]" | "::" | "*" | "127.0.0.1" | "localhost");
        return mine == theirs && (is_any || here == host);
    }
    port(upstream).is_none() && is_named(place, upstream)
}

/// Host and port of `10.0.0.1:80` and `:80`.
fn port(authority: &str) -> Option<(&str, &str)> {
    let (host, port) = authority.rsplit_once(':')?;
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_port && !authority.starts_with("unix:")).then_some((host, port))
}

/// `php8.2-fpm` of `/run/php/php8.2-fpm.sock`.
fn stem(socket: &str) -> &str {
    let name = socket.rsplit('/').next().unwrap_or(socket);
    [".sock", ".socket"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// Whether a unit, pool, pod or process is named like a socket or a group: one name is the other's beginning, up to where a
/// word ends.
fn is_named(place: &str, name: &str) -> bool {
    let place = [".service", ".scope", ".slice"].iter().find_map(|end| place.strip_suffix(end)).unwrap_or(place);
    let begins = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()));
    place.len() > 2 && name.len() > 2 && (begins(place, name) || begins(name, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_compared_with_upstreams() {
        let of = |place: &str, upstream: &str| match fit(&[place.to_owned()], &[upstream.to_owned()]) {
            Fit::Same(_) => "same",
            Fit::Other => "other",
            Fit::Unknown => "unknown",
        };
        for (place, upstream, expected) in [
            (":8080", "10.0.0.1:8080", "same"),
            (":8081", "10.0.0.1:8080", "other"),
            (":8081", "shop", "unknown"),
            ("0.0.0.0:8080", "10.0.0.1:8080", "same"),
            ("10.0.0.2:8080", "10.0.0.1:8080", "other"),
            ("/run/php/www.sock", "unix:/run/php/www.sock", "same"),
            ("/run/php/other.sock", "unix:/run/php/www.sock", "other"),
            ("www", "unix:/run/php/www.sock", "same"),
            ("php8.2-fpm.service", "unix:/run/php/php8.2-fpm.sock", "same"),
            ("shop-7d9f6c4b5-x2x8k", "shop", "same"),
            ("shopping", "shop", "unknown"),
            ("node", "10.0.0.1:8080", "unknown"),
        ] {
            assert_eq!(of(place, upstream), expected, "{place} {upstream}");
        }
        assert_eq!(fit(&[":80".to_owned()], &[]), Fit::Unknown);
    }
}
