//! Parses the JSON of ffprobe into a [`MediaInfo`].

use serde::Deserialize;

use crate::codec::{AudioCodec, VideoCodec, is_text_subtitle, join_labels};
use crate::container::Container;
use crate::error::MediaError;
use crate::info::{AudioStream, Chroma, MediaInfo, Primaries, SubtitleStream, Transfer, VideoStream};
use crate::limits::VideoLimits;

const LANGUAGE_CHARS_MAX: usize = 35;
const TITLE_CHARS_MAX: usize = 100;

/// The requested fields. Tags are free text from the file.
pub(crate) const ENTRIES: &str = "format=duration,bit_rate:stream=index,codec_type,codec_name,\
profile,level,width,height,sample_aspect_ratio,pix_fmt,field_order,color_range,color_transfer,\
color_primaries,r_frame_rate,avg_frame_rate,duration,start_time,bit_rate,bits_per_raw_sample,\
nb_frames,sample_rate,channels:stream_disposition=default,attached_pic,timed_thumbnails,\
still_image:stream_tags=language,title,DURATION:stream_side_data=rotation,displaymatrix,dv_profile";

#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    #[serde(default)]
    streams: Vec<RawStream>,
    #[serde(default)]
    format: RawFormat,
}

#[derive(Debug, Default, Deserialize)]
struct RawFormat {
    duration: Option<String>,
    bit_rate: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RawStream {
    index: u32,
    codec_type: Option<String>,
    codec_name: Option<String>,
    profile: Option<String>,
    level: Option<i64>,
    width: Option<u32>,
    height: Option<u32>,
    sample_aspect_ratio: Option<String>,
    pix_fmt: Option<String>,
    field_order: Option<String>,
    color_range: Option<String>,
    color_transfer: Option<String>,
    color_primaries: Option<String>,
    r_frame_rate: Option<String>,
    avg_frame_rate: Option<String>,
    duration: Option<String>,
    start_time: Option<String>,
    bit_rate: Option<String>,
    bits_per_raw_sample: Option<String>,
    nb_frames: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tags {
    language: Option<String>,
    title: Option<String>,
    /// Matroska's, such as `00:01:02.500000000`.
    #[serde(rename = "DURATION")]
    duration: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Disposition {
    default: u8,
    attached_pic: u8,
    timed_thumbnails: u8,
    still_image: u8,
}

#[derive(Debug, Deserialize)]
struct SideData {
    rotation: Option<f64>,
    displaymatrix: Option<String>,
    dv_profile: Option<u8>,
}

impl RawStream {
    fn is_still_image(&self) -> bool {
        let disposition = &self.disposition;
        disposition.attached_pic + disposition.timed_thumbnails + disposition.still_image > 0
    }

    fn is(&self, sort: &str) -> bool {
        self.codec_type.as_deref() == Some(sort)
    }

    fn codec(&self) -> &str {
        self.codec_name.as_deref().unwrap_or("unknown")
    }

    fn duration_s(&self) -> Option<f64> {
        seconds(self.duration.as_deref()).or_else(|| self.tags.duration.as_deref().and_then(clock_s))
    }

    fn end_s(&self) -> Option<f64> {
        Some(seconds(self.start_time.as_deref()).unwrap_or(0.0) + self.duration_s()?)
    }
}

impl Report {
    pub fn parse(json: &[u8]) -> Result<Self, MediaError> {
        serde_json::from_slice(json).map_err(|_| MediaError::failed("ffprobe printed something that cannot be parsed."))
    }

    /// The duration is zero where the headers have none.
    pub fn info(&self, container: Container, bytes: u64, limits: &VideoLimits) -> Result<MediaInfo, MediaError> {
        let streams = u32::try_from(self.streams.len()).unwrap_or(u32::MAX);
        limits.check_streams(streams)?;
        let video = self.video()?;
        let audio = self.audio()?;
        if video.is_none() && audio.is_none() {
            return Err(MediaError::refused("This file has neither video nor audio in it."));
        }
        let (width, height) = video.as_ref().map_or((0, 0), displayed);
        if let Some(video) = &video {
            limits.check_video(video.coded_width, video.coded_height, video.fps_average)?;
            limits.check_video(width, height, video.fps_average)?;
        }
        let duration_s = self.duration_s();
        limits.check_duration(duration_s)?;
        let cover = self.streams.iter().find(|stream| stream.is("video") && stream.disposition.attached_pic > 0);
        Ok(MediaInfo {
            container,
            bytes,
            duration_s,
            width,
            height,
            video,
            audio,
            cover: cover.map(|stream| stream.index),
            bit_rate: whole(self.format.bit_rate.as_deref()).unwrap_or_default(),
            streams,
            subtitles: self.subtitles(),
        })
    }

    fn subtitles(&self) -> Vec<SubtitleStream> {
        let texts = self.streams.iter().filter(|stream| stream.is("subtitle") && is_text_subtitle(stream.codec()));
        let stream = |raw: &RawStream| SubtitleStream {
            index: raw.index,
            language: raw.tags.language.clone().filter(|language| is_language(language)),
            title: raw.tags.title.as_deref().map(shortened).filter(|title| !title.is_empty()),
            is_default: raw.disposition.default > 0,
        };
        texts.map(stream).collect()
    }

    fn video(&self) -> Result<Option<VideoStream>, MediaError> {
        let Some(raw) = self.chosen("video") else {
            return Ok(None);
        };
        let Some(codec) = VideoCodec::from_probe(raw.codec()) else {
            return Err(refused_codec("video", raw.codec()));
        };
        let (Some(width), Some(height), Some(pixel_format)) =
            (raw.width.filter(|width| *width > 0), raw.height.filter(|height| *height > 0), raw.pix_fmt.as_deref())
        else {
            return Err(MediaError::refused("The video in this file is damaged: not even its size can be read."));
        };
        let (chroma, bit_depth) = layout(pixel_format, raw.bits_per_raw_sample.as_deref());
        let turn = raw.side_data_list.iter().find_map(|data| data.rotation).unwrap_or(0.0);
        Ok(Some(VideoStream {
            index: raw.index,
            codec,
            profile: raw.profile.clone(),
            level: raw.level.and_then(|level| u32::try_from(level).ok()),
            pixel_format: pixel_format.to_owned(),
            chroma,
            bit_depth,
            coded_width: width,
            coded_height: height,
            pixel_aspect: raw.sample_aspect_ratio.as_deref().and_then(|text| ratio(text, ':')).unwrap_or(1.0),
            rotation_degrees: quarter_turn(turn),
            turned: raw.side_data_list.iter().any(SideData::turns),
            fps_average: raw.avg_frame_rate.as_deref().and_then(|text| ratio(text, '/')).unwrap_or(0.0),
            fps_nominal: raw.r_frame_rate.as_deref().and_then(|text| ratio(text, '/')).unwrap_or(0.0),
            interlaced: matches!(raw.field_order.as_deref(), Some("tt" | "bb" | "tb" | "bt")),
            transfer: match raw.color_transfer.as_deref() {
                Some("smpte2084") => Transfer::Pq,
                Some("arib-std-b67") => Transfer::Hlg,
                _ => Transfer::Sdr,
            },
            primaries: match raw.color_primaries.as_deref() {
                Some("bt709") => Primaries::Bt709,
                Some("bt470bg" | "smpte170m" | "smpte240m") => Primaries::Bt601,
                Some("bt2020") => Primaries::Bt2020,
                _ => Primaries::Other,
            },
            full_range: raw.color_range.as_deref() == Some("pc"),
            dolby_vision: raw.side_data_list.iter().find_map(|data| data.dv_profile),
            bit_rate: whole(raw.bit_rate.as_deref()),
            frames: whole(raw.nb_frames.as_deref()),
            start_s: seconds(raw.start_time.as_deref()).unwrap_or(0.0),
        }))
    }

    fn audio(&self) -> Result<Option<AudioStream>, MediaError> {
        let Some(raw) = self.chosen("audio") else {
            return Ok(None);
        };
        let Some(codec) = AudioCodec::from_probe(raw.codec()) else {
            return Err(refused_codec("audio", raw.codec()));
        };
        let sample_rate = whole(raw.sample_rate.as_deref()).and_then(|rate| u32::try_from(rate).ok());
        let (Some(channels @ 1..=64), Some(sample_rate @ 1..)) = (raw.channels, sample_rate) else {
            // Some cameras declare a track and never fill it.
            return Ok(None);
        };
        Ok(Some(AudioStream {
            index: raw.index,
            codec,
            profile: raw.profile.clone(),
            channels,
            sample_rate,
            bit_rate: whole(raw.bit_rate.as_deref()),
            start_s: seconds(raw.start_time.as_deref()).unwrap_or(0.0),
        }))
    }

    /// Chooses as a player does: the default stream, else the first.
    fn chosen(&self, sort: &str) -> Option<&RawStream> {
        let mut fitting = self.streams.iter().filter(|stream| stream.is(sort) && !stream.is_still_image());
        let first = fitting.next()?;
        if first.disposition.default > 0 {
            return Some(first);
        }
        Some(fitting.find(|stream| stream.disposition.default > 0).unwrap_or(first))
    }

    /// Subtitles and data may end long after what is shown and heard, and count only where nothing else is known.
    fn duration_s(&self) -> f64 {
        let of_format = seconds(self.format.duration.as_deref()).filter(|duration_s| *duration_s > 0.0);
        let used: Vec<&RawStream> = self.chosen("video").into_iter().chain(self.chosen("audio")).collect();
        let has_others = self.streams.iter().filter(|stream| !stream.is_still_image()).count() > used.len();
        let ends: Option<Vec<f64>> = used.iter().map(|stream| stream.end_s()).collect();
        match (of_format, ends) {
            (Some(of_format), Some(ends)) if has_others => {
                let starts = used.iter().filter_map(|stream| seconds(stream.start_time.as_deref()));
                let length_s = ends.into_iter().fold(0.0, f64::max) - starts.reduce(f64::min).unwrap_or(0.0);
                if length_s > 0.0 { length_s.min(of_format) } else { of_format }
            }
            (Some(of_format), _) => of_format,
            (None, _) => used.iter().filter_map(|stream| stream.duration_s()).fold(0.0, f64::max),
        }
    }
}

impl SideData {
    fn turns(&self) -> bool {
        const ONE: i64 = 65536;
        let Some(matrix) = &self.displaymatrix else {
            return self.rotation.is_some_and(|rotation| rotation != 0.0);
        };
        let numbers: Vec<i64> = matrix
            .lines()
            .filter_map(|line| line.split_once(':'))
            .flat_map(|(_, row)| row.split_whitespace())
            .filter_map(|number| number.parse().ok())
            .collect();
        match numbers[..] {
            [a, b, _, c, d, ..] => b != 0 || c != 0 || a < ONE / 2 || d < ONE / 2,
            _ => true,
        }
    }
}

pub(crate) fn refused_codec(what: &str, name: &str) -> MediaError {
    let accepted = if what == "audio" {
        join_labels(AudioCodec::ALL.iter().map(|codec| codec.label()))
    } else {
        join_labels(VideoCodec::ALL.iter().map(|codec| codec.label()))
    };
    MediaError::refused(format!(
        "The {what} in this file has the codec “{name}”, which is not accepted; convert it to one \
         of these: {accepted}."
    ))
}

fn displayed(video: &VideoStream) -> (u32, u32) {
    let (width, height) = (video.coded_width, video.coded_height);
    let (width, height) = if video.pixel_aspect > 1.0 {
        (scaled(width, video.pixel_aspect), height)
    } else {
        (width, scaled(height, 1.0 / video.pixel_aspect))
    };
    if video.rotation_degrees % 180 == 90 { (height, width) } else { (width, height) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts from floats saturate and the size limits are checked afterwards"
)]
fn scaled(length: u32, factor: f64) -> u32 {
    (f64::from(length) * factor).round() as u32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value lies between 0 and 3 after the remainder"
)]
fn quarter_turn(degrees: f64) -> u16 {
    if !degrees.is_finite() {
        return 0;
    }
    ((degrees / 90.0).round().rem_euclid(4.0) as u16) * 90
}

/// `None` for `0/0`, negative and absurd ones.
fn ratio(text: &str, separator: char) -> Option<f64> {
    let (above, below) = text.split_once(separator)?;
    let (above, below): (f64, f64) = (above.parse().ok()?, below.parse().ok()?);
    let value = above / below;
    (value.is_finite() && (0.001..1_000_000.0).contains(&value)).then_some(value)
}

/// Hours, minutes and seconds.
fn clock_s(text: &str) -> Option<f64> {
    let parts: Vec<f64> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else { return None };
    Some(hours * 3600.0 + minutes * 60.0 + seconds).filter(|value| value.is_finite() && *value > 0.0)
}

/// A language tag of BCP 47 by its form. `und` says that the language is not known.
fn is_language(text: &str) -> bool {
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text != "und" && text.len() <= LANGUAGE_CHARS_MAX && text.split('-').all(is_subtag)
}

fn shortened(title: &str) -> String {
    title
        .chars()
        .filter(|character| !character.is_control())
        .take(TITLE_CHARS_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn seconds(text: Option<&str>) -> Option<f64> {
    text?.parse().ok().filter(|value: &f64| value.is_finite())
}

fn whole(text: Option<&str>) -> Option<u64> {
    text?.parse().ok()
}

fn layout(pixel_format: &str, bits: Option<&str>) -> (Chroma, u8) {
    let chroma = if pixel_format.contains("420") || pixel_format.starts_with("nv12") || pixel_format.starts_with("p01")
    {
        Chroma::Yuv420
    } else if pixel_format.contains("422")
        || pixel_format.contains("411")
        || pixel_format.contains("yuyv")
        || pixel_format.contains("uyvy")
    {
        Chroma::Yuv422
    } else if pixel_format.contains("444") {
        Chroma::Yuv444
    } else if pixel_format.starts_with("gray") {
        Chroma::Gray
    } else {
        Chroma::Rgb
    };
    let by_raw_sample = bits.and_then(|bits| bits.parse().ok()).filter(|bits| (1..=16).contains(bits));
    let named = ["9", "10", "12", "14", "16"].into_iter().find(|bits| {
        ["le", "be"].iter().any(|order| {
            pixel_format.strip_suffix(order).is_some_and(|rest| {
                rest.ends_with(&format!("p{bits}")) || rest == format!("p0{bits}") || rest == format!("gray{bits}")
            })
        })
    });
    (chroma, named.and_then(|bits| bits.parse().ok()).or(by_raw_sample).unwrap_or(8))
}

#[cfg(test)]
mod tests;
