//! Videos: publishing, finding, watching, changing and deleting them.

mod change;
mod create;
mod intake;
mod list;
mod order;
mod relevance;
mod scope;
mod search;
pub mod shape;
mod shorts;
pub mod store;
mod suggest;
mod tags;
mod trending;

use utoipa_axum::router::OpenApiRouter;

pub use self::change::{find_own_video, own_video};
pub use self::intake::{VIDEO_FILE, recognise};
pub use self::shape::{NOT_FOUND, Video, VideoDetail, VideoRow, VideoSummary, VideoSummaryRow};
pub use self::shorts::{Shorts, ShortsQuery};
pub use self::store::{cards, lock, prune_views, published, select_card, select_listed_video, select_summary};
use crate::api::feature::{CountedTable, Counter, Feature, Forget};
use crate::app::App;

pub const FEATURE: Feature = Feature {
    tags: &[("videos", "Videos and their metadata")],
    routes,
    counters: &[
        Counter::column(
            "users.videos_count",
            "users",
            "videos_count",
            "SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id",
        ),
        Counter::column(
            "users.published_videos_count",
            "users",
            "published_videos_count",
            "SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id AND v.is_published",
        ),
        Counter::column(
            "users.views_count",
            "users",
            "views_count",
            "SELECT CAST(COALESCE(SUM(v.views), 0) AS BIGINT) FROM videos v WHERE v.owner_id = users.id",
        ),
        Counter::column(
            "users.shorts_count",
            "users",
            "shorts_count",
            "SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id AND v.is_short",
        ),
        Counter::column(
            "users.published_shorts_count",
            "users",
            "published_shorts_count",
            "SELECT COUNT(*) FROM videos v WHERE v.owner_id = users.id AND v.is_short AND v.is_published",
        ),
        Counter::total(
            "totals.published_shorts",
            "name = 'published_shorts'",
            "SELECT COUNT(*) FROM videos WHERE is_published AND is_short",
        ),
        Counter::total(
            "totals.published_videos",
            "name = 'published_videos'",
            "SELECT COUNT(*) FROM videos WHERE is_published",
        ),
        Counter::column(
            "tags.videos",
            "tags",
            "videos",
            "SELECT COUNT(*) FROM video_tags t JOIN videos v ON v.id = t.video_id
             WHERE t.tag = tags.tag AND v.is_published",
        )
        .keyed("tag"),
    ],
    counted_on: &[(CountedTable::Videos, "SELECT id FROM videos WHERE owner_id = $1")],
    forget: Forget::Call(|tx, storage, user| Box::pin(store::remove_of_user(tx, storage, user))),
};

fn routes() -> OpenApiRouter<App> {
    let reads = OpenApiRouter::new().merge(list::routes()).merge(trending::routes()).merge(suggest::routes());
    reads.merge(create::routes()).merge(change::routes())
}
