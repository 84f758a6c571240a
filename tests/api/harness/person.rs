//! A registered user.

use std::path::PathBuf;

use chaitube::App;
use serde_json::Value;

use super::{Client, TestApp, video_form};

/// A registered user with a client that is logged in.
#[derive(Clone)]
pub struct Person {
    pub id: String,
    pub username: String,
    pub client: Client,
    pub access_token: String,
    pub refresh_token: String,
    pub(super) app: App,
    pub(super) media_root: PathBuf,
}

impl Person {
    /// The same person at another node.
    pub fn at(&self, node: &TestApp) -> Self {
        let client = self.client.at(&node.base);
        Self { client, app: node.app.clone(), ..self.clone() }
    }

    /// The same person in a browser, which sends cookies instead of a header.
    pub fn browser(&self) -> Client {
        let cookies = format!("accessToken={}; refreshToken={}", self.access_token, self.refresh_token);
        self.client.without_token().with_header("cookie", &cookies)
    }

    /// Uploads a video that is published, and gives its `data`. [`Person::ready_video`] is cheaper.
    pub async fn video(&self, title: &str) -> Value {
        let response = self.client.multipart("POST", "/api/v1/videos", video_form(title)).await;
        assert_eq!(response.status, 201, "{response:?}");
        response.data()
    }

    /// Posts what makes something new, and gives its `data`.
    pub async fn create(&self, path: &str, body: Value) -> Value {
        let response = self.client.post(path, body).await;
        assert_eq!(response.status, 201, "{response:?}");
        response.data()
    }

    /// Makes lists show every view there was. They may be a second late; dashboards are exact.
    pub async fn store_views(&self) {
        // Two nodes take turns.
        for _ in 0..2 {
            self.client.get("/api/v1/dashboard/stats").await.expect(200, "Channel stats fetched successfully");
        }
    }

    /// Uploads a video that is not published, and gives its `data`.
    pub async fn hidden_video(&self, title: &str) -> Value {
        let form = video_form(title).text("isPublished", "false");
        let response = self.client.multipart("POST", "/api/v1/videos", form).await;
        assert_eq!(response.status, 201, "{response:?}");
        response.data()
    }
}
