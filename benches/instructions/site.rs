//! A server with an account and some videos, on SQLite.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use chaitube::{App, Config, HashingCost, Setup, Stop, read_values, serve, start};
use futures_util::stream::once;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const VIDEOS: usize = 24;

const PASSWORD: &str = "correct horse battery staple";
const NOTES: &str = "notes.json";

/// The server, and what requests need to know.
pub struct Site {
    pub address: SocketAddr,
    pub authorization: String,
    pub videos: Vec<String>,
    /// Where the file of a video is served.
    pub file: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// Fills the folder, which is fast outside Valgrind.
#[tokio::main(flavor = "current_thread")]
pub async fn prepare(folder: &Path) {
    let (address, stop, served) = open(folder).await;
    let api = format!("http://{address}/api/v1");
    let http = reqwest::Client::new();
    let (avatar, video) = (folder.join("avatar.png"), folder.join("video.mp4"));
    ffmpeg("-f lavfi -i testsrc=s=64x64 -frames:v 1", &avatar);
    ffmpeg("-f lavfi -i testsrc2=s=320x180:r=25:d=2,noise=alls=40:allf=t -pix_fmt yuv420p", &video);
    let account =
        [("username", "bench"), ("fullName", "Bench"), ("email", "bench@example.org"), ("password", PASSWORD)];
    let form = account.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
    let form = form.file("avatar", &avatar).await.unwrap();
    data(http.post(format!("{api}/users/register")).multipart(form)).await;
    let login = json!({ "username": "bench", "password": PASSWORD });
    let login = data(http.post(format!("{api}/users/login")).json(&login)).await;
    let token = login["accessToken"].as_str().unwrap();
    let mut videos = Vec::new();
    let mut file = String::new();
    for number in 0..VIDEOS {
        let form = Form::new().text("title", format!("Video {number}")).text("description", "What we saw on the way");
        let form = form.file("videoFile", &video).await.unwrap();
        let made = data(http.post(format!("{api}/videos")).bearer_auth(token).multipart(form)).await;
        videos.push(made["_id"].clone());
        made["videoFile"].as_str().unwrap().split_once("/media/").unwrap().1.clone_into(&mut file);
    }
    let notes = json!({ "token": token, "videos": videos, "file": format!("/media/{file}") });
    std::fs::write(folder.join(NOTES), notes.to_string()).unwrap();
    stop.send(()).unwrap();
    served.await.unwrap();
}

async fn data(request: reqwest::RequestBuilder) -> Value {
    let mut response: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(response["success"], true, "{response}");
    response["data"].take()
}

fn ffmpeg(options: &str, output: &Path) {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-loglevel", "error"]).args(options.split(' ')).arg(output);
    let status = command.status().expect("ffmpeg is installed: scripts/install.sh test");
    assert!(status.success(), "{command:?}");
}

impl Site {
    /// Serves what was prepared.
    pub async fn open(folder: &Path) -> Self {
        let (address, stop, served) = open(folder).await;
        let notes: Value = serde_json::from_slice(&std::fs::read(folder.join(NOTES)).unwrap()).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            address,
            authorization: format!("Authorization: Bearer {}\r\n", text(&notes["token"])),
            videos: notes["videos"].as_array().unwrap().iter().map(text).collect(),
            file: text(&notes["file"]),
            stop,
            served,
        }
    }

    pub async fn close(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
    }
}

async fn open(folder: &Path) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let values: HashMap<&str, String> = HashMap::from([
        ("DATA_DIR", folder.join("data").to_str().unwrap().to_owned()),
        ("PUBLIC_BASE_URL", format!("http://{address}")),
        ("MIN_FREE_SPACE", "0".to_owned()),
        ("RATE_LIMIT", "off".to_owned()),
        // Valgrind is slow.
        ("REQUEST_TIMEOUT", "4m".to_owned()),
        ("STATEMENT_TIMEOUT", "1m".to_owned()),
        ("WORKERS", "0".to_owned()),
        ("CHAITUBE_CONFIG", "/dev/null".to_owned()),
    ]);
    let config = Config::from_values(&read_values(|name| values.get(name).cloned()).unwrap()).unwrap();
    let setup = Setup {
        sandbox: Some(env!("CARGO_BIN_EXE_chaitube").into()),
        front_end: &[],
        hashing_cost: HashingCost { memory_kib: 64, iterations: 1 },
        ..Setup::default()
    };
    let (app, queue): (App, _) = start(config, setup).await.unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = serve(
        app,
        queue,
        listener,
        once(async {
            let _ = stopped.await;
            Stop::AtOnce
        }),
    );
    #[expect(clippy::disallowed_methods, reason = "the server has to run beside its client")]
    let served = tokio::spawn(serving);
    (address, stop, served)
}
