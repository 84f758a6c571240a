//! Parses settings and collects error messages.

use std::fmt::Display;
use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use url::{Host, Url};

use super::profiles::Profiles;
use super::table::{SETTINGS, Setting};
use super::values::{ConfigError, Values};
use super::web_origin::parse_origin;
use chaitube_media::VideoLimits;

/// Generated secrets have 64.
pub(super) const SECRET_CHARS_MIN: usize = 16;

/// Origins that browsers may call from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// The server's own, and loopback ones while the server is on loopback.
    Own,
    /// [`Origins::Own`] and these.
    Listed(Vec<String>),
    /// All, but without cookies.
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Originals {
    Kept,
    Dropped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    Strict,
    Lax,
    None,
}

/// A rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub tries: u32,
    pub period: Duration,
}

pub(super) struct Reader<'a> {
    values: &'a Values,
    errors: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(values: &'a Values) -> Self {
        Self { values, errors: Vec::new() }
    }

    pub(super) fn finish(self) -> Result<(), ConfigError> {
        if self.errors.is_empty() { Ok(()) } else { Err(ConfigError(self.errors)) }
    }

    pub(super) fn text(&self, name: &'static str) -> String {
        self.values.get(name).map(|(value, _)| value.trim().to_owned()).unwrap_or_default()
    }

    pub(super) fn report(&mut self, name: &'static str, error: impl Display) {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else { return };
        let Setting { example, secret, .. } = setting;
        let value = if *secret { String::new() } else { format!(" is \"{}\", which", self.text(name)) };
        self.errors.push(format!("{name}{value} {error}. Example: {name}={example}"));
    }

    /// Returns `fallback` after an error, so that later ones are found, too.
    pub(super) fn parse<T>(&mut self, name: &'static str, fallback: T, parse: impl Fn(&str) -> Result<T, String>) -> T {
        match parse(&self.text(name)) {
            Ok(value) => value,
            Err(error) => {
                self.report(name, error);
                fallback
            }
        }
    }

    pub(super) fn port(&mut self, name: &'static str) -> u16 {
        self.parse(name, 0, |text| text.parse().map_err(|_| "is not a number from 0 to 65535".to_owned()))
    }

    pub(super) fn address(&mut self, name: &'static str) -> IpAddr {
        self.parse(name, IpAddr::from([127, 0, 0, 1]), |text| {
            let text = if text.eq_ignore_ascii_case("localhost") { "127.0.0.1" } else { text };
            text.parse().map_err(|_| "is not an IP address".to_owned())
        })
    }

    pub(super) fn switch(&mut self, name: &'static str) -> bool {
        self.parse(name, false, |text| parse_switch(text).ok_or_else(|| "is neither on nor off".to_owned()))
    }

    pub(super) fn originals(&mut self, name: &'static str) -> Originals {
        if self.switch(name) { Originals::Kept } else { Originals::Dropped }
    }

    pub(super) fn count<T: TryFrom<u64> + Default>(&mut self, name: &'static str, min: u64, max: u64) -> T {
        self.parse(name, T::default(), |text| {
            let in_range = text.parse::<u64>().ok().filter(|count| (min..=max).contains(count));
            in_range
                .and_then(|count| T::try_from(count).ok())
                .ok_or_else(|| format!("is not a whole number from {min} to {max}"))
        })
    }

    /// Rejects bare numbers: some read them as seconds, some as milliseconds.
    pub(super) fn duration(&mut self, name: &'static str) -> Duration {
        self.parse(name, Duration::from_secs(1), parse_duration)
    }

    /// A duration that may be 0.
    pub(super) fn delay(&mut self, name: &'static str) -> Duration {
        self.parse(name, Duration::ZERO, |text| match humantime::parse_duration(text) {
            Ok(duration) if duration.is_zero() => Ok(duration),
            _ => parse_duration(text),
        })
    }

    pub(super) fn bytes(&mut self, name: &'static str) -> u64 {
        self.parse(name, 0, parse_bytes)
    }

    pub(super) fn bytes_if_set(&mut self, name: &'static str) -> Option<u64> {
        if self.text(name).is_empty() { None } else { Some(self.bytes(name)) }
    }

    pub(super) fn video_limits(&mut self) -> VideoLimits {
        let (longer, shorter) = self.parse("MAX_VIDEO_RESOLUTION", (1, 1), parse_resolution);
        VideoLimits {
            bytes_max: self.bytes("MAX_VIDEO_SIZE"),
            duration_s_max: self.duration("MAX_VIDEO_DURATION").as_secs_f64(),
            width_max: longer,
            height_max: longer,
            pixels_max: u64::from(longer) * u64::from(shorter),
            fps_max: self.count::<u32>("MAX_VIDEO_FRAME_RATE", 1, 1000).into(),
            streams_max: self.count("MAX_VIDEO_STREAMS", 1, 1000),
        }
    }

    pub(super) fn share(&mut self, name: &'static str) -> Share {
        self.parse(name, Share { tries: 1, period: Duration::from_secs(1) }, |text| {
            let wanted = || "is not of the form attempts/duration".to_owned();
            let (tries, period) = text.split_once('/').ok_or_else(wanted)?;
            let tries = tries.trim().parse().ok().filter(|tries| *tries > 0).ok_or_else(wanted)?;
            Ok(Share { tries, period: parse_duration(period.trim())? })
        })
    }

    pub(super) fn secret(&mut self, name: &'static str) -> Option<String> {
        let given = self.values.get(name).is_some_and(|(_, origin)| *origin != super::Origin::Default);
        let text = self.text(name);
        if !given {
            return None;
        }
        if text.chars().count() < SECRET_CHARS_MIN {
            self.report(name, format!("must have at least {SECRET_CHARS_MIN} characters"));
        }
        Some(text)
    }

    pub(super) fn base_url(&mut self, name: &'static str, port: u16) -> Url {
        let own = format!("http://localhost:{port}");
        let fallback = Url::parse(&own).unwrap_or_else(|_| unreachable!("{own} is a URL"));
        let text = self.text(name);
        if text.is_empty() {
            return fallback;
        }
        self.parse(name, fallback, |text| {
            let url = Url::parse(text).map_err(|_| "is not a URL".to_owned())?;
            let plain = matches!(url.scheme(), "http" | "https") && url.host().is_some();
            if !plain || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
                return Err("must be http:// or https:// with a host, an optional port and no path".to_owned());
            }
            Ok(url)
        })
    }

    pub(super) fn origins(&mut self, name: &'static str) -> Origins {
        self.parse(name, Origins::Own, |text| match text {
            "" => Ok(Origins::Own),
            "*" => Ok(Origins::Any),
            list => {
                list.split(',').map(|origin| parse_origin(origin.trim())).collect::<Result<_, _>>().map(Origins::Listed)
            }
        })
    }

    pub(super) fn profiles(&mut self, name: &'static str) -> Profiles {
        self.parse(name, Profiles::default(), Profiles::parse)
    }

    pub(super) fn database_url(&mut self, name: &'static str, data_dir: &Path) -> String {
        let text = self.text(name);
        if text.is_empty() {
            return format!("sqlite://{}", data_dir.join("chaitube.db").display());
        }
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| text.starts_with(scheme)) {
            self.report(name, "must begin with sqlite:// or postgres://");
        }
        text
    }

    pub(super) fn postgres_url_if_set(&mut self, name: &'static str) -> Option<String> {
        let text = self.text(name);
        if !text.is_empty() && !["postgres:", "postgresql:"].iter().any(|scheme| text.starts_with(scheme)) {
            self.report(name, "must begin with postgres://");
        }
        Some(text).filter(|text| !text.is_empty())
    }

    pub(super) fn cookie_secure(&mut self, name: &'static str, base_url: &Url) -> bool {
        let is_https = base_url.scheme() == "https";
        self.parse(name, is_https, |text| {
            if text.eq_ignore_ascii_case("auto") {
                return Ok(is_https);
            }
            parse_switch(text).ok_or_else(|| "is neither on, off nor auto".to_owned())
        })
    }

    pub(super) fn same_site(&mut self, name: &'static str) -> SameSite {
        self.parse(name, SameSite::Lax, |text| match text.to_ascii_lowercase().as_str() {
            "strict" => Ok(SameSite::Strict),
            "lax" => Ok(SameSite::Lax),
            "none" => Ok(SameSite::None),
            _ => Err("is neither strict, lax nor none".to_owned()),
        })
    }

    pub(super) fn log_filter(&mut self, name: &'static str) -> String {
        self.parse(name, "info".to_owned(), |text| {
            tracing_subscriber::EnvFilter::from_str(text).map_err(|error| format!("is not a filter: {error}"))?;
            Ok(text.to_owned())
        })
    }

    /// `Some(true)` for JSON, `Some(false)` for text, `None` for auto.
    pub(super) fn log_format(&mut self, name: &'static str) -> Option<bool> {
        self.parse(name, None, |text| match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(None),
            "json" => Ok(Some(true)),
            "text" => Ok(Some(false)),
            _ => Err("is neither text, json nor auto".to_owned()),
        })
    }
}

pub(super) fn parse_switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Some(true),
        "off" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("is not a duration with a unit (ms, s, m, h or d)".to_owned()),
    }
}

fn parse_bytes(text: &str) -> Result<u64, String> {
    let wanted = || "is not a size in B, KiB, MiB, GiB or TiB".to_owned();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wanted())?;
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "kib" | "k" => 10,
        "mib" | "m" => 20,
        "gib" | "g" => 30,
        "tib" | "t" => 40,
        _ => return Err(wanted()),
    };
    number.checked_mul(1 << shift).ok_or_else(wanted)
}

/// Returns the longer and the shorter side, given in either order.
fn parse_resolution(text: &str) -> Result<(u32, u32), String> {
    let sides = text.to_ascii_lowercase().split_once('x').and_then(|(one, other)| {
        let side = |text: &str| text.trim().parse().ok().filter(|side| (16..=65_535).contains(side));
        Some((side(one)?, side(other)?))
    });
    let (one, other): (u32, u32) =
        sides.ok_or_else(|| "is not of the form width x height, each from 16 to 65535 pixels".to_owned())?;
    Ok((one.max(other), one.min(other)))
}

#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
