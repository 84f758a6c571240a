//! What is to be made of a film: which sizes, what is taken over and what is encoded anew.

use serde::{Deserialize, Serialize};

use crate::codec::{AudioCodec, VideoCodec};
use crate::info::{AudioStream, Chroma, Film, VideoStream};
use crate::keyframes::Timeline;
use crate::renditions::{full_cap_kbit, ladder, own_short_side, source_kbit, step_sides};
use crate::cover;

/// The rung that makes a film watchable when nothing can be taken over.
const FIRST_SHORT_SIDE: u32 = 480;
/// Sources up to so many times a rung's cap stay as they are for good, and up to so many times
/// until the ladder is done.
const COPY_RATIO: f64 = 1.5;
const COPY_AT_FIRST_RATIO: f64 = 5.0;
/// Shorter groups make more index than film.
const KEY_GAP_S_MIN: f64 = 0.45;
/// Sound and picture that start this close together start together.
const SAME_START_S: f64 = 0.04;
/// A picture that stands still needs few frames.
const STILL_FPS: f64 = 2.0;

/// What the owner of the server wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wishes {
    /// The steps to make, by their short sides; others are ignored.
    pub short_sides: Vec<u32>,
    /// Codecs that all wanted players can play, and that may therefore be taken over.
    pub copied_codecs: Vec<VideoCodec>,
    /// The longest time between key frames of a film that is taken over.
    pub key_gap_s_max: f64,
    pub fps_max: f64,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            short_sides: step_sides().collect(),
            copied_codecs: vec![VideoCodec::H264],
            key_gap_s_max: 6.2,
            fps_max: 60.0,
        }
    }
}

/// How a rung comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Copy,
    Encode { cap_kbit: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RungPlan {
    /// The step it belongs to; with the way, it makes the file's name.
    pub short_side: u32,
    pub width: u32,
    pub height: u32,
    pub fps: f64,
    pub way: Way,
}

impl RungPlan {
    /// The name of its file in the scratch folder.
    #[must_use]
    pub fn file(&self) -> String {
        match self.way {
            Way::Copy => format!("source{}.mp4", self.short_side),
            Way::Encode { .. } => format!("video{}.mp4", self.short_side),
        }
    }
}

/// How the sound comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundPlan {
    Copy,
    Encode { kbit: u32, channels: u32 },
}

/// What one ffmpeg process makes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub rungs: Vec<RungPlan>,
    pub sound: Option<SoundPlan>,
    /// Key frames where the source has them, to fit a rung that is taken over; else every two
    /// seconds.
    pub follows_source: bool,
    /// The picture is a single still one, made beforehand.
    pub still: bool,
}

impl Batch {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rungs.is_empty() && self.sound.is_none()
    }

    /// Whether ffmpeg has to decode pictures, which is what takes time.
    #[must_use]
    pub fn encodes(&self) -> bool {
        self.rungs.iter().any(|rung| rung.way != Way::Copy)
    }
}

/// First what makes the film watchable, then the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub duration_s: f64,
    pub first: Batch,
    pub rest: Batch,
    /// Whether the first batch's rungs belong to the finished ladder or only bridge the time.
    pub keeps_first: bool,
}

impl Plan {
    #[must_use]
    pub fn new(film: &Film, timeline: Option<&Timeline>, wishes: &Wishes) -> Self {
        let (Some(video), Some(timeline)) = (&film.video, timeline) else {
            return Self::of_sound(film);
        };
        let duration_s = film.duration_s.max(timeline.end_s - timeline.start_s);
        let ladder = ladder(film, video, wishes);
        let sound = film.audio.as_ref().map(|audio| sound(audio, video.start_s));
        let source_kbit = source_kbit(film, video);
        let top_cap_kbit = ladder.first().map_or(0, |top| full_cap_kbit(top.short_side, top.fps));
        let copyable = copyable(film, video, timeline, wishes);
        let at_most = |ratio: f64| f64::from(source_kbit) <= f64::from(top_cap_kbit) * ratio;
        let top = ladder.first().cloned();
        match top {
            Some(top) if copyable && at_most(COPY_AT_FIRST_RATIO) => {
                let keeps_first = at_most(COPY_RATIO);
                let rest = ladder.into_iter().skip(usize::from(keeps_first)).collect();
                Self {
                    duration_s,
                    first: Batch {
                        rungs: vec![RungPlan {
                            way: Way::Copy,
                            width: video.coded_width,
                            height: video.coded_height,
                            ..top
                        }],
                        sound,
                        follows_source: true,
                        still: false,
                    },
                    rest: Batch { rungs: rest, follows_source: keeps_first, ..Batch::default() },
                    keeps_first,
                }
            }
            _ => Self::encoded(duration_s, ladder, sound),
        }
    }

    /// The same film with nothing taken over, for when a copy turns out not to be playable.
    #[must_use]
    pub fn without_copy(film: &Film, timeline: Option<&Timeline>, wishes: &Wishes) -> Self {
        let wishes = Wishes { copied_codecs: Vec::new(), ..wishes.clone() };
        Self::new(film, timeline, &wishes)
    }

    fn encoded(duration_s: f64, ladder: Vec<RungPlan>, sound: Option<SoundPlan>) -> Self {
        let middle = ladder
            .iter()
            .position(|rung| rung.short_side <= FIRST_SHORT_SIDE)
            .unwrap_or(ladder.len().saturating_sub(1));
        let mut rest = ladder;
        let first = if rest.is_empty() { Vec::new() } else { vec![rest.remove(middle)] };
        Self {
            duration_s,
            first: Batch { rungs: first, sound, ..Batch::default() },
            rest: Batch { rungs: rest, ..Batch::default() },
            keeps_first: true,
        }
    }

    /// Sound alone becomes a film that shows its cover.
    fn of_sound(film: &Film) -> Self {
        let (width, height) = (cover::WIDTH, cover::HEIGHT);
        let picture =
            RungPlan { short_side: height, width, height, fps: STILL_FPS, way: Way::Encode { cap_kbit: 400 } };
        Self {
            duration_s: film.duration_s,
            first: Batch {
                rungs: vec![picture],
                sound: film.audio.as_ref().map(|audio| sound(audio, audio.start_s)),
                follows_source: false,
                still: true,
            },
            rest: Batch::default(),
            keeps_first: true,
        }
    }
}

/// Whether the picture can be handed to players as it is.
fn copyable(film: &Film, video: &VideoStream, timeline: &Timeline, wishes: &Wishes) -> bool {
    let plain = video.bit_depth == 8
        && video.chroma == Chroma::Quarter
        && !video.turned
        && !video.interlaced
        && !video.is_hdr()
        && !video.full_range
        && (video.pixel_aspect - 1.0).abs() < 0.01;
    let playable_profile = video.codec != VideoCodec::H264
        || matches!(
            video.profile.as_deref(),
            Some("Constrained Baseline" | "Baseline" | "Main" | "High" | "Progressive High" | "Constrained High")
        );
    let small = wishes.short_sides.iter().any(|side| *side >= own_short_side(film.width, film.height))
        && video.fps_average <= wishes.fps_max * 1.01;
    let seekable = timeline.starts_with_key
        && !timeline.open
        && timeline.gap_s_max <= wishes.key_gap_s_max
        && (timeline.gap_s_average >= KEY_GAP_S_MIN || timeline.keys == 1);
    plain && playable_profile && small && seekable && wishes.copied_codecs.contains(&video.codec)
}

fn sound(audio: &AudioStream, picture_start_s: f64) -> SoundPlan {
    let plain = audio.codec == AudioCodec::Aac
        && matches!(audio.profile.as_deref(), Some("LC" | "HE-AAC"))
        && audio.channels <= 2
        && (22_050..=48_000).contains(&audio.sample_rate)
        && audio.bit_rate.is_none_or(|rate| rate <= 330_000);
    if plain && (audio.start_s - picture_start_s).abs() <= SAME_START_S {
        return SoundPlan::Copy;
    }
    let channels = audio.channels.min(2);
    SoundPlan::Encode { kbit: if channels == 1 { 80 } else { 128 }, channels }
}

#[cfg(test)]
mod tests;
