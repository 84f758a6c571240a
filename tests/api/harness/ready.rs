//! Videos put into the database and the store directly, for tests that are about something else: an upload costs three
//! runs of ffmpeg.

use chaitube::{MediaName, ObjectKind, UserId, VideoId, args, recount};
use image::ImageFormat;
use serde_json::{Value, json};

use super::{Person, samples};

impl Person {
    /// A published video that nothing is left to do on, as `data` of an upload shows it.
    pub async fn ready_video(&self, title: &str) -> Value {
        self.insert_video(title, true).await
    }

    /// The same, not published.
    pub async fn hidden_ready_video(&self, title: &str) -> Value {
        self.insert_video(title, false).await
    }

    async fn insert_video(&self, title: &str, is_published: bool) -> Value {
        let video = VideoId::new(&self.app.clock);
        let owner: UserId = self.id.parse().unwrap();
        let (source, thumbnail) = (MediaName::new("mp4").unwrap(), MediaName::new("jpg").unwrap());
        let sql = "INSERT INTO videos (id, owner_id, title, description, film, original, thumbnail, duration_s, width,
                                       height, status, placeholder, is_published, created_at, updated_at)
                   VALUES ($1, $2, '', $3, $4, $4, $5, 1.0, 160, 90, 'ready', 'LEHV6nWB2yk8pyo0adR*', $6, $7, $7)";
        let description = format!("All about {title}");
        let now = self.app.clock.now_ms();
        let row = args![video, owner, description, source.as_str(), thumbnail.as_str(), is_published, now];
        self.app.db.execute(sql, row).await.unwrap();
        self.insert_object(video, ObjectKind::Video, &source, "video/mp4", samples::video_file()).await;
        let image = samples::image(160, 90, ImageFormat::Jpeg);
        self.insert_object(video, ObjectKind::Thumbnail, &thumbnail, "image/jpeg", image).await;
        recount(&self.app.db).await.unwrap();
        // The server itself gives it its title, so that it is found by it.
        let path = format!("/api/v1/videos/{video}");
        self.client.patch(&path, json!({ "title": title })).await.expect_status(200)
    }

    /// Writes an object's file, and its row, which is in the same store as the owner's avatar.
    async fn insert_object(
        &self,
        video: VideoId,
        kind: ObjectKind,
        name: &MediaName,
        mime: &'static str,
        bytes: Vec<u8>,
    ) {
        let sql = "INSERT INTO media (name, kind, state, node, store, video_id, mime, bytes, created_at)
                   SELECT $1, $2, 'live', node, store, $3, $4, $5, $6 FROM media WHERE kind = 'avatar' AND user_id = $7";
        let owner: UserId = self.id.parse().unwrap();
        let length = i64::try_from(bytes.len()).unwrap();
        let row = args![name.as_str(), kind.as_str(), video, mime, length, self.app.clock.now_ms(), owner];
        assert_eq!(self.app.db.execute(sql, row).await.unwrap(), 1);
        let file = super::object_file(&self.media_root, &self.app, name.as_str(), kind);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}
