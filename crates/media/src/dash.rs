//! DASH manifests over the same bytes as the HLS playlists: segment lists with byte ranges.

use std::io::Result;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::stream::{Segment, Stream, Track};

type Xml = Writer<Vec<u8>>;
type Attribute = (&'static str, String);

/// `url` maps a file's name to its URL.
#[must_use]
pub fn manifest(stream: &Stream, url: &mut dyn FnMut(&str) -> String) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    // Writing to memory cannot fail.
    let _ = write_manifest(&mut xml, stream, url);
    String::from_utf8_lossy(&xml.into_inner()).into_owned()
}

fn write_manifest(xml: &mut Xml, stream: &Stream, url: &mut dyn FnMut(&str) -> String) -> Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let attributes = [
        ("xmlns", "urn:mpeg:dash:schema:mpd:2011".to_owned()),
        ("profiles", "urn:mpeg:dash:profile:full:2011".to_owned()),
        ("type", "static".to_owned()),
        ("minBufferTime", "PT4S".to_owned()),
        ("mediaPresentationDuration", format!("PT{:.3}S", stream.duration_s)),
    ];
    element(xml, "MPD", &attributes, |xml| {
        element(xml, "Period", &[], |xml| {
            if !stream.renditions.is_empty() {
                adaptation_set(xml, "video", |xml| video_representations(xml, stream, url))?;
            }
            let Some(audio) = &stream.audio else { return Ok(()) };
            adaptation_set(xml, "audio", |xml| {
                let attributes = [("audioSamplingRate", audio.sample_rate.to_string())];
                let segments = audio.track.segments(&audio.track.grouped());
                representation(xml, "a0", &attributes, &audio.track, &segments, url)
            })
        })
    })
}

fn adaptation_set(xml: &mut Xml, content_type: &str, content: impl FnOnce(&mut Xml) -> Result<()>) -> Result<()> {
    let attributes = [
        ("contentType", content_type.to_owned()),
        ("mimeType", format!("{content_type}/mp4")),
        ("segmentAlignment", "true".to_owned()),
        ("startWithSAP", "1".to_owned()),
    ];
    element(xml, "AdaptationSet", &attributes, content)
}

fn video_representations(xml: &mut Xml, stream: &Stream, url: &mut dyn FnMut(&str) -> String) -> Result<()> {
    for (number, rendition) in stream.renditions.iter().enumerate() {
        let attributes = [
            ("width", rendition.width.to_string()),
            ("height", rendition.height.to_string()),
            ("frameRate", format!("{:.0}/1000", rendition.fps * 1000.0)),
        ];
        let segments = rendition.track.segments(&stream.groups);
        representation(xml, &format!("v{number}"), &attributes, &rendition.track, &segments, url)?;
    }
    Ok(())
}

fn representation(
    xml: &mut Xml,
    id: &str,
    attributes: &[Attribute],
    track: &Track,
    segments: &[Segment],
    url: &mut dyn FnMut(&str) -> String,
) -> Result<()> {
    let common = [("id", id.to_owned()), ("codecs", track.codecs.clone()), ("bandwidth", track.bandwidth.to_string())];
    element(xml, "Representation", &[&common, attributes].concat(), |xml| {
        xml.create_element("BaseURL").write_text_content(BytesText::new(&url(&track.file)))?;
        element(xml, "SegmentList", &[("timescale", track.timescale.to_string())], |xml| {
            empty(xml, "Initialization", &[("range", range(0, track.head_bytes))])?;
            element(xml, "SegmentTimeline", &[], |xml| {
                for segment in segments {
                    let (start, duration) = (segment.start_ticks.to_string(), segment.ticks.to_string());
                    empty(xml, "S", &[("t", start), ("d", duration)])?;
                }
                Ok(())
            })?;
            for segment in segments {
                empty(xml, "SegmentURL", &[("mediaRange", range(segment.offset, segment.bytes))])?;
            }
            Ok(())
        })
    })
}

/// Both ends are inclusive.
fn range(offset: u64, bytes: u64) -> String {
    format!("{offset}-{}", (offset + bytes).saturating_sub(1))
}

fn element(
    xml: &mut Xml,
    name: &str,
    attributes: &[Attribute],
    content: impl FnOnce(&mut Xml) -> Result<()>,
) -> Result<()> {
    let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
    xml.create_element(name).with_attributes(attributes).write_inner_content(content)?;
    Ok(())
}

fn empty(xml: &mut Xml, name: &str, attributes: &[Attribute]) -> Result<()> {
    let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
    xml.create_element(name).with_attributes(attributes).write_empty()?;
    Ok(())
}
