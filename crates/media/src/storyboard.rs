//! The seek preview: frames at even distances, many of them on one sprite.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{MediaError, blocking};
use crate::filters;
use crate::image::{Bounds, OWN_PIXELS_MAX, reencode};
use crate::info::MediaInfo;
use crate::invocation::Invocation;
use crate::progress::ProgressHooks;
use crate::tools::Tools;

const TIME_MAX: Duration = Duration::from_hours(12);
const COLUMNS: u32 = 10;
const ROWS: u32 = 10;
const SPRITES_MAX: u32 = 3;
const TILE: Bounds = Bounds { width: 160, height: 160 };
/// Shorter videos get a tile each second, others one every two seconds or fewer.
const SHORT_S: f64 = 60.0;

/// Stored as JSON: fields keep their serialised names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Storyboard {
    /// File names of JPEG images, in order.
    #[serde(rename = "sheets")]
    pub sprites: Vec<String>,
    /// From one tile to the next.
    pub interval_s: f64,
    pub duration_s: f64,
    pub count: u32,
    pub columns: u32,
    pub rows: u32,
    /// In pixels.
    pub tile_width: u32,
    pub tile_height: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cue {
    pub start_s: f64,
    pub end_s: f64,
    pub sprite: usize,
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Storyboard {
    pub(crate) fn cues(&self) -> impl Iterator<Item = Cue> {
        let per_sprite = (self.columns * self.rows).max(1);
        (0..self.count).map(move |number| {
            let place = number % per_sprite;
            let start_s = f64::from(number) * self.interval_s;
            Cue {
                start_s,
                end_s: (start_s + self.interval_s).min(self.duration_s),
                sprite: usize::try_from(number / per_sprite).unwrap_or(usize::MAX),
                x: place % self.columns.max(1) * self.tile_width,
                y: place / self.columns.max(1) * self.tile_height,
                width: self.tile_width,
                height: self.tile_height,
            }
        })
    }
}

/// `None` for audio files. Takes a fraction of the time with the smallest rendition as `input`. Decodes only key frames
/// where these, at most `gap_s_max` apart, are as dense as the tiles.
///
/// # Errors
/// [`MediaError::Failed`] when ffmpeg fails.
pub async fn storyboard(
    tools: &Tools,
    input: &Path,
    info: &MediaInfo,
    gap_s_max: f64,
    scratch: &Path,
    hooks: &mut ProgressHooks<'_>,
) -> Result<Option<Storyboard>, MediaError> {
    let Some(video) = &info.video else {
        return Ok(None);
    };
    let mut storyboard = layout(info);
    let Storyboard { interval_s, tile_width, tile_height, columns, rows, .. } = storyboard;
    let mut invocation = Invocation::watched(hooks, Some(scratch), TIME_MAX);
    if gap_s_max <= interval_s {
        invocation.args(["-skip_frame", "nokey"]);
    }
    invocation.source(input, info).map(0, video.index);
    invocation.args(["-an", "-sn", "-dn", "-vf"]);
    // Frames are dropped before anything costly is done to them.
    let prepare = filters::prepare(video);
    invocation.arg(format!(
        "fps=fps=1/{interval_s}:start_time=0:round=up,{prepare}scale={tile_width}:{tile_height},setsar=1,\
         tile={columns}x{rows}"
    ));
    invocation.arg("-frames:v").arg(SPRITES_MAX.to_string());
    invocation.args(["-pix_fmt", "yuvj420p", "-q:v", "3", "-f", "image2", "-start_number", "0"]);
    invocation.arg(scratch.join("raw%d.jpg"));
    tools.follow(&invocation, hooks).await?;
    let per_sprite = columns * rows;
    for number in 0..storyboard.count.div_ceil(per_sprite) {
        let raw = scratch.join(format!("raw{number}.jpg"));
        let Ok(bytes) = tokio::fs::read(&raw).await else {
            // The video ended earlier than its header says.
            storyboard.count = storyboard.count.min(number * per_sprite);
            break;
        };
        let name = format!("storyboard{number}.jpg");
        write_reencoded(bytes, &scratch.join(&name)).await?;
        // What cannot be removed goes with the scratch folder.
        let _ = tokio::fs::remove_file(&raw).await;
        storyboard.sprites.push(name);
    }
    Ok((!storyboard.sprites.is_empty()).then_some(storyboard))
}

fn layout(info: &MediaInfo) -> Storyboard {
    let tiles_max = f64::from(COLUMNS * ROWS * SPRITES_MAX);
    let least_s = if info.duration_s < SHORT_S { 1.0 } else { 2.0 };
    let interval_s = (info.duration_s / tiles_max).ceil().max(least_s);
    let count = whole((info.duration_s / interval_s).ceil()).clamp(1, COLUMNS * ROWS * SPRITES_MAX);
    let columns = count.min(COLUMNS);
    let (tile_width, tile_height) = filters::fit(info.width, info.height, TILE.width, TILE.height);
    Storyboard {
        sprites: Vec::new(),
        interval_s,
        duration_s: info.duration_s,
        count,
        columns,
        rows: count.div_ceil(columns).min(ROWS),
        tile_width,
        tile_height,
    }
}

/// Memory-safe code reencodes ffmpeg's image before anyone is given it.
async fn write_reencoded(bytes: Vec<u8>, path: &Path) -> Result<(), MediaError> {
    let bounds = Bounds { width: TILE.width * COLUMNS, height: TILE.height * ROWS };
    let on_panic = MediaError::failed("Reading a sprite of the storyboard failed.");
    let sprite = blocking(on_panic, move || reencode(&bytes, OWN_PIXELS_MAX, bounds)).await?;
    tokio::fs::write(path, sprite.bytes).await.map_err(|cause| MediaError::io("Writing the storyboard", &cause))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are positive and casts from floats saturate"
)]
fn whole(value: f64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests;
