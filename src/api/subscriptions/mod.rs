//! Subscriptions: who follows which channel.

mod routes;
mod store;

use super::feature::{Counter, Feature, Forget};

pub const FEATURE: Feature = Feature {
    tags: &[("subscriptions", "Subscriptions to channels")],
    routes: routes::routes,
    counters: &[
        Counter::column(
            "users.subscribers_count",
            "users",
            "subscribers_count",
            "SELECT COUNT(*) FROM subscriptions s WHERE s.channel_id = users.id",
        ),
        Counter::column(
            "users.subscriptions_count",
            "users",
            "subscriptions_count",
            "SELECT COUNT(*) FROM subscriptions s WHERE s.subscriber_id = users.id",
        ),
    ],
    forget: Forget::Statements(&[
        "UPDATE users SET subscribers_count = subscribers_count - 1
         WHERE id IN (SELECT channel_id FROM subscriptions WHERE subscriber_id = $1)",
        "UPDATE users SET subscriptions_count = subscriptions_count - 1
         WHERE id IN (SELECT subscriber_id FROM subscriptions WHERE channel_id = $1)",
        "DELETE FROM subscriptions WHERE subscriber_id = $1 OR channel_id = $1",
    ]),
    ..Feature::EMPTY
};
