//! One run of a table of scenarios against one instance of a server: all scenarios side by side, the visits of each in turn.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::client::{Answer, Client};
use super::server::Server;
use super::upstream::{Behaviour, GOOD, Upstream};
use super::{Kind, Scenario, Visit, wait_until};

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
            text = text.replace(&format!("<{at}>"), &upstream.place);
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
    let results: Vec<Result> = std::thread::scope(|scope| {
        let visits: Vec<_> = instance
            .scenarios
            .iter()
            .enumerate()
            .map(|(at, (scenario, upstreams))| {
                // Of a range for examples, each scenario another.
                let client = Client { server: server.address, address: format!("203.0.113.{}", at + 1), host: scenario.host() };
                let instance = &instance;
                scope.spawn(move || visit(instance, &client, scenario, upstreams))
            })
            .collect();
        visits.into_iter().map(|visits| visits.join().unwrap()).collect()
    });
    wait_for_logs(&instance, &results);
    results
}

fn visit(instance: &Instance<'_>, client: &Client, scenario: &'static Scenario, upstreams: &[Upstream]) -> Result {
    let healthy = || client.ask("GET", &format!("/{}/healthy", scenario.name));
    let mut result = Result {
        scenario,
        answers: Vec::new(),
        healthy: vec![healthy()],
        logs: instance.logs_of(scenario),
        blames: instance.fill(scenario.blames, scenario, upstreams),
    };
    for (at, visit) in scenario.visits.iter().enumerate() {
        // Equal ones among them, with a query or without.
        let path = format!("/{}/{}", scenario.name, ["cart", "cart", "pay?id=7"][at % 3]);
        let answer = match visit {
            Visit::Get => client.ask("GET", &path),
            Visit::Post => client.ask("POST", &path),
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

fn leave(client: &Client, path: &str, upstream: &Upstream) -> Answer {
    let before = upstream.received();
    let answer = client.ask_and_leave(path, || wait_until("the upstream to get a request", Duration::from_secs(10), || upstream.received() > before));
    upstream.client_departed();
    answer
}

fn wait_for_logs(instance: &Instance<'_>, results: &[Result]) {
    let lines = |path: &Path| memchr::memchr_iter(b'\n', &fs::read(path).unwrap_or_default()).count();
    for result in results {
        let path = instance.access_log(result.scenario);
        let sharing = results.iter().filter(|other| instance.access_log(other.scenario) == path);
        let expected: usize = sharing.map(|other| other.answers.len() + other.healthy.len()).sum();
        let what = format!("{expected} lines in {}", path.display());
        wait_until(&what, Duration::from_secs(10), || lines(&path) >= expected);
    }
}
