//! Thumbnails to choose from, and the few characters that stand in for one until it is loaded.

use std::path::Path;

use crate::error::MediaError;
use crate::info::Film;
use crate::frame::{Among, frame, frame_into};
use crate::image::{Bounds, Picture, decode, shrink};
use crate::tools::Tools;

/// Where in the film the candidates are taken.
const PLACES: [f64; 3] = [0.2, 0.5, 0.8];
const HASH_BOUNDS: Bounds = Bounds { width: 32, height: 32 };
/// Brightness between these is neither night nor fog.
const DARK: f64 = 40.0;
const BRIGHT: f64 = 215.0;

/// A thumbnail to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub at_s: f64,
    pub picture: Picture,
    pub placeholder: String,
    /// Sharp and well lit pictures have more.
    pub score: f64,
}

/// Takes three pictures in the order of the film; the one with the highest score is the one to
/// begin with. Sound alone gives its cover, or nothing.
pub async fn candidates(
    tools: &Tools,
    input: &Path,
    film: &Film,
    scratch: &Path,
) -> Result<Vec<Candidate>, MediaError> {
    if film.video.is_none() {
        return match frame(tools, input, film, 0.0, scratch).await {
            Ok(picture) => Ok(vec![candidate(0.0, picture).await?]),
            Err(MediaError::Refused(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        };
    }
    let [first, second, third] = PLACES.map(|place| {
        let at_s = film.duration_s * place;
        // A name for each, because all three are taken at once.
        let still = scratch.join(format!("frame{:.0}.jpg", place * 10.0));
        async move {
            let picture = frame_into(tools, input, film, at_s, Among::KeyFrames, &still).await?;
            candidate(at_s, picture).await
        }
    });
    let (first, second, third) = tokio::try_join!(first, second, third)?;
    Ok(vec![first, second, third])
}

/// The candidate to begin with.
#[must_use]
pub fn best(candidates: &[Candidate]) -> Option<usize> {
    (0..candidates.len()).max_by(|one, two| candidates[*one].score.total_cmp(&candidates[*two].score))
}

async fn candidate(at_s: f64, picture: Picture) -> Result<Candidate, MediaError> {
    tokio::task::spawn_blocking(move || {
        let placeholder = placeholder(&picture)?;
        let score = score(&picture)?;
        Ok(Candidate { at_s, picture, placeholder, score })
    })
    .await
    .map_err(|_| MediaError::failed("Looking at a thumbnail broke down."))?
}

/// The picture as a `BlurHash`: about thirty characters that draw its colours, blurred.
pub fn placeholder(picture: &Picture) -> Result<String, MediaError> {
    let small = shrink(decode(&picture.bytes)?, HASH_BOUNDS).to_rgba8();
    let (across, down) = if picture.width >= picture.height { (4, 3) } else { (3, 4) };
    blurhash::encode(across, down, small.width(), small.height(), small.as_raw())
        .map_err(|_| MediaError::failed("The placeholder of a picture could not be computed."))
}

/// How much neighbouring pixels differ, less where the picture is nearly black or white.
fn score(picture: &Picture) -> Result<f64, MediaError> {
    let bounds = Bounds { width: 320, height: 320 };
    let gray = shrink(decode(&picture.bytes)?, bounds).to_luma8();
    let (width, height) = gray.dimensions();
    let (mut sum, mut edges) = (0.0, 0.0);
    for (x, y, pixel) in gray.enumerate_pixels() {
        let here = f64::from(pixel.0[0]);
        sum += here;
        for (beside_x, beside_y) in [(x + 1, y), (x, y + 1)] {
            if beside_x < width && beside_y < height {
                let difference = here - f64::from(gray.get_pixel(beside_x, beside_y).0[0]);
                edges += difference * difference;
            }
        }
    }
    let pixels = f64::from(width) * f64::from(height);
    let brightness = sum / pixels;
    let light = if (DARK..=BRIGHT).contains(&brightness) { 1.0 } else { 0.3 };
    Ok(edges / pixels * light)
}

#[cfg(test)]
mod tests;
