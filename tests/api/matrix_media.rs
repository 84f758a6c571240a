//! Who gets which media: every kind there is of a video × who may see it × what is shown × who asks × how.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Client, Person, TestApp, id, run, run_with};

/// All kinds of things that hang on a video.
const KINDS: [&str; 12] = [
    "candidate",
    "film",
    "manifest",
    "master",
    "picture playlist",
    "key frames playlist",
    "rendition",
    "sheet",
    "sound",
    "sound playlist",
    "thumbnail",
    "track",
];
/// Written for each reader, so they have no ranges.
const TEXTS: [&str; 6] = ["manifest", "master", "picture playlist", "key frames playlist", "sound playlist", "track"];

/// What an address is shown with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Good,
    Expired,
    OfAnother,
    Forged,
}

const ALL_SHOWN: [Shown; 5] = [Shown::Nothing, Shown::Good, Shown::Expired, Shown::OfAnother, Shown::Forged];

type Way = (&'static str, &'static [(&'static str, &'static str)], u16, u16);

/// How it is asked, and the status when it may be read: of an object, of a text.
const WAYS: [Way; 4] = [
    ("GET", &[], 200, 200),
    ("HEAD", &[], 200, 200),
    ("GET", &[("range", "bytes=0-9")], 206, 200),
    ("GET", &[("range", "bytes=99999999999-")], 416, 200),
];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no address: {value}")).to_owned()
}

fn split(address: &str) -> (&str, &str) {
    address.split_once('?').unwrap_or((address, ""))
}

async fn read(client: &Client, address: &str) -> String {
    let response = client.get(address).await;
    assert_eq!(response.status, 200, "{address}");
    String::from_utf8(response.bytes).unwrap()
}

fn quoted<'t>(line: &'t str, name: &str) -> &'t str {
    line.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap()
}

/// One address of each kind, without what opens it; found as a player finds them.
async fn addresses(client: &Client, video: &Value) -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::from([
        ("film", text(&video["videoFile"])),
        ("thumbnail", text(&video["thumbnail"])),
        ("candidate", text(&video["thumbnailCandidates"][1])),
        ("master", text(&video["hls"])),
        ("manifest", text(&video["dash"])),
        ("track", text(&video["storyboard"])),
    ]);
    let master = read(client, &found["master"]).await;
    let tagged = |tag: &str| quoted(master.lines().find(|line| line.contains(tag)).unwrap(), "URI").to_owned();
    found.insert("picture playlist", master.lines().find(|line| !line.starts_with('#')).unwrap().to_owned());
    found.insert("sound playlist", tagged("TYPE=AUDIO"));
    found.insert("key frames playlist", tagged("I-FRAME-STREAM-INF"));
    for (playlist, media) in [("picture playlist", "rendition"), ("sound playlist", "sound")] {
        let playlist = read(client, &found[playlist]).await;
        let map = playlist.lines().find(|line| line.starts_with("#EXT-X-MAP")).unwrap();
        found.insert(media, quoted(map, "URI").to_owned());
    }
    let track = read(client, &found["track"]).await;
    let sheet = track.lines().find_map(|line| line.split_once("#xywh")).unwrap().0;
    found.insert("sheet", sheet.to_owned());
    found.into_iter().map(|(kind, address)| (kind, split(&address).0.to_owned())).collect()
}

/// A video with everything there is, and another whose signature must not open it.
struct Scene {
    askers: [(&'static str, Client); 3],
    owner: Person,
    video: String,
    addresses: BTreeMap<&'static str, String>,
    good: String,
    expired: String,
    of_another: String,
}

impl Scene {
    async fn set(app: &TestApp) -> Self {
        let (owner, stranger) = (app.person("owner").await, app.person("stranger").await);
        let (video, other) = (id(&owner.hidden_video("One").await), id(&owner.hidden_video("Other").await));
        app.jobs_done().await;
        let shown = async |id: &str| owner.client.get(&format!("/api/v1/videos/{id}")).await.expect_status(200);
        let expired = split(&text(&shown(&video).await["hls"])).1.to_owned();
        app.advance(Duration::from_hours(7));
        let seen = shown(&video).await;
        let addresses = addresses(&app.anonymous(), &seen).await;
        let good = split(&text(&seen["hls"])).1.to_owned();
        let of_another = split(&text(&shown(&other).await["hls"])).1.to_owned();
        let askers =
            [("nobody", app.anonymous()), ("a stranger", stranger.client.clone()), ("the owner", owner.client.clone())];
        Self { askers, owner, video, addresses, good, expired, of_another }
    }

    fn query(&self, shown: Shown) -> String {
        match shown {
            Shown::Nothing => String::new(),
            Shown::Good => self.good.clone(),
            Shown::Expired => self.expired.clone(),
            Shown::OfAnother => self.of_another.clone(),
            Shown::Forged => self.good.replace("signature=", "signature=A"),
        }
    }

    /// Asks everything; `opens` says what has to be shown.
    async fn sweep(&self, case: &str, opens: impl Fn(Shown) -> bool) {
        let mut asked = 0;
        for (kind, address) in &self.addresses {
            for shown in ALL_SHOWN {
                let address = format!("{address}?{}", self.query(shown));
                for (who, client) in &self.askers {
                    for (method, headers, of_object, of_text) in WAYS {
                        let may = if TEXTS.contains(kind) { of_text } else { of_object };
                        let wanted = if opens(shown) { may } else { 404 };
                        let response = client.ask(method, &address, headers).await;
                        let case = format!("{case}: {who}, {kind}, {shown:?}, {method} {headers:?}");
                        assert_eq!(response.status, wanted, "{case}");
                        if wanted == 404 {
                            assert_eq!((response.header("etag"), response.header("content-range")), ("", ""), "{case}");
                            assert!(method == "HEAD" || response.message() == "Media not found", "{case}");
                        }
                        asked += 1;
                    }
                }
            }
        }
        assert_eq!(asked, KINDS.len() * ALL_SHOWN.len() * self.askers.len() * WAYS.len());
    }

    async fn toggle(&self) {
        let path = format!("/api/v1/videos/toggle/publish/{}", self.video);
        self.owner.client.bare("PATCH", &path).await.expect_status(200);
    }
}

#[tokio::test]
async fn t01_every_kind_of_media_is_given_to_those_who_may_see_it_and_to_nobody_else() {
    run(async |app| {
        let scene = Scene::set(app).await;
        let kinds: BTreeSet<&str> = scene.addresses.keys().copied().collect();
        assert_eq!(kinds, BTreeSet::from(KINDS));
        scene.sweep("unpublished", |shown| shown == Shown::Good).await;
        scene.toggle().await;
        scene.sweep("published", |_| true).await;
        scene.toggle().await;
        scene.sweep("hidden again", |shown| shown == Shown::Good).await;
        let path = format!("/api/v1/videos/{}", scene.video);
        scene.owner.client.delete(&path).await.expect_status(200);
        scene.sweep("deleted", |_| false).await;
    })
    .await;
}

#[tokio::test]
async fn t01_without_public_reads_every_kind_of_media_needs_a_signature() {
    run_with(&[("PUBLIC_READS", "false")], async |app| {
        let scene = Scene::set(app).await;
        scene.toggle().await;
        scene.sweep("closed", |shown| shown == Shown::Good).await;
    })
    .await;
}
