//! The program behind nginx, set up as `deploy/nginx.conf` has it.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command};

use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::eventually::eventually;
use crate::program::Place;
use crate::samples;

/// nginx; it ends when it is dropped.
struct Nginx(Child);

impl Nginx {
    fn start(folder: &Path, port: u16, server: &str) -> Self {
        let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/nginx.conf")).unwrap();
        let site: Vec<String> = example
            .lines()
            .filter(|line| !["ssl_", "listen [::]"].iter().any(|begin| line.trim_start().starts_with(begin)))
            .map(|line| line.replace("listen 443 ssl", &format!("listen 127.0.0.1:{port}")))
            .map(|line| line.replace("videos.example.org", "localhost").replace("127.0.0.1:8000", server))
            .collect();
        let config = folder.join("nginx.conf");
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};", folder.display()))
            .join("\n");
        let text = format!(
            "daemon off; pid {0}/nginx.pid; error_log {0}/nginx-error.log;\nevents {{}}\n\
             http {{ access_log off; {temporary}\n{1}\n}}\n",
            folder.display(),
            site.join("\n")
        );
        std::fs::write(&config, text).unwrap();
        let program = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
        Self(Command::new(program).arg("-c").arg(&config).spawn().expect("nginx is installed"))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master process ends its workers with it.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn uploads_ranges_and_events_pass_through_nginx() {
    let [port, behind] = free_ports();
    let (base, own) = (format!("http://localhost:{port}"), behind.to_string());
    let settings = [("PUBLIC_BASE_URL", base.as_str()), ("PORT", &own), ("TRUSTED_PROXIES", "1"), ("WORKERS", "0")];
    let place = Place::new(&settings).await;
    let program = place.start();
    let _nginx = Nginx::start(place.folder.path(), port, &format!("127.0.0.1:{behind}"));
    let http = reqwest::Client::new();
    eventually(async || match http.get(format!("{base}/api/v1/healthcheck?ready")).send().await {
        Ok(response) if response.status() == 200 => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    let token = program.token("alice").await;

    // More than nginx keeps in memory.
    let film = samples::video_of(3_000_000);
    let form = Form::new()
        .text("title", "t")
        .text("description", "d")
        .part("videoFile", Part::bytes(film.clone()).file_name("f.mp4"));
    let response = http.post(format!("{base}/api/v1/videos")).bearer_auth(&token).multipart(form).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let video: Value = response.json().await.unwrap();
    let file = video["data"]["videoFile"].as_str().unwrap();
    assert!(file.starts_with(&base), "{file}");
    let response = http.get(file).header("range", "bytes=1000-2000999").send().await.unwrap();
    assert_eq!(response.status(), 206);
    assert!(response.bytes().await.unwrap() == film[1000..2_001_000]);

    let begun = http
        .post(format!("{base}/api/v1/uploads"))
        .bearer_auth(&token)
        .headers(tus(&[("upload-length", "2000000")]))
        .send()
        .await
        .unwrap();
    let address = begun.headers()["location"].to_str().unwrap();
    let address = if address.starts_with('/') { format!("{base}{address}") } else { address.to_owned() };
    let piece = http
        .patch(&address)
        .bearer_auth(&token)
        .headers(tus(&[("upload-offset", "0"), ("content-type", "application/offset+octet-stream")]))
        .body(film[..1_500_000].to_vec())
        .send()
        .await
        .unwrap();
    assert_eq!((piece.status().as_u16(), &piece.headers()["upload-offset"]), (204, &"1500000".parse().unwrap()));

    // The first event comes although the stream goes on.
    let events = format!("{base}/api/v1/videos/{}/processing/events", video["data"]["_id"].as_str().unwrap());
    let mut stream = http.get(events).bearer_auth(&token).send().await.unwrap();
    let first = stream.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("event: processing"), "{first:?}");
    drop(stream);
    program.stop();
}

fn free_ports() -> [u16; 2] {
    let listeners = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn tus(headers: &[(&'static str, &'static str)]) -> reqwest::header::HeaderMap {
    let all = headers.iter().chain(&[("tus-resumable", "1.0.0")]);
    all.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}
