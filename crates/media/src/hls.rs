//! HLS playlists, written from a stream's data for each viewer with that viewer's addresses.

use std::fmt::Write as _;

use crate::storyboard::Storyboard;
use crate::stream::{Rung, SEGMENT_S, Segment, Stream, Track, VideoRange, seconds};

const SOUND_GROUP: &str = "sound";

/// Which playlist an address in the master playlist is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Playlist<'s> {
    /// The moving picture of the rung with this file.
    Rung(&'s Rung),
    /// Its key frames alone, for scrubbing.
    KeyFrames(&'s Rung),
    Sound,
}

/// Subtitles beside the stream; texts are cleaned of what would break the playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtitles {
    /// As in BCP 47.
    pub language: String,
    pub label: String,
    /// The address of a media playlist of `WebVTT` files.
    pub url: String,
}

/// The list of all renditions. `url` turns each playlist into its address.
#[must_use]
pub fn master(stream: &Stream, subtitles: &[Subtitles], url: &mut dyn FnMut(Playlist<'_>) -> String) -> String {
    let mut text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
    let sound = stream.sound.as_ref();
    if let Some(sound) = sound {
        let address = clean(&url(Playlist::Sound));
        line(
            &mut text,
            format_args!(
                "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{SOUND_GROUP}\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"{}\",URI=\"{address}\"",
                sound.channels
            ),
        );
    }
    for subtitle in subtitles {
        line(
            &mut text,
            format_args!(
                "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subtitles\",NAME=\"{}\",LANGUAGE=\"{}\",DEFAULT=NO,AUTOSELECT=YES,URI=\"{}\"",
                clean(&subtitle.label),
                clean(&subtitle.language),
                clean(&subtitle.url)
            ),
        );
    }
    let groups = format!(
        "{}{}",
        if sound.is_some() { format!(",AUDIO=\"{SOUND_GROUP}\"") } else { String::new() },
        if subtitles.is_empty() { "" } else { ",SUBTITLES=\"subtitles\"" },
    );
    for rung in &stream.rungs {
        let (mut peak, mut average, mut codecs) =
            (rung.track.bandwidth, rung.track.average_bandwidth, rung.track.codecs.clone());
        if let Some(sound) = sound {
            peak += sound.track.bandwidth;
            average += sound.track.average_bandwidth;
            let _ = write!(codecs, ",{}", sound.track.codecs);
        }
        line(
            &mut text,
            format_args!(
                "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{codecs}\",RESOLUTION={}x{},FRAME-RATE={:.3},VIDEO-RANGE={}{groups}",
                rung.width,
                rung.height,
                rung.fps,
                range(rung.video_range)
            ),
        );
        line(&mut text, format_args!("{}", clean(&url(Playlist::Rung(rung)))));
    }
    for rung in &stream.rungs {
        let address = clean(&url(Playlist::KeyFrames(rung)));
        line(
            &mut text,
            format_args!(
                "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={},CODECS=\"{}\",RESOLUTION={}x{},VIDEO-RANGE={},URI=\"{address}\"",
                key_frame_bandwidth(&rung.track),
                rung.track.codecs,
                rung.width,
                rung.height,
                range(rung.video_range)
            ),
        );
    }
    text
}

/// The playlist of a rung; `url` turns the name of its file into the address of its bytes.
#[must_use]
pub fn rung(stream: &Stream, rung: &Rung, url: &mut dyn FnMut(&str) -> String) -> String {
    media(&rung.track, &rung.track.segments(&stream.groups), "", url)
}

/// The playlist of the sound, or nothing where there is none.
#[must_use]
pub fn sound(stream: &Stream, url: &mut dyn FnMut(&str) -> String) -> Option<String> {
    let track = &stream.sound.as_ref()?.track;
    Some(media(track, &track.segments(&track.grouped()), "", url))
}

/// The playlist of a rung's key frames alone.
#[must_use]
pub fn key_frames(rung: &Rung, url: &mut dyn FnMut(&str) -> String) -> String {
    media(&rung.track, &rung.track.key_frames(), "#EXT-X-I-FRAMES-ONLY\n", url)
}

fn media(track: &Track, segments: &[Segment], head: &str, url: &mut dyn FnMut(&str) -> String) -> String {
    let address = clean(&url(&track.file));
    let longest_s = segments.iter().map(|segment| seconds(segment.ticks, track.timescale)).fold(SEGMENT_S, f64::max);
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{:.0}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n{head}\
         #EXT-X-MAP:URI=\"{address}\",BYTERANGE=\"{}@0\"\n",
        longest_s.round(),
        track.head_bytes
    );
    for segment in segments {
        let length_s = seconds(segment.ticks, track.timescale);
        line(&mut text, format_args!("#EXTINF:{length_s:.6},"));
        line(&mut text, format_args!("#EXT-X-BYTERANGE:{}@{}", segment.bytes, segment.offset));
        line(&mut text, format_args!("{address}"));
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

/// The seek preview as `WebVTT`: each span of time with its part of a sheet.
#[must_use]
pub fn storyboard(storyboard: &Storyboard, url: &mut dyn FnMut(&str) -> String) -> String {
    let mut text = "WEBVTT\n".to_owned();
    let addresses: Vec<String> = storyboard.sheets.iter().map(|sheet| clean(&url(sheet))).collect();
    for cue in storyboard.cues() {
        let Some(address) = addresses.get(cue.sheet) else {
            break;
        };
        line(
            &mut text,
            format_args!(
                "\n{} --> {}\n{address}#xywh={},{},{},{}",
                moment(cue.start_s),
                moment(cue.end_s),
                cue.x,
                cue.y,
                cue.width,
                cue.height
            ),
        );
    }
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(content);
    text.push('\n');
}

/// Attributes stand in quotes and lines end lines: neither may come from outside.
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
    reason = "moments are positive and casts from floats saturate"
)]
fn moment(at_s: f64) -> String {
    let ms = (at_s * 1000.0).round() as u64;
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests;
