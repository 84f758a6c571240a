//! The program with something to serve.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
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
    folder: TempDir,
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
        Self { child, base, folder, token, http }
    }

    /// Uploads a video of this size, most of which is a box that players skip, and gives its address.
    pub async fn upload(&self, bytes: u64) -> String {
        let path = self.source("small.mp4");
        let source = std::fs::read(&path).unwrap();
        let large = self.folder.path().join("large.mp4");
        let mut file = std::fs::File::create(&large).unwrap();
        file.write_all(&source).unwrap();
        file.write_all(&u32::try_from(bytes - source.len() as u64).unwrap().to_be_bytes()).unwrap();
        file.write_all(b"free").unwrap();
        file.set_len(bytes).unwrap();
        let form = Form::new().text("title", "Large").text("description", "d").file("videoFile", large).await.unwrap();
        let video = self.post("/api/v1/videos", form).await;
        video["data"]["videoFile"].as_str().unwrap().to_owned()
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

    /// Where the store keeps the one video there is.
    pub fn stored_video(&self) -> PathBuf {
        let folders = std::fs::read_dir(self.folder.path().join("media/film")).unwrap();
        let folder = folders.map(|entry| entry.unwrap().path()).next().unwrap();
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).next().unwrap()
    }

    /// Publishes so many videos.
    pub async fn fill(&self, videos: usize) {
        let source = std::fs::read(self.source("tiny.mp4")).unwrap();
        for number in 0..videos {
            let part = Part::bytes(source.clone()).file_name("f.mp4");
            let form = Form::new().text("title", format!("{number}")).text("description", "d").part("videoFile", part);
            self.post("/api/v1/videos", form).await;
        }
    }

    /// The cursor behind so many videos.
    pub async fn cursor_at(&self, position: usize) -> String {
        let mut cursor = String::new();
        for _ in 0..position / 10 {
            let page = self.get(&format!("/api/v1/videos?cursor={cursor}")).await;
            page["data"]["nextCursor"].as_str().unwrap().clone_into(&mut cursor);
        }
        cursor
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        response.error_for_status().unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, form: Form) -> Value {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(&self.token).multipart(form);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    fn source(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let source = "-nostdin -loglevel error -f lavfi -i testsrc2=s=160x90:r=25:d=1 -pix_fmt yuv420p";
        assert!(Command::new("ffmpeg").args(source.split(' ')).arg(&path).status().unwrap().success());
        path
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
