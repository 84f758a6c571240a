//! Decides which renditions a video gets, and which of its streams are copied.

use crate::codec::{AudioCodec, VideoCodec};
use crate::info::{AudioStream, Chroma, MediaInfo, STILL_HEIGHT, STILL_WIDTH, VideoStream};
use crate::keyframes::Timeline;
use crate::renditions::{
    Encoding, FPS_MAX, RenditionPlan, SHORT_SIDE_MAX, full_cap_kbit, ladder, own_short_side, source_kbit,
};

/// Made first when the video stream cannot be copied.
const FIRST_SHORT_SIDE: u32 = 480;
/// A source of at most this multiple of its step's bitrate is copied for good.
const COPY_RATIO: f64 = 1.5;
/// A source of at most this multiple is copied until the ladder is done.
const COPY_AT_FIRST_RATIO: f64 = 5.0;
/// Longer GOPs make seeking and switching slow.
const KEY_GAP_S_MAX: f64 = 6.2;
/// Shorter groups make an index larger than they are.
const KEY_GAP_S_MIN: f64 = 0.45;
/// Audio and video that start this close together count as starting together.
const SAME_START_S: f64 = 0.04;
const STILL_FPS: f64 = 2.0;
const STILL_CAP_KBIT: u32 = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioPlan {
    Copy,
    Encode { kbit: u32, channels: u32 },
}

/// What one ffmpeg process makes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    pub renditions: Vec<RenditionPlan>,
    pub audio: Option<AudioPlan>,
    /// Whether key frames lie where the source has them, to match a copied rendition; else every two seconds.
    pub follows_source: bool,
    pub(crate) is_still: bool,
}

impl Batch {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.renditions.is_empty() && self.audio.is_none()
    }

    #[must_use]
    pub fn copies(&self) -> bool {
        self.renditions.iter().any(|rendition| rendition.encoding == Encoding::Copy)
    }

    pub(crate) fn encodes(&self) -> bool {
        self.renditions.iter().any(|rendition| rendition.encoding != Encoding::Copy)
    }
}

/// First what makes the video playable, then the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub duration_s: f64,
    pub first: Batch,
    pub rest: Batch,
    /// Whether the first batch's renditions stay in the finished stream, rather than bridge the time until then.
    pub keeps_first: bool,
}

impl Plan {
    #[must_use]
    pub fn new(info: &MediaInfo, timeline: Option<&Timeline>) -> Self {
        let (Some(video), Some(timeline)) = (&info.video, timeline) else {
            return Self::audio_only(info);
        };
        let plan = Self::without_copy(info, Some(timeline));
        let mut ladder = ladder(info, video);
        let source_kbit = f64::from(source_kbit(info, video));
        match ladder.first().cloned() {
            Some(top) if is_copyable(info, video, timeline) => {
                let cap_kbit = f64::from(full_cap_kbit(top.short_side, top.fps));
                if source_kbit > cap_kbit * COPY_AT_FIRST_RATIO {
                    return plan;
                }
                let keeps_first = source_kbit <= cap_kbit * COPY_RATIO;
                if keeps_first {
                    ladder.remove(0);
                }
                let (width, height) = (video.coded_width, video.coded_height);
                let copy = RenditionPlan { encoding: Encoding::Copy, width, height, ..top };
                Self {
                    first: Batch { renditions: vec![copy], follows_source: true, ..plan.first },
                    rest: Batch { renditions: ladder, follows_source: keeps_first, ..plan.rest },
                    keeps_first,
                    ..plan
                }
            }
            _ => plan,
        }
    }

    /// For when a copy turns out not to be playable.
    #[must_use]
    pub fn without_copy(info: &MediaInfo, timeline: Option<&Timeline>) -> Self {
        let (Some(video), Some(timeline)) = (&info.video, timeline) else {
            return Self::audio_only(info);
        };
        let mut rest = ladder(info, video);
        let middle = rest
            .iter()
            .position(|rendition| rendition.short_side <= FIRST_SHORT_SIDE)
            .unwrap_or(rest.len().saturating_sub(1));
        let first = if rest.is_empty() { Vec::new() } else { vec![rest.remove(middle)] };
        let audio = info.audio.as_ref().map(|audio| audio_plan(audio, video.start_s));
        Self {
            duration_s: info.duration_s.max(timeline.end_s - timeline.start_s),
            first: Batch { renditions: first, audio, ..Batch::default() },
            rest: Batch { renditions: rest, ..Batch::default() },
            keeps_first: true,
        }
    }

    fn audio_only(info: &MediaInfo) -> Self {
        let still = RenditionPlan {
            short_side: STILL_HEIGHT,
            width: STILL_WIDTH,
            height: STILL_HEIGHT,
            fps: STILL_FPS,
            encoding: Encoding::Encode { cap_kbit: STILL_CAP_KBIT },
        };
        Self {
            duration_s: info.duration_s,
            first: Batch {
                renditions: vec![still],
                audio: info.audio.as_ref().map(|audio| audio_plan(audio, audio.start_s)),
                follows_source: false,
                is_still: true,
            },
            rest: Batch::default(),
            keeps_first: true,
        }
    }
}

fn is_copyable(info: &MediaInfo, video: &VideoStream, timeline: &Timeline) -> bool {
    let has_common_format = video.codec == VideoCodec::H264
        && matches!(
            video.profile.as_deref(),
            Some("Constrained Baseline" | "Baseline" | "Main" | "High" | "Progressive High" | "Constrained High")
        )
        && video.bit_depth == 8
        && video.chroma == Chroma::Yuv420
        && !video.is_hdr()
        && !video.full_range;
    let is_upright = !video.turned && !video.interlaced && (video.pixel_aspect - 1.0).abs() < 0.01;
    let is_small = own_short_side(info.width, info.height) <= SHORT_SIDE_MAX && video.fps_average <= FPS_MAX * 1.01;
    let is_seekable = timeline.starts_with_key
        && !timeline.open
        && timeline.gap_s_max <= KEY_GAP_S_MAX
        && (timeline.gap_s_average >= KEY_GAP_S_MIN || timeline.keys == 1);
    has_common_format && is_upright && is_small && is_seekable
}

fn audio_plan(audio: &AudioStream, video_start_s: f64) -> AudioPlan {
    let has_common_format = audio.codec == AudioCodec::Aac
        && matches!(audio.profile.as_deref(), Some("LC" | "HE-AAC"))
        && audio.channels <= 2
        && (22_050..=48_000).contains(&audio.sample_rate)
        && audio.bit_rate.is_none_or(|rate| rate <= 330_000);
    if has_common_format && (audio.start_s - video_start_s).abs() <= SAME_START_S {
        return AudioPlan::Copy;
    }
    let channels = audio.channels.min(2);
    AudioPlan::Encode { kbit: if channels == 1 { 80 } else { 128 }, channels }
}

#[cfg(test)]
pub(crate) mod tests;
