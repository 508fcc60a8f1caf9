//! One run of a table of scenarios against one instance of a server: all scenarios side by side, the visits of each in turn.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::client::{Answer, Client};
use super::server::{Companion, Server};
use super::upstream::{Behaviour, GOOD, Upstream};
use super::{Kind, Scenario, Visit, Writer, wait_until};

/// How the logs of the scenarios are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logs {
    /// A folder for each.
    Apart,
    /// One error log, and one access log of each format, for all.
    Together,
}

/// An instance of a server, before it starts.
#[derive(Debug)]
pub(crate) struct Instance<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) logs: Logs,
    /// An upstream that answers.
    pub(crate) good: Upstream,
    /// Each with its upstreams.
    pub(crate) scenarios: Vec<(&'static Scenario, Vec<Upstream>)>,
}

impl Instance<'_> {
    /// Where the logs of a scenario go.
    pub(crate) fn logs_of(&self, scenario: &Scenario) -> PathBuf {
        match self.logs {
            Logs::Apart => self.folder.join("logs").join(scenario.name),
            Logs::Together => self.folder.join("logs"),
        }
    }

    /// The access log of a scenario.
    pub(crate) fn access_log(&self, scenario: &Scenario) -> PathBuf {
        self.logs_of(scenario).join(if scenario.is_detailed { "detailed.log" } else { "access.log" })
    }

    /// A text of the table with the places filled in.
    pub(crate) fn fill(&self, text: &str, scenario: &Scenario, upstreams: &[Upstream]) -> String {
        let mut text = text.replace("<name>", scenario.name).replace("<good>", &self.good.place);
        text = text.replace("<folder>", &self.folder.join(scenario.name).display().to_string());
        for (at, upstream) in upstreams.iter().enumerate() {
            let port = upstream.place.rsplit(':').next().unwrap_or_default();
            text = text.replace(&format!("<{at}>"), &upstream.place).replace(&format!("<{at}.port>"), port);
        }
        text
    }
}

/// What came of a scenario.
#[derive(Debug)]
pub(crate) struct Result {
    pub(crate) scenario: &'static Scenario,
    /// What the clients got, healthy visits aside.
    pub(crate) answers: Vec<Answer>,
    /// What those on the healthy path got.
    pub(crate) healthy: Vec<Answer>,
    /// Where its logs are.
    pub(crate) logs: PathBuf,
    /// The place of the upstream that is to be blamed.
    pub(crate) blames: String,
    /// See [`Kind`].
    pub(crate) has_error_log: bool,
}

/// Starts the server, lets everyone visit, and stops it when every visit is in its log.
pub(crate) fn run(kind: &Kind, program: &Path, folder: &Path, logs: Logs) -> Vec<Result> {
    let scenarios = kind.scenarios.iter().map(|scenario| {
        let folder = folder.join(scenario.name);
        fs::create_dir_all(&folder).unwrap();
        (scenario, scenario.upstreams.iter().map(|behaviour| Upstream::start(*behaviour, &folder)).collect())
    });
    let instance = Instance { scenarios: scenarios.collect(), folder, logs, good: Upstream::start(Behaviour::Says(GOOD), folder) };
    for (scenario, _) in &instance.scenarios {
        fs::create_dir_all(instance.logs_of(scenario)).unwrap();
    }
    let server = Server::start(program, folder, |port| (kind.configure)(&instance, port), kind.arguments);
    let writers = (kind.companions)(folder);
    let _companions: Vec<Companion> = writers.iter().map(Companion::start).collect();
    let early = Client { server: server.address, address: Ipv4Addr::new(127, 0, 1, 255), host: "lab.test".to_owned() };
    wait_until("the logs to be written", Duration::from_secs(10), || {
        let is_written = |writer: &Writer| fs::metadata(&writer.output).is_ok_and(|file| file.len() > 0);
        writers.iter().all(is_written) || {
            early.ask("GET", "/early");
            false
        }
    });
    let results: Vec<Result> = std::thread::scope(|scope| {
        let visits: Vec<_> = instance
            .scenarios
            .iter()
            .enumerate()
            .map(|(at, (scenario, upstreams))| {
                // Each scenario another, as clients have. An error log without paths cannot tell one client's requests apart.
                let client = Client { server: server.address, address: Ipv4Addr::new(127, 0, 1, u8::try_from(at + 1).unwrap()), host: scenario.host() };
                let instance = &instance;
                scope.spawn(move || visit(kind, instance, &client, scenario, upstreams))
            })
            .collect();
        visits.into_iter().map(|visits| visits.join().unwrap()).collect()
    });
    wait_for_logs(kind, &instance, &results);
    results
}

fn visit(kind: &Kind, instance: &Instance<'_>, client: &Client, scenario: &'static Scenario, upstreams: &[Upstream]) -> Result {
    let healthy = || client.ask("GET", &format!("/{}/healthy", scenario.name));
    let mut result = Result {
        scenario,
        answers: Vec::new(),
        healthy: vec![healthy()],
        logs: instance.logs_of(scenario),
        blames: instance.fill(scenario.blames, scenario, upstreams),
        has_error_log: kind.has_error_log,
    };
    for (at, visit) in scenario.visits.iter().enumerate() {
        // Equal ones among them, with a query or without.
        let path = format!("/{}/{}", scenario.name, ["cart", "cart", "pay?id=7"][at % 3]);
        let answer = match visit {
            Visit::Get => client.ask("GET", &path),
            Visit::Post => client.ask("POST", &path),
            Visit::Crowd(most) => {
                result.answers.extend(crowd(client, &path, &upstreams[0], *most));
                continue;
            }
            Visit::Leave => leave(client, &path, &upstreams[0]),
            Visit::Wait(time) => {
                std::thread::sleep(*time);
                continue;
            }
        };
        result.answers.push(answer);
    }
    result.healthy.push(healthy());
    result
}

/// Several at once, behind one that the upstream has. Who of them gets what is chance; what they get together is not.
fn crowd(client: &Client, path: &str, upstream: &Upstream, most: usize) -> Vec<Answer> {
    let mut answers: Vec<Answer> = std::thread::scope(|scope| {
        let before = upstream.received();
        let ask = || scope.spawn(|| client.ask("GET", path));
        let first = ask();
        wait_until("the upstream to get a request", Duration::from_secs(10), || upstream.received() > before);
        let others: Vec<_> = (1..most).map(|_| ask()).collect();
        [first].into_iter().chain(others).map(|visit| visit.join().unwrap()).collect()
    });
    answers.sort_by_key(ToString::to_string);
    answers
}

fn leave(client: &Client, path: &str, upstream: &Upstream) -> Answer {
    let before = upstream.received();
    let answer = client.ask_and_leave(path, || wait_until("the upstream to get a request", Duration::from_secs(10), || upstream.received() > before));
    upstream.client_departed();
    answer
}

fn wait_for_logs(kind: &Kind, instance: &Instance<'_>, results: &[Result]) {
    // HAProxy tells of its servers in the same log, Caddy of everything.
    let lines = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_default();
        bytes
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| line.ends_with(b"\n") && memchr::memmem::find(line, kind.answer.as_bytes()).is_some())
            .count()
    };
    (kind.collect)(instance);
    for result in results {
        let path = instance.access_log(result.scenario);
        let sharing = results.iter().filter(|other| instance.access_log(other.scenario) == path);
        let expected: usize = sharing.map(|other| other.answers.len() + other.healthy.len()).sum();
        let what = format!("{expected} lines in {}", path.display());
        wait_until(&what, Duration::from_secs(10), || {
            if lines(&path) < expected {
                (kind.collect)(instance);
            }
            lines(&path) >= expected
        });
    }
}
