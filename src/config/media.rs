//! Settings of the media store: a folder, or a bucket of an S3-compatible service.

use std::path::{Path, PathBuf};

use url::Url;

use super::parse::{Reader, parse_switch};

/// A multipart upload has a limited number of parts.
pub const BUCKET_OBJECT_BYTES_MAX: u64 = 156 << 30;

/// Where media is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaStore {
    Folder(PathBuf),
    Bucket(Box<BucketSettings>),
}

#[derive(Clone, PartialEq, Eq)]
pub struct BucketSettings {
    pub bucket: String,
    /// Of all objects, without slashes at its ends.
    pub prefix: String,
    pub region: String,
    /// `None` at the region's own address.
    pub endpoint: Option<Url>,
    /// The bucket is in the path, not in the host.
    pub path_style: bool,
    /// `None` for the role of the machine.
    pub credentials: Option<Credentials>,
    pub delivery: Delivery,
}

/// How players read videos in a bucket.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Through this server.
    Proxied,
    /// From the bucket, by addresses that are signed and expire; public ones from `cdn` if there is one.
    Redirected { cdn: Option<Url> },
}

#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl std::fmt::Debug for BucketSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.url())
    }
}

impl BucketSettings {
    #[must_use]
    pub fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }

    /// Where requests go: the bucket's own address unless it is in the path.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        let mut endpoint = self.endpoint.clone()?;
        if !self.path_style {
            let host = format!("{}.{}", self.bucket, endpoint.host_str().unwrap_or_default());
            // Fails only on URLs without a host, which validation has rejected.
            let _ = endpoint.set_host(Some(&host));
        }
        Some(endpoint.as_str().trim_end_matches('/').to_owned())
    }
}

impl Reader<'_> {
    pub(super) fn media_store(&mut self, data_dir: &Path) -> MediaStore {
        let text = self.text("MEDIA_URL");
        let fallback = MediaStore::Folder(data_dir.join("media"));
        let store = if text.is_empty() { fallback } else { self.parse("MEDIA_URL", fallback, parse_store) };
        let delivery = self.delivery(matches!(store, MediaStore::Bucket(_)));
        let MediaStore::Bucket(named) = store else { return store };
        let endpoint = self.endpoint("S3_ENDPOINT");
        let credentials = self.credentials();
        if endpoint.is_some() && credentials.is_none() {
            self.report("AWS_ACCESS_KEY_ID", "must be set with S3_ENDPOINT, and AWS_SECRET_ACCESS_KEY, too");
        }
        MediaStore::Bucket(Box::new(BucketSettings {
            region: self.text("AWS_REGION"),
            path_style: self.parse("S3_PATH_STYLE", true, |text| match text {
                "auto" => Ok(endpoint.is_some()),
                text => parse_switch(text).ok_or_else(|| "is neither on, off nor auto".to_owned()),
            }),
            endpoint,
            credentials,
            delivery,
            ..*named
        }))
    }

    pub(super) fn cache_dir(&self, data_dir: &Path) -> PathBuf {
        let text = self.text("CACHE_DIR");
        if text.is_empty() { data_dir.join("cache") } else { PathBuf::from(text) }
    }

    fn delivery(&mut self, is_bucket: bool) -> Delivery {
        let is_redirected = self.parse("MEDIA_DELIVERY", false, |text| match text {
            "proxy" => Ok(false),
            "redirect" if is_bucket => Ok(true),
            "redirect" => Err("needs MEDIA_URL=s3://bucket/prefix".to_owned()),
            _ => Err("is neither proxy nor redirect".to_owned()),
        });
        let cdn = self.parse("MEDIA_CDN_URL", None, |text| match Url::parse(text) {
            _ if text.is_empty() => Ok(None),
            _ if !is_redirected => Err("needs MEDIA_DELIVERY=redirect".to_owned()),
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.query().is_none() => {
                Ok(Some(url))
            }
            _ => Err("is not http:// or https:// with a host and no query".to_owned()),
        });
        if is_redirected { Delivery::Redirected { cdn } } else { Delivery::Proxied }
    }

    fn endpoint(&mut self, name: &'static str) -> Option<Url> {
        if self.text(name).is_empty() {
            return None;
        }
        self.parse(name, None, |text| match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.path() == "/" => {
                Ok(Some(url))
            }
            _ => Err("is not http:// or https:// with a host, an optional port and no path".to_owned()),
        })
    }

    fn credentials(&mut self) -> Option<Credentials> {
        let (access_key_id, secret_access_key) = (self.text("AWS_ACCESS_KEY_ID"), self.text("AWS_SECRET_ACCESS_KEY"));
        let session_token = Some(self.text("AWS_SESSION_TOKEN")).filter(|token| !token.is_empty());
        match (access_key_id.is_empty(), secret_access_key.is_empty()) {
            (true, true) => None,
            (false, false) => Some(Credentials { access_key_id, secret_access_key, session_token }),
            _ => {
                self.report("AWS_SECRET_ACCESS_KEY", "must be set if and only if AWS_ACCESS_KEY_ID is");
                None
            }
        }
    }
}

/// The other settings of a bucket are read after its name.
fn parse_store(text: &str) -> Result<MediaStore, String> {
    let url = Url::parse(text).map_err(|_| "is not a URL".to_owned())?;
    match url.scheme() {
        "file" => url.to_file_path().map(MediaStore::Folder).map_err(|()| "is not a local folder".to_owned()),
        "s3" => {
            let bucket = url.host_str().filter(|host| !host.is_empty() && url.port().is_none());
            let bucket = bucket.ok_or_else(|| "names no bucket".to_owned())?.to_owned();
            let prefix = url.path().trim_matches('/').to_owned();
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
            if !prefix.bytes().all(is_plain) || prefix.contains("//") || prefix.split('/').any(|part| part == "..") {
                return Err("has a prefix with other characters than letters, digits, - _ . and /".to_owned());
            }
            Ok(MediaStore::Bucket(Box::new(BucketSettings {
                bucket,
                prefix,
                region: String::new(),
                endpoint: None,
                path_style: false,
                credentials: None,
                delivery: Delivery::Proxied,
            })))
        }
        _ => Err("must begin with file:// or s3://".to_owned()),
    }
}
