//! Upstreams that misbehave, each on a loopback port of its own.
//!
//! What comes of a close is decided by what was read before: a socket that closes with unread bytes is reset, one that read
//! everything ends in order. So nothing here needs a socket option.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::wait_until;

/// What an upstream does to each connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Nothing listens on its port.
    Refuses,
    /// Its queue of connections is full, and nobody takes one out: packets are dropped.
    Full,
    /// Its socket file is there, and nothing listens.
    DeadSocket,
    /// Reads the request, closes.
    Closes,
    /// Leaves the request unread, closes: a reset.
    Resets,
    /// Takes the request and says nothing until the proxy gives up.
    Hangs,
    /// Answers the first request so, and closes the others.
    Once(&'static str),
    /// Sends these bytes, closes.
    Says(&'static str),
    /// Sends these bytes and is reset.
    SaysThenResets(&'static str),
    /// Sends these bytes, then nothing until the proxy gives up.
    SaysThenHangs(&'static str),
    /// A header line of so many bytes.
    LongHeader(usize),
    /// More than any buffer takes, once the client has left.
    AnswersTheDeparted,
    /// A name server that knows no name.
    KnowsNoName,
    /// A closed UDP port.
    NoNameServer,
}

/// An answer that nothing is wrong with.
pub(crate) const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";

/// No exchange of the lab lasts longer.
const LONGEST: Duration = Duration::from_secs(10);

/// A running upstream; it ends with its owner.
#[derive(Debug)]
pub(crate) struct Upstream {
    /// `127.0.0.1:PORT`, or the path of a socket.
    pub(crate) place: String,
    shared: Arc<Shared>,
    worker: Option<(SocketAddr, JoinHandle<()>)>,
    /// What keeps a port from everyone else.
    _reserved: Reserved,
}

#[derive(Debug)]
#[allow(dead_code, reason = "held, never read")]
enum Reserved {
    Nothing,
    Tcp(Socket),
    Queue(Vec<Socket>),
    Udp(UdpSocket),
}

#[derive(Debug, Default)]
struct Shared {
    ends: AtomicBool,
    /// Requests that came in.
    received: AtomicUsize,
    /// Clients that have left.
    departed: AtomicUsize,
}

impl Upstream {
    /// Starts one; a socket is made in `folder`.
    pub(crate) fn start(behaviour: Behaviour, folder: &Path) -> Self {
        match behaviour {
            Behaviour::Refuses => {
                // The port is taken, and nobody listens on it.
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
                socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
                let address = socket.local_addr().unwrap().as_socket().unwrap();
                Self::absent(address.to_string(), Reserved::Tcp(socket))
            }
            Behaviour::Full => {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
                socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
                socket.listen(0).unwrap();
                let address = socket.local_addr().unwrap();
                let waiting = (0..4).map(|_| {
                    let one = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
                    one.set_nonblocking(true).unwrap();
                    let _ = one.connect(&address);
                    one
                });
                let all = waiting.chain([socket.try_clone().unwrap()]).collect();
                Self::absent(address.as_socket().unwrap().to_string(), Reserved::Queue(all))
            }
            Behaviour::DeadSocket => {
                let path = folder.join("dead.sock");
                drop(UnixListener::bind(&path).unwrap());
                fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
                Self::absent(path.display().to_string(), Reserved::Nothing)
            }
            Behaviour::NoNameServer => {
                // Joined to itself, it takes nothing from anyone else: they are told that the port is closed.
                let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                socket.connect(socket.local_addr().unwrap()).unwrap();
                Self::absent(socket.local_addr().unwrap().to_string(), Reserved::Udp(socket))
            }
            Behaviour::KnowsNoName => {
                let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
                Self::present(socket.local_addr().unwrap(), move |shared| know_no_name(&socket, shared))
            }
            _ => {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                Self::present(listener.local_addr().unwrap(), move |shared| accept(&listener, behaviour, shared))
            }
        }
    }

    fn absent(place: String, reserved: Reserved) -> Self {
        Self { place, shared: Arc::default(), worker: None, _reserved: reserved }
    }

    fn present(address: SocketAddr, work: impl FnOnce(&Arc<Shared>) + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let worker = std::thread::spawn({
            let shared = shared.clone();
            move || work(&shared)
        });
        Self { place: address.to_string(), shared, worker: Some((address, worker)), _reserved: Reserved::Nothing }
    }

    /// How many requests came in.
    pub(crate) fn received(&self) -> usize {
        self.shared.received.load(Ordering::SeqCst)
    }

    /// Tells it that the client is gone.
    pub(crate) fn client_departed(&self) {
        self.shared.departed.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        let Some((address, worker)) = self.worker.take() else { return };
        // Wakes whoever waits for the next connection; a name server looks by itself.
        let _ = TcpStream::connect_timeout(&address, Duration::from_millis(200));
        let _ = worker.join();
    }
}

fn accept(listener: &TcpListener, behaviour: Behaviour, shared: &Arc<Shared>) {
    let mut connections = Vec::new();
    for stream in listener.incoming() {
        if shared.ends.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = stream else { continue };
        let shared = shared.clone();
        connections.push(std::thread::spawn(move || {
            // The proxy may close first; that is part of the game.
            let _ = serve(stream, behaviour, &shared);
        }));
    }
    for connection in connections {
        let _ = connection.join();
    }
}

fn serve(mut stream: TcpStream, behaviour: Behaviour, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(LONGEST))?;
    if matches!(behaviour, Behaviour::Resets | Behaviour::SaysThenResets(_)) {
        stream.peek(&mut [0])?;
        shared.received.fetch_add(1, Ordering::SeqCst);
        if let Behaviour::SaysThenResets(text) = behaviour {
            stream.write_all(text.as_bytes())?;
        }
        return Ok(());
    }
    read_request(&mut stream)?;
    let before = shared.received.fetch_add(1, Ordering::SeqCst);
    match behaviour {
        Behaviour::Once(text) if before == 0 => stream.write_all(text.as_bytes())?,
        Behaviour::Says(text) => stream.write_all(text.as_bytes())?,
        Behaviour::SaysThenHangs(text) => {
            stream.write_all(text.as_bytes())?;
            hang(&mut stream, shared)?;
        }
        Behaviour::Hangs => hang(&mut stream, shared)?,
        Behaviour::LongHeader(bytes) => {
            let line = "x".repeat(bytes);
            write!(stream, "HTTP/1.1 200 OK\r\nX-Long: {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        }
        Behaviour::AnswersTheDeparted => {
            wait_until("the client to leave", LONGEST, || shared.departed.load(Ordering::SeqCst) > before || shared.ends.load(Ordering::SeqCst));
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\nConnection: close\r\n\r\n")?;
            stream.write_all(&vec![b'x'; 32 << 20])?;
        }
        _ => {}
    }
    // What is still unread would turn the end into a reset.
    stream.shutdown(Shutdown::Write)?;
    std::io::copy(&mut stream, &mut std::io::sink()).map(|_| ())
}

/// Reads a request, its body too; what is no HTTP is one read.
fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let read = stream.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..read]);
        let is_http = request.first().is_some_and(u8::is_ascii_uppercase);
        if read == 0 || !is_http {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0_usize);
            if body.len() >= length {
                return Ok(());
            }
        }
    }
}

/// Until the proxy closes, or the lab does.
fn hang(stream: &mut TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_millis(50)))?;
    loop {
        match stream.read(&mut [0; 64]) {
            Ok(0) => return Ok(()),
            _ if shared.ends.load(Ordering::SeqCst) => return Ok(()),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
}

fn know_no_name(socket: &UdpSocket, shared: &Shared) {
    let _ = socket.set_read_timeout(Some(Duration::from_millis(50)));
    let mut buffer = [0; 512];
    while !shared.ends.load(Ordering::SeqCst) {
        let Ok((read, from)) = socket.recv_from(&mut buffer) else { continue };
        if read >= 12 {
            // A response, recursion wanted and offered, code 3: no such name. The question is repeated as it came.
            buffer[2..4].copy_from_slice(&[0x81, 0x83]);
            let _ = socket.send_to(&buffer[..read], from);
        }
    }
}
