//! The sizes and rates of a film's ladder.

use crate::codec::VideoCodec;
use crate::info::{Film, VideoStream};
use crate::filters;
use crate::plan::{RungPlan, Way, Wishes};

/// A rung: the short side of its 16:9 box, and bits a second up to 30 frames a second.
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
/// A source this much larger than a step gets a rung of its own size above it.
const OWN_SIZE_RATIO: f64 = 1.15;
/// What many frames a second cost more.
const FAST_ABOVE_FPS: f64 = 33.0;
const FAST_COST: f64 = 1.4;
const CAP_KBIT_MIN: u32 = 150;

/// The short sides of all steps, the largest first.
pub(crate) fn step_sides() -> impl Iterator<Item = u32> + Clone {
    STEPS.iter().map(|step| step.short_side)
}

/// The rungs, best first: the steps up to the film's own size, and its own size where the next
/// step below would lose much. A step is a box, turned for portrait, into which the film fits.
pub(crate) fn ladder(film: &Film, video: &VideoStream, wishes: &Wishes) -> Vec<RungPlan> {
    let own = own_short_side(film.width, film.height);
    let fps = if video.fps_average > wishes.fps_max { wishes.fps_max } else { video.fps_average };
    let source_kbit = source_kbit(film, video);
    let mut rungs: Vec<RungPlan> = Vec::new();
    let wanted = step_sides().filter(|side| wishes.short_sides.contains(side));
    let highest = wanted.clone().max().unwrap_or(0);
    let below: Vec<u32> = wanted.filter(|side| *side <= own).collect();
    let own_rung = match below.first() {
        Some(top) => own < highest && f64::from(own) > f64::from(*top) * OWN_SIZE_RATIO,
        None => true,
    };
    for short_side in own_rung.then_some(own).into_iter().chain(below) {
        let (width, height) = fitted(film.width, film.height, short_side);
        let cap_kbit = full_cap_kbit(short_side, fps).min(worth_kbit(video.codec, source_kbit));
        rungs.push(RungPlan {
            short_side,
            width,
            height,
            fps,
            way: Way::Encode { cap_kbit: cap_kbit.max(CAP_KBIT_MIN) },
        });
    }
    rungs
}

/// The short side of the 16:9 box, upright or lying, that just holds the film.
pub(crate) fn own_short_side(width: u32, height: u32) -> u32 {
    let (long, short) = (width.max(height), width.min(height));
    short.max(long.saturating_mul(9).div_ceil(16))
}

fn fitted(width: u32, height: u32, short_side: u32) -> (u32, u32) {
    // Rounded up, so that a film of exactly a step's size keeps it.
    let long_side = short_side.saturating_mul(16).div_ceil(9);
    if width >= height {
        filters::fit(width, height, long_side, short_side)
    } else {
        filters::fit(width, height, short_side, long_side)
    }
}

/// The step's cap; sizes between two steps get theirs by proportion.
pub(crate) fn full_cap_kbit(short_side: u32, fps: f64) -> u32 {
    let step = STEPS.iter().rfind(|step| step.short_side >= short_side).unwrap_or(&STEPS[0]);
    let share = f64::from(short_side.min(step.short_side)) / f64::from(step.short_side);
    let speed = if fps > FAST_ABOVE_FPS { FAST_COST } else { 1.0 };
    whole(f64::from(step.cap_kbit) * share * share * speed)
}

/// What the source's rate is worth in H.264: a rung never gets more than that.
fn worth_kbit(codec: VideoCodec, source_kbit: u32) -> u32 {
    let thrift = match codec {
        VideoCodec::Hevc | VideoCodec::Vp9 => 1.7,
        VideoCodec::Av1 => 2.0,
        _ => 1.0,
    };
    whole(f64::from(source_kbit) * thrift)
}

pub(crate) fn source_kbit(film: &Film, video: &VideoStream) -> u32 {
    let bits = video.bit_rate.filter(|rate| *rate > 0).unwrap_or(film.bit_rate);
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
