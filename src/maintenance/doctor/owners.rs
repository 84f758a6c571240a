//! Videos and users name their media, and media have an owner: whether both agree.

use std::collections::{HashMap, HashSet};

use chaitube_media::{Container, HEAD_BYTES};

use super::examination::{Examination, stem};
use super::named::{Named, USER, UserMedia, VIDEO, VideoMedia};
use super::remedies;
use super::report::{Finding, FindingKind, Outcome};
use crate::db::{Db, Sql, args};
use crate::error::Error;
use crate::id::{UserId, VideoId};
use crate::storage::{MediaName, ObjectKind, ObjectRow, ObjectState, Owner};

const USERS_PAGE: i64 = 500;
/// The rows of videos are large.
const VIDEOS_PAGE: i64 = 100;

enum Suspicion {
    NoRow(Owner, Named),
    Orphan(Owner, String),
}

pub async fn check(examination: &mut Examination<'_>) -> Result<(), Error> {
    let mut suspicions = Vec::new();
    users(examination, &mut suspicions).await?;
    videos(examination, &mut suspicions).await?;
    examination.pause(&suspicions).await;
    for suspicion in suspicions {
        match suspicion {
            Suspicion::NoRow(owner, named) => no_row(examination, owner, &named).await?,
            Suspicion::Orphan(owner, name) => orphan(examination, owner, &name).await?,
        }
    }
    Ok(())
}

async fn users(examination: &mut Examination<'_>, suspicions: &mut Vec<Suspicion>) -> Result<(), Error> {
    let app = examination.app;
    let mut after = UserId::from_bytes([0; 12]);
    loop {
        let sql = Sql::from(USER).then("WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)");
        let page: Vec<UserMedia> = app.db.all(sql, args![after, USERS_PAGE]).await?;
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(()) };
        let rows = app.storage.rows_of(Owner::User(first.id), Owner::User(last.id)).await?;
        after = last.id;
        let mut rows = by_owner(rows, |row| row.user_id);
        for user in &page {
            let rows = rows.remove(&user.id).unwrap_or_default();
            compare(examination, suspicions, Owner::User(user.id), user.named(), &rows);
        }
        examination.report.checked.users += page.len() as u64;
        examination.tell("users", examination.report.checked.users);
    }
}

async fn videos(examination: &mut Examination<'_>, suspicions: &mut Vec<Suspicion>) -> Result<(), Error> {
    let app = examination.app;
    let mut after = VideoId::from_bytes([0; 12]);
    loop {
        let sql = Sql::from(VIDEO).then("WHERE id > $1 ORDER BY id LIMIT CAST($2 AS BIGINT)");
        let page: Vec<VideoMedia> = app.db.all(sql, args![after, VIDEOS_PAGE]).await?;
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(()) };
        let rows = app.storage.rows_of(Owner::Video(first.id), Owner::Video(last.id)).await?;
        after = last.id;
        let mut rows = by_owner(rows, |row| row.video_id);
        for video in &page {
            let rows = rows.remove(&video.id).unwrap_or_default();
            compare(examination, suspicions, Owner::Video(video.id), video.named()?, &rows);
        }
        examination.report.checked.videos += page.len() as u64;
        examination.tell("videos", examination.report.checked.videos);
    }
}

fn by_owner<K: std::hash::Hash + Eq>(
    rows: Vec<ObjectRow>,
    owner: impl Fn(&ObjectRow) -> Option<K>,
) -> HashMap<K, Vec<ObjectRow>> {
    let mut owned: HashMap<K, Vec<ObjectRow>> = HashMap::new();
    for row in rows {
        if let Some(owner) = owner(&row) {
            owned.entry(owner).or_default().push(row);
        }
    }
    owned
}

fn compare(
    examination: &mut Examination<'_>,
    suspicions: &mut Vec<Suspicion>,
    owner: Owner,
    named: Vec<Named>,
    rows: &[ObjectRow],
) {
    let live: HashSet<&str> =
        rows.iter().filter(|row| row.state == ObjectState::Live).map(|row| row.name.as_str()).collect();
    let in_use = rows.iter().filter(|row| row.is_in_use());
    for row in in_use.filter(|row| named.iter().all(|named| named.name != row.name)) {
        examination.suspect(suspicions, Suspicion::Orphan(owner, row.name.clone()));
    }
    for named in named.into_iter().filter(|named| !live.contains(named.name.as_str())) {
        examination.suspect(suspicions, Suspicion::NoRow(owner, named));
    }
}

/// Returns what the owner names now, and whether it can be seen without its upload.
async fn named_by(db: &Db, owner: Owner) -> Result<(Vec<Named>, bool), Error> {
    Ok(match owner {
        Owner::Video(id) => match VideoMedia::find(db, id).await? {
            Some(video) => (video.named()?, video.has_stream()),
            None => (Vec::new(), false),
        },
        Owner::User(id) => (UserMedia::find(db, id).await?.map_or_else(Vec::new, |user| user.named()), false),
    })
}

fn is_owned(row: &ObjectRow, owner: Owner) -> bool {
    (row.video_id, row.user_id) == owner.ids()
}

async fn no_row(examination: &mut Examination<'_>, owner: Owner, named: &Named) -> Result<(), Error> {
    let app = examination.app;
    let (now, has_stream) = named_by(&app.db, owner).await?;
    if now.iter().all(|other| other.name != named.name) {
        return Ok(());
    }
    let row = app.storage.row(&named.name).await?;
    if row.as_ref().is_some_and(|row| row.state == ObjectState::Live && is_owned(row, owner)) {
        return Ok(());
    }
    examination.named.insert(stem(&named.name).to_owned());
    let (video, user) = owner.ids();
    let (detail, outcome) = match (row, stored(examination, named).await?) {
        (None, Some(name)) => {
            let repair = async {
                let mime = mime(examination, &name, named).await?;
                app.storage.record_found(&name, named.kind, mime, owner).await
            };
            ("its record is gone, its bytes are there".to_owned(), examination.repaired(repair).await?)
        }
        (Some(row), Some(name)) if row.is_unclaimed() => {
            let repair = async { app.storage.reclaim(&name, owner).await };
            (
                format!("its record says that it is {} and nobody's", row.state.as_str()),
                examination.repaired(repair).await?,
            )
        }
        (row, _) => {
            examination.damaged.insert(named.name.clone());
            let what = row.map_or("its record and its bytes are gone", |_| "its record is another's");
            let outcome = remedies::make_anew(examination, video, named.part).await?;
            (format!("{what}. {}", named.part.loss(has_stream)), outcome)
        }
    };
    let finding = Finding::new(FindingKind::RowWithoutMedia, &named.name, detail, outcome);
    examination.found(finding.of(video, user));
    Ok(())
}

/// Returns the object's name if its bytes are there.
async fn stored(examination: &Examination<'_>, named: &Named) -> Result<Option<MediaName>, Error> {
    let Ok(name) = named.name.parse::<MediaName>() else { return Ok(None) };
    let objects = &examination.app.storage.objects;
    let length = objects.length(&objects.key(&name, named.kind)).await?;
    Ok(length.map(|_| name))
}

/// Returns the type of an object whose row is gone.
async fn mime(examination: &Examination<'_>, name: &MediaName, named: &Named) -> Result<&'static str, Error> {
    if named.kind == ObjectKind::Video {
        let objects = &examination.app.storage.objects;
        let head = objects.read(&name.path(named.kind), 0..HEAD_BYTES as u64).await?;
        return Ok(Container::recognise(&head).map_or("application/octet-stream", Container::mime));
    }
    Ok(match name.extension() {
        "jpg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "vtt" => "text/vtt",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    })
}

async fn orphan(examination: &mut Examination<'_>, owner: Owner, name: &str) -> Result<(), Error> {
    let app = examination.app;
    let Some(row) = app.storage.row(name).await?.filter(|row| row.is_in_use() && is_owned(row, owner)) else {
        return Ok(());
    };
    let (now, _) = named_by(&app.db, owner).await?;
    if now.iter().any(|named| named.name == name) {
        return Ok(());
    }
    let repair = async { app.storage.drop_orphan(name).await.map(|()| true) };
    let outcome: Outcome = examination.repaired(repair).await?;
    let detail = format!("its owner does not name it; {} bytes", row.bytes);
    let finding = Finding::new(FindingKind::OrphanedObject, name, detail, outcome);
    examination.found(finding.of(row.video_id, row.user_id));
    Ok(())
}
