//! Uploads go to disk as they come: memory does not grow with them.

use std::io::Write;
use std::process::Command;

use serde_json::Value;

use crate::eventually::eventually;
use crate::program::Place;
use crate::samples;

const MIB: u64 = 1024 * 1024;
const VIDEO_BYTES: u64 = 600 * MIB;
const GROWTH_BYTES_MAX: u64 = 64 * MIB;

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
