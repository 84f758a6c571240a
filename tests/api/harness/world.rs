//! A small world in which every operation can be asked of the owner of everything, a stranger, and nobody.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::RequestBuilder;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use super::contract::{alias_of, example_body};
use super::rows::{execute, settle};
use super::{Client, PASSWORD, Person, Response, TestApp, file, id, register_form, samples, video_form};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Nobody,
    Stranger,
    Owner,
}

/// Two people who follow each other, and one of everything that belongs to the owner.
pub struct World {
    owner: Person,
    stranger: Person,
    /// A session of the owner's besides the one in use.
    session: String,
    /// The name of the video.
    media: String,
    /// The playlist of a size of it.
    rung: String,
    video: String,
    /// One that is still to be processed.
    fresh: String,
    comment: String,
    tweet: String,
    playlist: String,
    playback: String,
    /// An upload that stands at its beginning.
    upload: String,
    newcomers: AtomicU32,
}

/// The names of a path's parameters.
pub fn parameters(path: &str) -> Vec<String> {
    path.split('/').filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned())).collect()
}

/// What a tus client sends about an upload that stands at its beginning.
fn tus_request(client: &Client, method: &str, target: &str) -> RequestBuilder {
    let request = client.request(method, target).header("tus-resumable", "1.0.0");
    match method {
        "POST" => request.header("upload-length", samples::video_file().len()),
        "PATCH" => request
            .header("upload-offset", 0)
            .header("content-type", "application/offset+octet-stream")
            .body(samples::video_file()),
        _ => request,
    }
}

async fn tagged(owner: &Person, title: &str) -> Value {
    let form = video_form(title).text("tags", "drinks");
    owner.client.multipart("POST", "/api/v1/videos", form).await.data()
}

impl World {
    pub async fn new(app: &TestApp) -> Self {
        let (owner, stranger) = (app.person("owner").await, app.person("stranger").await);
        app.login("owner").await;
        let sessions = owner.client.get("/api/v1/users/sessions").await.data();
        let spare = sessions.as_array().unwrap().iter().find(|session| session["isCurrent"] == false);
        tagged(&stranger, "Milk").await;
        execute(app, "UPDATE videos SET is_short = true".to_owned(), vec![]).await;
        settle(app).await;
        let video = tagged(&owner, "Tea").await;
        app.jobs_done().await;
        let fresh = tagged(&owner, "Water").await;
        let watched = owner.client.get(&format!("/api/v1/videos/{}", id(&video))).await.data();
        let master = owner.client.get(watched["hls"].as_str().unwrap()).await;
        let master = String::from_utf8(master.bytes).unwrap();
        let rung = master.lines().find(|line| !line.starts_with('#')).unwrap();
        let rung = rung.rsplit('/').next().unwrap().split('?').next().unwrap();
        let media = video["videoFile"].as_str().unwrap().rsplit('/').next().unwrap().split('?').next().unwrap();
        let mut world = Self {
            session: id(spare.unwrap()),
            media: media.to_owned(),
            rung: rung.to_owned(),
            video: id(&video),
            fresh: id(&fresh),
            comment: String::new(),
            tweet: String::new(),
            playlist: String::new(),
            playback: String::new(),
            upload: String::new(),
            newcomers: AtomicU32::new(0),
            owner,
            stranger,
        };
        let client = &world.owner.client;
        let made = async |path: &str, body: Value| {
            let response = client.post(path, body).await;
            assert_eq!(response.status, 201, "{response:?}");
            id(&response.data())
        };
        world.comment = made(&format!("/api/v1/comments/{}", world.video), json!({ "content": "First" })).await;
        world.tweet = made("/api/v1/tweets", json!({ "content": "Hello" })).await;
        world.playlist = made("/api/v1/playlist", json!({ "name": "All", "description": "All" })).await;
        let playback = client.post(&format!("/api/v1/videos/{}/playbacks", world.video), json!({})).await;
        playback.data()["id"].as_str().unwrap().clone_into(&mut world.playback);
        world.upload = id(&world.ask(app, Actor::Owner, "POST", "/api/v1/uploads").await.data());
        let add = format!("/api/v1/playlist/add/{}/{}", world.video, world.playlist);
        assert_eq!(world.owner.client.bare("PATCH", &add).await.status, 200);
        let follow = format!("/api/v1/subscriptions/c/{}", world.stranger.id);
        assert_eq!(world.owner.client.bare("POST", &follow).await.status, 200);
        world
    }

    pub fn owner(&self) -> &Person {
        &self.owner
    }

    pub fn stranger(&self) -> &Person {
        &self.stranger
    }

    /// Hides the owner's videos.
    pub async fn hide(&self, app: &TestApp) {
        for video in [&self.video, &self.fresh] {
            let path = format!("/api/v1/videos/toggle/publish/{video}");
            let response = self.owner.client.bare("PATCH", &path).await;
            assert_eq!(response.data()["isPublished"], false);
        }
        assert_eq!(app.anonymous().get(&format!("/api/v1/videos/{}", self.video)).await.status, 404);
    }

    /// Asks an operation, about the owner's things and with a body that is good.
    pub async fn ask(&self, app: &TestApp, actor: Actor, method: &str, path: &str) -> Response {
        let client = match actor {
            // Whoever logs in is told the address of the account.
            Actor::Nobody if path.ends_with("/login") => {
                Client::new(&app.base, None, Some("owner@example.org".to_owned()))
            }
            Actor::Nobody => app.anonymous(),
            // What ends a session gets one to end.
            Actor::Stranger if path.ends_with("/logout") => app.login("stranger").await.client,
            Actor::Owner if path.ends_with("/logout") => app.login("owner").await.client,
            Actor::Stranger => self.stranger.client.clone(),
            Actor::Owner => self.owner.client.clone(),
        };
        self.ask_as(&client, actor, method, path).await
    }

    /// The same, with a client of one's own.
    pub async fn ask_as(&self, client: &Client, actor: Actor, method: &str, path: &str) -> Response {
        let target = parameters(path)
            .iter()
            .fold(path.to_owned(), |target, name| target.replace(&format!("{{{name}}}"), self.value(path, name)));
        let target = if path.ends_with("/suggestions") { format!("{target}?query=e&q=coffee") } else { target };
        let target = if path.ends_with("/v1/search") { format!("{target}?q=coffee") } else { target };
        let target = if path.ends_with("/users/search") { format!("{target}?query=own") } else { target };
        let target = if path.ends_with("/oembed") { format!("{target}?url=/watch/{}", self.video) } else { target };
        // An alias takes what its operation takes.
        let own = alias_of(method, path);
        let (own_method, own_path) = own.as_ref().map_or((method, path), |(method, path)| (method, path));
        if let Some(form) = self.form(own_method, own_path) {
            return client.multipart(method, &target, form).await;
        }
        if path.contains("/uploads") {
            return client.send(tus_request(client, method, &target)).await;
        }
        let request = client.request(method, &target);
        client
            .send(match self.body(actor, own_method, own_path) {
                Some(body) if method != "GET" => request.json(&body),
                _ => request,
            })
            .await
    }

    fn value(&self, path: &str, parameter: &str) -> &str {
        match parameter {
            "videoId" if path.contains("/processing") => &self.fresh,
            "name" if path.contains("/streams/") => &self.rung,
            "videoId" => &self.video,
            "commentId" => &self.comment,
            "tweetId" => &self.tweet,
            "playlistId" => &self.playlist,
            "playbackId" => &self.playback,
            "uploadId" => &self.upload,
            "sessionId" => &self.session,
            "userId" | "channelId" | "subscriberId" => &self.owner.id,
            "username" => &self.owner.username,
            "name" => &self.media,
            other => panic!("no value for the parameter {other}"),
        }
    }

    /// The body of the operations that take files.
    fn form(&self, method: &str, path: &str) -> Option<Form> {
        let image = |name: &'static str| Form::new().part(name, file("p.png", samples::png(32, 32)));
        Some(match (method, path.rsplit('/').next()?) {
            ("POST", "register") => {
                let number = self.newcomers.fetch_add(1, Ordering::SeqCst);
                register_form(&format!("newcomer{number}"))
            }
            ("POST", "videos") => video_form("Another"),
            ("PATCH", "avatar") => image("avatar"),
            ("PATCH", "cover-image") => image("coverImage"),
            _ => return None,
        })
    }

    /// The body of the others, if they take one: that of the description's examples, unless it is about somebody.
    fn body(&self, actor: Actor, method: &str, path: &str) -> Option<Value> {
        let person = match actor {
            Actor::Nobody => None,
            Actor::Stranger => Some(&self.stranger),
            Actor::Owner => Some(&self.owner),
        };
        let name = person.map_or("owner", |person| &person.username);
        Some(match path.rsplit('/').next()? {
            "login" => json!({ "username": name, "password": PASSWORD }),
            "refresh-token" => json!({ "refreshToken": person.map_or("", |person| &person.refresh_token) }),
            "change-password" => json!({ "oldPassword": PASSWORD, "newPassword": PASSWORD }),
            "update-account" => json!({ "fullName": "Somebody", "email": format!("{name}@example.org") }),
            "me" => json!({ "password": PASSWORD }),
            "order" => json!({ "videos": [self.video] }),
            "{videoId}" if path.contains("/videos/{") => json!({ "title": "Coffee", "tags": ["coffee"] }),
            _ => return example_body(method, path),
        })
    }
}
