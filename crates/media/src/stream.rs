//! An adaptive stream as data: which bytes of which file are which moment. Playlists are written
//! from it for each viewer, so that every file can have its own signed address.

use serde::{Deserialize, Serialize};

use crate::error::MediaError;

/// The wished length of a segment; one ends at the first key frame after it.
pub const SEGMENT_S: f64 = 4.0;
/// How far key frames of two rungs may lie apart and still be the same moment.
const SAME_MOMENT_S: f64 = 0.02;
/// A rung that costs nearly as little as the one above it helps nobody.
const WORTHWHILE_RATIO: f64 = 1.2;

/// All that a player can choose from. Rungs are sorted, the best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    pub duration_s: f64,
    pub rungs: Vec<Rung>,
    pub sound: Option<Sound>,
    /// How many fragments of a rung make one segment, the same for all of them.
    pub groups: Vec<u32>,
}

/// One size of the moving picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    pub width: u32,
    pub height: u32,
    pub fps: f64,
    pub video_range: VideoRange,
    /// Taken over from the upload without encoding it anew.
    pub copied: bool,
    pub track: Track,
}

/// The sound, once for all rungs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sound {
    pub channels: u32,
    pub sample_rate: u32,
    pub copied: bool,
    pub track: Track,
}

/// How bright a rung can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VideoRange {
    Sdr,
    Pq,
    Hlg,
}

/// One file: a head that sets up the decoder, then fragments without a gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// The file's name in the scratch folder it was made in.
    pub file: String,
    pub bytes: u64,
    /// As in RFC 6381, read from the file.
    pub codecs: String,
    /// Measured bits a second: in the most expensive segment, and on average.
    pub bandwidth: u64,
    pub average_bandwidth: u64,
    /// Ticks a second.
    pub timescale: u32,
    pub head_bytes: u64,
    pub start_ticks: u64,
    pub fragments: Vec<Fragment>,
}

/// From one key frame to before the next, stored as `[bytes, ticks, key_bytes]` to keep the
/// database small: a film of two hours has thousands of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64)", into = "(u64, u64, u64)")]
pub struct Fragment {
    pub bytes: u64,
    pub ticks: u64,
    /// So many of its first bytes suffice to show the key frame.
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

/// A range of a file that players ask for at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub offset: u64,
    pub bytes: u64,
    pub start_ticks: u64,
    pub ticks: u64,
}

#[expect(clippy::cast_precision_loss, reason = "a film's ticks are far below the 52 bits that a float keeps exactly")]
pub(crate) fn seconds(ticks: u64, timescale: u32) -> f64 {
    ticks as f64 / f64::from(timescale.max(1))
}

impl Track {
    /// The segments when so many fragments each are taken together.
    #[must_use]
    pub fn segments(&self, groups: &[u32]) -> Vec<Segment> {
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

    /// Each key frame alone, for scrubbing: its bytes, and how long it stands for.
    #[must_use]
    pub fn key_frames(&self) -> Vec<Segment> {
        let alone = vec![1; self.fragments.len()];
        let mut frames = self.segments(&alone);
        for (frame, fragment) in frames.iter_mut().zip(&self.fragments) {
            frame.bytes = fragment.key_bytes;
        }
        frames
    }

    #[must_use]
    pub fn start_s(&self) -> f64 {
        seconds(self.start_ticks, self.timescale)
    }

    /// When the last fragment ends.
    #[must_use]
    pub fn end_s(&self) -> f64 {
        let ticks: u64 = self.fragments.iter().map(|fragment| fragment.ticks).sum();
        seconds(self.start_ticks + ticks, self.timescale)
    }

    /// How many fragments make a segment of the wished length, one group after the other.
    #[must_use]
    pub fn grouped(&self) -> Vec<u32> {
        let mut groups = Vec::new();
        let (mut count, mut ticks) = (0, 0);
        let mut boundary_s = SEGMENT_S;
        for fragment in &self.fragments {
            count += 1;
            ticks += fragment.ticks;
            let done_s = seconds(ticks, self.timescale);
            if done_s + SAME_MOMENT_S >= boundary_s {
                groups.push(count);
                count = 0;
                while boundary_s <= done_s + SAME_MOMENT_S {
                    boundary_s += SEGMENT_S;
                }
            }
        }
        if count > 0 {
            groups.push(count);
        }
        groups
    }

    /// Measures what the track costs, segment by segment.
    pub(crate) fn measure(&mut self, groups: &[u32]) {
        let segments = self.segments(groups);
        let bits_a_second =
            |bytes: u64, ticks: u64| bytes.saturating_mul(8).saturating_mul(u64::from(self.timescale)) / ticks.max(1);
        let bytes = segments.iter().map(|segment| segment.bytes).sum();
        let ticks = segments.iter().map(|segment| segment.ticks).sum();
        self.average_bandwidth = bits_a_second(bytes, ticks);
        // A last segment of a few frames says nothing about what a player has to sustain.
        let peak = segments
            .iter()
            .filter(|segment| seconds(segment.ticks, self.timescale) >= SEGMENT_S / 2.0)
            .map(|segment| bits_a_second(segment.bytes, segment.ticks))
            .max();
        self.bandwidth = peak.unwrap_or(0).max(self.average_bandwidth);
    }

    /// Whether both have their key frames at the same moments, so that a player can change over.
    #[must_use]
    pub fn aligned_with(&self, other: &Self) -> bool {
        let moments = |track: &Self| {
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
        let (mine, others) = (moments(self), moments(other));
        mine.len() == others.len() && mine.iter().zip(&others).all(|(one, two)| (one - two).abs() <= SAME_MOMENT_S)
    }
}

impl Stream {
    /// Puts rungs and sound together and measures them; refuses rungs that do not fit each other.
    pub(crate) fn new(duration_s: f64, rungs: Vec<Rung>, sound: Option<Sound>) -> Result<Self, MediaError> {
        let groups = rungs.first().map_or_else(Vec::new, |rung| rung.track.grouped());
        let mut stream = Self { duration_s, rungs, sound, groups };
        stream.check_alignment()?;
        for rung in &mut stream.rungs {
            rung.track.measure(&stream.groups);
        }
        if let Some(sound) = &mut stream.sound {
            let groups = sound.track.grouped();
            sound.track.measure(&groups);
        }
        stream.sort();
        Ok(stream)
    }

    /// The stream with another one's rungs added, and its sound where there was none.
    pub fn merged(self, other: Self) -> Result<Self, MediaError> {
        let duration_s = self.duration_s.max(other.duration_s);
        let rungs = self.rungs.into_iter().chain(other.rungs).collect();
        Self::new(duration_s, rungs, self.sound.or(other.sound))
    }

    /// Takes out the rungs that cost nearly as much as the next better one; gives their files,
    /// which nobody needs any more.
    pub fn thin_out(&mut self) -> Vec<String> {
        let mut dropped = Vec::new();
        let mut kept: Vec<Rung> = Vec::new();
        for rung in self.rungs.drain(..) {
            let worthwhile = kept.last().is_none_or(|better| {
                better.track.average_bandwidth_f64() >= rung.track.average_bandwidth_f64() * WORTHWHILE_RATIO
            });
            if worthwhile {
                kept.push(rung);
            } else {
                dropped.push(rung.track.file);
            }
        }
        self.rungs = kept;
        dropped
    }

    /// The names of all files the stream consists of.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let sound = self.sound.as_ref().map(|sound| &sound.track);
        self.rungs.iter().map(|rung| &rung.track).chain(sound).map(|track| track.file.as_str())
    }

    fn check_alignment(&self) -> Result<(), MediaError> {
        let Some((first, others)) = self.rungs.split_first() else {
            return Ok(());
        };
        match others.iter().find(|rung| !rung.track.aligned_with(&first.track)) {
            None => Ok(()),
            Some(stray) => Err(MediaError::failed(format!(
                "The key frames of {} and {} do not lie at the same moments.",
                first.track.file, stray.track.file
            ))),
        }
    }

    fn sort(&mut self) {
        self.rungs.sort_by_key(|rung| {
            std::cmp::Reverse((u64::from(rung.width) * u64::from(rung.height), rung.track.average_bandwidth))
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
