//! The list of settings: what they are called, what they are when nobody says anything, what they are for.

/// One setting. In `chaitube.toml` its name is written in small letters.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The value when it is not set; empty means that it is derived or made.
    pub default: &'static str,
    /// A value to show in error messages.
    pub example: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Whether its value must never be printed.
    pub secret: bool,
}

const fn setting(name: &'static str, default: &'static str, example: &'static str, about: &'static str) -> Setting {
    Setting { name, default, example, about, secret: false }
}

const fn secret(name: &'static str, example: &'static str, about: &'static str) -> Setting {
    Setting { name, default: "", example, about, secret: true }
}

/// Every setting there is, in the order people look for them.
pub const SETTINGS: &[Setting] = &[
    setting("PORT", "8000", "8000", "The port to listen on; 0 takes any free one."),
    setting("HOST", "127.0.0.1", "0.0.0.0", "The address to listen on; 0.0.0.0 or :: for every interface."),
    setting(
        "PUBLIC_BASE_URL",
        "",
        "https://videos.example.org",
        "The address people reach the server by, without a path; unset: http://localhost:PORT.",
    ),
    setting("DATA_DIR", "./data", "/var/lib/chaitube", "The folder for the database, media, uploads and secrets."),
    Setting {
        name: "DATABASE_URL",
        default: "",
        example: "postgres://chaitube:password@localhost/chaitube",
        about: "`sqlite://path` or `postgres://…`; unset: chaitube.db in DATA_DIR.",
        secret: true,
    },
    setting("DATABASE_CONNECTIONS", "16", "16", "The most PostgreSQL connections this process opens."),
    setting("DATABASE_WAIT", "60s", "60s", "How long a start waits for a database that is not up yet."),
    setting("STATEMENT_TIMEOUT", "10s", "10s", "The longest a single database statement may take."),
    setting(
        "MEDIA_URL",
        "",
        "file:///srv/media",
        "Where media is kept, as `file:///folder`; unset: the folder media in DATA_DIR.",
    ),
    setting("MEDIA_URL_EXPIRY", "6h", "6h", "How long a signed link to media that is not public keeps working."),
    setting("MAX_IMAGE_SIZE", "10MiB", "10MiB", "The largest image accepted."),
    setting("MAX_VIDEO_SIZE", "8GiB", "8GiB", "The largest film accepted."),
    setting("MAX_VIDEO_DURATION", "12h", "12h", "The longest film accepted."),
    setting(
        "MAX_VIDEO_RESOLUTION",
        "8192x4320",
        "3840x2160",
        "The largest picture accepted, as its longer times its shorter side in pixels.",
    ),
    setting("MAX_VIDEO_FRAME_RATE", "240", "60", "The most frames a second accepted."),
    setting("MAX_VIDEO_STREAMS", "32", "32", "The most pictures, sounds and subtitles a film file may have together."),
    setting(
        "KEEP_ORIGINALS",
        "true",
        "false",
        "Whether uploads are kept once everything has been made of them; false leaves only what was made.",
    ),
    setting("MIN_FREE_SPACE", "512MiB", "512MiB", "Uploads are refused when they would leave less than this free."),
    setting("UPLOAD_IDLE_TIMEOUT", "60s", "60s", "An upload that sends nothing for this long is given up."),
    setting(
        "UPLOAD_EXPIRY",
        "24h",
        "24h",
        "A resumable upload that is left alone for this long, or of which no video is made, is removed.",
    ),
    setting(
        "USER_QUOTA",
        "",
        "50GiB",
        "What the films of one user, with those being uploaded, may come to; unset: no limit.",
    ),
    setting(
        "WORKERS",
        "1",
        "2",
        "How many films this process works on at once; 0 leaves that to others, as `serve --no-worker` does.",
    ),
    setting("VIEW_WINDOW", "30m", "30m", "A viewer counts once for a video within this time."),
    setting(
        "CORS_ORIGIN",
        "",
        "https://my-front-end.example.org",
        "Origins of other front ends: one, several with commas, or `*`; unset: the server's own, and while \
         PUBLIC_BASE_URL is a loopback address every loopback origin.",
    ),
    setting("PUBLIC_READS", "true", "true", "Whether people without an account may watch; false closes every read."),
    setting(
        "TRUSTED_PROXIES",
        "0",
        "1",
        "How many reverse proxies stand in front; their X-Forwarded-For is believed that far.",
    ),
    secret(
        "ACCESS_TOKEN_SECRET",
        "the output of: openssl rand -hex 32",
        "Signs access tokens and media links; unset: made at the first start and kept in DATA_DIR.",
    ),
    secret(
        "REFRESH_TOKEN_SECRET",
        "the output of: openssl rand -hex 32",
        "Signs refresh tokens; unset: made at the first start and kept in DATA_DIR.",
    ),
    setting("ACCESS_TOKEN_EXPIRY", "1d", "15m", "How long an access token lasts."),
    setting("REFRESH_TOKEN_EXPIRY", "10d", "10d", "How long a session lasts without being used."),
    setting(
        "REFRESH_GRACE",
        "10s",
        "10s",
        "A refresh token used a second time within this is a client's parallel request, later it is theft.",
    ),
    setting("COOKIE_SECURE", "auto", "on", "`on`, `off`, or `auto`: on when PUBLIC_BASE_URL is https."),
    setting("COOKIE_SAMESITE", "lax", "none", "`strict`, `lax` or `none`; `none` is for a front end on another site."),
    setting("HASHING_QUEUE", "64", "64", "How many passwords may wait to be hashed before the server says it is busy."),
    setting("RATE_LIMIT", "on", "off", "`off` takes the limits on login, register and refresh away."),
    setting("RATE_LIMIT_ADDRESS", "60/1m", "60/1m", "Tries per time for one address (IPv6: one /64)."),
    setting("RATE_LIMIT_ACCOUNT", "10/1m", "10/1m", "Tries per time for one account."),
    setting("REQUEST_TIMEOUT", "30s", "30s", "The longest a request may take; uploads and media are not limited."),
    setting("SHUTDOWN_TIMEOUT", "30s", "30s", "How long running requests may go on after SIGTERM."),
    setting("LOG", "info", "chaitube=debug,info", "What is logged, as a tracing filter."),
    setting("LOG_FORMAT", "auto", "json", "`text`, `json`, or `auto`: text on a terminal, else JSON."),
];
