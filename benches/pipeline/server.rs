//! The program with something to serve.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery staple";

/// A running server with one user.
pub struct Server {
    child: Child,
    base: String,
    _folder: TempDir,
    token: String,
    http: reqwest::Client,
}

impl Server {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_chaitube"));
        command.env("PORT", "0").env("DATA_DIR", folder.path()).env("RATE_LIMIT", "off").env("LOG", "warn");
        if let Ok(url) = std::env::var("CHAITUBE_TEST_DATABASE_URL") {
            command.env("DATABASE_URL", url);
        }
        let mut child = command.current_dir(folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base = line.split_whitespace().last().unwrap().to_owned();
        let http = reqwest::Client::new();
        let token = register(&http, &base).await;
        Self { child, base, _folder: folder, token, http }
    }

    /// Begins a resumable upload, sends all but so many bytes of it, and gives its address.
    pub async fn upload_all_but(&self, source: &[u8], last: usize) -> String {
        let begin = self.http.post(format!("{}/api/v1/uploads", self.base)).header("upload-length", source.len());
        let begun = begin.header("tus-resumable", "1.0.0").bearer_auth(&self.token).send().await.unwrap();
        let address = begun.error_for_status().unwrap().headers()["location"].to_str().unwrap().to_owned();
        self.send_piece(&address, 0, &source[..source.len() - last]).await;
        address
    }

    /// Sends the rest.
    pub async fn finish_upload(&self, address: &str, source: &[u8], last: usize) {
        let at = source.len() - last;
        self.send_piece(address, at, &source[at..]).await;
    }

    async fn send_piece(&self, address: &str, at: usize, piece: &[u8]) {
        let request = self.http.patch(format!("{}{address}", self.base)).bearer_auth(&self.token);
        let request = request.header("tus-resumable", "1.0.0").header("upload-offset", at);
        let request = request.header("content-type", "application/offset+octet-stream").body(piece.to_vec());
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// Makes a video of an upload and gives its id.
    pub async fn publish(&self, address: &str) -> String {
        let body = json!({ "title": "t", "description": "d", "uploadId": address.rsplit('/').next() });
        let request = self.http.post(format!("{}/api/v1/videos", self.base)).bearer_auth(&self.token).json(&body);
        let video: Value = request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
        video["data"]["_id"].as_str().unwrap().to_owned()
    }

    /// Waits until a video has a stream.
    pub async fn wait_for_hls(&self, video: &str) {
        while self.get(&format!("/api/v1/videos/{video}")).await["data"]["hls"].is_null() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn delete(&self, video: &str) {
        let request = self.http.delete(format!("{}/api/v1/videos/{video}", self.base)).bearer_auth(&self.token);
        request.send().await.unwrap().error_for_status().unwrap();
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        response.error_for_status().unwrap().json().await.unwrap()
    }
}

async fn register(http: &reqwest::Client, base: &str) -> String {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let form = Form::new()
        .text("fullName", "Bench")
        .text("username", "bench")
        .text("email", "bench@example.org")
        .text("password", PASSWORD)
        .part("avatar", Part::bytes(png.into_inner()).file_name("a.png"));
    let response = http.post(format!("{base}/api/v1/users/register")).multipart(form).send().await.unwrap();
    response.error_for_status().unwrap();
    let body = json!({ "username": "bench", "password": PASSWORD });
    let response = http.post(format!("{base}/api/v1/users/login")).json(&body).send().await.unwrap();
    let response: Value = response.json().await.unwrap();
    response["data"]["accessToken"].as_str().unwrap().to_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
