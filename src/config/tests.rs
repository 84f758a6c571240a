//! Invalid settings and their messages.

use super::*;

fn config(settings: &[(&str, &str)]) -> Result<Config, String> {
    let find = |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let values = read_values(find).map_err(|error| error.to_string())?;
    Config::from_values(&values).map_err(|error| error.to_string())
}

#[test]
fn nothing_set_is_enough() {
    let config = config(&[]).unwrap();
    assert_eq!(config.port, 8000);
    assert_eq!(config.host.to_string(), "127.0.0.1");
    assert_eq!(config.database_url, "sqlite://./data/chaitube.db");
    assert_eq!(config.public_base_url.as_str(), "http://localhost:8000/");
    assert_eq!((config.shutdown_delay, config.access_token_expiry), (Duration::ZERO, Duration::from_hours(24)));
    assert_eq!(config.video_limits, VideoLimits { bytes_max: 8 << 30, ..VideoLimits::default() });
    assert_eq!(config.originals, Originals::Kept);
    assert!(config.public_reads && config.rate_limit && !config.cookie_secure);
}

#[test]
fn every_error_names_the_setting_and_an_example() {
    let errors = [
        ("PORT", "80x", "PORT is \"80x\", which is not a number from 0 to 65535. Example: PORT=8000"),
        ("HOST", "example", "HOST is \"example\", which is not an IP address"),
        ("REFRESH_TOKEN_EXPIRY", "10", "REFRESH_TOKEN_EXPIRY is \"10\", which is not a duration with a unit"),
        ("SHUTDOWN_DELAY", "10", "SHUTDOWN_DELAY is \"10\", which is not a duration with a unit"),
        (
            "METRICS",
            "9090",
            "METRICS is neither an IP address with a port nor token: with a token. Example: METRICS=127",
        ),
        ("METRICS", "token:0123456789abcde", "METRICS has a token of less than 16 characters"),
        ("METRICS", "token:0123456789 abcdef", "METRICS has a token with other characters than ASCII letters"),
        ("MAX_IMAGE_SIZE", "10 apples", "MAX_IMAGE_SIZE is \"10 apples\", which is not a size"),
        ("RATE_LIMIT_ACCOUNT", "ten", "which is not of the form attempts/duration. Example: RATE_LIMIT_ACCOUNT=10/1m"),
        ("PUBLIC_BASE_URL", "example.org", "PUBLIC_BASE_URL is \"example.org\", which is not a URL"),
        ("PUBLIC_BASE_URL", "https://example.org/site", "and no path"),
        ("CORS_ORIGIN", "https://a.example, b", "which has \"b\", which is not an origin"),
        (
            "RESPONSE_PROFILES",
            "singular",
            "has \"singular\", which is not origin=choice,choice. Example: RESPONSE_PROF",
        ),
        ("RESPONSE_PROFILES", "front=singular", "has \"front\", which is not an origin"),
        ("RESPONSE_PROFILES", "*=plural", "has \"plural\", which is none of singular, nested-aliases, media-objects"),
        ("COOKIE_SAMESITE", "none", "may be \"none\" only with COOKIE_SECURE=on"),
        ("STATEMENT_TIMEOUT", "1h", "must be shorter than REQUEST_TIMEOUT"),
        ("MEDIA_URL", "gs://bucket", "must begin with file:// or s3://. Example: MEDIA_URL=file:///srv/media"),
        ("MEDIA_URL", "s3:///prefix", "which names no bucket"),
        ("MEDIA_URL", "s3://bucket/a b", "has a prefix with other characters than letters, digits"),
        ("MEDIA_DELIVERY", "redirect", "which needs MEDIA_URL=s3://bucket/prefix. Example: MEDIA_DELIVERY=redirect"),
        ("MEDIA_DELIVERY", "push", "which is neither proxy nor redirect"),
        ("MEDIA_CDN_URL", "https://cdn.example.org", "which needs MEDIA_DELIVERY=redirect"),
        ("MAX_VIDEO_RESOLUTION", "4k", "MAX_VIDEO_RESOLUTION is \"4k\", which is not of the form width x height"),
        ("MAX_VIDEO_RESOLUTION", "1920x8", "each from 16 to 65535 pixels. Example: MAX_VIDEO_RESOLUTION=3840x2160"),
        ("MAX_VIDEO_DURATION", "90", "MAX_VIDEO_DURATION is \"90\", which is not a duration with a unit"),
        ("MAX_VIDEO_FRAME_RATE", "0", "MAX_VIDEO_FRAME_RATE is \"0\", which is not a whole number from 1 to 1000"),
        ("MAX_VIDEO_STREAMS", "many", "MAX_VIDEO_STREAMS is \"many\", which is not a whole number from 1 to 1000"),
    ];
    for (name, value, said) in errors {
        let error = config(&[(name, value)]).unwrap_err();
        assert!(error.contains(said), "{name}={value}: {error}");
    }
}

#[test]
fn a_bucket_has_settings_of_its_own() {
    let bucket = |more: &[(&str, &str)]| {
        let config = config(&[&[("MEDIA_URL", "s3://media/of/tube/")], more].concat())?;
        let MediaStore::Bucket(bucket) = config.media_store else { unreachable!("s3:// is a bucket") };
        Ok::<_, String>(bucket)
    };
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret of the key")];
    let endpoint = ("S3_ENDPOINT", "http://s3.example.org:8333");
    let at_aws = bucket(&[]).unwrap();
    assert_eq!((at_aws.bucket.as_str(), at_aws.prefix.as_str(), at_aws.address()), ("media", "of/tube", None));
    assert!(!at_aws.path_style && at_aws.credentials.is_none());
    let elsewhere = bucket(&[&keys[..], &[endpoint]].concat()).unwrap();
    assert_eq!(elsewhere.address().unwrap(), "http://s3.example.org:8333");
    let by_host = bucket(&[&keys[..], &[endpoint, ("S3_PATH_STYLE", "off")]].concat()).unwrap();
    assert_eq!(by_host.address().unwrap(), "http://media.s3.example.org:8333");
    assert!(!format!("{elsewhere:?}").contains("secret"));

    let cdn = ("MEDIA_CDN_URL", "https://cdn.example.org/tube");
    let redirected = bucket(&[("MEDIA_DELIVERY", "redirect"), cdn]).unwrap();
    assert!(redirected.delivery == Delivery::Redirected { cdn: Some(cdn.1.parse().unwrap()) });

    let error = bucket(&[endpoint]).unwrap_err();
    assert!(error.contains("AWS_ACCESS_KEY_ID is \"\", which must be set with S3_ENDPOINT"), "{error}");
    let error = bucket(&keys[1..]).unwrap_err();
    assert!(error.contains("AWS_SECRET_ACCESS_KEY must be set if and only if") && !error.contains("of the key"));
    let error = bucket(&[&keys[..], &[("S3_ENDPOINT", "s3.example.org")]].concat()).unwrap_err();
    assert!(error.contains("S3_ENDPOINT is \"s3.example.org\", which is not http:// or https://"), "{error}");
}

#[test]
fn secrets_are_checked_but_never_repeated() {
    for bad in ["", "short"] {
        let error = config(&[("ACCESS_TOKEN_SECRET", bad)]).unwrap_err();
        assert!(error.contains("ACCESS_TOKEN_SECRET must have at least 16 characters"), "{error}");
        assert!(bad.is_empty() || !error.contains(bad), "{error}");
    }
    let same = "0123456789abcdef";
    let error = config(&[("ACCESS_TOKEN_SECRET", same), ("REFRESH_TOKEN_SECRET", same)]).unwrap_err();
    assert!(error.contains("must differ") && !error.contains(same), "{error}");
    let error = config(&[("DATABASE_URL", "mysql://root:hunter2@db")]).unwrap_err();
    assert!(error.contains("must begin with sqlite:// or postgres://") && !error.contains("hunter2"), "{error}");
}

#[test]
fn metrics_are_off_at_an_address_or_for_a_token_that_is_not_printed() {
    let metrics = |value| config(&[("METRICS", value)]).unwrap().metrics;
    assert_eq!(metrics(""), MetricsAccess::Off);
    assert_eq!(metrics("[::1]:9090"), MetricsAccess::Address("[::1]:9090".parse().unwrap()));
    let token = metrics("token:0123456789abcdef");
    assert_eq!(token, MetricsAccess::Token("0123456789abcdef".to_owned()));
    assert!(!format!("{token:?}").contains("0123"));
    let error = config(&[("METRICS", "token:hunter2")]).unwrap_err();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn all_errors_are_reported_at_once() {
    let error = config(&[("PORT", "x"), ("HOST", "y")]).unwrap_err();
    assert_eq!(error.lines().count(), 2, "{error}");
}

#[test]
fn a_file_is_read_and_the_environment_goes_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chaitube.toml");
    std::fs::write(&path, "port = 9000\nhost = \"::1\"\npublic_reads = false\n").unwrap();
    let path = path.to_str().unwrap();
    let from_file = config(&[("CHAITUBE_CONFIG", path), ("HOST", "0.0.0.0")]).unwrap();
    assert_eq!((from_file.port, from_file.host.to_string().as_str()), (9000, "0.0.0.0"));
    assert!(!from_file.public_reads);

    std::fs::write(path, "prot = 9000\n").unwrap();
    let error = config(&[("CHAITUBE_CONFIG", path)]).unwrap_err();
    assert!(error.contains("there is no setting \"prot\""), "{error}");
    let error = config(&[("CHAITUBE_CONFIG", "/does/not/exist.toml")]).unwrap_err();
    assert!(error.contains("cannot be read"), "{error}");
}

#[test]
fn cookies_are_secure_when_the_address_is() {
    assert!(config(&[("PUBLIC_BASE_URL", "https://example.org")]).unwrap().cookie_secure);
    let off = config(&[("PUBLIC_BASE_URL", "https://example.org"), ("COOKIE_SECURE", "off")]).unwrap();
    assert!(!off.cookie_secure);
}

#[test]
fn the_largest_frame_size_may_be_landscape_or_portrait() {
    for text in ["1920x1080", "1080X1920", "1920 x 1080"] {
        let limits = config(&[("MAX_VIDEO_RESOLUTION", text)]).unwrap().video_limits;
        assert_eq!((limits.width_max, limits.height_max, limits.pixels_max), (1920, 1920, 1920 * 1080), "{text}");
    }
}

#[test]
fn a_front_end_has_its_own_profile_or_everybodys() {
    let text = "https://a.example=media-objects, owner-id; https://b.example:8443 = singular ;*=stats-array;";
    let profiles = config(&[("RESPONSE_PROFILES", text)]).unwrap().response_profiles;
    let set = |choices: &[Choice]| choices.iter().fold(Profile::NONE, |profile, choice| profile.with(*choice));
    assert_eq!(profiles.of(Some("https://a.example")), set(&[Choice::MediaObjects, Choice::OwnerId]));
    let singular = set(&[Choice::NestedAliases, Choice::MediaObjects, Choice::DateParts]);
    assert_eq!(profiles.of(Some("https://b.example:8443")), singular);
    for other in [None, Some("https://b.example"), Some("null")] {
        assert_eq!(profiles.of(other), set(&[Choice::StatsArray]));
    }
    assert!(profiles.any_has(Choice::OwnerId) && !profiles.any_has(Choice::ReadableToken));
    assert!(config(&[]).unwrap().response_profiles.of(Some("https://a.example")).is_empty());
}
