//! A bucket of an S3-compatible service.
//!
//! Every request has a time limit and is repeated a few times. What still fails then is a 503 that may be tried again.

use std::io;
use std::ops::Range;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Method;
use futures_util::stream::{BoxStream, unfold};
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path as ObjectPath;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, GetOptions, ListResult, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, RetryConfig,
};
use url::Url;

use super::failures::{Failures, Operation};
use crate::config::{BUCKET_OBJECT_BYTES_MAX, BucketSettings, Delivery};
use crate::error::Error;
use crate::gate::{Gate, Pass};

/// Every part of a multipart upload but the last: some services want them alike.
pub const PART_BYTES: u64 = 16 * 1024 * 1024;
/// S3's own limit.
const PARTS_MAX: u64 = 10_000;
const _: () = assert!(PARTS_MAX * PART_BYTES >= BUCKET_OBJECT_BYTES_MAX);

const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// Maximum time until a response begins, and between two pieces of it.
const READ_LIMIT: Duration = Duration::from_secs(10);
/// Maximum time to send a part.
const WRITE_LIMIT: Duration = Duration::from_mins(1);
const RETRIES_MAX: usize = 10;
/// Nothing is tried again after this long.
const RETRY_LIMIT: Duration = Duration::from_secs(20);
/// Maximum number of resumptions of broken responses without a byte in between.
const RESUMPTIONS_MAX: u32 = 3;
/// Parts that are in memory on their way to the bucket.
const SENDING_MAX: usize = 8;

const MARKER: &str = "layout";
/// Objects are stored under their paths as they are.
const LAYOUT: &str = "1";

#[derive(Clone)]
pub struct Bucket {
    reads: AmazonS3,
    writes: AmazonS3,
    prefix: ObjectPath,
    sending: Gate,
    failures: Failures,
    delivery: Delivery,
    /// That players read from.
    origins: Vec<String>,
}

impl Bucket {
    /// Checks that the bucket is there and may be written to.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn open(settings: &BucketSettings, failures: Failures) -> Result<Self, String> {
        let build = |limit| client(settings, limit).map_err(|error| error.to_string());
        let prefix = ObjectPath::parse(&settings.prefix).map_err(|error| error.to_string())?;
        let (reads, writes) = (build(READ_LIMIT)?, build(WRITE_LIMIT)?);
        let (sending, delivery) = (Gate::new(SENDING_MAX), settings.delivery.clone());
        let mut bucket = Self { reads, writes, prefix, sending, failures, delivery, origins: Vec::new() };
        let marker = ObjectPath::from(MARKER);
        let refused = |error| refusal(&settings.bucket, &error);
        bucket.reads.put(&bucket.key(&marker), LAYOUT.into()).await.map_err(refused)?;
        if let Delivery::Redirected { cdn } = &bucket.delivery {
            let sample = bucket.sign(&marker, Duration::from_secs(1), None).await.map_err(refused)?;
            let origins = cdn.iter().chain([&sample]).map(|url| url.origin().ascii_serialization());
            bucket.origins = origins.collect();
        }
        Ok(bucket)
    }

    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// Returns where an object is read for a while; `None` if that is through this server. `presented` is the type and
    /// the disposition of the response.
    pub async fn address(
        &self,
        path: &ObjectPath,
        is_public: bool,
        lifetime: Duration,
        presented: Option<(&str, &str)>,
    ) -> Result<Option<String>, Error> {
        match &self.delivery {
            Delivery::Proxied => Ok(None),
            Delivery::Redirected { cdn: Some(cdn) } if is_public => {
                Ok(Some(format!("{}/{path}", cdn.as_str().trim_end_matches('/'))))
            }
            Delivery::Redirected { .. } => {
                let signed = self.sign(path, lifetime, presented).await.map_err(self.failed(Operation::Read))?;
                Ok(Some(signed.into()))
            }
        }
    }

    async fn sign(
        &self,
        path: &ObjectPath,
        lifetime: Duration,
        presented: Option<(&str, &str)>,
    ) -> object_store::Result<Url> {
        let presented = presented.into_iter().flat_map(|(mime, disposition)| {
            [("response-content-type", mime), ("response-content-disposition", disposition)]
        });
        let options = SignedUrlOptions::default().with_query(presented);
        self.reads.signed_url_opts(Method::GET, &self.key(path), lifetime, &options).await
    }

    fn key(&self, path: &ObjectPath) -> ObjectPath {
        self.prefix.parts().chain(path.parts()).collect()
    }

    fn path(&self, key: &ObjectPath) -> ObjectPath {
        key.prefix_match(&self.prefix).map_or_else(|| key.clone(), Iterator::collect)
    }

    /// Waits until a part may be in memory.
    pub async fn enter(&self) -> Result<Pass, Error> {
        self.sending.enter().await
    }

    /// Stores a whole object.
    pub async fn put(&self, path: &ObjectPath, bytes: Vec<u8>, mime: &str) -> Result<(), Error> {
        let length = bytes.len() as u64;
        let options = PutOptions { attributes: content_type(mime), ..PutOptions::default() };
        self.writes.put_opts(&self.key(path), bytes.into(), options).await.map_err(self.failed(Operation::Write))?;
        self.verify(path, length).await
    }

    /// Begins a multipart upload and returns its id.
    pub async fn begin(&self, path: &ObjectPath, mime: &str) -> Result<String, Error> {
        let options = PutMultipartOptions { attributes: content_type(mime), ..PutMultipartOptions::default() };
        self.writes.create_multipart_opts(&self.key(path), options).await.map_err(self.failed(Operation::Write))
    }

    /// Stores a part and returns its tag. Numbers begin at 0.
    pub async fn put_part(
        &self,
        path: &ObjectPath,
        id: &String,
        number: usize,
        bytes: Vec<u8>,
    ) -> Result<String, object_store::Error> {
        let part = self.writes.put_part(&self.key(path), id, number, bytes.into()).await?;
        Ok(part.content_id)
    }

    /// Makes an object of the parts. May be repeated.
    pub async fn complete(&self, path: &ObjectPath, id: &String, tags: Vec<String>, bytes: u64) -> Result<(), Error> {
        let parts = tags.into_iter().map(|content_id| PartId { content_id }).collect();
        match self.writes.complete_multipart(&self.key(path), id, parts).await {
            Ok(_) => self.verify(path, bytes).await,
            // It was completed before, and the response was lost.
            Err(_) if self.length(path).await.is_ok_and(|stored| stored == bytes) => Ok(()),
            Err(error) => Err(self.failed(Operation::Write)(error)),
        }
    }

    /// Drops a multipart upload and its parts.
    pub async fn abort(&self, path: &ObjectPath, id: &String) -> Result<(), Error> {
        match self.reads.abort_multipart(&self.key(path), id).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(Operation::Delete)(error)),
        }
    }

    /// Checks the length of an object before anything refers to it. Its content is signed on the way.
    pub async fn verify(&self, path: &ObjectPath, bytes: u64) -> Result<(), Error> {
        let stored = self.length(path).await?;
        if stored == bytes {
            return Ok(());
        }
        self.failures.count(Operation::Write);
        tracing::error!(%path, stored, bytes, "the media storage has another length than was stored");
        Err(unreachable_store())
    }

    pub async fn length(&self, path: &ObjectPath) -> Result<u64, Error> {
        Ok(self.reads.head(&self.key(path)).await.map_err(self.failed(Operation::Read))?.size)
    }

    pub async fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Bytes, Error> {
        self.reads.get_range(&self.key(path), range).await.map_err(self.failed(Operation::Read))
    }

    /// Returns when the first byte is about to come. The stream goes on where a response breaks.
    pub async fn stream(
        &self,
        path: &ObjectPath,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, Error> {
        if range.is_empty() {
            return Ok(futures_util::stream::empty().boxed());
        }
        let key = self.key(path);
        let response = open(&self.reads, &key, range.clone()).await.map_err(self.failed(Operation::Read))?;
        let (store, counts) = (self.reads.clone(), self.failures.clone());
        let reading = Reading { store, key, range, response, failures: 0, counts };
        Ok(unfold(reading, Reading::next).boxed())
    }

    /// Lists a folder, and not what is in its folders.
    pub async fn list_level(&self, folder: &ObjectPath) -> Result<ListResult, Error> {
        let mut listed =
            self.reads.list_with_delimiter(Some(&self.key(folder))).await.map_err(self.failed(Operation::Read))?;
        listed.common_prefixes = listed.common_prefixes.iter().map(|key| self.path(key)).collect();
        for object in &mut listed.objects {
            object.location = self.path(&object.location);
        }
        Ok(listed)
    }

    /// Lists everything in a folder.
    pub fn list(&self, folder: &ObjectPath) -> BoxStream<'static, Result<ObjectMeta, Error>> {
        let bucket = self.clone();
        let (listed, failing) = (self.reads.list(Some(&self.key(folder))), self.clone());
        let listed = listed.map_err(move |error| failing.failed(Operation::Read)(error));
        listed.map_ok(move |object| ObjectMeta { location: bucket.path(&object.location), ..object }).boxed()
    }

    pub async fn delete(&self, path: &ObjectPath) -> Result<(), Error> {
        match self.reads.delete(&self.key(path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(Operation::Delete)(error)),
        }
    }

    /// 404 when there is no such object, else a 503 that may be tried again.
    pub fn failed(&self, operation: Operation) -> impl FnOnce(object_store::Error) -> Error {
        move |error| match error {
            object_store::Error::NotFound { .. } => Error::not_found("Media not found"),
            error => {
                tracing::warn!(%error, "the media storage failed");
                self.failures.count(operation);
                unreachable_store()
            }
        }
    }
}

struct Reading {
    store: AmazonS3,
    key: ObjectPath,
    /// Bytes that are not read yet.
    range: Range<u64>,
    response: BoxStream<'static, object_store::Result<Bytes>>,
    failures: u32,
    counts: Failures,
}

impl Reading {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        loop {
            let left = self.range.end - self.range.start;
            if left == 0 {
                return None;
            }
            let cause = match self.response.next().await {
                Some(Ok(bytes)) if bytes.len() as u64 <= left => {
                    self.range.start += bytes.len() as u64;
                    self.failures = 0;
                    return Some((Ok(bytes), self));
                }
                Some(Err(error)) => error.to_string(),
                Some(Ok(_)) | None => "it has another length than its head says".to_owned(),
            };
            tracing::warn!(key = %self.key, %cause, "a response of the media storage broke");
            self.failures += 1;
            let resumed = match self.failures {
                ..=RESUMPTIONS_MAX => open(&self.store, &self.key, self.range.clone()).await.map_err(io::Error::other),
                _ => Err(io::Error::other(cause)),
            };
            match resumed {
                Ok(response) => self.response = response,
                Err(error) => {
                    self.counts.count(Operation::Read);
                    self.range.start = self.range.end;
                    return Some((Err(error), self));
                }
            }
        }
    }
}

async fn open(
    store: &AmazonS3,
    key: &ObjectPath,
    range: Range<u64>,
) -> object_store::Result<BoxStream<'static, object_store::Result<Bytes>>> {
    let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
    Ok(store.get_opts(key, options).await?.into_stream())
}

fn client(settings: &BucketSettings, read_limit: Duration) -> object_store::Result<AmazonS3> {
    let options = ClientOptions::new()
        .with_allow_http(true)
        .with_connect_timeout(CONNECT_LIMIT)
        .with_read_timeout(read_limit)
        .with_timeout_disabled();
    let backoff = BackoffConfig { max_backoff: Duration::from_secs(3), ..BackoffConfig::default() };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.bucket)
        .with_region(&settings.region)
        .with_virtual_hosted_style_request(!settings.path_style)
        .with_client_options(options)
        .with_retry(RetryConfig { backoff, max_retries: RETRIES_MAX, retry_timeout: RETRY_LIMIT })
        // Not every service has the requests that delete many.
        .with_disable_bulk_delete(true);
    if let Some(address) = settings.address() {
        builder = builder.with_endpoint(address);
    }
    if let Some(credentials) = &settings.credentials {
        builder = builder
            .with_access_key_id(&credentials.access_key_id)
            .with_secret_access_key(&credentials.secret_access_key);
        if let Some(token) = &credentials.session_token {
            builder = builder.with_token(token);
        }
    }
    builder.build()
}

fn content_type(mime: &str) -> Attributes {
    Attributes::from_iter([(Attribute::ContentType, mime.to_owned())])
}

/// 503, after all repetitions.
pub fn unreachable_store() -> Error {
    Error::Busy("The server cannot reach its media storage right now. Try again in a moment.".into())
}

/// Says why the server cannot use its bucket.
fn refusal(bucket: &str, error: &object_store::Error) -> String {
    let reason = match error {
        object_store::Error::NotFound { .. } => "there is no such bucket. Create it, or change MEDIA_URL",
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
            "the access key may not write to it. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and its permissions"
        }
        _ => "it cannot be reached. Check S3_ENDPOINT, AWS_REGION and the network",
    };
    let details = error.to_string();
    format!("the bucket {bucket}: {reason} ({})", details.lines().next().unwrap_or_default())
}
