//! Settings from defaults, `chaitube.toml` and the environment, validated as a whole at startup.

mod media;
mod metrics;
mod parse;
mod profiles;
mod secrets;
mod table;
mod values;
mod web_origin;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

pub use self::media::{BUCKET_OBJECT_BYTES_MAX, BucketSettings, Delivery, MediaStore};
pub use self::metrics::{MetricsAccess, TOKEN_PREFIX as METRICS_TOKEN_PREFIX};
pub use self::parse::{Originals, Origins, SameSite, Share, is_loopback};
pub use self::profiles::{Choice, Profile, Profiles};
pub use self::secrets::{SecretName, Secrets};
pub use self::table::SETTINGS;
pub use self::values::{ConfigError, Origin, Values, read_values};
use chaitube_media::VideoLimits;

#[derive(Clone, Debug)]
pub struct Config {
    pub host: IpAddr,
    pub port: u16,
    pub data_dir: PathBuf,
    pub public_base_url: Url,
    pub public_reads: bool,
    pub cors_origin: Origins,
    pub response_profiles: Profiles,
    pub trusted_proxies: usize,

    pub database_url: String,
    /// Of the same database, where `database_url` is that of a pooler.
    pub database_listen_url: Option<String>,
    pub database_connections: u32,
    pub database_wait: Duration,
    pub statement_timeout: Duration,

    pub media_store: MediaStore,
    /// For local copies of objects, where those are elsewhere.
    pub cache_dir: PathBuf,
    pub cache_bytes_max: u64,
    pub media_url_expiry: Duration,
    pub image_bytes_max: u64,
    pub video_limits: VideoLimits,
    pub originals: Originals,
    pub free_bytes_min: u64,
    pub upload_idle_timeout: Duration,
    pub upload_expiry: Duration,
    /// Bytes per user; `None` is no limit.
    pub user_quota: Option<u64>,
    pub view_window: Duration,
    pub workers: u32,

    pub access_token_secret: Option<String>,
    pub refresh_token_secret: Option<String>,
    pub access_token_expiry: Duration,
    pub refresh_token_expiry: Duration,
    pub refresh_grace: Duration,
    pub cookie_secure: bool,
    pub cookie_same_site: SameSite,
    pub hashing_queue: usize,

    pub rate_limit: bool,
    pub rate_limit_address: Share,
    pub rate_limit_account: Share,

    pub request_timeout: Duration,
    pub shutdown_delay: Duration,
    pub shutdown_timeout: Duration,
    pub metrics: MetricsAccess,
    pub log: String,
    pub log_json: Option<bool>,
}

impl Config {
    /// # Errors
    /// [`ConfigError`] with every error, so that all can be fixed at once.
    pub fn from_values(values: &Values) -> Result<Self, ConfigError> {
        let mut reader = parse::Reader::new(values);
        let port = reader.port("PORT");
        let data_dir = PathBuf::from(reader.text("DATA_DIR"));
        let public_base_url = reader.base_url("PUBLIC_BASE_URL", port);
        let config = Self {
            host: reader.address("HOST"),
            port,
            public_reads: reader.switch("PUBLIC_READS"),
            cors_origin: reader.origins("CORS_ORIGIN"),
            response_profiles: reader.profiles("RESPONSE_PROFILES"),
            trusted_proxies: reader.count("TRUSTED_PROXIES", 0, 10),
            database_url: reader.database_url("DATABASE_URL", &data_dir),
            database_listen_url: reader.postgres_url_if_set("DATABASE_LISTEN_URL"),
            database_connections: reader.count("DATABASE_CONNECTIONS", 1, 1000),
            database_wait: reader.duration("DATABASE_WAIT"),
            statement_timeout: reader.duration("STATEMENT_TIMEOUT"),
            media_store: reader.media_store(&data_dir),
            cache_dir: reader.cache_dir(&data_dir),
            cache_bytes_max: reader.bytes("CACHE_SIZE"),
            media_url_expiry: reader.duration("MEDIA_URL_EXPIRY"),
            image_bytes_max: reader.bytes("MAX_IMAGE_SIZE"),
            video_limits: reader.video_limits(),
            originals: reader.originals("KEEP_ORIGINALS"),
            free_bytes_min: reader.bytes("MIN_FREE_SPACE"),
            upload_expiry: reader.duration("UPLOAD_EXPIRY"),
            user_quota: reader.bytes_if_set("USER_QUOTA"),
            upload_idle_timeout: reader.duration("UPLOAD_IDLE_TIMEOUT"),
            view_window: reader.duration("VIEW_WINDOW"),
            workers: reader.count("WORKERS", 0, 64),
            access_token_secret: reader.secret("ACCESS_TOKEN_SECRET"),
            refresh_token_secret: reader.secret("REFRESH_TOKEN_SECRET"),
            access_token_expiry: reader.duration("ACCESS_TOKEN_EXPIRY"),
            refresh_token_expiry: reader.duration("REFRESH_TOKEN_EXPIRY"),
            refresh_grace: reader.duration("REFRESH_GRACE"),
            cookie_secure: reader.cookie_secure("COOKIE_SECURE", &public_base_url),
            cookie_same_site: reader.same_site("COOKIE_SAMESITE"),
            hashing_queue: reader.count("HASHING_QUEUE", 1, 100_000),
            rate_limit: reader.switch("RATE_LIMIT"),
            rate_limit_address: reader.share("RATE_LIMIT_ADDRESS"),
            rate_limit_account: reader.share("RATE_LIMIT_ACCOUNT"),
            request_timeout: reader.duration("REQUEST_TIMEOUT"),
            shutdown_delay: reader.delay("SHUTDOWN_DELAY"),
            shutdown_timeout: reader.duration("SHUTDOWN_TIMEOUT"),
            metrics: reader.metrics("METRICS"),
            log: reader.log_filter("LOG"),
            log_json: reader.log_format("LOG_FORMAT"),
            public_base_url,
            data_dir,
        };
        config.check_together(&mut reader);
        reader.finish().map(|()| config)
    }

    fn check_together(&self, reader: &mut parse::Reader<'_>) {
        if self.statement_timeout >= self.request_timeout {
            reader.report(
                "STATEMENT_TIMEOUT",
                "must be shorter than REQUEST_TIMEOUT, so that a slow statement ends before its request does",
            );
        }
        if self.access_token_secret.is_some() && self.access_token_secret == self.refresh_token_secret {
            reader.report("REFRESH_TOKEN_SECRET", "must differ from ACCESS_TOKEN_SECRET");
        }
        if self.media_folder().is_none() && self.video_limits.bytes_max > BUCKET_OBJECT_BYTES_MAX {
            reader.report("MAX_VIDEO_SIZE", "is more than the 156GiB that an object in a bucket may have");
        }
        if self.cookie_same_site == SameSite::None && !self.cookie_secure {
            reader
                .report("COOKIE_SAMESITE", "may be \"none\" only with COOKIE_SECURE=on: browsers reject it otherwise");
        }
    }

    /// Returns the folder of the media, unless it is in a bucket.
    #[must_use]
    pub fn media_folder(&self) -> Option<&Path> {
        match &self.media_store {
            MediaStore::Folder(folder) => Some(folder),
            MediaStore::Bucket(_) => None,
        }
    }

    /// Replaces a `PORT` of 0 by the one that was picked.
    pub fn set_port_in_use(&mut self, port: u16) {
        if self.port == 0 && self.public_base_url.port() == Some(0) {
            // Fails only on URLs without a host, which validation has rejected.
            let _ = self.public_base_url.set_port(Some(port));
        }
        self.port = port;
    }

    /// Says whether `PUBLIC_BASE_URL` is a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        parse::is_loopback(&self.public_base_url)
    }
}

#[cfg(test)]
mod tests;
