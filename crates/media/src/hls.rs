//! HLS playlists, written for each viewer with that viewer's URLs.

use std::fmt::{Arguments, Write as _};

use crate::storyboard::Storyboard;
use crate::stream::{Rendition, SEGMENT_S, Segment, Stream, Track, VideoRange, seconds};

const AUDIO_GROUP: &str = "audio";

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Playlist<'s> {
    Rendition(&'s Rendition),
    /// A rendition's key frames alone, for scrubbing.
    KeyFrames(&'s Rendition),
    Audio,
}

/// `url` maps each playlist to its URL.
#[must_use]
pub fn master(stream: &Stream, url: &mut dyn FnMut(Playlist<'_>) -> String) -> String {
    let mut text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
    let audio = stream.audio.as_ref();
    let mut group = String::new();
    if let Some(audio) = audio {
        let (channels, uri) = (audio.channels, clean(&url(Playlist::Audio)));
        line(
            &mut text,
            format_args!(
                "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{AUDIO_GROUP}\",NAME=\"Audio\",DEFAULT=YES,AUTOSELECT=YES,\
                 CHANNELS=\"{channels}\",URI=\"{uri}\""
            ),
        );
        group = format!(",AUDIO=\"{AUDIO_GROUP}\"");
    }
    for rendition in &stream.renditions {
        let Rendition { width, height, fps, track, .. } = rendition;
        let (mut peak, mut average, mut codecs) = (track.bandwidth, track.average_bandwidth, track.codecs.clone());
        if let Some(audio) = audio {
            peak += audio.track.bandwidth;
            average += audio.track.average_bandwidth;
            codecs = format!("{codecs},{}", audio.track.codecs);
        }
        line(
            &mut text,
            format_args!(
                "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{codecs}\",\
                 RESOLUTION={width}x{height},FRAME-RATE={fps:.3},VIDEO-RANGE={}{group}",
                range(rendition.video_range)
            ),
        );
        line(&mut text, format_args!("{}", clean(&url(Playlist::Rendition(rendition)))));
    }
    for rendition in &stream.renditions {
        let Rendition { width, height, track, .. } = rendition;
        let (bandwidth, codecs) = (key_frame_bandwidth(track), &track.codecs);
        let uri = clean(&url(Playlist::KeyFrames(rendition)));
        line(
            &mut text,
            format_args!(
                "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={bandwidth},CODECS=\"{codecs}\",RESOLUTION={width}x{height},\
                 VIDEO-RANGE={},URI=\"{uri}\"",
                range(rendition.video_range)
            ),
        );
    }
    text
}

/// `url` maps the file's name to its URL.
#[must_use]
pub fn rendition(stream: &Stream, rendition: &Rendition, url: &mut dyn FnMut(&str) -> String) -> String {
    media(&rendition.track, &rendition.track.segments(&stream.groups), "", url)
}

#[must_use]
pub fn audio(stream: &Stream, url: &mut dyn FnMut(&str) -> String) -> Option<String> {
    let track = &stream.audio.as_ref()?.track;
    Some(media(track, &track.segments(&track.grouped()), "", url))
}

#[must_use]
pub fn key_frames(rendition: &Rendition, url: &mut dyn FnMut(&str) -> String) -> String {
    media(&rendition.track, &rendition.track.key_frames(), "#EXT-X-I-FRAMES-ONLY\n", url)
}

fn media(track: &Track, segments: &[Segment], head: &str, url: &mut dyn FnMut(&str) -> String) -> String {
    let uri = clean(&url(&track.file));
    let longest_s = segments.iter().map(|segment| seconds(segment.ticks, track.timescale)).fold(SEGMENT_S, f64::max);
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{:.0}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n{head}\
         #EXT-X-MAP:URI=\"{uri}\",BYTERANGE=\"{}@0\"\n",
        longest_s.round(),
        track.head_bytes
    );
    for Segment { offset, bytes, ticks, .. } in segments {
        let length_s = seconds(*ticks, track.timescale);
        line(&mut text, format_args!("#EXTINF:{length_s:.6},\n#EXT-X-BYTERANGE:{bytes}@{offset}\n{uri}"));
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

/// Writes `WebVTT`: each tile's span of time and place on a sprite. `url` maps a sprite's name to its URL.
#[must_use]
pub fn storyboard(storyboard: &Storyboard, url: &mut dyn FnMut(&str) -> String) -> String {
    let mut text = "WEBVTT\n".to_owned();
    let urls: Vec<String> = storyboard.sprites.iter().map(|sprite| clean(&url(sprite))).collect();
    for cue in storyboard.cues() {
        let Some(url) = urls.get(cue.sprite) else {
            break;
        };
        let (start, end) = (timestamp(cue.start_s), timestamp(cue.end_s));
        let (x, y, width, height) = (cue.x, cue.y, cue.width, cue.height);
        line(&mut text, format_args!("\n{start} --> {end}\n{url}#xywh={x},{y},{width},{height}"));
    }
    text
}

fn line(text: &mut String, content: Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(content);
    text.push('\n');
}

/// Removes what would end an attribute or a line.
fn clean(text: &str) -> String {
    text.chars().filter(|character| !character.is_control() && *character != '"').collect()
}

const fn range(range: VideoRange) -> &'static str {
    match range {
        VideoRange::Sdr => "SDR",
        VideoRange::Pq => "PQ",
        VideoRange::Hlg => "HLG",
    }
}

fn key_frame_bandwidth(track: &Track) -> u64 {
    track
        .key_frames()
        .iter()
        .map(|frame| frame.bytes.saturating_mul(8).saturating_mul(u64::from(track.timescale)) / frame.ticks.max(1))
        .max()
        .unwrap_or(0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times are positive and casts from floats saturate"
)]
fn timestamp(at_s: f64) -> String {
    let ms = (at_s * 1000.0).round() as u64;
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests;
