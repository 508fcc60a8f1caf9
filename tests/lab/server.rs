//! A real proxy as a child of the test: its own folder, its own port, gone with its owner.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Kills the whole process group, master and workers, as soon as the pipe closes: when its owner drops it, panics or is
/// killed itself.
const WATCHED: &str = r#"exec 3<&0; ( read -r _ <&3; kill -KILL 0 ) & exec "$@" 3<&- </dev/null"#;

use super::Writer;

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    child: Child,
    leash: Option<ChildStdin>,
}

impl Server {
    /// Starts `program` with the configuration that `configure` gives for a port.
    ///
    /// # Panics
    ///
    /// When it does not listen soon; its own words are in the message.
    pub(crate) fn start(program: &Path, folder: &Path, configure: impl Fn(u16) -> String, arguments: impl Fn(&Path) -> Vec<String>) -> Self {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        let configuration = folder.join("lab.conf");
        let said = folder.join("said.txt");
        let mut errors = String::new();
        // Between looking for a free port and listening on it, another lab may take it.
        for _ in 0..3 {
            let port = free_port();
            fs::write(&configuration, configure(port)).unwrap();
            let mut child = Command::new("sh")
                .args(["-c", WATCHED, "sh"])
                .arg(program)
                .args(arguments(&configuration))
                .current_dir(folder)
                .env_clear()
                .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
                .env("TZ", "UTC")
                .stdin(Stdio::piped())
                .stdout(File::create(&said).unwrap())
                .stderr(File::options().append(true).open(&said).unwrap())
                .process_group(0)
                .spawn()
                .unwrap();
            let leash = child.stdin.take();
            let mut server = Self { address: (Ipv4Addr::LOCALHOST, port).into(), child, leash };
            if server.listens() {
                return server;
            }
            errors = [said.clone(), folder.join("main-error.log")].iter().map(|path| fs::read_to_string(path).unwrap_or_default()).collect();
        }
        panic!("{} does not start: {errors}", program.display());
    }

    fn listens(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end && self.child.try_wait().is_ok_and(|status| status.is_none()) {
            if TcpStream::connect_timeout(&self.address, Duration::from_millis(100)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.leash.take());
        let _ = self.child.wait();
    }
}

/// A program that writes a server's logs; it ends with its owner.
#[derive(Debug)]
pub(crate) struct Companion {
    child: Child,
    leash: Option<ChildStdin>,
}

impl Companion {
    /// Starts it.
    pub(crate) fn start(writer: &Writer) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", WATCHED, "sh"])
            .args(&writer.words)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(File::create(&writer.output).unwrap())
            .stderr(File::create(writer.output.with_extension("errors")).unwrap())
            .process_group(0)
            .spawn()
            .unwrap();
        let leash = child.stdin.take();
        Self { child, leash }
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        drop(self.leash.take());
        let _ = self.child.wait();
    }
}

/// A free port that nobody is given by chance: below those that the kernel hands out for port 0, which the upstreams and
/// clients of all instances ask for all the time.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % 1_000 * 8).unwrap();
    let ports = (0..1_000).map(|_| 20_000 + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % 8_000);
    ports.into_iter().find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()).expect("a free port")
}
