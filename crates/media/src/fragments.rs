//! Indexes the fragmented MP4 files that ffmpeg made: the head, the place and time of each fragment, and the codecs.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use mp4_atom::{Codec, Moof, Moov, Trak, Trex};

use crate::boxes::{box_body, box_header, decode};
use crate::error::MediaError;
use crate::stream::{Fragment, Track};

const HEAD_BYTES_MAX: u64 = 4 * 1024 * 1024;
const MOOF_BYTES_MAX: u64 = 16 * 1024 * 1024;
const FRAGMENTS_MAX: usize = 500_000;
const NOT_A_KEY: u32 = 0x0001_0000;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FragmentIndex {
    pub track: Track,
    /// Zero for audio.
    pub width: u32,
    pub height: u32,
    /// Zero for video.
    pub channels: u32,
    pub sample_rate: u32,
    pub samples: u64,
    /// Whether every fragment begins with a key frame.
    pub keyed: bool,
}

/// Blocks on the disk.
pub(crate) fn index(path: &Path) -> Result<FragmentIndex, MediaError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let broken = |what: &str| MediaError::failed(format!("{name} was made wrongly: {what}."));
    let mut file = File::open(path).map_err(|cause| MediaError::io("Opening a new file", &cause))?;
    let bytes = file.metadata().map_err(|cause| MediaError::io("Opening a new file", &cause))?.len();
    let mut reader = Reader { head: None, pending_bytes: 0, fragments: Vec::new(), open: None };
    let mut offset = 0;
    while offset < bytes {
        let (kind, size) = box_header(&mut file, offset, bytes).ok_or_else(|| broken("a box has no sensible size"))?;
        let body = |file: &mut File, bytes_max: u64| {
            box_body(file, offset, size, bytes_max).ok_or_else(|| broken("a box cannot be read"))
        };
        match &kind {
            b"moov" => {
                let moov = body(&mut file, HEAD_BYTES_MAX)?;
                reader.read_head(&moov, offset + size).ok_or_else(|| broken("its head cannot be parsed"))?;
            }
            b"moof" => {
                let moof = body(&mut file, MOOF_BYTES_MAX)?;
                reader.read_moof(&moof, size).ok_or_else(|| broken("a fragment cannot be parsed"))?;
            }
            b"mdat" => reader.read_data(size).ok_or_else(|| broken("it has data outside of a fragment"))?,
            // The trailing fragment list is for players that read whole files.
            b"mfra" => break,
            _ => reader.pending_bytes += if reader.head.is_some() { size } else { 0 },
        }
        if reader.fragments.len() > FRAGMENTS_MAX {
            return Err(broken("it has too many fragments"));
        }
        offset += size;
    }
    reader.finish(name, bytes).ok_or_else(|| broken("it has no complete fragment"))
}

struct Head {
    trak: Trak,
    trex: Trex,
    bytes: u64,
}

struct Open {
    start: i128,
    end: i128,
    head_bytes: u64,
    key_bytes: u64,
}

struct Finished {
    start: i128,
    end: i128,
    bytes: u64,
    key_bytes: u64,
    samples: u64,
    keyed: bool,
}

struct Reader {
    head: Option<Head>,
    /// Boxes between fragments count towards the next one.
    pending_bytes: u64,
    fragments: Vec<Finished>,
    open: Option<(Open, u64, bool)>,
}

impl Reader {
    fn read_head(&mut self, bytes: &[u8], head_bytes: u64) -> Option<()> {
        let moov: Moov = decode(bytes)?;
        let trak = moov.trak.into_iter().next()?;
        let trex = moov.mvex?.trex.into_iter().next()?;
        self.head = Some(Head { trak, trex, bytes: head_bytes });
        Some(())
    }

    fn read_moof(&mut self, bytes: &[u8], size: u64) -> Option<()> {
        let trex = &self.head.as_ref()?.trex;
        let moof: Moof = decode(bytes)?;
        let [traf] = moof.traf.as_slice() else {
            return None;
        };
        let mut at = i128::from(traf.tfdt.as_ref()?.base_media_decode_time.cast_signed());
        let (mut start, mut end, mut first, mut samples) = (i128::MAX, i128::MIN, None, 0_u64);
        for sample in traf.trun.iter().flat_map(|run| run.samples.iter()) {
            let ticks = sample.duration.or(traf.tfhd.default_sample_duration).unwrap_or(trex.default_sample_duration);
            let size = sample.size.or(traf.tfhd.default_sample_size).unwrap_or(trex.default_sample_size);
            let flags = sample.flags.or(traf.tfhd.default_sample_flags).unwrap_or(trex.default_sample_flags);
            let shown = at + i128::from(sample.cts.unwrap_or(0));
            if first.is_none() {
                first = Some((size, flags & NOT_A_KEY == 0));
                start = shown;
            }
            end = end.max(shown + i128::from(ticks));
            at += i128::from(ticks);
            samples += 1;
        }
        let (first_bytes, keyed) = first?;
        let head_bytes = std::mem::take(&mut self.pending_bytes) + size;
        let key_bytes = head_bytes + 8 + u64::from(first_bytes);
        self.open = Some((Open { start, end, head_bytes, key_bytes }, samples, keyed));
        Some(())
    }

    fn read_data(&mut self, size: u64) -> Option<()> {
        let (open, samples, keyed) = self.open.take()?;
        let bytes = open.head_bytes + size;
        let key_bytes = open.key_bytes.min(bytes);
        self.fragments.push(Finished { start: open.start, end: open.end, bytes, key_bytes, samples, keyed });
        Some(())
    }

    fn finish(self, name: &str, bytes: u64) -> Option<FragmentIndex> {
        let Head { trak, bytes: head_bytes, .. } = self.head?;
        let start = self.fragments.first()?.start;
        let last_end = self.fragments.iter().map(|fragment| fragment.end).max()?;
        let ends = self.fragments.iter().skip(1).map(|next| next.start).chain([last_end]);
        let fragments = self
            .fragments
            .iter()
            .zip(ends)
            .map(|(fragment, end)| {
                Some(Fragment {
                    bytes: fragment.bytes,
                    ticks: u64::try_from(end - fragment.start).ok()?,
                    key_bytes: fragment.key_bytes,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let format = format(trak.mdia.minf.stbl.stsd.codecs.first()?)?;
        Some(FragmentIndex {
            track: Track {
                file: name.to_owned(),
                bytes,
                codecs: format.codecs,
                bandwidth: 0,
                average_bandwidth: 0,
                timescale: trak.mdia.mdhd.timescale,
                head_bytes,
                // Audio may begin before zero by the padding of its encoder.
                start_ticks: u64::try_from(start).unwrap_or(0),
                fragments,
            },
            width: format.width,
            height: format.height,
            channels: format.channels,
            sample_rate: format.sample_rate,
            samples: self.fragments.iter().map(|fragment| fragment.samples).sum(),
            keyed: self.fragments.iter().all(|fragment| fragment.keyed),
        })
    }
}

struct TrackFormat {
    codecs: String,
    width: u32,
    height: u32,
    channels: u32,
    sample_rate: u32,
}

fn format(codec: &Codec) -> Option<TrackFormat> {
    let video = |codecs: String, visual: &mp4_atom::Visual| TrackFormat {
        codecs,
        width: u32::from(visual.width),
        height: u32::from(visual.height),
        channels: 0,
        sample_rate: 0,
    };
    let audio = |codecs: String, audio: &mp4_atom::Audio| TrackFormat {
        codecs,
        width: 0,
        height: 0,
        channels: u32::from(audio.channel_count),
        sample_rate: u32::from(audio.sample_rate.integer()),
    };
    Some(match codec {
        Codec::Avc1(entry) => video(
            format!(
                "avc1.{:02x}{:02x}{:02x}",
                entry.avcc.avc_profile_indication, entry.avcc.profile_compatibility, entry.avcc.avc_level_indication
            ),
            &entry.visual,
        ),
        Codec::Hvc1(entry) => video(hevc_name(&entry.hvcc), &entry.visual),
        Codec::Vp09(entry) => video(
            format!("vp09.{:02}.{:02}.{:02}", entry.vpcc.profile, entry.vpcc.level, entry.vpcc.bit_depth),
            &entry.visual,
        ),
        Codec::Av01(entry) => {
            let depth = match (entry.av1c.high_bitdepth, entry.av1c.twelve_bit) {
                (true, true) => 12,
                (true, false) => 10,
                (false, _) => 8,
            };
            let tier = if entry.av1c.seq_tier_0 { 'H' } else { 'M' };
            let name = format!("av01.{}.{:02}{tier}.{depth:02}", entry.av1c.seq_profile, entry.av1c.seq_level_idx_0);
            video(name, &entry.visual)
        }
        Codec::Mp4a(entry) => {
            let config = &entry.esds.es_desc.dec_config;
            let name = match (config.object_type_indication, &config.dec_specific) {
                (0x40, Some(specific)) => format!("mp4a.40.{}", specific.profile),
                (0x40, None) => "mp4a.40.2".to_owned(),
                (other, _) => format!("mp4a.{other:02x}"),
            };
            let mut format = audio(name, &entry.audio);
            // ffmpeg always writes two channels into the entry; the decoder configuration is right.
            match config.dec_specific.as_ref().map(|specific| specific.chan_conf) {
                Some(7) => format.channels = 8,
                Some(count @ 1..=6) => format.channels = u32::from(count),
                _ => {}
            }
            format
        }
        Codec::Opus(entry) => audio("opus".to_owned(), &entry.audio),
        _ => return None,
    })
}

/// `hvc1.` with profile, reversed compatibility bits, tier, level and constraints.
fn hevc_name(config: &mp4_atom::Hvcc) -> String {
    let space = ["", "A", "B", "C"][usize::from(config.general_profile_space & 3)];
    let compatibility = u32::from_be_bytes(config.general_profile_compatibility_flags).reverse_bits();
    let tier = if config.general_tier_flag { 'H' } else { 'L' };
    let mut name =
        format!("hvc1.{space}{}.{compatibility:X}.{tier}{}", config.general_profile_idc, config.general_level_idc);
    let flags = config.general_constraint_indicator_flags;
    let used = flags.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in &flags[..used] {
        // Writing to a string cannot fail.
        let _ = write!(name, ".{byte:X}");
    }
    name
}

#[cfg(test)]
mod tests;
