//! Every format by its own bytes, and look-alikes that must not pass.

use super::Container;
use crate::error::MediaError;
use crate::image::ImageFormat;

fn iso(brand: &[u8]) -> Vec<u8> {
    let mut head = vec![0, 0, 0, 24];
    head.extend_from_slice(b"ftyp");
    head.extend_from_slice(brand);
    head.extend_from_slice(&[0; 64]);
    head
}

fn ebml(document_type: &[u8]) -> Vec<u8> {
    let mut inner = vec![0x42, 0x86, 0x81, 1, 0x42, 0x82];
    inner.push(0x80 | u8::try_from(document_type.len()).unwrap());
    inner.extend_from_slice(document_type);
    let mut head = vec![0x1a, 0x45, 0xdf, 0xa3, 0x80 | u8::try_from(inner.len()).unwrap()];
    head.extend(inner);
    head.extend_from_slice(&[0; 32]);
    head
}

fn transport(step: usize, offset: usize) -> Vec<u8> {
    let mut head = vec![0; 4096];
    for at in (offset..4096).step_by(step) {
        head[at] = 0x47;
    }
    head
}

#[test]
fn iso_brands_tell_the_family_apart() {
    assert_eq!(Container::sniff(&iso(b"isom")), Some(Container::Mp4));
    assert_eq!(Container::sniff(&iso(b"mp42")), Some(Container::Mp4));
    assert_eq!(Container::sniff(&iso(b"qt  ")), Some(Container::Mov));
    assert_eq!(Container::sniff(&iso(b"3gp5")), Some(Container::ThreeGp));
    assert_eq!(Container::sniff(&iso(b"M4A ")), Some(Container::M4a));
    assert_eq!(Container::sniff(&iso(b"avif")), None);
    assert_eq!(Container::sniff(&iso(b"heic")), None);
    assert_eq!(Container::sniff(&iso(b"\0\x01\x02\x03")), None);
}

#[test]
fn old_quicktime_files_begin_with_other_boxes() {
    assert_eq!(Container::sniff(b"\0\0\0\x08wide\0\0\x10\0mdat...."), Some(Container::Mov));
    assert_eq!(Container::sniff(b"\0\0\x02\0moov\0\0\0\x6cmvhd"), Some(Container::Mov));
    assert_eq!(Container::sniff(b"\0\0\x02\0moov\0\0\0\x6crmra"), None);
    assert_eq!(Container::sniff(b"\0\0\0\x08wide\0\0\x10\0junk...."), None);
}

#[test]
fn the_document_type_tells_webm_from_matroska() {
    assert_eq!(Container::sniff(&ebml(b"webm")), Some(Container::WebM));
    assert_eq!(Container::sniff(&ebml(b"matroska")), Some(Container::Matroska));
    assert_eq!(Container::sniff(&ebml(b"matroska\0\0")), Some(Container::Matroska));
    assert_eq!(Container::sniff(&ebml(b"evil")), None);
    assert_eq!(Container::sniff(&[0x1a, 0x45, 0xdf, 0xa3]), None);
    assert_eq!(Container::sniff(&[0x1a, 0x45, 0xdf, 0xa3, 0x01, 255, 255, 255, 255, 255, 255, 255]), None);
}

#[test]
fn transport_streams_repeat_their_sync_byte() {
    assert_eq!(Container::sniff(&transport(188, 0)), Some(Container::MpegTs));
    assert_eq!(Container::sniff(&transport(192, 4)), Some(Container::MpegTs));
    assert_eq!(Container::sniff(&transport(188, 1)), None);
    assert_eq!(Container::sniff(&[0x47; 188]), None);
}

#[test]
fn plain_magics_stand_at_their_places() {
    assert_eq!(Container::sniff(b"RIFF\x10\0\0\0AVI LIST"), Some(Container::Avi));
    assert_eq!(Container::sniff(b"RIFF\x10\0\0\0WAVEfmt "), Some(Container::Wav));
    assert_eq!(Container::sniff(b"RIFF\x10\0\0\0WEBPVP8 "), None);
    assert_eq!(Container::sniff(b"FLV\x01\x05\0\0\0\x09\0\0\0\0"), Some(Container::Flv));
    assert_eq!(Container::sniff(b"OggS\0\x02"), Some(Container::Ogg));
    assert_eq!(Container::sniff(b"fLaC\0\0\0\x22"), Some(Container::Flac));
    assert_eq!(Container::sniff(&[0, 0, 1, 0xba, 0x44, 0, 4, 0]), Some(Container::MpegPs));
    assert_eq!(Container::sniff(&[0, 0, 1, 0xba, 0xff, 0, 4, 0]), None);
    assert_eq!(Container::sniff(b" fLaC\0\0\0\x22"), None);
}

#[test]
fn audio_frames_must_follow_each_other() {
    let mut mp3 = vec![0; 1000];
    mp3[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
    assert_eq!(Container::sniff(&mp3), None, "one header alone is chance");
    mp3[417..421].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
    assert_eq!(Container::sniff(&mp3), Some(Container::Mp3));
    assert_eq!(Container::sniff(b"ID3\x04\0\0\0\x0f\x7f\x7fAPIC"), Some(Container::Mp3));
    let mut aac = vec![0; 400];
    for at in [0, 200] {
        aac[at..at + 7].copy_from_slice(&[0xff, 0xf1, 0x50, 0x80, 0x19, 0x1f, 0xfc]);
    }
    assert_eq!(Container::sniff(&aac), Some(Container::Aac));
}

#[test]
fn text_that_controls_ffmpeg_is_refused() {
    for text in [
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n",
        "ffconcat version 1.0\nfile 'other.mp4'\n",
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>",
        "<smil><body><video src=\"file:///etc/passwd\"/></body></smil>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        "[Script Info]\nScriptType: v4.00+\n",
        "RTSPtext\r\nrtsp://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/\n",
        "",
    ] {
        assert!(matches!(Container::recognise(text.as_bytes()), Err(MediaError::Refused(_))), "{text}");
        assert_eq!(ImageFormat::sniff(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn images_are_told_apart() {
    assert_eq!(ImageFormat::sniff(b"\x89PNG\r\n\x1a\n...."), Some(ImageFormat::Png));
    assert_eq!(ImageFormat::sniff(b"\xff\xd8\xff\xe0"), Some(ImageFormat::Jpeg));
    assert_eq!(ImageFormat::sniff(b"RIFF\x10\0\0\0WEBPVP8 "), Some(ImageFormat::WebP));
    assert_eq!(ImageFormat::sniff(b"GIF89a"), Some(ImageFormat::Gif));
    assert_eq!(ImageFormat::sniff(b"GIF88a"), None);
}

#[test]
fn no_prefix_of_random_bytes_panics() {
    let mut seed = 1_u64;
    let mut noise = Vec::new();
    for _ in 0..600 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.push(u8::try_from(seed >> 56).unwrap());
    }
    for magic in [&b"\x1a\x45\xdf\xa3"[..], b"ID3", b"\0\0\0\x18ftyp", b"\xff\xfb\x90\0", b""] {
        for length in 0..noise.len() {
            let mut head = magic.to_vec();
            head.extend_from_slice(&noise[..length]);
            let _ = Container::sniff(&head);
        }
    }
}
