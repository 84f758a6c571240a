//! The lists that recommendations are taken from.

use std::collections::HashSet;

use super::blend::{Choice, Pick, blend, in_turns};
use super::reason::{Reason, ReasonKind, ReasonVideo};
use super::store::{self, Audience, Candidate, SeedRow};
use crate::db::{Db, Error};
use crate::id::{SubjectId, VideoId};
use crate::search::{self, Kind};

/// Of a hundred entries of the home feed.
const SUBSCRIPTIONS_SHARE: usize = 50;
const RELATED_SHARE: usize = 35;
const TRENDING_SHARE: usize = 15;

const SUBSCRIPTIONS_MAX: usize = 200;
/// Related to one of the videos that were watched last.
const RELATED_TO_ONE_MAX: usize = 20;

/// Returns what is related to a video, best first: what is watched with it, what is about the same, and what is of the
/// same channel. What comes after `enough` videos is not looked for.
pub async fn related(db: &Db, audience: Audience, seed: &SeedRow, enough: usize) -> Result<Vec<Pick>, Error> {
    let video = || ReasonVideo { id: seed.id, title: seed.title.clone() };
    let mut choice = Choice::without([seed.id]);
    let together = store::watched_with(db, audience, seed.id).await?;
    choice.take(picks(together, |_| Reason::of_video(video())));
    if choice.picks.len() < enough {
        let alike = about_the_same(db, audience, seed.id).await?;
        choice.take(picks(alike, |_| Reason { kind: ReasonKind::Similar, ..Reason::of_video(video()) }));
    }
    if choice.picks.len() < enough {
        let of_channel = store::of_channel(db, audience, seed.owner_id).await?;
        choice.take(picks(of_channel, |of| Reason::of_channel(ReasonKind::Channel, of.owner_id)));
    }
    choice.picks.truncate(enough);
    Ok(choice.picks)
}

async fn about_the_same(db: &Db, audience: Audience, video: VideoId) -> Result<Vec<Candidate>, Error> {
    let alike = search::alike(db, Kind::Video, SubjectId::from_bytes(*video.as_bytes()), audience.at).await?;
    let ids: Vec<VideoId> = alike.iter().map(|id| VideoId::from_bytes(*id.as_bytes())).collect();
    store::of_ids(db, audience, &ids).await
}

/// Returns `count` videos, if there are so many, to show beside one: what is related to it, then what is popular.
pub async fn beside(db: &Db, audience: Audience, seed: &SeedRow, count: usize) -> Result<Vec<Pick>, Error> {
    let mut choice = Choice::without([seed.id]);
    choice.take(related(db, audience, seed, count).await?);
    if choice.picks.len() < count {
        choice.take(picks(store::hottest(db, audience).await?, |_| Reason::of(ReasonKind::Popular)));
    }
    choice.picks.truncate(count);
    Ok(choice.picks)
}

/// Returns what the home feed of a member begins with: half of it is from subscriptions, a third is related to what was
/// watched, the rest is trending.
pub async fn personal(db: &Db, audience: Audience) -> Result<Vec<Pick>, Error> {
    let mut followed = store::of_subscriptions(db, audience).await?;
    followed.sort_by_key(|video| std::cmp::Reverse((video.created_at, *video.id.as_bytes())));
    followed.truncate(SUBSCRIPTIONS_MAX);
    let subscriptions = picks(followed, |of| Reason::of_channel(ReasonKind::Subscription, of.owner_id)).collect();
    let trending = picks(store::trending(db, audience).await?, |_| Reason::of(ReasonKind::Trending)).collect();
    let related = related_to_history(db, audience).await?;
    Ok(blend([(SUBSCRIPTIONS_SHARE, subscriptions), (RELATED_SHARE, related), (TRENDING_SHARE, trending)]))
}

async fn related_to_history(db: &Db, audience: Audience) -> Result<Vec<Pick>, Error> {
    let seeds = if audience.watcher.is_some() { store::seeds(db, audience).await? } else { Vec::new() };
    let mut lists = Vec::new();
    for seed in &seeds {
        lists.push(related(db, audience, seed, RELATED_TO_ONE_MAX).await?);
    }
    let mut choice = Choice::without(seeds.iter().map(|seed| seed.id));
    choice.take(in_turns(lists).into_iter().filter(|pick| Some(pick.video.owner_id) != audience.user));
    Ok(choice.picks)
}

/// Returns what comes after the personal part: what is trending, then what is new.
pub async fn rest(
    db: &Db,
    audience: Audience,
    after: (i64, VideoId),
    without: &[Pick],
    count: usize,
) -> Result<Vec<Pick>, Error> {
    let without: HashSet<VideoId> = without.iter().map(|pick| pick.video.id).collect();
    // So many are enough, even if all of the personal part is among them.
    let limit = i64::try_from(count + without.len()).unwrap_or(i64::MAX);
    let mut videos = store::trending_then_new(db, audience, after, limit).await?;
    videos.retain(|video| !without.contains(&video.id));
    videos.truncate(count);
    Ok(picks(videos, trending_or_new).collect())
}

fn trending_or_new(video: &Candidate) -> Reason {
    Reason::of(if video.trending > 0 { ReasonKind::Trending } else { ReasonKind::New })
}

/// Returns the newest videos, whoever made them.
pub async fn newest(db: &Db, audience: Audience, after: (i64, VideoId), limit: i64) -> Result<Vec<Pick>, Error> {
    let videos = store::newest(db, audience, after, limit).await?;
    let channels: Vec<_> = videos.iter().map(|video| video.owner_id).collect();
    let followed = store::subscribed_among(db, audience.user, &channels).await?;
    let reason = |video: &Candidate| {
        let is_followed = followed.contains(&video.owner_id);
        if is_followed {
            Reason::of_channel(ReasonKind::Subscription, video.owner_id)
        } else {
            Reason::of(ReasonKind::New)
        }
    };
    Ok(picks(videos, reason).collect())
}

fn picks(videos: Vec<Candidate>, reason: impl Fn(&Candidate) -> Reason) -> impl Iterator<Item = Pick> {
    videos.into_iter().map(move |video| Pick { reason: reason(&video), video })
}
