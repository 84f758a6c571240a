//! Which web pages may call, and which of them may bring their visitor's cookies.

use axum::http::{HeaderMap, Uri, header};
use url::{Host, Url};

use crate::config::{Config, Origins};

/// The rules made of `PUBLIC_BASE_URL` and `CORS_ORIGIN`.
#[derive(Clone, Debug)]
pub struct OriginPolicy {
    own: String,
    own_host: String,
    is_loopback: bool,
    listed: Vec<String>,
    any: bool,
    is_proxied: bool,
}

impl OriginPolicy {
    pub fn new(config: &Config) -> Self {
        let listed = match &config.cors_origin {
            Origins::Listed(origins) => origins.clone(),
            Origins::Own | Origins::Any => Vec::new(),
        };
        Self {
            own: config.public_base_url.origin().ascii_serialization(),
            own_host: config.public_base_url.host_str().unwrap_or_default().to_owned(),
            is_loopback: config.is_loopback(),
            listed,
            any: config.cors_origin == Origins::Any,
            is_proxied: config.trusted_proxies > 0,
        }
    }

    pub fn may_read(&self, origin: &str) -> bool {
        self.any || self.is_trusted(origin)
    }

    /// Decides whether a page of this origin acts for its visitor: only then do cookies count as a login.
    fn is_trusted(&self, origin: &str) -> bool {
        origin == self.own
            || self.listed.iter().any(|listed| listed == origin)
            || self.is_loopback && Url::parse(origin).is_ok_and(|url| crate::config::is_loopback(&url))
    }

    /// A request without `Origin` comes from a program, or from a browser that follows a link. `SameSite` guards the
    /// latter, and `Sec-Fetch-Site`, where a browser sends it, says what it is.
    pub fn trusts_cookies(&self, headers: &HeaderMap) -> bool {
        match headers.get(header::ORIGIN).map(|origin| origin.to_str()) {
            Some(Ok(origin)) => self.is_trusted(origin) || is_same_host(origin, headers),
            Some(Err(_)) => false,
            None => headers.get("sec-fetch-site").is_none_or(|site| site != "cross-site"),
        }
    }

    /// A page can give its own domain name this machine's address and then counts as same-origin (DNS rebinding), but
    /// not with a bare address or a name it does not own. Behind a proxy the name is the proxy's business.
    pub fn knows_host(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        if self.is_proxied {
            return true;
        }
        let host = uri
            .authority()
            .map(|authority| authority.as_str().to_owned())
            .or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned));
        let Some(host) = host else { return true };
        match Url::parse(&format!("http://{host}")).ok().as_ref().and_then(Url::host) {
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
            Some(Host::Domain(name)) => name == self.own_host || name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }
}

/// Tells whether the page came from where the request goes, under whichever name that is.
fn is_same_host(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.split_once("://").map(|(_, authority)| authority);
    host.is_some() && host == origin
}
