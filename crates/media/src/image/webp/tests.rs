use image::{DynamicImage, ImageFormat};

use super::{LOSSLESS_BYTES_MAX, bytes_held, lossless_bytes, lossy_sizes};

fn part(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    [&kind[..], &length, data, &vec![0; data.len() % 2]].concat()
}

/// An image of 16 by 16 pixels, which says so twice.
fn extended(flags: u8, parts: &[u8]) -> Vec<u8> {
    let header = part(*b"VP8X", &[flags, 0, 0, 0, 15, 0, 0, 15, 0, 0]);
    part(*b"RIFF", &[b"WEBP", &header[..], parts].concat())
}

fn lossy(width: u16, height: u16) -> Vec<u8> {
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    part(*b"VP8 ", &[&[0, 0, 0, 0x9d, 1, 0x2a], &size[..], &[0; 9]].concat())
}

#[test]
fn t12_frames_larger_than_their_image_are_refused_before_decoding() {
    assert_eq!(bytes_held(&extended(0, &lossy(16, 16))).unwrap(), 16 * 16 * 3 / 2);
    assert!(bytes_held(&extended(0, &lossy(16_383, 16))).is_err());
    let frame = part(*b"ANMF", &[&[0; 16], &lossy(16, 16_383)[..]].concat());
    let animation = [part(*b"ANIM", &[0; 6]), frame].concat();
    assert!(bytes_held(&extended(2, &animation)).is_err());
    assert_eq!(lossy_sizes(&animation).collect::<Vec<_>>(), [(16, 16_383)]);
}

#[test]
fn t12_much_lossless_data_is_refused_before_decoding() {
    for (kind, image) in [(*b"VP8L", Vec::new()), (*b"ALPH", lossy(16, 16))] {
        let file = |length: usize| {
            let mut data = vec![0; length];
            // The head of a lossless image of 16 by 16 pixels.
            data[..5].copy_from_slice(&[0x2f, 15, 0xc0, 3, 0]);
            [part(kind, &data), image.clone()].concat()
        };
        let refusal = |length| bytes_held(&extended(0x10, &file(length))).map_err(|error| error.to_string());
        assert!(refusal(LOSSLESS_BYTES_MAX + 1).unwrap_err().contains("512 KiB"), "{kind:?}");
        assert!(refusal(LOSSLESS_BYTES_MAX).is_ok(), "{kind:?}");
        let frame = part(*b"ANMF", &[&[0; 16], &file(LOSSLESS_BYTES_MAX + 1)[..]].concat());
        assert_eq!(lossless_bytes(&frame), LOSSLESS_BYTES_MAX + 1, "{kind:?}");
    }
}

#[test]
fn what_is_held_depends_on_the_kind() {
    let held = |image: DynamicImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::WebP).unwrap();
        bytes_held(bytes.get_ref()).unwrap()
    };
    assert_eq!(held(DynamicImage::new_rgb8(20, 10)), 4 * 20 * 10);
    assert_eq!(held(DynamicImage::new_rgba8(20, 10)), 0);
}
