//! The table of settings.

/// Its name in `chaitube.toml` is in lower case.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    /// Empty if it is derived or generated.
    pub default: &'static str,
    pub example: &'static str,
    /// One sentence, for the README and `chaitube config`.
    pub about: &'static str,
    /// Never printed.
    pub secret: bool,
}

const fn setting(name: &'static str, default: &'static str, example: &'static str, about: &'static str) -> Setting {
    Setting { name, default, example, about, secret: false }
}

const fn secret(name: &'static str, example: &'static str, about: &'static str) -> Setting {
    Setting { name, default: "", example, about, secret: true }
}

/// The most wanted first.
pub const SETTINGS: &[Setting] = &[
    setting("PORT", "8000", "8000", "Port to listen on; 0 picks a free one."),
    setting("HOST", "127.0.0.1", "0.0.0.0", "Address to listen on; 0.0.0.0 or :: for all interfaces."),
    setting(
        "PUBLIC_BASE_URL",
        "",
        "https://videos.example.org",
        "Public URL of the server, without a path; unset: http://localhost:PORT.",
    ),
    setting("DATA_DIR", "./data", "/var/lib/chaitube", "Folder for the database, media, uploads and secrets."),
    Setting {
        name: "DATABASE_URL",
        default: "",
        example: "postgres://chaitube:password@localhost/chaitube",
        about: "`sqlite://path` or `postgres://…`, which may name several hosts (docs/failover.md); unset: chaitube.db in DATA_DIR.",
        secret: true,
    },
    Setting {
        name: "DATABASE_LISTEN_URL",
        default: "",
        example: "postgres://chaitube:password@localhost:5432/chaitube",
        about: "URL of the database itself, by which nodes tell each other of changes, if DATABASE_URL is that of a \
                pooler; unset: DATABASE_URL.",
        secret: true,
    },
    setting("DATABASE_CONNECTIONS", "16", "16", "Maximum number of PostgreSQL connections per process."),
    setting("DATABASE_WAIT", "60s", "60s", "How long to wait for the database at startup."),
    setting("STATEMENT_TIMEOUT", "10s", "10s", "Maximum duration of a database statement."),
    setting(
        "MEDIA_URL",
        "",
        "file:///srv/media",
        "Media storage, as `file:///folder` or `s3://bucket/prefix`; unset: the folder media in DATA_DIR.",
    ),
    setting(
        "S3_ENDPOINT",
        "",
        "https://s3.example.org",
        "Address of the S3-compatible service of MEDIA_URL; unset: the one of AWS in AWS_REGION.",
    ),
    setting(
        "S3_PATH_STYLE",
        "auto",
        "on",
        "Name the bucket in the path and not in the host: `on`, `off`, or `auto` (on when S3_ENDPOINT is set).",
    ),
    setting("AWS_REGION", "us-east-1", "eu-central-1", "Region of the bucket."),
    setting(
        "AWS_ACCESS_KEY_ID",
        "",
        "AKIAIOSFODNN7EXAMPLE",
        "Access key to the bucket; unset: the role of the machine, on AWS.",
    ),
    secret("AWS_SECRET_ACCESS_KEY", "the secret of the access key", "Secret of the access key."),
    secret("AWS_SESSION_TOKEN", "the token of a temporary access key", "Session token of a temporary access key."),
    setting(
        "MEDIA_DELIVERY",
        "proxy",
        "redirect",
        "How videos in a bucket reach players: `proxy` through this server, `redirect` from the bucket by signed URLs.",
    ),
    setting(
        "MEDIA_CDN_URL",
        "",
        "https://cdn.example.org",
        "Address of a CDN before the prefix of the bucket, for public videos with MEDIA_DELIVERY=redirect.",
    ),
    setting(
        "CACHE_DIR",
        "",
        "/var/cache/chaitube",
        "Folder for local copies of objects in a bucket and for files on their way there; unset: the folder cache in \
         DATA_DIR.",
    ),
    setting("CACHE_SIZE", "20GiB", "20GiB", "Maximum size of the local copies in CACHE_DIR."),
    setting("MEDIA_URL_EXPIRY", "6h", "6h", "Lifetime of signed URLs for media that is not public."),
    setting(
        "MAX_IMAGE_SIZE",
        "10MiB",
        "10MiB",
        "Maximum image size. Avatars have at most 25 million pixels, covers 32, thumbnails 50.",
    ),
    setting("MAX_VIDEO_SIZE", "8GiB", "8GiB", "Maximum video file size."),
    setting("MAX_VIDEO_DURATION", "12h", "12h", "Maximum video duration."),
    setting(
        "MAX_VIDEO_RESOLUTION",
        "8192x4320",
        "3840x2160",
        "Maximum video resolution in pixels, longer side x shorter side.",
    ),
    setting("MAX_VIDEO_FRAME_RATE", "240", "60", "Maximum frame rate of a video."),
    setting("MAX_VIDEO_STREAMS", "32", "32", "Maximum number of tracks (video, audio, subtitles) in a file."),
    setting(
        "KEEP_ORIGINALS",
        "true",
        "false",
        "Keep uploaded files after processing; false keeps only the streams and the playable MP4.",
    ),
    setting("MIN_FREE_SPACE", "512MiB", "512MiB", "Refuse uploads that would leave less free disk space than this."),
    setting("UPLOAD_IDLE_TIMEOUT", "60s", "60s", "Abort uploads that bring less than 1 KiB a second for this long."),
    setting(
        "UPLOAD_EXPIRY",
        "24h",
        "24h",
        "Delete resumable uploads that are idle, or complete but not published, for this long.",
    ),
    setting(
        "USER_QUOTA",
        "",
        "50GiB",
        "Storage limit per user, videos and unfinished uploads together; unset: no limit.",
    ),
    setting("WORKERS", "1", "2", "Concurrent transcoding jobs; 0 disables the worker, like `serve --no-worker`."),
    setting("VIEW_WINDOW", "30m", "30m", "Count at most one view per viewer and video within this time."),
    setting(
        "CORS_ORIGIN",
        "",
        "https://my-front-end.example.org",
        "Allowed origins: one, several separated by commas, or `*`; unset: the server's own, and any loopback origin \
         while PUBLIC_BASE_URL is a loopback address.",
    ),
    setting(
        "RESPONSE_PROFILES",
        "",
        "https://my-front-end.example.org=singular",
        "Shapes of responses for front ends of other forks: `origin=choice,choice; …`, or `*` for all; docs/front-ends.md has \
         the choices.",
    ),
    setting("PUBLIC_READS", "true", "true", "Allow reading without an account; false requires a login for every read."),
    setting(
        "TRUSTED_PROXIES",
        "0",
        "1",
        "Number of reverse proxies in front of the server whose X-Forwarded-For is trusted.",
    ),
    secret(
        "ACCESS_TOKEN_SECRET",
        "the output of: openssl rand -hex 32",
        "Key that signs access tokens and media URLs; unset: generated at the first start, kept in DATA_DIR or PostgreSQL.",
    ),
    secret(
        "REFRESH_TOKEN_SECRET",
        "the output of: openssl rand -hex 32",
        "Key that signs refresh tokens; unset: generated at the first start, kept in DATA_DIR or PostgreSQL.",
    ),
    setting("ACCESS_TOKEN_EXPIRY", "1d", "15m", "Lifetime of an access token."),
    setting("REFRESH_TOKEN_EXPIRY", "10d", "10d", "Lifetime of an unused session."),
    setting(
        "REFRESH_GRACE",
        "10s",
        "10s",
        "Reusing a refresh token within this time counts as a parallel request; later it ends the session.",
    ),
    setting(
        "COOKIE_SECURE",
        "auto",
        "on",
        "Secure attribute of cookies: `on`, `off`, or `auto` (on when PUBLIC_BASE_URL is https).",
    ),
    setting(
        "COOKIE_SAMESITE",
        "lax",
        "none",
        "SameSite attribute of cookies: `strict`, `lax`, or `none` for a front end on another site.",
    ),
    setting(
        "HASHING_QUEUE",
        "64",
        "64",
        "Maximum number of passwords waiting to be hashed; beyond it the server returns 503.",
    ),
    setting("RATE_LIMIT", "on", "off", "Rate limits on login, register and refresh; `off` disables them."),
    setting("RATE_LIMIT_ADDRESS", "60/1m", "60/1m", "Attempts per address (IPv6: per /64) and time."),
    setting("RATE_LIMIT_ACCOUNT", "10/1m", "10/1m", "Attempts per account and time."),
    setting("REQUEST_TIMEOUT", "30s", "30s", "Maximum duration of a request; uploads and media are exempt."),
    setting(
        "SHUTDOWN_DELAY",
        "0s",
        "10s",
        "How long the server still takes requests after SIGTERM, as not ready, until balancers send it no more.",
    ),
    setting("SHUTDOWN_TIMEOUT", "30s", "30s", "How long running requests may continue once the server takes no more."),
    secret(
        "METRICS",
        "127.0.0.1:9090",
        "Where `/metrics` is: an address of its own, or `token:…` for the server's port; unset: nowhere; docs/metrics.md has them.",
    ),
    setting("LOG", "info", "chaitube=debug,info", "Log filter, such as `info` or `chaitube=debug,info`."),
    setting(
        "LOG_FORMAT",
        "auto",
        "json",
        "Log format: `text`, `json`, or `auto` (text on a terminal, otherwise JSON).",
    ),
];
