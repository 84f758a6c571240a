//! `chaitube doctor`: damage of every kind, made by hand, is found by its name and repaired, or honestly not; a site that
//! is well and busy has no findings. In a folder and in a bucket.

mod media;
mod queues;

use std::time::Duration;

use chaitube::{DoctorOptions, VideoId, args, doctor};
use serde_json::Value;

use crate::harness::bucket::Bucket;
use crate::harness::{Person, Server, TestApp, eventually, id, run_in_folder, run_on};

pub const LOOK: DoctorOptions = DoctorOptions { repair: false, deep: false, site_runs: false, pause: Duration::ZERO };
pub const LOOK_DEEP: DoctorOptions = DoctorOptions { deep: true, ..LOOK };
pub const REPAIR: DoctorOptions = DoctorOptions { repair: true, ..LOOK };
pub const REPAIR_DEEP: DoctorOptions = DoctorOptions { repair: true, ..LOOK_DEEP };

pub async fn on_each_store(test: impl AsyncFn(&TestApp)) {
    run_in_folder(&[], &test).await;
    let bucket = Bucket::start().await;
    run_on(Server { bucket: Some(&bucket), ..Server::default() }, test).await;
}

pub async fn report(app: &TestApp, options: DoctorOptions) -> Value {
    serde_json::to_value(doctor(&app.app, options, &|_| {}).await.unwrap()).unwrap()
}

/// Kind, id and outcome of every finding.
pub async fn findings(app: &TestApp, options: DoctorOptions) -> Vec<[String; 3]> {
    let report = report(app, options).await;
    let all = report["findings"].as_array().unwrap().iter();
    let texts = all.map(|finding| ["kind", "id", "outcome"].map(|name| finding[name].as_str().unwrap().to_owned()));
    let texts: Vec<_> = texts.collect();
    assert_eq!(report["ok"], texts.iter().all(|[.., outcome]| outcome == "repaired"), "{report}");
    texts
}

/// Perhaps when the server has removed what it is removing.
pub async fn is_well(app: &TestApp) {
    eventually(async || {
        let found = findings(app, LOOK_DEEP).await;
        found.is_empty().then_some(()).ok_or(found)
    })
    .await;
}

/// The damage is found, and named the same way each time; what becomes of it is in the third place.
pub async fn is_found(app: &TestApp, options: DoctorOptions, kind: &str, id: &str, outcome: &str) {
    assert_eq!(findings(app, options).await, [[kind, id, outcome].map(str::to_owned)]);
}

/// It is found and `--repair` repairs it at once.
pub async fn is_repaired(app: &TestApp, kind: &str, id: &str) {
    is_found(app, LOOK, kind, id, "repairable").await;
    is_found(app, REPAIR, kind, id, "repaired").await;
    is_well(app).await;
}

pub async fn text(app: &TestApp, sql: &'static str, video: &str) -> String {
    let video: VideoId = video.parse().unwrap();
    let (text,): (String,) = app.app.db.one(sql, args![video]).await.unwrap();
    text
}

/// A video of which everything is made, and the files of its stream.
pub async fn processed(app: &TestApp, person: &Person) -> String {
    let video = id(&person.video("Tea").await);
    app.jobs_done().await;
    video
}
