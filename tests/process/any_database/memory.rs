//! Memory: uploads go to disk as they come, forms that only pretend to be some take nothing, and what a load needed is
//! given back.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use serde_json::Value;

use crate::eventually::eventually;
use crate::program::Place;
use crate::samples;

const MIB: u64 = 1024 * 1024;
const VIDEO_BYTES: u64 = 600 * MIB;
const GROWTH_BYTES_MAX: u64 = 64 * MIB;
const KEPT_BYTES_MAX: u64 = 48 * MIB;
const LOGINS: usize = 120;
const LOGINS_AT_ONCE: usize = 20;

/// A video of any size: the sample, and behind it a box that players skip, which takes no room on the disk.
fn large_video(place: &Place, bytes: u64) -> std::path::PathBuf {
    let path = place.folder.path().join("large.mp4");
    let mut file = std::fs::File::create(&path).unwrap();
    let video = samples::video_file();
    file.write_all(&video).unwrap();
    let box_bytes = bytes - video.len() as u64;
    file.write_all(&1_u32.to_be_bytes()).unwrap();
    file.write_all(b"free").unwrap();
    file.write_all(&box_bytes.to_be_bytes()).unwrap();
    file.set_len(bytes).unwrap();
    path
}

#[tokio::test]
async fn a_large_upload_does_not_grow_the_server() {
    let place = Place::new(&[]).await;
    let program = place.start();
    let token = program.token("alice").await;
    let video = large_video(&place, VIDEO_BYTES);
    let idle = program.memory();
    let mut upload = Command::new("curl")
        .args(["--silent", "--fail-with-body", "--form", "title=Large", "--form", "description=d", "--form"])
        .arg(format!("videoFile=@{}", video.display()))
        .args(["--header", &format!("Authorization: Bearer {token}"), &program.address("/api/v1/videos")])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut peak = idle;
    eventually(async || {
        peak = peak.max(program.memory());
        upload.try_wait().unwrap().ok_or("the upload does not end")
    })
    .await;
    let response: Value = serde_json::from_str(&crate::program::text(upload.stdout.take().unwrap())).unwrap();
    assert_eq!(response["statusCode"], 201, "{response}");
    let growth = peak - idle;
    println!("idle {} MiB, upload of {} MiB: {} MiB more", idle / MIB, VIDEO_BYTES / MIB, growth / MIB);
    assert!(growth < GROWTH_BYTES_MAX, "{growth} bytes more than idle");
    program.stop();
}

#[tokio::test]
async fn t12_a_form_of_empty_parts_takes_neither_memory_nor_disk() {
    let place = Place::new(&[]).await;
    let program = place.start();
    let authority = program.base.strip_prefix("http://").unwrap();
    let idle = program.memory();
    let mut stream = TcpStream::connect(authority.replace("localhost", "127.0.0.1")).unwrap();
    write!(
        stream,
        "POST /api/v1/users/register HTTP/1.1\r\nHost: {authority}\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    .unwrap();
    let part = "--b\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"\"\r\n\r\n\r\n";
    let parts = part.repeat(1000);
    let chunk = format!("{:x}\r\n{parts}\r\n", parts.len());
    // The server may stop listening once it has said what it thinks of that.
    for _ in 0..MIB * 64 / chunk.len() as u64 {
        if stream.write_all(chunk.as_bytes()).is_err() {
            break;
        }
    }
    let mut response = [0; 12];
    stream.read_exact(&mut response).unwrap();
    assert_eq!(String::from_utf8_lossy(&response), "HTTP/1.1 400");
    let growth = program.memory().saturating_sub(idle);
    assert!(growth < 24 * MIB, "{growth} bytes more than idle");
    assert_eq!(crate::program::files(&place.data().join("media")), [] as [std::path::PathBuf; 0]);
}

/// Each hash takes 19 MiB, and another thread may do the next one.
#[tokio::test]
async fn logins_leave_no_memory_behind() {
    let place = Place::new(&[("HASHING_QUEUE", "100")]).await;
    let program = place.start();
    program.token("alice").await;
    let idle = program.memory();
    for _ in 0..LOGINS / LOGINS_AT_ONCE {
        futures_util::future::join_all((0..LOGINS_AT_ONCE).map(|_| program.login("alice"))).await;
    }
    eventually(async || {
        let growth = program.memory().saturating_sub(idle);
        (growth < KEPT_BYTES_MAX).then_some(()).ok_or(format!("{} MiB more than idle", growth / MIB))
    })
    .await;
    program.stop();
}
