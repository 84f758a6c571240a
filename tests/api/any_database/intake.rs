//! What may be uploaded: every format, sound alone, and the limits that are settings.

use reqwest::multipart::Form;
use serde_json::Value;

use crate::harness::samples::{ffmpeg, png, silent_video};
use crate::harness::{Person, Response, TestApp, file, id, run, run_with};

const PICTURE: &str = "-f lavfi -i testsrc2=s=128x96:r=10:d=2";
const TONE: &str = "-f lavfi -i sine=d=2:r=44100";

/// A name, how it is made, and the type it is served with until something playable has been made.
const FORMATS: &[(&str, bool, &str, &str)] = &[
    ("video.mp4", true, "-c:v libx264 -pix_fmt yuv420p -c:a aac", "video/mp4"),
    ("video.mov", true, "-c:v prores -c:a pcm_s16le", "video/quicktime"),
    ("video.3gp", true, "-c:v h263 -s 128x96 -c:a aac", "video/3gpp"),
    ("video.mkv", true, "-c:v libx264 -pix_fmt yuv420p -c:a flac", "video/x-matroska"),
    ("video.webm", true, "-c:v libvpx -deadline realtime -c:a libopus", "video/webm"),
    ("video.avi", true, "-c:v mpeg4 -c:a libmp3lame", "video/x-msvideo"),
    ("video.ts", true, "-c:v libx264 -pix_fmt yuv420p -c:a aac", "video/mp2t"),
    ("video.mpg", true, "-c:v mpeg2video -r 25 -c:a mp2", "video/mpeg"),
    ("video.flv", true, "-c:v flv -c:a libmp3lame", "video/x-flv"),
    ("video.wmv", true, "-c:v wmv2 -c:a wmav2", "video/x-ms-asf"),
    ("sound.m4a", false, "-c:a aac", "audio/mp4"),
    ("sound.mp3", false, "-c:a libmp3lame", "audio/mpeg"),
    ("sound.wav", false, "", "audio/wav"),
    ("sound.flac", false, "", "audio/flac"),
    ("sound.aac", false, "", "audio/aac"),
    ("sound.ogg", false, "-c:a libvorbis -ac 2", "video/ogg"),
    ("sound.opus", false, "-c:a libopus", "video/ogg"),
];

async fn upload(person: &Person, name: &str, bytes: Vec<u8>) -> Response {
    let form = Form::new().text("title", name.to_owned()).text("description", "d").part("videoFile", file("x", bytes));
    person.client.multipart("POST", "/api/v1/videos", form).await
}

async fn video(person: &Person, id: &str) -> Value {
    person.client.get(&format!("/api/v1/videos/{id}")).await.data()
}

/// What `videoFile` responses: its type and its bytes.
async fn served(app: &TestApp, video: &Value) -> (String, Vec<u8>) {
    let response = app.anonymous().get(video["videoFile"].as_str().unwrap()).await;
    assert_eq!(response.status, 200, "{video}");
    (response.header("content-type").to_owned(), response.bytes)
}

/// Whether ffprobe finds this image and sound codec in a file.
fn codecs(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    std::fs::write(&path, bytes).unwrap();
    let output = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0"])
        .arg(path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn every_format_becomes_a_video_that_browsers_play() {
    run(async |app| {
        let alice = app.person("alice").await;
        let mut uploads = Vec::new();
        for &(name, has_picture, options, mime) in FORMATS {
            let input = if has_picture { format!("{PICTURE} {TONE}") } else { TONE.to_owned() };
            let bytes = ffmpeg(name, &format!("{input} {options}"));
            let response = upload(&alice, name, bytes.clone()).await;
            assert_eq!(response.status, 201, "{name}: {response:?}");
            let created = response.data();
            let size = (created["width"].as_i64().unwrap(), created["height"].as_i64().unwrap());
            assert_eq!(size, if has_picture { (128, 96) } else { (1280, 720) }, "{name}");
            assert!((1.7..2.4).contains(&created["duration"].as_f64().unwrap()), "{name}: {created}");
            assert_eq!(app.anonymous().get(created["thumbnail"].as_str().unwrap()).await.status, 200, "{name}");
            // Until something has been made, it is the upload.
            assert_eq!(served(app, &created).await, (mime.to_owned(), bytes.clone()), "{name}");
            uploads.push((name, id(&created), bytes));
        }
        app.jobs_done().await;
        for (name, id, bytes) in uploads {
            let made = video(&alice, &id).await;
            assert_eq!(made["status"], "ready", "{name}: {made}");
            assert!(made["hls"].is_string(), "{name}");
            let (mime, playable) = served(app, &made).await;
            if ["video.mp4", "video.webm"].contains(&name) {
                assert!(playable == bytes, "{name} plays as it is");
            } else {
                assert_eq!((mime.as_str(), codecs(&playable).as_str()), ("video/mp4", "h264,aac"), "{name}");
            }
            let original = alice.client.get(&format!("/api/v1/videos/{id}/original")).await;
            assert!(original.status == 200 && original.bytes == bytes, "{name}: the original is kept");
        }
    })
    .await;
}

#[tokio::test]
async fn sound_shows_its_cover() {
    run(async |app| {
        let alice = app.person("alice").await;
        let folder = tempfile::tempdir().unwrap();
        let cover = folder.path().join("cover.png");
        std::fs::write(&cover, png(300, 300)).unwrap();
        let with_cover = ffmpeg(
            "sound.mp3",
            &format!("{TONE} -i {} -map 0 -map 1 -c:v png -disposition:v attached_pic", cover.display()),
        );
        let plain = ffmpeg("sound.mp3", TONE);
        let (with_cover, plain) =
            (upload(&alice, "Cover", with_cover).await.data(), upload(&alice, "Plain", plain).await.data());
        let colours = async |video: &Value| {
            let bytes = app.anonymous().get(video["thumbnail"].as_str().unwrap()).await.bytes;
            let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
            assert_eq!(picture.dimensions(), (1280, 720));
            picture.pixels().filter(|pixel| pixel.0[2] > 90).count()
        };
        assert!(colours(&with_cover).await > 80_000, "the cover fills the middle");
        assert_eq!(colours(&plain).await, 0, "a dark ground");
        app.jobs_done().await;
        assert_eq!(video(&alice, &id(&with_cover)).await["status"], "ready");
    })
    .await;
}

#[tokio::test]
async fn limits_are_settings_and_say_what_to_do() {
    let video = ffmpeg("video.mp4", &format!("{PICTURE} {TONE} -c:v libx264 -pix_fmt yuv420p -c:a aac"));
    for (setting, value, said) in [
        ("MAX_VIDEO_DURATION", "1s", "cut it into parts"),
        ("MAX_VIDEO_RESOLUTION", "96x120", "128 × 96 pixels but at most 120 × 120"),
        ("MAX_VIDEO_RESOLUTION", "128x90", "and 11520 pixels in all are accepted"),
        ("MAX_VIDEO_FRAME_RATE", "9", "10 frames per second but at most 9"),
        ("MAX_VIDEO_STREAMS", "1", "2 streams but at most 1"),
    ] {
        run_with(&[(setting, value)], async |app| {
            let alice = app.person("alice").await;
            let response = upload(&alice, "video.mp4", video.clone()).await;
            assert_eq!((response.status, &response.body["errors"][0]["field"]), (400, &Value::from("videoFile")));
            assert!(response.message().contains(said), "{setting}: {}", response.message());
        })
        .await;
    }
    let exact = [
        ("MAX_VIDEO_DURATION", "3s"),
        ("MAX_VIDEO_RESOLUTION", "96x128"),
        ("MAX_VIDEO_FRAME_RATE", "10"),
        ("MAX_VIDEO_STREAMS", "2"),
    ];
    run_with(&exact, async |app| {
        let alice = app.person("alice").await;
        assert_eq!(upload(&alice, "video.mp4", video.clone()).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn limits_are_asked_at_the_upload_and_not_again() {
    run_with(&[("MAX_VIDEO_FRAME_RATE", "1000")], async |app| {
        let alice = app.person("alice").await;
        let fast = ffmpeg("video.mp4", "-f lavfi -i testsrc2=s=64x48:r=300:d=1 -c:v libx264 -pix_fmt yuv420p");
        let created = upload(&alice, "Fast", fast).await;
        assert_eq!(created.status, 201, "{created:?}");
        app.jobs_done().await;
        assert_eq!(video(&alice, &id(&created.data())).await["status"], "ready");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_video_is_told_what_is() {
    run(async |app| {
        let alice = app.person("alice").await;
        let response = upload(&alice, "words.mp4", b"just words".to_vec()).await;
        assert_eq!(response.status, 400);
        for kind in ["MP4", "WebM", "AVI", "FLV", "MP3", "FLAC"] {
            assert!(response.message().contains(kind), "{}", response.message());
        }
        assert_eq!(upload(&alice, "video.mp4", silent_video("video.mp4", 1)).await.status, 201);
    })
    .await;
}
