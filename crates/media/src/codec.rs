//! The accepted codecs and the decoders that ffmpeg may open for each.
//!
//! Most security bugs of ffmpeg are in its rare decoders, so only those that cameras, phones, recorders and editors
//! write are allowed (T8).

use serde::{Deserialize, Serialize};

macro_rules! codecs {
    ($(#[$note:meta])* $name:ident { $($variant:ident $probe:literal $decoders:literal $shown:literal,)+ }) => {
        $(#[$note])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),+ }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            pub(crate) fn from_probe(name: &str) -> Option<Self> {
                match name { $($probe => Some(Self::$variant),)+ _ => None }
            }

            pub(crate) const fn decoders(self) -> &'static str {
                match self { $(Self::$variant => $decoders),+ }
            }

            pub(crate) const fn label(self) -> &'static str {
                match self { $(Self::$variant => $shown),+ }
            }
        }
    };
}

codecs! {
    VideoCodec {
        H264 "h264" "h264" "H.264",
        Hevc "hevc" "hevc" "HEVC",
        Av1 "av1" "libdav1d,libaom-av1,av1" "AV1",
        Vp8 "vp8" "vp8,libvpx" "VP8",
        Vp9 "vp9" "vp9,libvpx-vp9" "VP9",
        Vp6 "vp6f" "vp6f" "VP6",
        Mpeg1 "mpeg1video" "mpeg1video" "MPEG-1",
        Mpeg2 "mpeg2video" "mpeg2video" "MPEG-2",
        Mpeg4 "mpeg4" "mpeg4" "MPEG-4",
        MsMpeg4V2 "msmpeg4v2" "msmpeg4v2" "MS-MPEG-4 v2",
        MsMpeg4V3 "msmpeg4v3" "msmpeg4" "MS-MPEG-4 v3",
        H263 "h263" "h263" "H.263",
        Flv1 "flv1" "flv" "Sorenson H.263",
        Theora "theora" "theora" "Theora",
        Wmv1 "wmv1" "wmv1" "WMV 7",
        Wmv2 "wmv2" "wmv2" "WMV 8",
        Wmv3 "wmv3" "wmv3" "WMV 9",
        Vc1 "vc1" "vc1" "VC-1",
        MotionJpeg "mjpeg" "mjpeg" "Motion JPEG",
        ProRes "prores" "prores" "ProRes",
        DnxHd "dnxhd" "dnxhd" "DNxHD",
        Dv "dvvideo" "dvvideo" "DV",
    }
}

codecs! {
    AudioCodec {
        Aac "aac" "aac" "AAC",
        Mp3 "mp3" "mp3float,mp3" "MP3",
        Mp2 "mp2" "mp2float,mp2" "MP2",
        Ac3 "ac3" "ac3,ac3_fixed" "AC-3",
        Eac3 "eac3" "eac3" "E-AC-3",
        Dts "dts" "dca" "DTS",
        Opus "opus" "opus,libopus" "Opus",
        Vorbis "vorbis" "vorbis,libvorbis" "Vorbis",
        Flac "flac" "flac" "FLAC",
        Alac "alac" "alac" "ALAC",
        AmrNarrow "amr_nb" "amrnb,libopencore_amrnb" "AMR",
        AmrWide "amr_wb" "amrwb,libopencore_amrwb" "AMR-WB",
        Wma1 "wmav1" "wmav1" "WMA 1",
        Wma2 "wmav2" "wmav2" "WMA 2",
        WmaPro "wmapro" "wmapro" "WMA Pro",
        Nellymoser "nellymoser" "nellymoser" "Nellymoser",
        AdpcmMs "adpcm_ms" "adpcm_ms" "ADPCM",
        AdpcmIma "adpcm_ima_wav" "adpcm_ima_wav" "ADPCM",
        AdpcmImaQt "adpcm_ima_qt" "adpcm_ima_qt" "ADPCM",
        AdpcmSwf "adpcm_swf" "adpcm_swf" "ADPCM",
        PcmALaw "pcm_alaw" "pcm_alaw" "PCM",
        PcmMuLaw "pcm_mulaw" "pcm_mulaw" "PCM",
        PcmU8 "pcm_u8" "pcm_u8" "PCM",
        PcmS16Le "pcm_s16le" "pcm_s16le" "PCM",
        PcmS16Be "pcm_s16be" "pcm_s16be" "PCM",
        PcmS24Le "pcm_s24le" "pcm_s24le" "PCM",
        PcmS24Be "pcm_s24be" "pcm_s24be" "PCM",
        PcmS32Le "pcm_s32le" "pcm_s32le" "PCM",
        PcmS32Be "pcm_s32be" "pcm_s32be" "PCM",
        PcmF32Le "pcm_f32le" "pcm_f32le" "PCM",
        PcmF32Be "pcm_f32be" "pcm_f32be" "PCM",
        PcmF64Le "pcm_f64le" "pcm_f64le" "PCM",
        PcmDvd "pcm_dvd" "pcm_dvd" "PCM",
        PcmBluray "pcm_bluray" "pcm_bluray" "PCM",
    }
}

pub(crate) const COVER_DECODERS: &str = "png,mjpeg,bmp,gif,webp";

/// Decoders of the subtitles that become captions.
pub(crate) const TEXT_SUBTITLE_DECODERS: &str = "mov_text,subrip,srt,ass,ssa,webvtt,text";
/// Decoders of other subtitles, from which nothing is ever decoded.
const OTHER_SUBTITLE_DECODERS: &str = "dvbsub,dvdsub,pgssub,xsub,cc_dec,libzvbi_teletextdec,libaribb24,libaribcaption";
const TEXT_SUBTITLES: [&str; 5] = ["mov_text", "subrip", "ass", "webvtt", "text"];

pub(crate) fn is_text_subtitle(codec: &str) -> bool {
    TEXT_SUBTITLES.contains(&codec)
}

/// All that ffprobe needs: it opens a decoder for every stream of a file, also for those that nobody asked for.
pub(crate) fn probe_decoders() -> String {
    let mut names: Vec<&str> = VideoCodec::ALL.iter().map(|codec| codec.decoders()).collect();
    names.extend(AudioCodec::ALL.iter().map(|codec| codec.decoders()));
    names.extend([COVER_DECODERS, TEXT_SUBTITLE_DECODERS, OTHER_SUBTITLE_DECODERS]);
    names.join(",")
}

pub(crate) fn join_labels(labels: impl Iterator<Item = &'static str>) -> String {
    let mut shown: Vec<&str> = Vec::new();
    for label in labels {
        if !shown.contains(&label) {
            shown.push(label);
        }
    }
    shown.join(", ")
}
