//! An adaptive stream as data: which bytes of which file hold which time. Stored JSON fixes the serialised names.

use serde::{Deserialize, Serialize};

use crate::error::MediaError;

/// A segment ends at the first key frame after this.
pub const SEGMENT_S: f64 = 4.0;
/// Key frames of two renditions this close together count as simultaneous.
const SAME_TIME_S: f64 = 0.02;
/// A rendition is kept if the next better one has at least this multiple of its bitrate.
const WORTHWHILE_RATIO: f64 = 1.2;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    pub duration_s: f64,
    /// Best first.
    #[serde(rename = "rungs")]
    pub renditions: Vec<Rendition>,
    #[serde(rename = "sound")]
    pub audio: Option<AudioRendition>,
    /// Fragments in each segment, the same for all renditions.
    pub groups: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rendition {
    pub width: u32,
    pub height: u32,
    pub fps: f64,
    pub video_range: VideoRange,
    pub copied: bool,
    pub track: Track,
}

/// Shared by all renditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioRendition {
    pub channels: u32,
    pub sample_rate: u32,
    pub copied: bool,
    pub track: Track,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VideoRange {
    Sdr,
    Pq,
    Hlg,
}

/// A fragmented MP4 file: a head that initialises the decoder, then adjacent fragments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    pub file: String,
    pub bytes: u64,
    /// As in RFC 6381.
    pub codecs: String,
    /// Bits per second, measured: in the largest segment, and on average.
    pub bandwidth: u64,
    pub average_bandwidth: u64,
    /// Ticks per second.
    pub timescale: u32,
    pub head_bytes: u64,
    pub start_ticks: u64,
    pub fragments: Vec<Fragment>,
}

/// From a key frame to the next. Stored as `[bytes, ticks, key_bytes]`: two hours of video have thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64)", into = "(u64, u64, u64)")]
pub struct Fragment {
    pub bytes: u64,
    pub ticks: u64,
    /// Its first bytes, which suffice to show the key frame.
    pub key_bytes: u64,
}

impl From<(u64, u64, u64)> for Fragment {
    fn from((bytes, ticks, key_bytes): (u64, u64, u64)) -> Self {
        Self { bytes, ticks, key_bytes }
    }
}

impl From<Fragment> for (u64, u64, u64) {
    fn from(fragment: Fragment) -> Self {
        (fragment.bytes, fragment.ticks, fragment.key_bytes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub offset: u64,
    pub bytes: u64,
    pub start_ticks: u64,
    pub ticks: u64,
}

#[expect(clippy::cast_precision_loss, reason = "a video's ticks are far below the 52 bits that a float keeps exactly")]
pub(crate) fn seconds(ticks: u64, timescale: u32) -> f64 {
    ticks as f64 / f64::from(timescale.max(1))
}

impl Track {
    pub(crate) fn segments(&self, groups: &[u32]) -> Vec<Segment> {
        let mut rest = self.fragments.as_slice();
        let (mut offset, mut start_ticks) = (self.head_bytes, self.start_ticks);
        let mut segments = Vec::with_capacity(groups.len());
        for group in groups {
            let count = usize::try_from(*group).unwrap_or(usize::MAX).min(rest.len());
            let (taken, left) = rest.split_at(count);
            rest = left;
            let segment = Segment {
                offset,
                bytes: taken.iter().map(|fragment| fragment.bytes).sum(),
                start_ticks,
                ticks: taken.iter().map(|fragment| fragment.ticks).sum(),
            };
            offset += segment.bytes;
            start_ticks += segment.ticks;
            segments.push(segment);
        }
        segments
    }

    /// Returns the longest time from one key frame to the next.
    #[must_use]
    pub fn key_frame_gap_s(&self) -> f64 {
        seconds(self.fragments.iter().map(|fragment| fragment.ticks).max().unwrap_or(0), self.timescale)
    }

    pub(crate) fn key_frames(&self) -> Vec<Segment> {
        let alone = vec![1; self.fragments.len()];
        let mut frames = self.segments(&alone);
        for (frame, fragment) in frames.iter_mut().zip(&self.fragments) {
            frame.bytes = fragment.key_bytes;
        }
        frames
    }

    pub(crate) fn start_s(&self) -> f64 {
        seconds(self.start_ticks, self.timescale)
    }

    pub(crate) fn end_s(&self) -> f64 {
        let ticks: u64 = self.fragments.iter().map(|fragment| fragment.ticks).sum();
        seconds(self.start_ticks + ticks, self.timescale)
    }

    pub(crate) fn grouped(&self) -> Vec<u32> {
        let mut groups = Vec::new();
        let (mut count, mut ticks) = (0, 0);
        let mut boundary_s = SEGMENT_S;
        for fragment in &self.fragments {
            count += 1;
            ticks += fragment.ticks;
            let done_s = seconds(ticks, self.timescale);
            if done_s + SAME_TIME_S >= boundary_s {
                groups.push(count);
                count = 0;
                while boundary_s <= done_s + SAME_TIME_S {
                    boundary_s += SEGMENT_S;
                }
            }
        }
        if count > 0 {
            groups.push(count);
        }
        groups
    }

    pub(crate) fn measure(&mut self, groups: &[u32]) {
        let segments = self.segments(groups);
        let bits_a_second =
            |bytes: u64, ticks: u64| bytes.saturating_mul(8).saturating_mul(u64::from(self.timescale)) / ticks.max(1);
        let bytes = segments.iter().map(|segment| segment.bytes).sum();
        let ticks = segments.iter().map(|segment| segment.ticks).sum();
        self.average_bandwidth = bits_a_second(bytes, ticks);
        // A short last segment says nothing about what a player has to sustain.
        let peak = segments
            .iter()
            .filter(|segment| seconds(segment.ticks, self.timescale) >= SEGMENT_S / 2.0)
            .map(|segment| bits_a_second(segment.bytes, segment.ticks))
            .max();
        self.bandwidth = peak.unwrap_or(0).max(self.average_bandwidth);
    }

    /// Whether key frames have the same times, so that a player can switch.
    pub(crate) fn aligned_with(&self, other: &Self) -> bool {
        let times = |track: &Self| {
            let mut ticks = track.start_ticks;
            track
                .fragments
                .iter()
                .map(|fragment| {
                    let at_s = seconds(ticks, track.timescale);
                    ticks += fragment.ticks;
                    at_s
                })
                .collect::<Vec<_>>()
        };
        let (mine, others) = (times(self), times(other));
        mine.len() == others.len() && mine.iter().zip(&others).all(|(one, two)| (one - two).abs() <= SAME_TIME_S)
    }
}

impl Stream {
    pub(crate) fn new(
        duration_s: f64,
        renditions: Vec<Rendition>,
        audio: Option<AudioRendition>,
    ) -> Result<Self, MediaError> {
        let groups = renditions.first().map_or_else(Vec::new, |rendition| rendition.track.grouped());
        let mut stream = Self { duration_s, renditions, audio, groups };
        stream.check_alignment()?;
        for rendition in &mut stream.renditions {
            rendition.track.measure(&stream.groups);
        }
        if let Some(audio) = &mut stream.audio {
            let groups = audio.track.grouped();
            audio.track.measure(&groups);
        }
        stream.sort();
        Ok(stream)
    }

    /// Takes the audio of `other` only if it has none.
    ///
    /// # Errors
    /// [`MediaError::Failed`] when the renditions are not aligned.
    pub fn merged(self, other: Self) -> Result<Self, MediaError> {
        let duration_s = self.duration_s.max(other.duration_s);
        let renditions = self.renditions.into_iter().chain(other.renditions).collect();
        Self::new(duration_s, renditions, self.audio.or(other.audio))
    }

    /// Removes renditions of nearly the bitrate of the next better one. Returns their files.
    pub fn thin_out(&mut self) -> Vec<String> {
        let mut dropped = Vec::new();
        let mut kept: Vec<Rendition> = Vec::new();
        for rendition in self.renditions.drain(..) {
            let worthwhile = kept.last().is_none_or(|better| {
                better.track.average_bandwidth_f64() >= rendition.track.average_bandwidth_f64() * WORTHWHILE_RATIO
            });
            if worthwhile {
                kept.push(rendition);
            } else {
                dropped.push(rendition.track.file);
            }
        }
        self.renditions = kept;
        dropped
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        let audio = self.audio.as_ref().map(|audio| &audio.track);
        self.renditions.iter().map(|rendition| &rendition.track).chain(audio).map(|track| track.file.as_str())
    }

    fn check_alignment(&self) -> Result<(), MediaError> {
        let Some((first, others)) = self.renditions.split_first() else {
            return Ok(());
        };
        match others.iter().find(|rendition| !rendition.track.aligned_with(&first.track)) {
            None => Ok(()),
            Some(other) => Err(MediaError::failed(format!(
                "The key frames of {} and {} do not lie at the same times.",
                first.track.file, other.track.file
            ))),
        }
    }

    fn sort(&mut self) {
        self.renditions.sort_by_key(|rendition| {
            std::cmp::Reverse((
                u64::from(rendition.width) * u64::from(rendition.height),
                rendition.track.average_bandwidth,
            ))
        });
    }
}

impl Track {
    #[expect(clippy::cast_precision_loss, reason = "only compared with another one")]
    fn average_bandwidth_f64(&self) -> f64 {
        self.average_bandwidth as f64
    }
}

#[cfg(test)]
mod tests;
