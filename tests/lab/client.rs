//! A client that writes one HTTP/1.1 request and notes what it really got.

use std::fmt;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than any time-out of the lab.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// All of an answer with that status.
    Whole(u16),
    /// The head of one, and less body than it announced.
    Cut(u16),
    /// Bytes that are no HTTP.
    Garbled,
    /// The connection was closed before anything came.
    Nothing,
    /// The client did not wait.
    Left,
}

impl Answer {
    /// Its status, if there is one.
    pub(crate) const fn status(self) -> Option<u16> {
        match self {
            Self::Whole(status) | Self::Cut(status) => Some(status),
            _ => None,
        }
    }

    /// Whether the client waited for an answer and did not get what it should.
    pub(crate) const fn is_failure(self) -> bool {
        match self {
            Self::Whole(status) => status >= 500,
            Self::Cut(_) | Self::Garbled | Self::Nothing => true,
            Self::Left => false,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(status) => write!(f, "{status}"),
            Self::Cut(status) => write!(f, "{status}-cut"),
            Self::Garbled => f.write_str("garbled"),
            Self::Nothing => f.write_str("nothing"),
            Self::Left => f.write_str("left"),
        }
    }
}

/// A client behind a proxy of the provider's, which says its address.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) server: SocketAddr,
    pub(crate) address: String,
    /// The host that it asks for.
    pub(crate) host: String,
}

impl Client {
    /// Sends a request and reads to the end.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Answer {
        let mut stream = self.send(method, path);
        let mut bytes = Vec::new();
        // A reset ends it as well as an end does; what came before counts.
        let _ = stream.read_to_end(&mut bytes);
        understand(&bytes)
    }

    /// Sends a request, and leaves when `may_leave` returns.
    pub(crate) fn ask_and_leave(&self, path: &str, may_leave: impl FnOnce()) -> Answer {
        let stream = self.send("GET", path);
        may_leave();
        drop(stream);
        Answer::Left
    }

    fn send(&self, method: &str, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect_timeout(&self.server, PATIENCE).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = if method == "POST" { "Content-Length: 3\r\n\r\na=1" } else { "\r\n" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: {}\r\nUser-Agent: lab/1.0\r\nConnection: close\r\n{body}",
            self.host, self.address
        );
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }
}

fn understand(bytes: &[u8]) -> Answer {
    if bytes.is_empty() {
        return Answer::Nothing;
    }
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Answer::Garbled };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let body = &bytes[end + 4..];
    let Some(status) = head.strip_prefix("http/1.").and_then(|rest| rest.get(2..5)?.parse().ok()) else { return Answer::Garbled };
    let header = |name: &str| head.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned()));
    let is_whole = match (header("content-length"), header("transfer-encoding")) {
        (Some(length), _) => length.parse().is_ok_and(|length: usize| body.len() == length),
        (None, Some(_)) => body.ends_with(b"0\r\n\r\n"),
        (None, None) => true,
    };
    if is_whole { Answer::Whole(status) } else { Answer::Cut(status) }
}

#[test]
fn the_client_tells_whole_answers_from_cut_ones() {
    let answers: [(&[u8], Answer); 6] = [
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", Answer::Whole(502)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno", Answer::Cut(200)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", Answer::Whole(200)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n", Answer::Cut(200)),
        (b"SSH-2.0-x\r\n", Answer::Garbled),
        (b"", Answer::Nothing),
    ];
    for (bytes, answer) in answers {
        assert_eq!(understand(bytes), answer);
    }
}
