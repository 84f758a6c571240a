//! Which videos a list has.

use super::shorts::Shorts;
use super::store::{select_card, select_summary};
use crate::db::Sql;
use crate::id::UserId;

/// Which videos are meant.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub kind: ScopeKind,
    pub shorts: Shorts,
    /// The channel, or the subscriber.
    pub user: Option<UserId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    Published,
    /// A channel, as strangers see it.
    Channel,
    OwnChannel,
    /// The channels somebody subscribes to.
    Subscribed,
}

impl ScopeKind {
    pub const ALL: [Self; 4] = [Self::Published, Self::Channel, Self::OwnChannel, Self::Subscribed];

    /// Begins a statement that selects summaries of videos `v` and owners `o`.
    pub fn select(self) -> Sql {
        // Some clients take the text to edit from the list of one's own videos.
        if self == Self::OwnChannel { select_summary() } else { select_card() }
    }

    /// Returns the condition, in which the owner or the subscriber is `$3`.
    pub const fn condition(self) -> &'static str {
        match self {
            Self::Published => "WHERE v.is_published",
            Self::OwnChannel => "WHERE v.owner_id = $3",
            Self::Channel => "WHERE v.owner_id = $3 AND v.is_published",
            Self::Subscribed => {
                // Not `IN`: SQLite would then gather all that these channels have, and sort it for every page.
                "WHERE v.is_published
                 AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.subscriber_id = $3 AND s.channel_id = v.owner_id)"
            }
        }
    }

    /// Returns the number of videos on all pages, from the counters.
    pub fn total(self, shorts: Shorts) -> Sql {
        let published = shorts.published_count();
        match self {
            Self::Published => shorts.published_total().into(),
            Self::OwnChannel => Sql::from("(SELECT").then(shorts.count()).then("FROM users u WHERE u.id = $3)"),
            Self::Channel => Sql::from("(SELECT").then(published).then("FROM users u WHERE u.id = $3)"),
            Self::Subscribed => {
                // Not a join, for which PostgreSQL would rather read all users.
                let counted = Sql::from("(SELECT").then(published).then("FROM users u WHERE u.id = s.channel_id)");
                let sum = Sql::from("(SELECT CAST(COALESCE(SUM(").then(counted).then("), 0) AS BIGINT)");
                sum.then("FROM subscriptions s WHERE s.subscriber_id = $3)")
            }
        }
    }
}
