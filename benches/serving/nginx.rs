//! nginx with one file to serve.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running nginx.
pub struct Nginx {
    pub address: String,
    child: Child,
    _folder: TempDir,
}

impl Nginx {
    /// Serves `file`; `None` when nginx is not installed.
    pub fn start(file: &Path) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        std::fs::hard_link(file, folder.path().join("video.mp4"))
            .or_else(|_| std::fs::copy(file, folder.path().join("video.mp4")).map(|_| ()))
            .unwrap();
        let root = folder.path().display();
        let configuration = format!(
            "daemon off; user root; worker_processes auto; pid {root}/pid; error_log {root}/error.log;
             events {{ worker_connections 256; }}
             http {{ access_log off; sendfile on; tcp_nopush on; types {{ video/mp4 mp4; }}
                     server {{ listen 127.0.0.1:{port}; root {root}; }} }}"
        );
        let path = folder.path().join("nginx.conf");
        std::fs::write(&path, configuration).unwrap();
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|name| {
            Command::new(name).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        })?;
        let child = Command::new(program).arg("-c").arg(&path).spawn().unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        Some(Self { address: format!("http://127.0.0.1:{port}/video.mp4"), child, _folder: folder })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        // A plain kill would leave its workers.
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }
}
