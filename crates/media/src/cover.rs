//! The still image that an audio file is shown with.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage, imageops};

use crate::error::{MediaError, blocking};
use crate::frame::frame;
use crate::image::{Bounds, Image, ImageFormat, OWN_PIXELS_MAX, decode};
use crate::info::{MediaInfo, STILL_HEIGHT, STILL_WIDTH};
use crate::tools::Tools;

const MARGIN: u32 = 60;
const FILE: &str = "still.jpg";

pub(crate) async fn still(tools: &Tools, input: &Path, info: &MediaInfo, scratch: &Path) -> Result<Image, MediaError> {
    let cover = match frame(tools, input, info, 0.0, scratch).await {
        Ok(image) => Some(image),
        Err(MediaError::Refused(_)) => None,
        Err(error) => return Err(error),
    };
    blocking(MediaError::failed("Drawing the cover failed."), move || draw(cover.as_ref())).await
}

/// # Errors
/// [`MediaError::Failed`] when the image cannot be encoded.
pub fn blank_thumbnail() -> Result<Image, MediaError> {
    draw(None)
}

pub(crate) async fn write_still(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    scratch: &Path,
) -> Result<PathBuf, MediaError> {
    let image = still(tools, input, info, scratch).await?;
    let path = scratch.join(FILE);
    tokio::fs::write(&path, image.bytes).await.map_err(|cause| MediaError::io("Writing the cover", &cause))?;
    Ok(path)
}

fn draw(cover: Option<&Image>) -> Result<Image, MediaError> {
    let mut background = RgbImage::from_fn(STILL_WIDTH, STILL_HEIGHT, |_, y| {
        let shade = u8::try_from(24 + y * 24 / STILL_HEIGHT).unwrap_or(48);
        Rgb([shade, shade, shade.saturating_add(6)])
    });
    if let Some(cover) = cover {
        let bounds = Bounds { width: STILL_WIDTH - 2 * MARGIN, height: STILL_HEIGHT - 2 * MARGIN };
        let cover = decode(&cover.bytes, OWN_PIXELS_MAX, bounds)?.into_rgb8();
        let left = i64::from((STILL_WIDTH - cover.width()) / 2);
        let top = i64::from((STILL_HEIGHT - cover.height()) / 2);
        imageops::overlay(&mut background, &cover, left, top);
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90)
        .write_image(&background, STILL_WIDTH, STILL_HEIGHT, ExtendedColorType::Rgb8)
        .map_err(|cause| MediaError::failed(format!("Writing the cover did not work: {cause}.")))?;
    Ok(Image { bytes, format: ImageFormat::Jpeg, width: STILL_WIDTH, height: STILL_HEIGHT })
}
