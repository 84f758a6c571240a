//! Files and uploads on their way into a bucket: multipart uploads, and the rows that know of them.

use std::sync::Arc;

use object_store::path::Path as ObjectPath;

use super::bucket::{Bucket, PART_BYTES};
use super::failures::Operation;
use super::objects::read_range;
use super::{MediaName, Storage, TempFile};
use crate::db;
use crate::db::{Db, Record, Tx, args};
use crate::error::Error;

/// What has been stored of an object that grows.
#[derive(Clone, Debug, Record)]
pub struct PartRow {
    pub start: i64,
    pub bytes: i64,
    /// Of a part of the multipart upload.
    pub tag: Option<String>,
    /// The object with these bytes, which are not a part yet.
    pub piece: Option<String>,
}

/// In their order.
pub async fn list(db: &Db, name: &MediaName) -> Result<Vec<PartRow>, db::Error> {
    let sql = "SELECT start, bytes, tag, piece FROM media_parts WHERE media = $1 ORDER BY start";
    db.all(sql, args![name.as_str()]).await
}

pub async fn insert(tx: &mut Tx, name: &MediaName, part: &PartRow) -> Result<(), db::Error> {
    tx.run(
        "INSERT INTO media_parts (media, start, bytes, tag, piece) VALUES ($1, $2, $3, $4, $5)",
        args![name.as_str(), part.start, part.bytes, part.tag.clone(), part.piece.clone()],
    )
    .await
}

pub async fn delete_from(tx: &mut Tx, name: &MediaName, start: i64) -> Result<(), db::Error> {
    tx.run("DELETE FROM media_parts WHERE media = $1 AND start >= $2", args![name.as_str(), start]).await
}

impl Storage {
    /// Begins a multipart upload, and has its row know of it before there is a part.
    pub(super) async fn begin_multipart(
        &self,
        bucket: &Bucket,
        name: &MediaName,
        path: &ObjectPath,
        mime: &str,
    ) -> Result<String, Error> {
        let id = bucket.begin(path, mime).await?;
        let sql = "UPDATE media SET multipart = $2 WHERE name = $1 AND state IN ('pending', 'growing')
                   AND multipart IS NULL";
        let noted = self.db.execute(sql, args![name.as_str(), &id]).await;
        if matches!(noted, Ok(1)) {
            return Ok(id);
        }
        bucket.abort(path, &id).await?;
        noted?;
        Err(Error::Busy("The upload was ended, or another request writes to it. Try again in a moment.".into()))
    }

    pub(super) async fn send_file(
        &self,
        bucket: &Bucket,
        name: &MediaName,
        path: &ObjectPath,
        file: &TempFile,
        mime: &str,
    ) -> Result<(), Error> {
        let file = Arc::new(tokio::fs::File::open(file.path()).await?.into_std().await);
        let length = file.metadata()?.len();
        if length <= PART_BYTES {
            let _pass = bucket.enter().await?;
            return bucket.put(path, read_range(&file, 0, length).await?, mime).await;
        }
        let id = self.begin_multipart(bucket, name, path, mime).await?;
        let (mut tags, mut at) = (Vec::new(), 0);
        while at < length {
            let bytes = PART_BYTES.min(length - at);
            let _pass = bucket.enter().await?;
            let part = read_range(&file, at, bytes).await?;
            let sent = bucket.put_part(path, &id, tags.len(), part).await;
            tags.push(sent.map_err(bucket.failed(Operation::Write))?);
            at += bytes;
        }
        bucket.complete(path, &id, tags, length).await
    }

    /// Drops what an unfinished object has in the bucket beside the object itself.
    pub(super) async fn drop_parts(
        &self,
        bucket: &Bucket,
        name: &MediaName,
        path: &ObjectPath,
        multipart: Option<String>,
    ) -> Result<(), Error> {
        if let Some(id) = multipart {
            bucket.abort(path, &id).await?;
        }
        for piece in list(&self.db, name).await?.into_iter().filter_map(|part| part.piece) {
            Box::pin(self.remove_one(&piece.parse()?)).await?;
        }
        Ok(())
    }
}
