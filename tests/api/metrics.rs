//! `/metrics`: exact numbers, in the form that Prometheus reads, for those who may have them.

#![expect(clippy::float_cmp, reason = "counts are exact")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use crate::harness::contract::operations;
use crate::harness::{Client, Person, START_MS, TestApp, eventually, file, id, run, run_with, samples, video_form};

/// Another one.
pub const SETTINGS: &[(&str, &str)] = &[("METRICS", "token:0123456789abcdef")];

/// The value of each series, by its name and labels as they are written.
pub type Series = BTreeMap<String, f64>;

fn scraper(app: &TestApp) -> Client {
    app.anonymous().with_token("0123456789abcdef")
}

pub async fn scrape(app: &TestApp) -> Series {
    let response = scraper(app).get("/metrics").await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    parse(std::str::from_utf8(&response.bytes).unwrap())
}

/// Reads the text form strictly: each family is described before its series, and no series comes twice.
fn parse(text: &str) -> Series {
    let mut series = Series::new();
    let (mut described, mut family, mut kind) = (BTreeSet::new(), "", "");
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(described.insert(name) && !help.is_empty(), "{line}");
            family = name;
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, of_kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, family, "{line}");
            assert_eq!(of_kind == "counter", name.ends_with("_total"), "{line}");
            kind = of_kind;
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let suffix = name.split('{').next().unwrap().strip_prefix(family).unwrap();
            let suffixes: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(suffixes.contains(&suffix), "{line} is no {kind} of {family}");
            labels(name);
            assert!(series.insert(name.to_owned(), value.parse().unwrap()).is_none(), "{line} comes twice");
        }
    }
    for (name, value) in &series {
        if let Some(all) = name.strip_suffix(r#"le="+Inf"}"#) {
            let all = all.replace("_bucket{", "_count{").trim_end_matches(',').to_owned();
            let count = if all.ends_with('{') { all.trim_end_matches('{').to_owned() } else { format!("{all}}}") };
            assert_eq!(series.get(&count), Some(value), "{name}");
        }
    }
    series
}

/// The labels of a series. None of their values here has a comma or a quotation mark.
fn labels(series: &str) -> BTreeMap<&str, &str> {
    let Some((_, list)) = series.split_once('{') else { return BTreeMap::new() };
    let list = list.strip_suffix('}').unwrap().split(',');
    list.map(|label| {
        let (name, value) = label.split_once('=').unwrap();
        (name, value.strip_prefix('"').unwrap().strip_suffix('"').unwrap())
    })
    .collect()
}

/// What has changed in series that begin so, and by how much.
fn changes(before: &Series, after: &Series, start: &str) -> BTreeMap<String, f64> {
    assert!(before.keys().all(|name| after.contains_key(name)), "a series is gone");
    let changed = after.iter().filter(|(name, _)| name.starts_with(start));
    let changed = changed
        .map(|(name, value)| (name.strip_prefix(start).unwrap().to_owned(), value - before.get(name).unwrap_or(&0.0)));
    changed.filter(|(_, change)| *change != 0.0).collect()
}

fn expected(changes: &[(&str, f64)]) -> BTreeMap<String, f64> {
    changes.iter().map(|(name, change)| ((*name).to_owned(), *change)).collect()
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_status_and_each_has_a_duration() {
    run_with(SETTINGS, async |app| {
        let alice = app.person("alice").await;
        let before = scrape(app).await;
        let anonymous = app.anonymous();
        for path in ["/api/v1/videos", "/API/v1/Videos/?page=2", "/api/v1/videos?query=tea"] {
            anonymous.get(path).await.expect_status(200);
        }
        anonymous.get("/api/v1/videos/65a53f2e8c1b4a0012ab34cd").await.expect_status(404);
        anonymous.get("/api/v1/videos/none").await.expect_status(400);
        alice.create("/api/v1/tweets", json!({ "content": "Hm" })).await;
        anonymous.post("/api/v1/tweets", json!({ "content": "Hm" })).await.expect_status(401);
        anonymous.get("/nothing/at/all").await.expect_status(404);
        anonymous.head("/api/v1/healthcheck").await;
        anonymous.get("/robots.txt").await;
        let after = scrape(app).await;
        let counted = changes(&before, &after, "chaitube_http_requests_total");
        let series = [
            (r#"{route="/api/v1/videos",method="GET",status="200"}"#, 3.0),
            (r#"{route="/api/v1/videos/{videoId}",method="GET",status="404"}"#, 1.0),
            (r#"{route="/api/v1/videos/{videoId}",method="GET",status="400"}"#, 1.0),
            (r#"{route="/api/v1/tweets",method="POST",status="201"}"#, 1.0),
            (r#"{route="/api/v1/tweets",method="POST",status="401"}"#, 1.0),
            (r#"{route="/api/v1/healthcheck",method="HEAD",status="200"}"#, 1.0),
            (r#"{route="page",method="GET",status="200"}"#, 1.0),
            (r#"{route="other",method="GET",status="404"}"#, 1.0),
            // The first scrape.
            (r#"{route="other",method="GET",status="200"}"#, 1.0),
        ];
        assert_eq!(counted, expected(&series));
        let durations = changes(&before, &after, "chaitube_http_request_duration_seconds_count");
        assert_eq!(durations[r#"{route="/api/v1/videos",method="GET"}"#], 3.0);
        assert_eq!(durations[r#"{route="/api/v1/videos/{videoId}",method="GET"}"#], 2.0);
        assert_eq!(durations.values().sum::<f64>(), series.iter().map(|(_, number)| number).sum::<f64>());
        // This scrape itself.
        assert_eq!(after["chaitube_http_requests_in_flight"], 1.0);
        assert!(after["chaitube_connections"] >= 1.0);
    })
    .await;
}

#[tokio::test]
async fn the_documentation_names_every_metric_and_no_other() {
    run_with(SETTINGS, async |app| {
        let text = String::from_utf8(scraper(app).get("/metrics").await.bytes).unwrap();
        let described = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
        let described: BTreeSet<_> = described.collect();
        let documentation = include_str!("../../docs/metrics.md");
        let words = documentation.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named = words.filter(|word| word.starts_with("chaitube_") || word.starts_with("process_"));
        let named: BTreeSet<_> = named.map(|word| word.trim_end_matches("_bucket")).collect();
        assert_eq!(named, described);
    })
    .await;
}

#[tokio::test]
async fn logins_uploads_views_and_statements_are_counted() {
    run_with(SETTINGS, async |app| {
        let alice = app.person("alice").await;
        let before = scrape(app).await;
        let login = |name: &str, password: &str| json!({ "username": name, "password": password });
        let anonymous = app.anonymous();
        anonymous.post("/api/v1/users/login", login("alice", "wrong password")).await.expect_status(401);
        anonymous.post("/api/v1/users/login", login("nobody", "wrong password")).await.expect_status(404);
        anonymous.post("/api/v1/users/login", json!({})).await.expect_status(400);
        app.login("alice").await;
        let video = alice.video("Tea").await;
        for _ in 0..2 {
            app.anonymous().get(&format!("/api/v1/videos/{}", id(&video))).await.expect_status(200);
        }
        alice.store_views().await;
        let after = scrape(app).await;
        let logins = [(r#"{result="success"}"#, 1.0), (r#"{result="refused"}"#, 2.0), (r#"{result="invalid"}"#, 1.0)];
        assert_eq!(changes(&before, &after, "chaitube_logins_total"), expected(&logins));
        #[expect(clippy::cast_precision_loss, reason = "it is short")]
        let bytes = samples::video_file().len() as f64;
        assert_eq!(changes(&before, &after, "chaitube_upload_bytes_total"), expected(&[("", bytes)]));
        assert_eq!(after["chaitube_uploads_running"], 0.0);
        assert_eq!(changes(&before, &after, "chaitube_views_total"), expected(&[("", 1.0)]));
        for step in ["read", "write", "begin", "commit"] {
            let name = format!(r#"chaitube_database_step_duration_seconds_count{{step="{step}"}}"#);
            assert!(after[&name] > before[&name], "{name}");
        }
        assert_eq!(changes(&before, &after, "chaitube_database_errors_total"), expected(&[]));
        assert_eq!(changes(&before, &after, "chaitube_storage_errors_total"), expected(&[]));
    })
    .await;
}

fn queued(series: &Series, kind: &str) -> (f64, f64) {
    let length = format!(r#"chaitube_queue_length{{queue="jobs",kind="{kind}",state="queued"}}"#);
    let oldest = format!(r#"chaitube_queue_oldest_seconds{{queue="jobs",kind="{kind}"}}"#);
    (series[&length], series[&oldest])
}

#[tokio::test]
async fn queues_are_read_from_the_database_and_not_at_every_scrape() {
    run_with(SETTINGS, async |app| {
        let alice = app.person("alice").await;
        assert_eq!(queued(&scrape(app).await, "watchable"), (0.0, 0.0));
        for title in ["Tea", "Coffee"] {
            let form = video_form(title);
            alice.client.multipart("POST", "/api/v1/videos", form).await.expect_status(201);
        }
        assert_eq!(queued(&scrape(app).await, "watchable"), (0.0, 0.0), "it is kept for some seconds");
        app.advance(Duration::from_secs(90));
        let before = scrape(app).await;
        assert_eq!(queued(&before, "watchable"), (2.0, 90.0));
        let done = app.jobs_done().await;
        app.advance(Duration::from_secs(6));
        let after = scrape(app).await;
        for kind in ["watchable", "ladder", "previews"] {
            assert_eq!(queued(&after, kind), (0.0, 0.0));
        }
        let attempts = changes(&before, &after, "chaitube_work_attempts_total");
        assert!(attempts.keys().all(|name| name.contains(r#"queue="jobs""#) && name.contains(r#"result="done""#)));
        #[expect(clippy::cast_precision_loss, reason = "it is small")]
        let done = done as f64;
        assert_eq!(attempts.values().sum::<f64>(), done, "{attempts:?}");
        let durations = changes(&before, &after, "chaitube_work_duration_seconds_count");
        assert_eq!(durations.values().sum::<f64>(), done);
    })
    .await;
}

#[tokio::test]
async fn a_scrape_works_without_the_database() {
    run_with(SETTINGS, async |app| {
        assert!(scrape(app).await.keys().any(|name| name.starts_with("chaitube_queue_length")));
        app.app.db.close().await;
        app.advance(Duration::from_secs(6));
        let errors = async || scrape(app).await["chaitube_database_errors_total"];
        let before = errors().await;
        app.anonymous().get("/api/v1/videos").await.expect_status(503);
        app.advance(Duration::from_secs(6));
        let without = scrape(app).await;
        assert!(!without.keys().any(|name| name.starts_with("chaitube_queue_length")));
        assert!(without["chaitube_database_errors_total"] > before);
    })
    .await;
}

#[tokio::test]
async fn an_event_stream_is_counted_while_it_is_open() {
    run_with(SETTINGS, async |app| {
        let alice = app.person("alice").await;
        let video = alice.video("Tea").await;
        let path = format!("{}/api/v1/videos/{}/processing/events", app.base, id(&video));
        let stream = reqwest::Client::new().get(path).bearer_auth(&alice.access_token).send().await.unwrap();
        assert_eq!(scrape(app).await["chaitube_event_streams"], 1.0);
        drop(stream);
        eventually(async || {
            let open = scrape(app).await["chaitube_event_streams"];
            (open == 0.0).then_some(()).ok_or(open)
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn t15_without_the_token_there_is_nothing() {
    let looks_like_nothing = async |client: &Client, method: &str| {
        let (response, nothing) = (client.bare(method, "/metrics").await, client.bare(method, "/metricz").await);
        assert_eq!((response.status, &response.bytes), (404, &nothing.bytes), "{method}");
        let names = |headers: &reqwest::header::HeaderMap| {
            headers.keys().map(|name| name.as_str().to_owned()).collect::<BTreeSet<_>>()
        };
        assert_eq!(names(&response.headers), names(&nothing.headers));
    };
    run_with(SETTINGS, async |app| {
        let nearly = ["0123456789abcde", "0123456789abcdeg", "token:0123456789abcdef", "another-token-of-somebody"];
        let strangers = nearly.map(|token| app.anonymous().with_token(token));
        for client in strangers.iter().chain([&app.anonymous()]) {
            for method in ["GET", "HEAD", "POST", "DELETE"] {
                looks_like_nothing(client, method).await;
            }
        }
        looks_like_nothing(&scraper(app), "POST").await;
        assert_eq!(scraper(app).get("/metrics?token=0123456789abcdef").await.status, 200);
        assert_eq!(app.anonymous().get("/metrics?token=0123456789abcdef").await.status, 404);
        let head = scraper(app).head("/metrics").await;
        assert_eq!((head.status, head.bytes.len()), (200, 0));
    })
    .await;
    run(async |app| looks_like_nothing(&scraper(app), "GET").await).await;
    run_with(&[("METRICS", "127.0.0.1:0")], async |app| looks_like_nothing(&scraper(app), "GET").await).await;
}

/// Requests of the kind that scanners send.
async fn scan(app: &TestApp, round: u32) {
    for number in 0..40 {
        let name = format!("{round}-{number}");
        for path in [format!("/{name}"), format!("/api/v1/{name}"), format!("/api/v1/users/c/u{number}r{round}")] {
            app.anonymous().get(&path).await;
        }
        app.anonymous().get(&format!("/api/v1/videos/{:024x}?q={name}", round * 1000 + number)).await;
        app.anonymous().bare(&format!("M{round}X{number}"), "/api/v1/videos").await;
        app.anonymous().get(&format!("/watch/{name}")).await;
    }
}

#[tokio::test]
async fn t12_series_do_not_become_more_with_the_paths_that_are_asked_for() {
    run_with(SETTINGS, async |app| {
        scan(app, 1).await;
        scrape(app).await;
        let before = scrape(app).await;
        scan(app, 2).await;
        let after = scrape(app).await;
        let new: Vec<_> = after.keys().filter(|name| !before.contains_key(*name)).collect();
        assert!(new.is_empty(), "{new:?}");
        let routes: BTreeSet<_> = after.keys().filter_map(|name| labels(name).get("route").copied()).collect();
        let known: BTreeSet<_> = operations().into_iter().map(|(_, path)| path).collect();
        for route in &routes {
            assert!(["other", "page"].contains(route) || known.contains(*route), "{route}");
        }
        assert!(routes.contains("other") && routes.contains("/api/v1/videos/{videoId}"), "{routes:?}");
    })
    .await;
}

async fn lives(alice: &Person, app: &TestApp) -> Vec<String> {
    let video = alice.video("Very private tea").await;
    let tweet = alice.create("/api/v1/tweets", json!({ "content": "Secret thoughts" })).await;
    alice.client.get(&format!("/api/v1/videos/{}", id(&video))).await;
    let avatar = file("a.png", samples::png(32, 32));
    let form = reqwest::multipart::Form::new().part("avatar", avatar);
    alice.client.multipart("PATCH", "/api/v1/users/avatar", form).await;
    app.jobs_done().await;
    let texts = [alice.username.as_str(), "alice@", "example.org", "private tea", "Secret", "127.0.0.1"];
    let ids = [alice.id.clone(), id(&video), id(&tweet), alice.access_token.clone(), alice.refresh_token.clone()];
    texts.into_iter().map(str::to_owned).chain(ids).collect()
}

#[tokio::test]
async fn t15_nothing_of_people_and_no_secret_is_in_the_metrics() {
    run_with(SETTINGS, async |app| {
        let alice = app.person("alice_of_the_metrics").await;
        let private = lives(&alice, app).await;
        let response = scraper(app).get("/metrics").await;
        let text = String::from_utf8(response.bytes).unwrap();
        let files = ["access_token_secret", "refresh_token_secret"].into_iter();
        let files = files.filter_map(|name| std::fs::read_to_string(app.folder.path().join(name)).ok());
        // On PostgreSQL they are in the database.
        let rows: Vec<(String,)> = app.app.db.all("SELECT value FROM secrets", vec![]).await.unwrap();
        let secrets: Vec<String> = files.chain(rows.into_iter().map(|(value,)| value)).collect();
        assert_eq!(secrets.len(), 2);
        let folder = app.folder.path().to_str().unwrap().to_owned();
        for secret in private.into_iter().chain(secrets).chain([folder, "0123456789abcdef".to_owned()]) {
            assert!(!text.contains(secret.trim()), "{secret}");
        }
        let is_id = |word: &str| word.len() >= 24 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(!text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_id));
        let started = parse(&text)["process_start_time_seconds"];
        #[expect(clippy::cast_precision_loss, reason = "seconds are exact")]
        let expected = (START_MS / 1000) as f64;
        assert_eq!(started, expected);
    })
    .await;
}
