//! The picture for sound alone: its cover on a plain ground, or the plain ground.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::imageops;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, Rgb, RgbImage};

use super::error::MediaError;
use super::film::Film;
use super::frame::frame;
use super::image::{Bounds, Picture, decode, shrink};
use super::tools::Tools;

const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
const MARGIN: u32 = 60;
const FILE: &str = "still.jpg";

/// Writes the picture into the scratch folder and says where it is.
pub(super) async fn write(tools: &Tools, input: &Path, film: &Film, scratch: &Path) -> Result<PathBuf, MediaError> {
    let cover = match frame(tools, input, film, 0.0, scratch).await {
        Ok(picture) => Some(picture),
        // A broken cover is no reason to refuse the sound.
        Err(MediaError::Refused(_)) => None,
        Err(error) => return Err(error),
    };
    let bytes = tokio::task::spawn_blocking(move || canvas(cover.as_ref()))
        .await
        .map_err(|_| MediaError::failed("Drawing the cover broke down."))??;
    let path = scratch.join(FILE);
    tokio::fs::write(&path, bytes).await.map_err(|cause| MediaError::storage("Writing the cover", &cause))?;
    Ok(path)
}

/// A dark ground that grows a little lighter downwards, with the cover in its middle.
fn canvas(cover: Option<&Picture>) -> Result<Vec<u8>, MediaError> {
    let mut ground = RgbImage::from_fn(WIDTH, HEIGHT, |_, y| {
        let shade = u8::try_from(24 + y * 24 / HEIGHT).unwrap_or(48);
        Rgb([shade, shade, shade.saturating_add(6)])
    });
    if let Some(cover) = cover {
        let bounds = Bounds { width: WIDTH - 2 * MARGIN, height: HEIGHT - 2 * MARGIN };
        let cover = match shrink(decode(&cover.bytes)?, bounds) {
            DynamicImage::ImageRgb8(pixels) => pixels,
            other => other.to_rgb8(),
        };
        let left = i64::from((WIDTH - cover.width()) / 2);
        let top = i64::from((HEIGHT - cover.height()) / 2);
        imageops::overlay(&mut ground, &cover, left, top);
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .write_image(&ground, WIDTH, HEIGHT, ExtendedColorType::Rgb8)
        .map_err(|cause| MediaError::failed(format!("Writing the cover did not work: {cause}.")))?;
    Ok(bytes)
}
