//! Origins of web pages in settings.

use url::Url;

pub(super) fn parse_origin(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| format!("has \"{text}\", which is not an origin"))?;
    let plain = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none();
    if !plain {
        return Err(format!("has \"{text}\": an origin is http:// or https:// with a host and an optional port"));
    }
    Ok(url.origin().ascii_serialization())
}
