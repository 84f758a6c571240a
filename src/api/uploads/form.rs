//! Receives multipart bodies: files go to the disk as they arrive, never into memory.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

use super::feed::{Kept, feed};
use super::quota::VIDEO_LIMIT;
use super::{CompleteUpload, FormVideo};
use crate::app::App;
use crate::error::{Error, readable};
use crate::http::body::{fields_into, media_type, read_fields};
use crate::http::time_limit::{Deadline, Pace, TooSlow};
use crate::id::UserId;
use crate::storage::{TempFile, write_error};

/// All text parts of a body together.
const TEXT_BYTES_MAX: usize = 128 * 1024;
const TEXT_PARTS_MAX: usize = 100;
/// Bytes that are buffered before a write. Anybody may send forms, and many at a time.
const BUFFER_BYTES: usize = 64 * 1024;
/// Time limit for a form without a video to arrive.
const FORM_LIMIT: Duration = Duration::from_mins(15);

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

/// The text fields of a form.
pub trait Form: DeserializeOwned {
    /// Checks the fields that have come so far, so that no file is received in vain.
    ///
    /// # Errors
    /// 400 that names the field.
    fn check(&self) -> Result<(), Error>;
}

/// Reads a body of any type that clients send: multipart with these file parts, JSON, or a URL-encoded form.
///
/// # Errors
/// 400 for a malformed body or a part that does not belong there, 413 for one that is too large, 503 when the disk
/// is full. Nothing that was received is kept then.
pub async fn receive<T: Form>(app: &App, mut request: Request, parts: &[FilePart]) -> Result<Received<T>, Error> {
    if media_type(request.headers()) != "multipart/form-data" {
        let fields = fields_into(read_fields(request).await?)?;
        return Ok(Received { fields, files: HashMap::new(), video: None });
    }
    let bytes_max = parts.iter().map(|part| part.bytes_max).sum::<u64>() + 2 * TEXT_BYTES_MAX as u64;
    let length = refuse_by_length(app, &request, bytes_max)?;
    DefaultBodyLimit::max(usize::try_from(bytes_max).unwrap_or(usize::MAX)).apply(&mut request);
    let limit = if parts.iter().any(|part| part.video_of.is_some()) { VIDEO_LIMIT } else { FORM_LIMIT };
    let deadline = request.extensions().get::<Deadline>().cloned();
    let allow = |limit| deadline.iter().for_each(|deadline| deadline.set(limit));
    allow(limit + app.config.request_timeout);
    let (head, body) = request.into_parts();
    let (body, kept) = feed(body);
    let mut multipart = Multipart::from_request(Request::from_parts(head, body), &())
        .await
        .map_err(|error| Error::invalid(format!("Malformed multipart body: {}", error.body_text())))?;
    let mut reception = Reception {
        app,
        parts,
        bytes_max,
        length,
        check: |fields| fields_into::<T>(fields)?.check(),
        fields: Map::new(),
        text_parts: 0,
        text_bytes: 0,
        file_parts: Vec::new(),
        files: HashMap::new(),
        video: None,
        kept,
        pace: Pace::new(app.config.upload_idle_timeout, limit),
    };
    reception.run(&mut multipart).await?;
    allow(app.config.request_timeout);
    Ok(Received { fields: fields_into(reception.fields)?, files: reception.files, video: reception.video })
}

/// Refuses a body by its `Content-Length` before any of it is read. Returns that length.
fn refuse_by_length(app: &App, request: &Request, bytes_max: u64) -> Result<Option<u64>, Error> {
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let Some(length) = length else { return Ok(None) };
    if length > bytes_max {
        return Err(too_large(bytes_max));
    }
    app.storage.objects.check_space(length, app.config.free_bytes_min)?;
    Ok(Some(length))
}

fn too_large(bytes_max: u64) -> Error {
    Error::too_large(format!("The request is larger than the limit of {}", readable(bytes_max)))
}

struct Reception<'a> {
    app: &'a App,
    parts: &'a [FilePart],
    bytes_max: u64,
    /// The `Content-Length`.
    length: Option<u64>,
    check: fn(Map<String, Value>) -> Result<(), Error>,
    fields: Map<String, Value>,
    text_parts: usize,
    text_bytes: usize,
    /// Names of the file parts that have come, empty ones too.
    file_parts: Vec<&'static str>,
    files: HashMap<&'static str, TempFile>,
    video: Option<CompleteUpload>,
    kept: Kept,
    pace: Pace,
}

type Field<'a> = axum::extract::multipart::Field<'a>;

impl Reception<'_> {
    async fn run(&mut self, multipart: &mut Multipart) -> Result<(), Error> {
        while let Some(field) = self.in_time(multipart.next_field()).await? {
            let name = field.name().unwrap_or_default().to_owned();
            match self.parts.iter().find(|part| part.name == name) {
                Some(part) => {
                    self.begin_file(part.name)?;
                    match part.video_of {
                        Some(owner) => self.receive_video(*part, owner, field).await?,
                        None => self.receive_file(*part, field).await?,
                    }
                }
                None if field.file_name().is_some() => {
                    return Err(Error::field(&name, format!("Unexpected file \"{name}\"")));
                }
                None => self.receive_text(name, field).await?,
            }
        }
        Ok(())
    }

    /// Waits for the parser as long as the body comes fast enough.
    async fn in_time<T>(
        &mut self,
        parsed: impl Future<Output = Result<T, axum::extract::multipart::MultipartError>>,
    ) -> Result<T, Error> {
        let parsed = self.pace.wait(parsed).await;
        self.kept.reset();
        match parsed {
            Ok(Ok(parsed)) => Ok(parsed),
            Ok(Err(error)) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large(self.bytes_max)),
            Ok(Err(error)) => {
                Err(Error::invalid(format!("The upload is incomplete or malformed: {}", error.body_text())))
            }
            Err(TooSlow) => Err(Error::invalid("The upload stalled and was aborted. Send it again.")),
        }
    }

    async fn next_chunk(&mut self, field: &mut Field<'_>) -> Result<Option<Bytes>, Error> {
        let chunk = self.in_time(field.chunk()).await?;
        self.pace.count(chunk.as_ref().map_or(0, Bytes::len));
        Ok(chunk)
    }

    /// Refuses a file that came before, and one whose request will be refused for its texts.
    fn begin_file(&mut self, name: &'static str) -> Result<(), Error> {
        if self.file_parts.contains(&name) {
            return Err(Error::field(name, format!("Only one file \"{name}\" is expected")));
        }
        self.file_parts.push(name);
        (self.check)(self.fields.clone())
    }

    async fn receive_text(&mut self, name: String, mut field: Field<'_>) -> Result<(), Error> {
        let mut bytes = Vec::new();
        self.text_parts += 1;
        if self.text_parts > TEXT_PARTS_MAX {
            return Err(Error::too_large(format!("There are more than {TEXT_PARTS_MAX} text fields")));
        }
        self.text_bytes += name.len();
        while let Some(chunk) = self.next_chunk(&mut field).await? {
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
        let mut video: Option<FormVideo> = None;
        let mut bytes = 0;
        while let Some(chunk) = self.next_chunk(&mut field).await? {
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

    /// Keeps a file until its request ends. A form with an untouched file input sends an empty part: that is no file.
    async fn receive_file(&mut self, part: FilePart, mut field: Field<'_>) -> Result<(), Error> {
        let mut file: Option<(TempFile, BufWriter<File>)> = None;
        let mut bytes = 0;
        while let Some(chunk) = self.next_chunk(&mut field).await? {
            bytes += chunk.len() as u64;
            if bytes > part.bytes_max {
                return Err(part.too_large());
            }
            if file.is_none() && !chunk.is_empty() {
                let work_folder = self.app.storage.objects.work_folder();
                work_folder.check_space(part.bytes_max, self.app.config.free_bytes_min)?;
                let (temp, mut new) = TempFile::create(work_folder).await?;
                new.set_max_buf_size(BUFFER_BYTES);
                file = Some((temp, BufWriter::with_capacity(BUFFER_BYTES, new)));
            }
            if let Some((_, writer)) = &mut file {
                writer.write_all(&chunk).await.map_err(write_error)?;
            }
        }
        if let Some((temp, mut writer)) = file {
            writer.flush().await.map_err(write_error)?;
            self.files.insert(part.name, temp);
        }
        Ok(())
    }
}
