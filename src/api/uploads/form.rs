//! Receives multipart bodies: files go to the disk as they arrive, never into memory.

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashMap;
use tokio::io::{AsyncWriteExt, BufWriter};

use super::append::{DRAIN_BYTES_MAX, DRAIN_LIMIT};
use super::feed::{Kept, feed};
use super::{CompleteUpload, FormVideo};
use crate::app::App;
use crate::error::{Error, readable};
use crate::http::body::{fields_into, media_type, read_fields};
use crate::id::UserId;
use crate::storage::TempFile;

/// All text parts of a body together.
const TEXT_BYTES_MAX: usize = 128 * 1024;
const TEXT_PARTS_MAX: usize = 100;
/// Bytes that are buffered before a write.
const BUFFER_BYTES: usize = 1024 * 1024;
/// Free space is checked again after so much: a body need not say how long it is.
const SPACE_CHECK_BYTES: u64 = 64 * 1024 * 1024;
/// A file part that a request may have.
#[derive(Clone, Copy, Debug)]
pub struct FilePart {
    pub name: &'static str,
    pub bytes_max: u64,
    /// The owner of the upload, for videos. Other files are small, and stay with the request.
    pub video_of: Option<UserId>,
}

impl FilePart {
    /// A part with an image.
    pub fn image(name: &'static str, app: &App) -> Self {
        Self { name, bytes_max: app.config.image_bytes_max, video_of: None }
    }

    /// A part with a video.
    pub fn video(name: &'static str, app: &App, owner: UserId) -> Self {
        Self { name, bytes_max: app.config.video_limits.bytes_max, video_of: Some(owner) }
    }

    fn too_large(self) -> Error {
        Error::too_large(format!("{} is larger than the limit of {}", self.name, readable(self.bytes_max)))
    }
}

/// A received body.
pub struct Received<T> {
    pub fields: T,
    files: HashMap<&'static str, TempFile>,
    video: Option<CompleteUpload>,
}

impl<T> Received<T> {
    /// Takes a file, if it was sent.
    pub fn take(&mut self, name: &str) -> Option<TempFile> {
        self.files.remove(name)
    }

    /// Takes the video, if it was sent.
    pub fn take_video(&mut self) -> Option<CompleteUpload> {
        self.video.take()
    }
}

/// Reads a body of any type that clients send: multipart with these file parts, JSON, or a URL-encoded form.
///
/// # Errors
/// 400 for a malformed body or a part that does not belong there, 413 for one that is too large, 503 when the disk
/// is full. Nothing that was received is kept then.
pub async fn receive<T: DeserializeOwned>(
    app: &App,
    mut request: Request,
    parts: &[FilePart],
) -> Result<Received<T>, Error> {
    if media_type(request.headers()) != "multipart/form-data" {
        let fields = fields_into(read_fields(request).await?)?;
        return Ok(Received { fields, files: HashMap::new(), video: None });
    }
    let length = refuse_by_length(app, &request, parts)?;
    // Every part has its own limit; axum's for whole bodies would be 2 MiB.
    DefaultBodyLimit::disable().apply(&mut request);
    let (head, body) = request.into_parts();
    let (body, kept) = feed(body);
    let mut multipart = Multipart::from_request(Request::from_parts(head, body), &())
        .await
        .map_err(|error| Error::invalid(format!("Malformed multipart body: {}", error.body_text())))?;
    let mut reception = Reception {
        app,
        parts,
        length,
        fields: Map::new(),
        text_parts: 0,
        text_bytes: 0,
        files: HashMap::new(),
        video: None,
        kept,
    };
    let result = reception.run(&mut multipart).await;
    if result.is_err() {
        let drained = tokio::time::timeout(DRAIN_LIMIT, drain(&mut multipart, &reception.kept)).await;
        tracing::debug!(in_time = drained.is_ok(), "refused an upload");
    }
    result?;
    Ok(Received { fields: fields_into(reception.fields)?, files: reception.files, video: reception.video })
}

/// Refuses a body by its `Content-Length` before any of it is read. Returns that length.
fn refuse_by_length(app: &App, request: &Request, parts: &[FilePart]) -> Result<Option<u64>, Error> {
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let Some(length) = length else { return Ok(None) };
    let most = parts.iter().map(|part| part.bytes_max).sum::<u64>() + 2 * TEXT_BYTES_MAX as u64;
    if length > most {
        return Err(Error::too_large(format!("The request is larger than the limit of {}", readable(most))));
    }
    app.storage.objects.check_space(length, app.config.free_bytes_min)?;
    Ok(Some(length))
}

async fn drain(multipart: &mut Multipart, kept: &Kept) {
    let mut left = DRAIN_BYTES_MAX;
    while let Ok(Some(mut field)) = multipart.next_field().await {
        kept.reset();
        while let Ok(Some(chunk)) = field.chunk().await {
            kept.reset();
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    }
}

struct Reception<'a> {
    app: &'a App,
    parts: &'a [FilePart],
    fields: Map<String, Value>,
    text_parts: usize,
    text_bytes: usize,
    /// The `Content-Length`.
    length: Option<u64>,
    files: HashMap<&'static str, TempFile>,
    video: Option<CompleteUpload>,
    kept: Kept,
}

type Field<'a> = axum::extract::multipart::Field<'a>;

impl Reception<'_> {
    async fn run(&mut self, multipart: &mut Multipart) -> Result<(), Error> {
        while let Some(field) = self.in_time(multipart.next_field()).await? {
            let name = field.name().unwrap_or_default().to_owned();
            match self.parts.iter().find(|part| part.name == name) {
                Some(part) => match part.video_of {
                    Some(owner) => self.receive_video(*part, owner, field).await?,
                    None => self.receive_file(*part, field).await?,
                },
                None if field.file_name().is_some() => {
                    return Err(Error::field(&name, format!("Unexpected file \"{name}\"")));
                }
                None => self.receive_text(name, field).await?,
            }
        }
        Ok(())
    }

    /// Limits how long the next chunk may take.
    async fn in_time<T>(
        &self,
        chunk: impl Future<Output = Result<T, axum::extract::multipart::MultipartError>>,
    ) -> Result<T, Error> {
        let chunk = tokio::time::timeout(self.app.config.upload_idle_timeout, chunk).await;
        self.kept.reset();
        match chunk {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => {
                Err(Error::invalid(format!("The upload is incomplete or malformed: {}", error.body_text())))
            }
            Err(_) => Err(Error::invalid("The upload stalled and was aborted. Send it again.")),
        }
    }

    async fn receive_text(&mut self, name: String, mut field: Field<'_>) -> Result<(), Error> {
        let mut bytes = Vec::new();
        self.text_parts += 1;
        if self.text_parts > TEXT_PARTS_MAX {
            return Err(Error::too_large(format!("There are more than {TEXT_PARTS_MAX} text fields")));
        }
        self.text_bytes += name.len();
        while let Some(chunk) = self.in_time(field.chunk()).await? {
            self.text_bytes += chunk.len();
            if self.text_bytes > TEXT_BYTES_MAX {
                return Err(Error::too_large(format!("The text fields are larger than {} KiB", TEXT_BYTES_MAX / 1024)));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes).map_err(|_| Error::field(&name, format!("{name} is not valid UTF-8")))?;
        self.fields.insert(name, Value::String(text));
        Ok(())
    }

    async fn receive_video(&mut self, part: FilePart, owner: UserId, mut field: Field<'_>) -> Result<(), Error> {
        if self.video.is_some() {
            return Err(Error::field(part.name, format!("Only one file \"{}\" is expected", part.name)));
        }
        let mut video: Option<FormVideo> = None;
        let mut bytes = 0;
        while let Some(chunk) = self.in_time(field.chunk()).await? {
            bytes += chunk.len() as u64;
            if bytes > part.bytes_max {
                return Err(part.too_large());
            }
            if video.is_none() && !chunk.is_empty() {
                // The whole body is a little longer than the video: that much too much is reserved for a while.
                let length = self.length.map(|length| length.min(part.bytes_max));
                video = Some(FormVideo::begin(self.app, owner, length).await?);
            }
            if let Some(video) = &mut video {
                video.write(&chunk).await?;
            }
        }
        self.video = match video {
            Some(video) => Some(video.finish().await?),
            None => None,
        };
        Ok(())
    }

    async fn receive_file(&mut self, part: FilePart, mut field: Field<'_>) -> Result<(), Error> {
        if self.files.contains_key(part.name) {
            return Err(Error::field(part.name, format!("Only one file \"{}\" is expected", part.name)));
        }
        let (temp, file) = TempFile::create(&self.app.storage.objects).await?;
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, file);
        let (mut bytes, mut checked_until) = (0, SPACE_CHECK_BYTES);
        while let Some(chunk) = self.in_time(field.chunk()).await? {
            bytes += chunk.len() as u64;
            if bytes > part.bytes_max {
                return Err(part.too_large());
            }
            if bytes > checked_until {
                self.app.storage.objects.check_space(SPACE_CHECK_BYTES, self.app.config.free_bytes_min)?;
                checked_until += SPACE_CHECK_BYTES;
            }
            writer.write_all(&chunk).await?;
        }
        writer.flush().await?;
        writer.into_inner().sync_all().await?;
        // A form with an untouched file input sends an empty part: that is no file.
        if bytes > 0 {
            self.files.insert(part.name, temp);
        }
        Ok(())
    }
}
