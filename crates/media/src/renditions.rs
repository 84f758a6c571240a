//! The bitrate ladder: the sizes and bitrates that a video is encoded in.

use crate::codec::VideoCodec;
use crate::filters;
use crate::info::{MediaInfo, VideoStream};

/// The short side of a 16:9 box in pixels, and the bitrate at up to 30 frames per second.
struct Step {
    short_side: u32,
    cap_kbit: u32,
}

const STEPS: [Step; 7] = [
    Step { short_side: 2160, cap_kbit: 21_000 },
    Step { short_side: 1440, cap_kbit: 10_500 },
    Step { short_side: 1080, cap_kbit: 5500 },
    Step { short_side: 720, cap_kbit: 3000 },
    Step { short_side: 480, cap_kbit: 1400 },
    Step { short_side: 360, cap_kbit: 800 },
    Step { short_side: 240, cap_kbit: 400 },
];
/// A source this much larger than the next step gets a rendition of its own size.
const OWN_SIZE_RATIO: f64 = 1.15;
const FAST_ABOVE_FPS: f64 = 33.0;
const FAST_COST: f64 = 1.4;
const CAP_KBIT_MIN: u32 = 150;
pub(crate) const FPS_MAX: f64 = 60.0;
pub(crate) const SHORT_SIDE_MAX: u32 = STEPS[0].short_side;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Encoding {
    Copy,
    Encode { cap_kbit: u32 },
}

#[derive(Debug, Clone, PartialEq)]
pub struct RenditionPlan {
    /// Of its 16:9 box.
    pub short_side: u32,
    pub width: u32,
    pub height: u32,
    pub fps: f64,
    pub encoding: Encoding,
}

impl RenditionPlan {
    /// Names it in the scratch folder.
    #[must_use]
    pub fn file(&self) -> String {
        match self.encoding {
            Encoding::Copy => format!("source{}.mp4", self.short_side),
            Encoding::Encode { .. } => format!("video{}.mp4", self.short_side),
        }
    }
}

/// Best first: every step up to the video's own size, and that size where the step below would lose much.
pub(crate) fn ladder(info: &MediaInfo, video: &VideoStream) -> Vec<RenditionPlan> {
    let own = own_short_side(info.width, info.height);
    let fps = video.fps_average.min(FPS_MAX);
    let source_kbit = source_kbit(info, video);
    let below: Vec<u32> = STEPS.iter().map(|step| step.short_side).filter(|side| *side <= own).collect();
    let has_own_size = match below.first() {
        Some(top) => own < SHORT_SIDE_MAX && f64::from(own) > f64::from(*top) * OWN_SIZE_RATIO,
        None => true,
    };
    let sides = has_own_size.then_some(own).into_iter().chain(below);
    let plan = |short_side| {
        let (width, height) = fit_box(info.width, info.height, short_side);
        let cap_kbit = full_cap_kbit(short_side, fps).min(h264_kbit(video.codec, source_kbit)).max(CAP_KBIT_MIN);
        RenditionPlan { short_side, width, height, fps, encoding: Encoding::Encode { cap_kbit } }
    };
    sides.map(plan).collect()
}

/// Measures the smallest 16:9 box, portrait or landscape, that holds the video.
pub(crate) fn own_short_side(width: u32, height: u32) -> u32 {
    let (long, short) = (width.max(height), width.min(height));
    short.max(long.saturating_mul(9).div_ceil(16))
}

fn fit_box(width: u32, height: u32, short_side: u32) -> (u32, u32) {
    // Rounded up, so that a video of exactly a step's size keeps it.
    let long_side = short_side.saturating_mul(16).div_ceil(9);
    if width >= height {
        filters::fit(width, height, long_side, short_side)
    } else {
        filters::fit(width, height, short_side, long_side)
    }
}

/// Sizes between two steps get a share of the upper one's.
pub(crate) fn full_cap_kbit(short_side: u32, fps: f64) -> u32 {
    let step = STEPS.iter().rfind(|step| step.short_side >= short_side).unwrap_or(&STEPS[0]);
    let share = f64::from(short_side.min(step.short_side)) / f64::from(step.short_side);
    let speed = if fps > FAST_ABOVE_FPS { FAST_COST } else { 1.0 };
    whole(f64::from(step.cap_kbit) * share * share * speed)
}

/// Equals the source's in quality; no rendition gets more.
fn h264_kbit(codec: VideoCodec, source_kbit: u32) -> u32 {
    let efficiency = match codec {
        VideoCodec::Hevc | VideoCodec::Vp9 => 1.7,
        VideoCodec::Av1 => 2.0,
        _ => 1.0,
    };
    whole(f64::from(source_kbit) * efficiency)
}

pub(crate) fn source_kbit(info: &MediaInfo, video: &VideoStream) -> u32 {
    let bits = video.bit_rate.filter(|rate| *rate > 0).unwrap_or(info.bit_rate);
    u32::try_from(bits / 1000).unwrap_or(u32::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are positive and casts from floats saturate"
)]
fn whole(value: f64) -> u32 {
    value.round() as u32
}
