//! A DASH manifest over the same bytes as the HLS playlists: segment lists with byte ranges.

use std::fmt::Write as _;

use crate::stream::{Segment, Stream, Track};
use quick_xml::escape::escape;

/// The manifest; `url` turns the name of a file into the address of its bytes.
#[must_use]
pub fn manifest(stream: &Stream, url: &mut dyn FnMut(&str) -> String) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"urn:mpeg:dash:profile:full:2011\" \
         type=\"static\" minBufferTime=\"PT4S\" mediaPresentationDuration=\"PT{:.3}S\">\n<Period>\n",
        stream.duration_s
    );
    if !stream.rungs.is_empty() {
        text.push_str("<AdaptationSet contentType=\"video\" mimeType=\"video/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\">\n");
        for (number, rung) in stream.rungs.iter().enumerate() {
            let traits = format!(
                "width=\"{}\" height=\"{}\" frameRate=\"{:.0}/1000\"",
                rung.width,
                rung.height,
                rung.fps * 1000.0
            );
            let segments = rung.track.segments(&stream.groups);
            representation(&mut text, &format!("v{number}"), &traits, &rung.track, &segments, url);
        }
        text.push_str("</AdaptationSet>\n");
    }
    if let Some(sound) = &stream.sound {
        text.push_str("<AdaptationSet contentType=\"audio\" mimeType=\"audio/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\">\n");
        let traits = format!("audioSamplingRate=\"{}\"", sound.sample_rate);
        let segments = sound.track.segments(&sound.track.grouped());
        representation(&mut text, "a0", &traits, &sound.track, &segments, url);
        text.push_str("</AdaptationSet>\n");
    }
    text.push_str("</Period>\n</MPD>\n");
    text
}

fn representation(
    text: &mut String,
    id: &str,
    traits: &str,
    track: &Track,
    segments: &[Segment],
    url: &mut dyn FnMut(&str) -> String,
) {
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "<Representation id=\"{id}\" codecs=\"{}\" bandwidth=\"{}\" {traits}>\n<BaseURL>{}</BaseURL>\n\
         <SegmentList timescale=\"{}\">\n<Initialization range=\"0-{}\"/>\n<SegmentTimeline>\n",
        track.codecs,
        track.bandwidth,
        escape(&url(&track.file)),
        track.timescale,
        track.head_bytes.saturating_sub(1)
    );
    for segment in segments {
        let _ = writeln!(text, "<S t=\"{}\" d=\"{}\"/>", segment.start_ticks, segment.ticks);
    }
    text.push_str("</SegmentTimeline>\n");
    for segment in segments {
        let last = (segment.offset + segment.bytes).saturating_sub(1);
        let _ = writeln!(text, "<SegmentURL mediaRange=\"{}-{last}\"/>", segment.offset);
    }
    text.push_str("</SegmentList>\n</Representation>\n");
}
