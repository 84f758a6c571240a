//! Likes: at most one a user and thing.

mod routes;
mod store;

use super::feature::{CountedTable, Counter, Feature, Forget};

pub const FEATURE: Feature = Feature {
    tags: &[("likes", "Likes on videos, comments and tweets")],
    routes: routes::routes,
    counters: &[
        Counter::column(
            "videos.likes_count",
            "videos",
            "likes_count",
            "SELECT COUNT(*) FROM video_likes l WHERE l.video_id = videos.id",
        ),
        // Not of the videos' counters: those may be wrong, too.
        Counter::column(
            "users.likes_count",
            "users",
            "likes_count",
            "SELECT COUNT(*) FROM video_likes l JOIN videos v ON v.id = l.video_id WHERE v.owner_id = users.id",
        ),
        Counter::column(
            "comments.likes_count",
            "comments",
            "likes_count",
            "SELECT COUNT(*) FROM comment_likes l WHERE l.comment_id = comments.id",
        ),
        Counter::column(
            "tweets.likes_count",
            "tweets",
            "likes_count",
            "SELECT COUNT(*) FROM tweet_likes l WHERE l.tweet_id = tweets.id",
        ),
    ],
    counted_on: &[
        (CountedTable::Videos, "SELECT video_id FROM video_likes WHERE user_id = $1"),
        (CountedTable::Comments, "SELECT comment_id FROM comment_likes WHERE user_id = $1"),
        (CountedTable::Tweets, "SELECT tweet_id FROM tweet_likes WHERE user_id = $1"),
    ],
    forget: Forget::Statements(&[
        "UPDATE videos SET likes_count = likes_count - 1
         WHERE id IN (SELECT video_id FROM video_likes WHERE user_id = $1)",
        "UPDATE users SET likes_count = likes_count
             - (SELECT COUNT(*) FROM video_likes l JOIN videos v ON v.id = l.video_id
                WHERE l.user_id = $1 AND v.owner_id = users.id)
         WHERE id IN (SELECT v.owner_id FROM video_likes l JOIN videos v ON v.id = l.video_id WHERE l.user_id = $1)",
        "DELETE FROM video_likes WHERE user_id = $1",
        "UPDATE comments SET likes_count = likes_count - 1
         WHERE id IN (SELECT comment_id FROM comment_likes WHERE user_id = $1)",
        "DELETE FROM comment_likes WHERE user_id = $1",
        "UPDATE tweets SET likes_count = likes_count - 1
         WHERE id IN (SELECT tweet_id FROM tweet_likes WHERE user_id = $1)",
        "DELETE FROM tweet_likes WHERE user_id = $1",
    ]),
};
