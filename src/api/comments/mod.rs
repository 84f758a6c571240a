//! Comments on videos.

mod routes;
mod store;

use super::feature::{CountedTable, Counter, Feature, Forget};

pub const FEATURE: Feature = Feature {
    tags: &[("comments", "Comments on videos")],
    routes: routes::routes,
    counters: &[Counter::column(
        "videos.comments_count",
        "videos",
        "comments_count",
        "SELECT COUNT(*) FROM comments c WHERE c.video_id = videos.id",
    )],
    counted_on: &[(CountedTable::Videos, "SELECT video_id FROM comments WHERE owner_id = $1")],
    // The likes on them go by cascade.
    forget: Forget::Statements(&[
        "UPDATE videos SET comments_count = comments_count
             - (SELECT COUNT(*) FROM comments c WHERE c.video_id = videos.id AND c.owner_id = $1)
         WHERE id IN (SELECT video_id FROM comments WHERE owner_id = $1)",
        "DELETE FROM comments WHERE owner_id = $1",
    ]),
};
