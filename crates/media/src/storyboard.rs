//! The seek preview: small pictures at even distances, many on one sheet.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::MediaError;
use crate::info::Film;
use crate::filters;
use crate::image::{Bounds, reencode};
use crate::transcode::{broken_off, follow};
use crate::probe::decoders;
use crate::progress::Watch;
use crate::tools::{Call, Tools};

const TIME_MAX: Duration = Duration::from_hours(12);
const COLUMNS: u32 = 10;
const ROWS: u32 = 10;
const SHEETS_MAX: u32 = 3;
const TILE: Bounds = Bounds { width: 160, height: 160 };
/// Films below this get a picture a second, others one every two seconds or fewer.
const SHORT_S: f64 = 60.0;

/// The sheets, and where on them each moment is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Storyboard {
    /// File names in the scratch folder, in order; JPEG.
    pub sheets: Vec<String>,
    pub interval_s: f64,
    pub duration_s: f64,
    pub count: u32,
    pub columns: u32,
    pub rows: u32,
    pub tile_width: u32,
    pub tile_height: u32,
}

/// One small picture and the span of time it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cue {
    pub start_s: f64,
    pub end_s: f64,
    pub sheet: usize,
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Storyboard {
    /// Each picture's span and place.
    pub fn cues(&self) -> impl Iterator<Item = Cue> {
        let a_sheet = (self.columns * self.rows).max(1);
        (0..self.count).map(move |number| {
            let place = number % a_sheet;
            let start_s = f64::from(number) * self.interval_s;
            Cue {
                start_s,
                end_s: (start_s + self.interval_s).min(self.duration_s),
                sheet: usize::try_from(number / a_sheet).unwrap_or(usize::MAX),
                x: place % self.columns.max(1) * self.tile_width,
                y: place / self.columns.max(1) * self.tile_height,
                width: self.tile_width,
                height: self.tile_height,
            }
        })
    }
}

/// Makes the sheets. Give it the lowest rung rather than the upload: that is decoded in a
/// fraction of the time. `gap_s_max` is the longest time between key frames of what is given;
/// where pictures lie further apart than that, only key frames are decoded.
pub async fn storyboard(
    tools: &Tools,
    input: &Path,
    film: &Film,
    gap_s_max: f64,
    scratch: &Path,
    watch: &mut Watch<'_>,
) -> Result<Option<Storyboard>, MediaError> {
    let Some(video) = &film.video else {
        return Ok(None);
    };
    let mut board = layout(film);
    let mut call = Call::watched(watch, Some(scratch), TIME_MAX);
    if gap_s_max <= board.interval_s {
        call.args(["-skip_frame", "nokey"]);
    }
    call.input(input, film.container, &decoders(film));
    call.arg("-map").arg(format!("0:{}", video.index));
    call.args(["-an", "-sn", "-dn", "-vf"]);
    // Thinned out before anything costly is done to a picture.
    call.arg(format!(
        "fps=fps=1/{}:start_time=0:round=up,{}scale={}:{},setsar=1,tile={}x{}",
        board.interval_s,
        filters::prepare(video),
        board.tile_width,
        board.tile_height,
        board.columns,
        board.rows
    ));
    call.arg("-frames:v").arg(SHEETS_MAX.to_string());
    call.args(["-pix_fmt", "yuvj420p", "-q:v", "3", "-f", "image2", "-start_number", "0"]);
    call.arg(scratch.join("raw%d.jpg"));
    let ended = follow(tools, &call, watch).await?;
    if !ended.status.success() {
        return Err(broken_off(&ended, &call));
    }
    let a_sheet = board.columns * board.rows;
    for number in 0..board.count.div_ceil(a_sheet) {
        let raw = scratch.join(format!("raw{number}.jpg"));
        let Ok(bytes) = tokio::fs::read(&raw).await else {
            // The film ended earlier than its header told.
            board.count = board.count.min(number * a_sheet);
            break;
        };
        let name = format!("storyboard{number}.jpg");
        write_anew(bytes, &scratch.join(&name)).await?;
        // What stays behind goes with the scratch folder.
        let _ = tokio::fs::remove_file(&raw).await;
        board.sheets.push(name);
    }
    Ok((!board.sheets.is_empty()).then_some(board))
}

fn layout(film: &Film) -> Storyboard {
    let tiles_max = f64::from(COLUMNS * ROWS * SHEETS_MAX);
    let least_s = if film.duration_s < SHORT_S { 1.0 } else { 2.0 };
    let interval_s = (film.duration_s / tiles_max).ceil().max(least_s);
    let count = whole((film.duration_s / interval_s).ceil()).clamp(1, COLUMNS * ROWS * SHEETS_MAX);
    let columns = count.min(COLUMNS);
    let (tile_width, tile_height) = filters::fit(film.width, film.height, TILE.width, TILE.height);
    Storyboard {
        sheets: Vec::new(),
        interval_s,
        duration_s: film.duration_s,
        count,
        columns,
        rows: count.div_ceil(columns).min(ROWS),
        tile_width,
        tile_height,
    }
}

/// What ffmpeg wrote is read by memory-safe code and written anew before anyone is given it.
async fn write_anew(bytes: Vec<u8>, path: &Path) -> Result<(), MediaError> {
    let bounds = Bounds { width: TILE.width * COLUMNS, height: TILE.height * ROWS };
    let sheet = tokio::task::spawn_blocking(move || reencode(&bytes, bounds))
        .await
        .map_err(|_| MediaError::failed("Reading a sheet of the storyboard broke down."))??;
    tokio::fs::write(path, sheet.bytes).await.map_err(|cause| MediaError::storage("Writing the storyboard", &cause))
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
