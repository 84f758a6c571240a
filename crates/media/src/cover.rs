//! The picture for sound alone: its cover on a plain ground, or the plain ground.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::imageops;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, Rgb, RgbImage};

use crate::error::MediaError;
use crate::info::Film;
use crate::frame::frame;
use crate::image::{Bounds, Picture, PictureFormat, decode, shrink};
use crate::tools::Tools;

/// The size of a film that is sound alone, in pixels.
pub const WIDTH: u32 = 1280;
pub const HEIGHT: u32 = 720;
const MARGIN: u32 = 60;
const FILE: &str = "still.jpg";

/// The picture of a film that is sound alone.
///
/// # Errors
/// When the tools or the machine fail; a broken cover is as good as none.
pub async fn still(tools: &Tools, input: &Path, film: &Film, scratch: &Path) -> Result<Picture, MediaError> {
    let cover = match frame(tools, input, film, 0.0, scratch).await {
        Ok(picture) => Some(picture),
        // A broken cover is no reason to refuse the sound.
        Err(MediaError::Refused(_)) => None,
        Err(error) => return Err(error),
    };
    tokio::task::spawn_blocking(move || canvas(cover.as_ref()))
        .await
        .map_err(|_| MediaError::failed("Drawing the cover broke down."))?
}

/// The plain ground, for films out of which no picture can be taken.
///
/// # Errors
/// When the picture cannot be written.
pub fn plain() -> Result<Picture, MediaError> {
    canvas(None)
}

/// Writes the picture into the scratch folder and says where it is.
pub(crate) async fn write(tools: &Tools, input: &Path, film: &Film, scratch: &Path) -> Result<PathBuf, MediaError> {
    let picture = still(tools, input, film, scratch).await?;
    let path = scratch.join(FILE);
    tokio::fs::write(&path, picture.bytes).await.map_err(|cause| MediaError::storage("Writing the cover", &cause))?;
    Ok(path)
}

/// A dark ground that grows a little lighter downwards, with the cover in its middle.
fn canvas(cover: Option<&Picture>) -> Result<Picture, MediaError> {
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
    Ok(Picture { bytes, format: PictureFormat::Jpeg, width: WIDTH, height: HEIGHT })
}
