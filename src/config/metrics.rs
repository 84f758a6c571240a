//! `METRICS`: who may read them, and where.

use std::fmt::{self, Debug, Formatter};
use std::net::SocketAddr;

use super::parse::{Reader, SECRET_CHARS_MIN};

pub const TOKEN_PREFIX: &str = "token:";

#[derive(Clone, PartialEq, Eq)]
pub enum MetricsAccess {
    Off,
    /// Everybody who reaches this address.
    Address(SocketAddr),
    /// On the server's port, whoever has this token.
    Token(String),
}

impl Debug for MetricsAccess {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => formatter.write_str("Off"),
            Self::Address(address) => write!(formatter, "Address({address})"),
            Self::Token(_) => formatter.write_str("Token(…)"),
        }
    }
}

impl Reader<'_> {
    pub(super) fn metrics(&mut self, name: &'static str) -> MetricsAccess {
        self.parse(name, MetricsAccess::Off, |text| match text.strip_prefix(TOKEN_PREFIX) {
            Some(token) if token.len() < SECRET_CHARS_MIN => {
                Err(format!("has a token of less than {SECRET_CHARS_MIN} characters"))
            }
            Some(token) if !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err("has a token with other characters than ASCII letters, digits and signs".to_owned())
            }
            Some(token) => Ok(MetricsAccess::Token(token.to_owned())),
            None if text.is_empty() => Ok(MetricsAccess::Off),
            None => text
                .parse()
                .map(MetricsAccess::Address)
                .map_err(|_| "is neither an IP address with a port nor token: with a token".to_owned()),
        })
    }
}
