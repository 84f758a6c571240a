//! Hostile files, for the engine's own tests and for those that send them to a server. `Make` makes an honest video out
//! of one line of ffmpeg arguments, in a file of the given name.

use std::path::{Path, PathBuf};

pub type File = (&'static str, Vec<u8>);
pub type Make<'m> = &'m dyn Fn(&str, &str) -> PathBuf;

const PICTURE: &str = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2";
const TONE: &str = "-f lavfi -i sine=duration=2:sample_rate=48000";
const USUAL: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -c:a aac -b:a 64k";

/// What must not turn up in anything made of these files.
pub const SECRET: &str = "the other video's secret";

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
pub fn scripts(secret: &Path) -> Vec<File> {
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
pub fn avi_with_playlist(secret: &Path) -> Vec<u8> {
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

pub fn reference_movies(secret: &Path) -> Vec<File> {
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

/// Damaged and swollen versions of honest videos.
pub fn spoiled(make: Make<'_>) -> Vec<File> {
    let read = |path: PathBuf| std::fs::read(path).unwrap();
    let video = read(make("honest.mp4", &format!("{PICTURE} {TONE} {USUAL} -movflags +faststart")));
    let motion =
        read(make("honest.avi", "-f lavfi -i testsrc2=size=320x180:rate=25:duration=1 -c:v mjpeg -pix_fmt yuvj420p"));
    let nested = (0..5000).fold(Vec::new(), |inner, _| atom(b"moov", &inner));
    vec![
        ("random", noise(100_000)),
        ("zeros", vec![0; 1_000_000]),
        ("cut-head", video[..700].to_vec()),
        ("cut-half", video[..video.len() / 2].to_vec()),
        (
            "noisy",
            video
                .iter()
                .zip(noise(video.len()))
                .enumerate()
                .map(|(at, (byte, other))| if at > 5000 && at % 50 == 0 { other } else { *byte })
                .collect(),
        ),
        ("many-samples", patched(&video, b"stsz", 8, &[0x0f, 0xff, 0xff, 0xff])),
        ("many-times", patched(&video, b"stts", 4, &[0x0f, 0xff, 0xff, 0xff])),
        ("huge-box", patched(&video, b"ftyp", 0, b"isom").into_iter().chain(*b"\x7f\xff\xff\xffmoov").collect()),
        ("nested", [atom(b"ftyp", b"isom\0\0\0\0isom"), nested].concat()),
        ("wide", patched(&motion, &[0xff, 0xc0, 0, 17, 8], 2, &60_000_u16.to_be_bytes())),
        ("polyglot-tail", [&video[..], b"\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"].concat()),
        ("zip-tail", [&video[..], b"PK\x03\x04", &noise(500)].concat()),
        ("mp3-head", [&b"ID3\x04\0\0\0\0\0\0"[..], &video].concat()),
        ("html-head", [b"<html><script>alert(1)</script>".to_vec(), video.clone()].concat()),
    ]
}

/// Videos that are honest in form but beyond every measure.
pub fn swollen(make: Make<'_>) -> Vec<File> {
    let read = |path: PathBuf| std::fs::read(path).unwrap();
    let small = make("small.mp4", &format!("{PICTURE} -t 0.2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p"));
    let maps = "-map 0:v ".repeat(300);
    vec![
        (
            "fast",
            read(make(
                "fast.mp4",
                "-f lavfi -i testsrc2=size=64x64:rate=10000:duration=0.1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
            )),
        ),
        ("streams", read(make("streams.mkv", &format!("-i {} {maps} -c copy", small.display())))),
        ("rare-codec", read(make("rare.mkv", &format!("{PICTURE} -t 0.2 -c:v ffv1")))),
        ("tiny", read(make("tiny.avi", "-f lavfi -i color=size=4x4:rate=1:duration=3 -c:v mjpeg -pix_fmt yuvj420p"))),
    ]
}

/// An honest video that holds the secret, for others to point to.
pub fn secret(make: Make<'_>) -> PathBuf {
    let secret = make("secret.ts", &format!("{PICTURE} {TONE} -c:v mpeg2video -c:a mp2 -metadata service_name=x"));
    let mut bytes = std::fs::read(&secret).unwrap();
    bytes.extend_from_slice(SECRET.as_bytes());
    std::fs::write(&secret, bytes).unwrap();
    secret
}
