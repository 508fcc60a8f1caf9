//! Why a gateway failed, and where in the exchange with its upstream.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The closed list of causes. Their ids are part of the contract; what they mean to an operator stands in
/// `patterns/causes.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "patterns/causes.toml says what each means; saying it twice would let them drift")]
pub enum Cause {
    UpstreamDown,
    UpstreamTimeout,
    MisconfiguredProxy,
    NoHealthyBackends,
    DnsFailure,
    TlsFailure,
    UpstreamOverloaded,
    ProxyOverloaded,
    ConnectionReset,
    InvalidResponse,
    NetworkUnreachable,
    PassedThrough,
    Intentional,
    Unattributed,
    ClientAbort,
}

impl Cause {
    /// Every cause, in the order of the contract.
    pub const ALL: [Self; 15] = [
        Self::UpstreamDown,
        Self::UpstreamTimeout,
        Self::MisconfiguredProxy,
        Self::NoHealthyBackends,
        Self::DnsFailure,
        Self::TlsFailure,
        Self::UpstreamOverloaded,
        Self::ProxyOverloaded,
        Self::ConnectionReset,
        Self::InvalidResponse,
        Self::NetworkUnreachable,
        Self::PassedThrough,
        Self::Intentional,
        Self::Unattributed,
        Self::ClientAbort,
    ];

    /// The id of the contract.
    pub const fn id(self) -> &'static str {
        match self {
            Self::UpstreamDown => "upstream-down",
            Self::UpstreamTimeout => "upstream-timeout",
            Self::MisconfiguredProxy => "misconfigured-proxy",
            Self::NoHealthyBackends => "no-healthy-backends",
            Self::DnsFailure => "dns-failure",
            Self::TlsFailure => "tls-failure",
            Self::UpstreamOverloaded => "upstream-overloaded",
            Self::ProxyOverloaded => "proxy-overloaded",
            Self::ConnectionReset => "connection-reset",
            Self::InvalidResponse => "invalid-response",
            Self::NetworkUnreachable => "network-unreachable",
            Self::PassedThrough => "passed-through",
            Self::Intentional => "intentional",
            Self::Unattributed => "unattributed",
            Self::ClientAbort => "client-abort",
        }
    }

    /// The cause of that id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.id() == id)
    }

    /// Whether a request with this cause failed against the will of whoever runs the gateway.
    pub const fn is_failure(self) -> bool {
        !matches!(self, Self::Intentional | Self::ClientAbort)
    }

    /// Its place in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// Where in the exchange with the upstream it went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Its name was looked up.
    Resolve,
    /// A connection was opened.
    Connect,
    /// TLS was negotiated.
    Tls,
    /// The request was sent.
    Send,
    /// The head of the answer was awaited.
    Header,
    /// The body of the answer was read; the status had been sent already.
    Body,
    /// The request waited for a connection.
    Queue,
}

impl Phase {
    /// Every phase, in the order of an exchange.
    pub const ALL: [Self; 7] = [Self::Resolve, Self::Connect, Self::Tls, Self::Send, Self::Header, Self::Body, Self::Queue];

    /// The word of the contract.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Send => "send",
            Self::Header => "header",
            Self::Body => "body",
            Self::Queue => "queue",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_there_and_back_and_serde_agrees() {
        for (index, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!(Cause::from_id(cause.id()), Some(cause));
            assert_eq!(cause.index(), index);
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.id());
        }
        for (index, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase as usize, index);
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.id());
        }
    }
}
