//! Parts of ffmpeg filter graphs. Nothing from outside gets into them but numbers.

use crate::info::{Transfer, VideoStream};

/// What goes before scaling. Ends with a comma if not empty.
pub(crate) fn prepare(video: &VideoStream) -> String {
    let mut chain = String::new();
    if video.interlaced {
        chain.push_str("bwdif=mode=send_frame,");
    }
    chain.push_str(tone_map(video.transfer));
    chain
}

const fn tone_map(transfer: Transfer) -> &'static str {
    match transfer {
        Transfer::Sdr => "",
        Transfer::Pq => concat!(
            "zscale=tin=smpte2084:pin=bt2020:min=bt2020nc:t=linear:npl=100,format=gbrpf32le,",
            "zscale=p=bt709,tonemap=tonemap=hable:desat=0,",
            "zscale=t=bt709:m=bt709:r=tv,format=yuv420p,"
        ),
        Transfer::Hlg => concat!(
            "zscale=tin=arib-std-b67:pin=bt2020:min=bt2020nc:t=linear:npl=100,format=gbrpf32le,",
            "zscale=p=bt709,tonemap=tonemap=hable:desat=0,",
            "zscale=t=bt709:m=bt709:r=tv,format=yuv420p,"
        ),
    }
}

/// Returns the largest even size of the same aspect ratio within the box and the original.
pub(crate) fn fit(width: u32, height: u32, width_max: u32, height_max: u32) -> (u32, u32) {
    let (wide, high) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (width_max, height_max) = (u64::from(width_max).min(wide), u64::from(height_max).min(high));
    if wide * height_max >= high * width_max {
        (even(width_max, 1, width_max), even(high * width_max, wide, height_max))
    } else {
        (even(wide * height_max, high, width_max), even(height_max, 1, height_max))
    }
}

fn even(above: u64, below: u64, maximum: u64) -> u32 {
    let nearest = (above + below) / (2 * below) * 2;
    let bounded = nearest.min(maximum / 2 * 2).max(2);
    u32::try_from(bounded).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn sizes_keep_their_shape_and_are_even() {
        assert_eq!(fit(1920, 1080, 1280, 1280), (1280, 720));
        assert_eq!(fit(1080, 1920, 1280, 1280), (720, 1280));
        assert_eq!(fit(321, 181, 1280, 1280), (320, 180));
        assert_eq!(fit(320, 180, 1280, 1280), (320, 180));
        assert_eq!(fit(4000, 17, 1280, 1280), (1280, 6));
        assert_eq!(fit(1920, 1080, 854, 480), (854, 480));
        assert_eq!(fit(9000, 3, 1280, 1280), (1280, 2));
    }
}
