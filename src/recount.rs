//! Making the counters anew, for operators who changed rows by hand.

use crate::db::{Db, Error, args};

/// One statement for each counter; each repairs only the rows that are wrong.
const COUNTERS: &[(&str, &str)] = &[
    (
        "users.videos_count",
        "UPDATE users SET videos_count = (SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id)
         WHERE videos_count <> (SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id)",
    ),
    (
        "users.published_videos_count",
        "UPDATE users SET published_videos_count =
             (SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id AND v.is_published)
         WHERE published_videos_count <>
             (SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id AND v.is_published)",
    ),
    (
        "users.subscribers_count",
        "UPDATE users SET subscribers_count = (SELECT COUNT(*) FROM subscriptions s WHERE s.channel_id = users.id)
         WHERE subscribers_count <> (SELECT COUNT(*) FROM subscriptions s WHERE s.channel_id = users.id)",
    ),
    (
        "users.subscriptions_count",
        "UPDATE users SET subscriptions_count = (SELECT COUNT(*) FROM subscriptions s WHERE s.subscriber_id = users.id)
         WHERE subscriptions_count <> (SELECT COUNT(*) FROM subscriptions s WHERE s.subscriber_id = users.id)",
    ),
    (
        "users.tweets_count",
        "UPDATE users SET tweets_count = (SELECT COUNT(*) FROM tweets t WHERE t.owner_id = users.id)
         WHERE tweets_count <> (SELECT COUNT(*) FROM tweets t WHERE t.owner_id = users.id)",
    ),
    (
        "users.playlists_count",
        "UPDATE users SET playlists_count = (SELECT COUNT(*) FROM playlists p WHERE p.owner_id = users.id)
         WHERE playlists_count <> (SELECT COUNT(*) FROM playlists p WHERE p.owner_id = users.id)",
    ),
    (
        "videos.likes_count",
        "UPDATE videos SET likes_count = (SELECT COUNT(*) FROM video_likes l WHERE l.video_id = videos.id)
         WHERE likes_count <> (SELECT COUNT(*) FROM video_likes l WHERE l.video_id = videos.id)",
    ),
    (
        "videos.comments_count",
        "UPDATE videos SET comments_count = (SELECT COUNT(*) FROM comments c WHERE c.video_id = videos.id)
         WHERE comments_count <> (SELECT COUNT(*) FROM comments c WHERE c.video_id = videos.id)",
    ),
    (
        "comments.likes_count",
        "UPDATE comments SET likes_count = (SELECT COUNT(*) FROM comment_likes l WHERE l.comment_id = comments.id)
         WHERE likes_count <> (SELECT COUNT(*) FROM comment_likes l WHERE l.comment_id = comments.id)",
    ),
    (
        "tweets.likes_count",
        "UPDATE tweets SET likes_count = (SELECT COUNT(*) FROM tweet_likes l WHERE l.tweet_id = tweets.id)
         WHERE likes_count <> (SELECT COUNT(*) FROM tweet_likes l WHERE l.tweet_id = tweets.id)",
    ),
    (
        "totals.accounts",
        "UPDATE totals SET value = (SELECT COUNT(*) FROM users)
         WHERE name = 'accounts' AND value <> (SELECT COUNT(*) FROM users)",
    ),
    (
        "totals.published_videos",
        "UPDATE totals SET value = (SELECT COUNT(*) FROM videos WHERE is_published)
         WHERE name = 'published_videos' AND value <> (SELECT COUNT(*) FROM videos WHERE is_published)",
    ),
];

/// Counts everything anew, and says for each counter in how many rows it was wrong. Views have no rows to count.
///
/// # Errors
/// As any statement; counters before the failing one are repaired then.
pub async fn recount(db: &Db) -> Result<Vec<(&'static str, u64)>, Error> {
    let mut repaired = Vec::new();
    for (name, sql) in COUNTERS {
        repaired.push((*name, db.execute(*sql, args![]).await?));
    }
    Ok(repaired)
}
