//! The types of single settings, each with the words for a value that does not fit.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A span of time: a whole number and a unit, as in `90s`, `15m`, `12h` or `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

impl Span {
    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The span as the standard library has it.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }

    /// The span in whole seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0.as_secs()
    }

    /// The span as chrono has it; a span is always short enough.
    #[must_use]
    pub fn delta(self) -> chrono::TimeDelta {
        chrono::TimeDelta::from_std(self.0).unwrap_or(chrono::TimeDelta::MAX)
    }
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a span of time; write a number and a unit, such as 90s, 15m, 12h or 30d");
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let number: u64 = digits.parse().map_err(|_not_a_number| wrong())?;
        let unit = match text.strip_prefix(digits) {
            Some("s") => 1,
            Some("m") => 60,
            Some("h") => 3_600,
            Some("d") => 86_400,
            _ => return Err(wrong()),
        };
        // Ten years is longer than any setting means, and short enough for every sum with a date.
        number
            .checked_mul(unit)
            .filter(|seconds| (1..=315_360_000).contains(seconds))
            .map(Self::from_secs)
            .ok_or_else(|| format!("`{text}` is outside one second to ten years"))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// The address by which the world reaches this server: scheme and host, a path perhaps, no slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The address of a server that is reached where it listens. One that listens everywhere is reached from this
    /// machine, for nothing more is known.
    #[must_use]
    pub fn of_listener(address: SocketAddr) -> Self {
        if address.ip().is_unspecified() {
            return Self(format!("http://localhost:{}", address.port()));
        }
        Self(format!("http://{address}"))
    }

    /// The address as text, without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the world reaches this server by TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a web address; write it as https://stafett.example.no");
        let uri: actix_web::http::Uri = text.parse().map_err(|_not_an_address| wrong())?;
        let is_web =
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
        if !is_web || uri.query().is_some() || text.contains('@') {
            return Err(wrong());
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

impl<'de> Deserialize<'de> for LogFormat {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)?.as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(de::Error::custom(format!(
                "`{other}` is not a log format; write text or json"
            ))),
        }
    }
}

/// Which log lines are written: a level, or directives such as `info,stafett_store=debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevel(String);

impl LogLevel {
    /// The directives as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.trim().is_empty() {
            return Err(de::Error::custom(
                "a log level is missing; write error, warn, info, debug or trace",
            ));
        }
        tracing_subscriber::EnvFilter::try_new(&text).map_err(|_not_a_filter| {
            de::Error::custom(format!(
                "`{text}` is not a log level; write error, warn, info, debug or trace"
            ))
        })?;
        Ok(Self(text))
    }
}

/// An address and port to listen on; port 0 takes a free one.
pub(super) fn listen<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_not_an_address| {
        de::Error::custom(format!(
            "`{text}` is not an address and port; write it as 127.0.0.1:8080"
        ))
    })
}

/// A list of network addresses; from the environment as one comma-separated text.
pub(super) fn addresses<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpAddr>, D::Error> {
    let parse = |text: String| {
        text.parse().map_err(|_not_an_address| {
            de::Error::custom(format!("`{text}` is not a network address; write it as 10.0.0.7"))
        })
    };
    texts(from)?.into_iter().map(parse).collect()
}

/// A list of files; from the environment as one comma-separated text.
pub(super) fn paths<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    Ok(texts(from)?.into_iter().map(PathBuf::from).collect())
}

/// A whole number of MiB that a file may have.
pub(super) fn mebibytes<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(from)?;
    match (1..=100).contains(&number) {
        true => Ok(number),
        false => Err(de::Error::custom(format!("`{number}` is outside 1 to 100"))),
    }
}

/// A text with at least one visible character.
pub(super) fn filled<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() {
        Err(de::Error::custom("the text is empty"))
    } else {
        Ok(text)
    }
}

fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(from)? {
        OneOrMany::Many(texts) => texts,
        OneOrMany::One(text) => text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        assert_eq!("90s".parse(), Ok(Span::from_secs(90)));
        assert_eq!("15m".parse(), Ok(Span::from_secs(900)));
        assert_eq!("1d".parse(), Ok(Span::from_secs(86_400)));
        for wrong in ["", "15", "m", "1.5h", "-1m", "15 m", "1w", "0s", "99999d", "1é"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_address_has_scheme_and_host_and_nothing_secret() {
        assert_eq!(
            "https://stafett.example.no/".parse::<PublicUrl>().unwrap().as_str(),
            "https://stafett.example.no"
        );
        for wrong in [
            "stafett.example.no",
            "ftp://a.no",
            "https://",
            "https://u:p@a.no",
            "https://a.no?x=1",
        ] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }
}
