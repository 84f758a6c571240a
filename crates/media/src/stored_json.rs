//! The JSON of the types that the server stores in its database, as earlier versions wrote it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{AudioCodec, VideoCodec};
use crate::container::Container;
use crate::info::{AudioStream, Chroma, MediaInfo, Primaries, Transfer, VideoStream};
use crate::storyboard::Storyboard;
use crate::stream::{AudioRendition, Fragment, Rendition, Stream, Track, VideoRange};

#[track_caller]
fn assert_json<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, json: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(json).unwrap(), value);
}

#[track_caller]
fn assert_names<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(all: &[T], names: &str) {
    let written: Vec<String> = all.iter().map(|value| serde_json::to_string(value).unwrap().replace('"', "")).collect();
    assert_eq!(written.join(" "), names);
    for (value, name) in all.iter().zip(names.split(' ')) {
        assert_eq!(&serde_json::from_str::<T>(&format!("\"{name}\"")).unwrap(), value);
    }
}

fn track(file: &str) -> Track {
    Track {
        file: file.to_owned(),
        bytes: 5000,
        codecs: "avc1.64001e".to_owned(),
        bandwidth: 900,
        average_bandwidth: 800,
        timescale: 12_800,
        head_bytes: 1200,
        start_ticks: 512,
        fragments: vec![Fragment { bytes: 3000, ticks: 25_600, key_bytes: 700 }],
    }
}

#[test]
fn a_stream_keeps_its_names() {
    let stream = Stream {
        duration_s: 2.0,
        renditions: vec![Rendition {
            width: 640,
            height: 360,
            fps: 25.0,
            video_range: VideoRange::Sdr,
            copied: true,
            track: track("video360.mp4"),
        }],
        audio: Some(AudioRendition { channels: 2, sample_rate: 48_000, copied: false, track: track("sound.mp4") }),
        groups: vec![1],
    };
    let json = concat!(
        r#"{"duration_s":2.0,"rungs":[{"width":640,"height":360,"fps":25.0,"video_range":"SDR","#,
        r#""copied":true,"track":{"file":"video360.mp4","bytes":5000,"codecs":"avc1.64001e","#,
        r#""bandwidth":900,"average_bandwidth":800,"timescale":12800,"head_bytes":1200,"#,
        r#""start_ticks":512,"fragments":[[3000,25600,700]]}}],"sound":{"channels":2,"#,
        r#""sample_rate":48000,"copied":false,"track":{"file":"sound.mp4","bytes":5000,"#,
        r#""codecs":"avc1.64001e","bandwidth":900,"average_bandwidth":800,"timescale":12800,"#,
        r#""head_bytes":1200,"start_ticks":512,"fragments":[[3000,25600,700]]}},"groups":[1]}"#,
    );
    assert_json(&stream, json);
    assert_names(&[VideoRange::Sdr, VideoRange::Pq, VideoRange::Hlg], "SDR PQ HLG");
}

#[test]
fn a_storyboard_keeps_its_names() {
    let storyboard = Storyboard {
        sprites: vec!["storyboard0.jpg".to_owned()],
        interval_s: 2.0,
        duration_s: 61.5,
        count: 31,
        columns: 10,
        rows: 4,
        tile_width: 160,
        tile_height: 90,
    };
    let json = concat!(
        r#"{"sheets":["storyboard0.jpg"],"interval_s":2.0,"duration_s":61.5,"count":31,"columns":10,"#,
        r#""rows":4,"tile_width":160,"tile_height":90}"#,
    );
    assert_json(&storyboard, json);
}

#[test]
fn what_a_probe_found_keeps_its_names() {
    let info = MediaInfo {
        container: Container::Mp4,
        bytes: 123_456,
        duration_s: 61.5,
        width: 1920,
        height: 1080,
        video: Some(VideoStream {
            index: 0,
            codec: VideoCodec::H264,
            profile: Some("High".to_owned()),
            level: Some(40),
            pixel_format: "yuv420p".to_owned(),
            chroma: Chroma::Yuv420,
            bit_depth: 8,
            coded_width: 1920,
            coded_height: 1080,
            pixel_aspect: 1.0,
            rotation_degrees: 90,
            turned: true,
            fps_average: 29.97,
            fps_nominal: 30.0,
            interlaced: false,
            transfer: Transfer::Sdr,
            primaries: Primaries::Bt709,
            full_range: false,
            dolby_vision: None,
            bit_rate: Some(4_000_000),
            frames: Some(1843),
            start_s: 0.08,
        }),
        audio: Some(AudioStream {
            index: 1,
            codec: AudioCodec::Aac,
            profile: Some("LC".to_owned()),
            channels: 2,
            sample_rate: 48_000,
            bit_rate: None,
            start_s: 0.0,
        }),
        cover: Some(2),
        bit_rate: 4_100_000,
        streams: 3,
        subtitles: Vec::new(),
    };
    let json = concat!(
        r#"{"container":"mp4","bytes":123456,"duration_s":61.5,"width":1920,"height":1080,"#,
        r#""video":{"index":0,"codec":"h264","profile":"High","level":40,"pixel_format":"yuv420p","#,
        r#""chroma":"quarter","bit_depth":8,"coded_width":1920,"coded_height":1080,"pixel_aspect":1.0,"#,
        r#""rotation_degrees":90,"turned":true,"fps_average":29.97,"fps_nominal":30.0,"#,
        r#""interlaced":false,"transfer":"sdr","primaries":"bt709","full_range":false,"#,
        r#""dolby_vision":null,"bit_rate":4000000,"frames":1843,"start_s":0.08},"audio":{"index":1,"#,
        r#""codec":"aac","profile":"LC","channels":2,"sample_rate":48000,"bit_rate":null,"#,
        r#""start_s":0.0},"cover":2,"bit_rate":4100000,"streams":3}"#,
    );
    assert_json(&info, json);
}

#[test]
fn formats_and_codecs_keep_their_names() {
    assert_names(
        &Container::ALL,
        "mp4 mov three_gp m4a matroska web_m avi mpeg_ts mpeg_ps flv ogg asf mp3 wav flac aac",
    );
    assert_names(
        VideoCodec::ALL,
        "h264 hevc av1 vp8 vp9 vp6 mpeg1 mpeg2 mpeg4 ms_mpeg4_v2 ms_mpeg4_v3 h263 flv1 theora wmv1 \
         wmv2 wmv3 vc1 motion_jpeg pro_res dnx_hd dv",
    );
    assert_names(
        AudioCodec::ALL,
        "aac mp3 mp2 ac3 eac3 dts opus vorbis flac alac amr_narrow amr_wide wma1 wma2 wma_pro \
         nellymoser adpcm_ms adpcm_ima adpcm_ima_qt adpcm_swf pcm_a_law pcm_mu_law pcm_u8 \
         pcm_s16_le pcm_s16_be pcm_s24_le pcm_s24_be pcm_s32_le pcm_s32_be pcm_f32_le pcm_f32_be \
         pcm_f64_le pcm_dvd pcm_bluray",
    );
    assert_names(
        &[Chroma::Gray, Chroma::Yuv420, Chroma::Yuv422, Chroma::Yuv444, Chroma::Rgb],
        "gray quarter half full rgb",
    );
    assert_names(&[Transfer::Sdr, Transfer::Pq, Transfer::Hlg], "sdr pq hlg");
    assert_names(
        &[Primaries::Bt709, Primaries::Bt601, Primaries::Bt2020, Primaries::Other],
        "bt709 bt601 bt2020 other",
    );
}
