//! Tweets: short posts on a channel.

mod routes;
mod store;

pub use self::routes::Tweet;
pub use self::store::{TweetRow, of_ids};
use super::feature::{Counter, Feature, Forget};

pub const FEATURE: Feature = Feature {
    tags: &[("tweets", "Short posts")],
    routes: routes::routes,
    counters: &[
        Counter::column(
            "users.tweets_count",
            "users",
            "tweets_count",
            "SELECT COUNT(*) FROM tweets t WHERE t.owner_id = users.id",
        ),
        Counter::total("totals.tweets", "name = 'tweets'", "SELECT COUNT(*) FROM tweets"),
    ],
    // The likes on them go by cascade.
    forget: Forget::Statements(&[
        "UPDATE totals SET value = value - (SELECT tweets_count FROM users WHERE id = $1) WHERE name = 'tweets'",
        "DELETE FROM tweets WHERE owner_id = $1",
    ]),
    ..Feature::EMPTY
};
