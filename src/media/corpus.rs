//! Hostile files, each looked at as every format there is: refused or failed in an orderly way,
//! quickly, with nothing foreign in any output. What passes for a film has to come through the
//! whole pipeline unharmed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::error::MediaError;
use super::film::FilmLimits;
use super::frame::frame;
use super::keyframes::timeline;
use super::kind::Container;
use super::ladder::make;
use super::plan::{Plan, Wishes};
use super::probe::probe;
use super::progress::Watch;
use super::samples::{Bench, PICTURE, TONE, USUAL};

const SECRET: &str = "the other film's secret";

fn noise(length: usize) -> Vec<u8> {
    let mut seed = 99_u64;
    std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

fn atom(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, body].concat()
}

fn chunk(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len()).unwrap();
    let padding = vec![0; body.len() % 2];
    [kind, &size.to_le_bytes(), body, &padding].concat()
}

/// Texts that make ffmpeg open other files when it may choose the format itself.
fn scripts(secret: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let path = secret.display();
    [
        ("hls", format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{path}\n#EXT-X-ENDLIST\n")),
        ("hls-plain", format!("#EXTM3U\n#EXTINF:2,\n{path}\n#EXT-X-ENDLIST\n")),
        ("hls-http", "#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:1/x.ts\n".to_owned()),
        ("concat", format!("ffconcat version 1.0\nfile '{path}'\n")),
        ("dash", format!("<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT2S\"><Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"1\" bandwidth=\"1\"><BaseURL>file://{path}</BaseURL></Representation></AdaptationSet></Period></MPD>")),
        ("smil", format!("<smil><body><video src=\"file://{path}\"/></body></smil>")),
        ("svg", format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file://{path}\"/></svg>")),
        ("ass", "[Script Info]\nScriptType: v4.00+\n[Events]\nDialogue: 0,0:00:00.00,0:00:01.00,,,,,,,x\n".to_owned()),
        ("strm", format!("file://{path}\n")),
        ("imf", format!("<CompositionPlaylist xmlns=\"http://www.smpte-ra.org/schemas/2067-3/2016\"><Id>{path}</Id></CompositionPlaylist>")),
        ("sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n".to_owned()),
        ("ram", "rtsp://127.0.0.1/x\n".to_owned()),
    ]
    .map(|(name, text)| (name, text.into_bytes()))
    .to_vec()
}

/// An AVI whose subtitle track is an HLS playlist: the local file read of 2017.
fn avi_with_playlist(secret: &Path) -> Vec<u8> {
    let playlist =
        format!("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0\nfile://{}\n#EXT-X-ENDLIST\n", secret.display());
    let length = u32::try_from(playlist.len()).unwrap().to_le_bytes();
    let subtitles = [&b"GAB2\0\x02\0\0\0\0\0\0\0\x04\0"[..], &length, playlist.as_bytes()].concat();
    let header = |sort: &[u8; 4], codec: &[u8; 4]| {
        chunk(
            b"strh",
            &[
                &sort[..],
                codec,
                &[0; 12],
                &1_u32.to_le_bytes(),
                &25_u32.to_le_bytes(),
                &[0; 4],
                &50_u32.to_le_bytes(),
                &[0; 20],
            ]
            .concat(),
        )
    };
    let video = [
        header(b"vids", b"MJPG"),
        chunk(
            b"strf",
            &[
                &40_u32.to_le_bytes()[..],
                &320_u32.to_le_bytes(),
                &180_u32.to_le_bytes(),
                &[1, 0, 24, 0],
                b"MJPG",
                &[0; 20],
            ]
            .concat(),
        ),
    ]
    .concat();
    let text = [header(b"txts", b"\0\0\0\0"), chunk(b"strf", &[])].concat();
    let list = |kind: &[u8; 4], body: &[u8]| chunk(b"LIST", &[&kind[..], body].concat());
    let head = list(b"hdrl", &[chunk(b"avih", &[0; 56]), list(b"strl", &video), list(b"strl", &text)].concat());
    let data = list(b"movi", &[chunk(b"01tx", &subtitles), chunk(b"00dc", &noise(500))].concat());
    chunk(b"RIFF", &[b"AVI ".to_vec(), head, data].concat())
}

fn reference_movies(secret: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let url = [format!("file://{}", secret.display()).as_bytes(), &[0]].concat();
    let size = u32::try_from(url.len()).unwrap().to_be_bytes();
    let reference = atom(b"rdrf", &[&[0; 4][..], b"url ", &size, &url].concat());
    let movie = atom(b"moov", &atom(b"rmra", &atom(b"rmda", &reference)));
    let brand = atom(b"ftyp", b"qt  \0\0\0\0qt  ");
    vec![("reference", [brand.clone(), movie.clone()].concat()), ("bare-reference", movie)]
}

/// Replaces the bytes after each place of a pattern.
fn patched(bytes: &[u8], pattern: &[u8], skip: usize, with: &[u8]) -> Vec<u8> {
    let mut patched = bytes.to_vec();
    let mut at = 0;
    while let Some(found) = patched[at..].windows(pattern.len()).position(|window| window == pattern) {
        let start = at + found + pattern.len() + skip;
        if start + with.len() > patched.len() {
            break;
        }
        patched[start..start + with.len()].copy_from_slice(with);
        at = start;
    }
    patched
}

/// Damaged and swollen versions of honest films.
fn spoiled(bench: &Bench) -> Vec<(&'static str, Vec<u8>)> {
    let read = |path: PathBuf| std::fs::read(path).unwrap();
    let film = read(bench.film("honest.mp4", &format!("{PICTURE} {TONE} {USUAL} -movflags +faststart")));
    let motion = read(
        bench.film("honest.avi", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v mjpeg -pix_fmt yuvj420p"),
    );
    let nested = (0..5000).fold(Vec::new(), |inner, _| atom(b"moov", &inner));
    vec![
        ("random", noise(100_000)),
        ("zeros", vec![0; 1_000_000]),
        ("cut-head", film[..700].to_vec()),
        ("cut-half", film[..film.len() / 2].to_vec()),
        (
            "noisy",
            film.iter()
                .zip(noise(film.len()))
                .enumerate()
                .map(|(at, (byte, other))| if at > 5000 && at % 50 == 0 { other } else { *byte })
                .collect(),
        ),
        ("many-samples", patched(&film, b"stsz", 8, &[0x0f, 0xff, 0xff, 0xff])),
        ("many-times", patched(&film, b"stts", 4, &[0x0f, 0xff, 0xff, 0xff])),
        ("huge-box", patched(&film, b"ftyp", 0, b"isom").into_iter().chain(*b"\x7f\xff\xff\xffmoov").collect()),
        ("nested", [atom(b"ftyp", b"isom\0\0\0\0isom"), nested].concat()),
        ("wide", patched(&motion, &[0xff, 0xc0, 0, 17, 8], 2, &60_000_u16.to_be_bytes())),
        ("polyglot-tail", [&film[..], b"\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"].concat()),
        ("zip-tail", [&film[..], b"PK\x03\x04", &noise(500)].concat()),
        ("mp3-head", [&b"ID3\x04\0\0\0\0\0\0"[..], &film].concat()),
        ("html-head", [b"<html><script>alert(1)</script>".to_vec(), film.clone()].concat()),
    ]
}

/// Films that are honest in form but beyond every measure.
fn swollen(bench: &Bench) -> Vec<(&'static str, Vec<u8>)> {
    let read = |path: PathBuf| std::fs::read(path).unwrap();
    let small = bench.film("small.mp4", &format!("{PICTURE} -t 0.2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p"));
    let maps = "-map 0:v ".repeat(300);
    vec![
        ("fast", read(bench.film("fast.mp4", "-f lavfi -i testsrc2=size=64x64:rate=10000:duration=0.1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p"))),
        ("streams", read(bench.film("streams.mkv", &format!("-i {} {maps} -c copy", small.display())))),
        ("rare-codec", read(bench.film("rare.mkv", &format!("{PICTURE} -t 0.2 -c:v ffv1")))),
        ("tiny", read(bench.film("tiny.avi", "-f lavfi -i color=size=4x4:rate=1:duration=3 -c:v mjpeg -pix_fmt yuvj420p"))),
    ]
}

/// Looks at one file as one format; what passes is taken through the whole pipeline.
async fn run(bench: &Bench, input: &Path, container: Container) -> Result<(), MediaError> {
    let film = probe(&bench.tools, input, container, &FilmLimits::default()).await?;
    let scratch = tempfile::tempdir().unwrap();
    let timeline = timeline(&bench.tools, input, &film).await?;
    if film.video.is_some() {
        frame(&bench.tools, input, &film, 1.0, scratch.path()).await?;
    }
    let plan = Plan::without_copy(&film, timeline.as_ref(), &Wishes::default());
    let mut ignore = |_| {};
    make(&bench.tools, input, &film, &plan.first, plan.duration_s, scratch.path(), &mut Watch::new(&mut ignore))
        .await?;
    for entry in std::fs::read_dir(scratch.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let foreign = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!foreign, "{} as {container:?} took something along", input.display());
    }
    Ok(())
}

/// Runs each file as every format; gives the names of those that passed as a film.
async fn passed(bench: &Bench, files: &[(&'static str, Vec<u8>)]) -> Vec<&'static str> {
    let mut passed = Vec::new();
    for (name, bytes) in files {
        let input = bench.file("upload", bytes);
        for container in Container::ALL {
            let begun = Instant::now();
            match run(bench, &input, container).await {
                Ok(()) => passed.push(*name),
                Err(MediaError::Refused(sentence) | MediaError::Failed(sentence)) => {
                    assert!(!sentence.contains("/tmp") && !sentence.contains(SECRET), "{name}: {sentence}");
                    assert!(sentence.ends_with('.') && sentence.len() < 700, "{name}: {sentence}");
                }
                Err(error @ MediaError::Missing(_)) => panic!("{error}"),
            }
            assert!(begun.elapsed() < Duration::from_secs(40), "{name} as {container:?}");
        }
    }
    passed.dedup();
    passed
}

fn secret(bench: &Bench) -> PathBuf {
    let secret =
        bench.film("secret.ts", &format!("{PICTURE} {TONE} -c:v mpeg2video -c:a mp2 -metadata service_name=x"));
    let mut bytes = std::fs::read(&secret).unwrap();
    bytes.extend_from_slice(SECRET.as_bytes());
    std::fs::write(&secret, bytes).unwrap();
    secret
}

#[tokio::test]
async fn t03_disguised_playlists_and_reference_movies_are_refused_as_every_format() {
    let bench = Bench::new();
    let secret = secret(&bench);
    let mut files = scripts(&secret);
    files.push(("avi-playlist", avi_with_playlist(&secret)));
    files.extend(reference_movies(&secret));
    assert!(passed(&bench, &files).await.is_empty());
    // By their content none but the last three would even be looked at.
    for (name, bytes) in scripts(&secret) {
        assert_eq!(Container::sniff(&bytes), None, "{name}");
    }
}

#[tokio::test]
async fn t08_damaged_films_end_in_an_orderly_way() {
    let bench = Bench::new();
    let passed = passed(&bench, &spoiled(&bench)).await;
    for name in ["random", "zeros", "cut-head", "nested", "wide"] {
        assert!(!passed.contains(&name), "{name} passed");
    }
    // What follows a good film does it no harm, and proves that the others were refused for a reason.
    assert!(passed.contains(&"zip-tail") && passed.contains(&"polyglot-tail"));
}

#[tokio::test]
async fn t12_films_beyond_measure_are_refused() {
    let bench = Bench::new();
    assert!(passed(&bench, &swollen(&bench)).await.is_empty());
}
