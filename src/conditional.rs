//! Conditional requests: entity tags and `If-None-Match`.

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// Makes an entity tag of these bytes. A weak one is for what a layer may compress.
pub fn etag(bytes: &[u8], is_weak: bool) -> Result<HeaderValue, header::InvalidHeaderValue> {
    let tag = hex::encode(&Sha256::digest(bytes)[..12]);
    HeaderValue::try_from(format!("{}\"{tag}\"", if is_weak { "W/" } else { "" }))
}

/// Says whether `If-None-Match` has this tag, by the weak comparison of RFC 9110 §13.1.2: the response is a 304 then.
pub fn is_not_modified(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let current = etag.to_str().map(opaque).unwrap_or_default();
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == current)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_match_weakly() {
        let matches = |sent: &'static str, etag: &'static str| {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(sent))]);
            is_not_modified(&headers, &HeaderValue::from_static(etag))
        };
        for sent in ["*", "\"a\"", "W/\"a\"", "\"b\", W/\"a\""] {
            assert!(matches(sent, "\"a\"") && matches(sent, "W/\"a\""), "{sent}");
        }
        for sent in ["", "a", "\"b\"", "\"ab\""] {
            assert!(!matches(sent, "\"a\""), "{sent}");
        }
    }
}
