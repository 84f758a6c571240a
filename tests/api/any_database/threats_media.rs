//! Threats that come with files: paths that lead outside, and files that are not what they say.

use std::collections::BTreeSet;
use std::net::TcpListener;

use chaitube::args;
use reqwest::multipart::{Form, Part};

use crate::harness::samples::{noise, png, silent_video, video_file};
use crate::harness::{Person, Response, TestApp, contract, eventually, file, raw, register_form, run};

const NAMES: [&str; 4] = ["x.mp4", "x.mov", "x.webm", "x.mkv"];

async fn upload(person: &Person, name: &str, bytes: Vec<u8>) -> Response {
    let part = Part::bytes(bytes).file_name(name.to_owned()).mime_str("video/mp4").unwrap();
    let form = Form::new().text("title", "x").text("description", "x").part("videoFile", part);
    person.client.multipart("POST", "/api/v1/videos", form).await
}

/// The names of all objects the ledger knows, and of all files of the server.
async fn stored(app: &TestApp) -> (BTreeSet<String>, BTreeSet<String>) {
    let rows: Vec<(String,)> = app.app.db.all("SELECT name FROM media", args![]).await.unwrap();
    let mut files = BTreeSet::new();
    let mut folders = vec![app.media_root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("layout") {
                files.insert(path.display().to_string());
            }
        }
    }
    (rows.into_iter().map(|(name,)| name).collect(), files)
}

/// Waits until the server has removed what refused requests left.
async fn settles_at(app: &TestApp, wanted: (BTreeSet<String>, BTreeSet<String>)) {
    eventually(async || {
        let stored = stored(app).await;
        (stored == wanted).then_some(()).ok_or(stored)
    })
    .await;
}

/// Forms of a path that leads to `/etc/passwd`, to the secrets, or nowhere at all.
fn escapes(folder: &str) -> Vec<String> {
    let mut found: Vec<String> = [
        "../../../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "..%252f..%252f..%252f..%252f..%252fetc%252fpasswd",
        "%252e%252e%252f%252e%252e%252f%252e%252e%252fetc%252fpasswd",
        "..%c0%af..%c0%af..%c0%afetc%c0%afpasswd",
        "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
        "..%5c..%5c..%5c..%5cetc%5cpasswd",
        "..\\..\\..\\..\\etc\\passwd",
        "....//....//....//etc/passwd",
        "..;/..;/..;/etc/passwd",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "file:%2f%2f%2fetc%2fpasswd",
        "%00",
        "x%00.mp4",
        "..%2f..%2f..%2fetc%2fpasswd%00.mp4",
        "%ef%bc%8e%ef%bc%8e%ef%bc%8fetc%ef%bc%8fpasswd",
        "%e2%80%a6%2fetc%2fpasswd",
        "%ff%fe",
        "%",
        "%zz",
        "~root",
        ".",
        "..",
        "%2e%2e",
        "CON",
        "C:%5cWindows%5cwin.ini",
        "incoming",
        "..%2faccess_token_secret",
        "..%2f..%2ftest.db",
    ]
    .map(str::to_owned)
    .into();
    found.push(format!("{}%2faccess_token_secret", folder.replace('/', "%2f")));
    found.push("a".repeat(5000));
    found.push("..%2f".repeat(1000));
    found.push("%F0%9F%8E%AC".repeat(300));
    found
}

/// Places for a path: every route that takes a parameter, and the folders of the media and the reference.
fn targets() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = ["/media/@", "/media/film/@", "/docs/@", "/docs@", "/@", "/api/v1/@"]
        .map(|target| ("GET".to_owned(), target.to_owned()))
        .into();
    for (method, template) in contract::operations() {
        let slots = template.matches('{').count();
        for chosen in 0..slots {
            let parts = template.split('/').scan(0, |slot, part| {
                if !part.starts_with('{') {
                    return Some(part.to_owned());
                }
                *slot += 1;
                Some(if *slot == chosen + 1 { "@" } else { "65a53f2e8c1b4a0012ab34cd" }.to_owned())
            });
            found.push((method.clone(), parts.collect::<Vec<_>>().join("/")));
        }
    }
    found
}

#[tokio::test]
async fn t02_no_path_leads_outside() {
    run(async |app| {
        let alice = app.person("alice").await;
        alice.video("Tea").await;
        let folder = app.folder.path().display().to_string();
        let secret = std::fs::read_dir(app.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().contains("secret"))
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect::<Vec<_>>();
        assert!(!secret.is_empty(), "the server keeps its secrets in its folder");
        let login = format!("Authorization: Bearer {}\r\nContent-Length: 0\r\n", alice.access_token);
        let mut asked = 0;
        for (method, target) in targets() {
            for escape in escapes(&folder) {
                let target = target.replace('@', &escape);
                let response = raw::ask(&app.base, &method, target.as_bytes(), &login).await;
                let text = response.text();
                // The reference is all one may find, and only by names that lead there after all.
                let is_reference = text.contains("<title>Swagger UI</title>");
                assert!(matches!(response.status, 400 | 404 | 414 | 303) || is_reference, "{method} {target}: {text}");
                let tells = text.contains("root:") || text.contains("SQLite format") || text.contains(&folder);
                assert!(
                    !tells && !secret.iter().any(|secret| text.contains(secret.trim())),
                    "{method} {target}: {text}"
                );
                asked += 1;
            }
        }
        assert!(asked > 1000, "only {asked} requests");
    })
    .await;
}

#[tokio::test]
async fn t02_names_of_uploaded_files_lead_nowhere() {
    run(async |app| {
        let alice = app.person("alice").await;
        let outside = app.folder.path().join("evil.mp4");
        for name in
            ["../../evil.mp4", "/tmp/../evil.mp4", "..\\evil.mp4", "-i", "%2e%2e%2fevil.mp4", "$(id).mp4", "|id", ""]
        {
            let response = upload(&alice, name, video_file()).await;
            assert_eq!(response.status, 201, "{name}: {response:?}");
            assert!(!response.data()["videoFile"].as_str().unwrap().contains("evil"));
        }
        assert_eq!(upload(&alice, "evil\u{0}.mp4", video_file()).await.status, 400);
        let (names, files) = stored(app).await;
        assert_eq!(names.len(), files.len());
        assert!(!outside.exists());
        assert!(names.iter().all(|name| name.len() <= 37 && name.split('.').next().unwrap().len() == 32));
    })
    .await;
}

fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes(), name, content].concat()
}

/// Files that make a careless ffmpeg, or browser, open something else: `target` is what they point to.
fn disguises(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    let playlist = format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n{target}\n#EXT-X-ENDLIST\n");
    let ftyp = boxed(b"ftyp", b"isom\0\0\x02\0isommp41");
    let reference =
        boxed(b"rmra", &boxed(b"rmda", &boxed(b"rdrf", &[b"\0\0\0\0url \0\0\0\x40", target.as_bytes()].concat())));
    let ebml = b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska".to_vec();
    let text = |text: String| text.into_bytes();
    vec![
        ("HLS", playlist.clone().into_bytes()),
        ("HLS after a mark", [b"\xef\xbb\xbf", playlist.as_bytes()].concat()),
        ("HLS master", text(format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n"))),
        ("HLS key", text(format!("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"{target}\"\n#EXTINF:1,\n{target}\n"))),
        ("HLS in MP4", [&ftyp, playlist.as_bytes()].concat()),
        ("HLS in mdat", [&*ftyp, &boxed(b"mdat", playlist.as_bytes())].concat()),
        ("HLS in Matroska", [&ebml, playlist.as_bytes()].concat()),
        (
            "DASH",
            text(format!(
                "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"1\"><BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
            )),
        ),
        ("concat", text(format!("ffconcat version 1.0\nfile '{target}'\n"))),
        ("bare concat", text(format!("file '{target}'\n"))),
        ("concat address", text(format!("concat:{target}|{target}"))),
        ("subfile address", text(format!("subfile,,start,0,end,9999,,:{target}"))),
        ("SMIL", text(format!("<smil><body><video src=\"{target}\"/></body></smil>"))),
        (
            "SVG",
            text(format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"><image xlink:href=\"{target}\" width=\"9\" height=\"9\"/></svg>"
            )),
        ),
        (
            "ASS",
            text(format!(
                "[Script Info]\nScriptType: v4.00+\n\n[Events]\nDialogue: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,{target}\n"
            )),
        ),
        ("STRM", text(target.to_owned())),
        ("URL file", text(format!("[InternetShortcut]\r\nURL={target}\r\n"))),
        ("reference movie", [boxed(b"ftyp", b"qt  \0\0\x02\0qt  "), boxed(b"moov", &reference)].concat()),
        ("bare reference movie", boxed(b"moov", &reference)),
        (
            "SDP",
            text(format!(
                "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:{target}\nm=video 5004 RTP/AVP 96\n"
            )),
        ),
        (
            "XSPF",
            text(format!(
                "<playlist version=\"1\"><trackList><track><location>{target}</location></track></trackList></playlist>"
            )),
        ),
    ]
}

/// Files that are nothing at all, or only half of something.
fn rubbish() -> Vec<(&'static str, Vec<u8>)> {
    let whole = video_file();
    let half = whole.len() / 2;
    let mut torn = silent_video("a.webm", 1);
    torn.truncate(60);
    vec![
        ("text", b"Dear server, this is a video.".to_vec()),
        ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("zip", [b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(), noise(4000)].concat()),
        ("random bytes", noise(100_000)),
        ("zeros", vec![0; 10_000]),
        ("truncated MP4", whole[..half].to_vec()),
        ("a head of MP4", whole[..32].to_vec()),
        ("MP4 without its head", whole[half..].to_vec()),
        ("a head of MP4 before noise", [whole[..32].to_vec(), noise(50_000)].concat()),
        ("a head of WebM", torn),
        ("one byte", vec![0]),
    ]
}

#[tokio::test]
async fn t03_a_disguised_playlist_is_refused_and_nothing_is_stored() {
    run(async |app| {
        let alice = app.person("alice").await;
        let before = stored(app).await;
        for (what, bytes) in disguises("file:///etc/passwd").into_iter().chain(rubbish()) {
            for name in NAMES {
                let response = upload(&alice, name, bytes.clone()).await;
                assert_eq!(response.status, 400, "{what} as {name}: {response:?}");
                assert_eq!(response.body["errors"][0]["field"], "videoFile", "{what} as {name}");
                let tells = ["incoming", "root:", "/etc/passwd", app.folder.path().to_str().unwrap()];
                assert!(!tells.iter().any(|text| response.message().contains(text)), "{what}: {}", response.message());
            }
        }
        settles_at(app, before).await;
        assert_eq!(alice.client.get("/api/v1/dashboard/stats").await.data()["totalVideos"], 0);
    })
    .await;
}

#[tokio::test]
async fn t03_a_playlist_never_leaks_another_stored_video() {
    run(async |app| {
        let (victim, thief) = (app.person("victim").await, app.person("thief").await);
        let video = victim.hidden_video("Private").await;
        let name =
            video["videoFile"].as_str().unwrap().rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
        let media = app.media_root.canonicalize().unwrap();
        let stem = name.split('.').next().unwrap();
        let path = media.join("film").join(&name[..2]).join(stem);
        assert!(path.is_file(), "{}", path.display());
        let path = path.display().to_string();
        let before = stored(app).await;
        for target in
            [format!("file://{path}"), format!("file:{path}"), path.clone(), format!("../film/{}/{stem}", &name[..2])]
        {
            for (what, bytes) in disguises(&target) {
                let response = upload(&thief, "x.mp4", bytes).await;
                assert_eq!(response.status, 400, "{what} to {target}: {response:?}");
                assert!(!response.message().contains(stem), "{what}: {}", response.message());
            }
        }
        settles_at(app, before).await;
    })
    .await;
}

#[tokio::test]
async fn t05_no_upload_makes_the_server_connect_anywhere() {
    run(async |app| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = format!("http://127.0.0.1:{port}/x.ts");
        let alice = app.person("alice").await;
        for (what, bytes) in disguises(&target) {
            let as_video = upload(&alice, "x.mp4", bytes.clone()).await;
            assert_eq!(as_video.status, 400, "{what}: {as_video:?}");
            let image = || Form::new().part("avatar", file("x.png", bytes.clone()));
            let as_avatar = alice.client.multipart("PATCH", "/api/v1/users/avatar", image()).await;
            assert_eq!(as_avatar.status, 400, "{what}: {as_avatar:?}");
        }
        // An address where a file should be is just text.
        for form in [
            Form::new()
                .text("title", target.clone())
                .text("description", target.clone())
                .text("videoFile", target.clone()),
            Form::new()
                .text("title", "x")
                .text("description", "x")
                .text("thumbnail", target.clone())
                .part("videoFile", file("x.mp4", video_file())),
        ] {
            assert_eq!(alice.client.multipart("POST", "/api/v1/videos", form).await.status, 400);
        }
        let form = register_form("bob").text("coverImage", target.clone());
        assert_eq!(app.anonymous().multipart("POST", "/api/v1/users/register", form).await.status, 400);
        let form = Form::new()
            .text("title", target.clone())
            .text("description", target.clone())
            .part("thumbnail", file("t.png", png(9, 9)))
            .part("videoFile", file("x.mp4", video_file()));
        assert_eq!(alice.client.multipart("POST", "/api/v1/videos", form).await.status, 201);
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody connected");
        // The listener would have seen it.
        let _caller = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        assert!(listener.accept().is_ok());
    })
    .await;
}
