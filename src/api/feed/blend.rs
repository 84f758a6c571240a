//! Putting recommendations of several kinds into one order.

use std::collections::{HashMap, HashSet};

use super::reason::Reason;
use super::store::Candidate;
use crate::id::{UserId, VideoId};

/// Of each channel so many videos are related to one.
const PER_CHANNEL_MAX: usize = 3;

/// A video to recommend.
#[derive(Clone, Debug)]
pub struct Pick {
    pub video: Candidate,
    pub reason: Reason,
}

/// Takes picks in their order: each video once, and of each channel no more than a few.
#[derive(Default)]
pub struct Choice {
    seen: HashSet<VideoId>,
    of_channel: HashMap<UserId, usize>,
    pub picks: Vec<Pick>,
}

impl Choice {
    /// Begins a choice without these videos.
    pub fn without(videos: impl IntoIterator<Item = VideoId>) -> Self {
        Self { seen: videos.into_iter().collect(), ..Self::default() }
    }

    pub fn take(&mut self, picks: impl IntoIterator<Item = Pick>) {
        for pick in picks {
            let of_channel = self.of_channel.entry(pick.video.owner_id).or_default();
            if *of_channel < PER_CHANNEL_MAX && self.seen.insert(pick.video.id) {
                *of_channel += 1;
                self.picks.push(pick);
            }
        }
    }
}

/// Takes the first of every list, then the second of every list, and so on.
pub fn in_turns(lists: Vec<Vec<Pick>>) -> Vec<Pick> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut picks = Vec::new();
    loop {
        let before = picks.len();
        picks.extend(lists.iter_mut().filter_map(Iterator::next));
        if picks.len() == before {
            return picks;
        }
    }
}

/// Puts lists together so that each has its share of every beginning, as long as it lasts. A video that is in two of them
/// counts for the first.
pub fn blend<const N: usize>(lists: [(usize, Vec<Pick>); N]) -> Vec<Pick> {
    let mut seen = HashSet::new();
    let mut lists = lists.map(|(share, picks)| {
        let once: Vec<Pick> = picks.into_iter().filter(|pick| seen.insert(pick.video.id)).collect();
        (share, 0, once.into_iter().peekable())
    });
    let mut picks = Vec::new();
    loop {
        // The one that is furthest behind its share; of two, the first.
        let behind = |taken: &usize, share: &usize| (taken + 1) * 100 / share;
        let left = lists.iter_mut().filter_map(|list| list.2.peek().is_some().then_some(list));
        let Some((_, taken, next)) = left.min_by_key(|(share, taken, _)| behind(taken, share)) else { return picks };
        *taken += 1;
        picks.extend(next.next());
    }
}

#[cfg(test)]
mod tests {
    use super::super::reason::ReasonKind;
    use super::*;

    fn pick(kind: ReasonKind, number: u8, owner: u8) -> Pick {
        let video = Candidate {
            id: VideoId::from_bytes([number; 12]),
            owner_id: UserId::from_bytes([owner; 12]),
            created_at: 0,
            trending: 0,
        };
        Pick { video, reason: Reason::of(kind) }
    }

    fn list(kind: ReasonKind, numbers: std::ops::Range<u8>) -> Vec<Pick> {
        numbers.map(|number| pick(kind, number, number)).collect()
    }

    fn count(picks: &[Pick], kind: ReasonKind) -> usize {
        picks.iter().filter(|pick| pick.reason.kind == kind).count()
    }

    #[test]
    fn every_list_has_its_share() {
        use ReasonKind::{Related, Subscription, Trending};
        let lists = || [(50, list(Subscription, 0..50)), (35, list(Related, 50..90)), (15, list(Trending, 90..110))];
        let picks = blend(lists());
        assert_eq!(picks.len(), 110);
        let first = &picks[..20];
        assert_eq!([Subscription, Related, Trending].map(|kind| count(first, kind)), [10, 7, 3]);
        assert_eq!(picks[0].reason.kind, Subscription);
        let again = blend(lists());
        assert!(picks.iter().zip(&again).all(|(a, b)| a.video.id == b.video.id));
    }

    #[test]
    fn others_fill_up_where_a_list_ends() {
        use ReasonKind::{Related, Subscription, Trending};
        let picks = blend([(50, vec![]), (35, list(Related, 0..3)), (15, list(Trending, 2..20))]);
        assert_eq!((picks.len(), count(&picks, Related), count(&picks, Trending)), (20, 3, 17));
        assert!(blend([(50, vec![]), (50, list(Subscription, 0..0))]).is_empty());
    }

    #[test]
    fn no_channel_takes_more_than_its_places() {
        let of_one = (0..9).map(|number| pick(ReasonKind::Popular, number, 1));
        let mut choice = Choice::without([VideoId::from_bytes([0; 12])]);
        choice.take(of_one);
        choice.take([pick(ReasonKind::New, 1, 2), pick(ReasonKind::New, 20, 2)]);
        let ids: Vec<u8> = choice.picks.iter().map(|pick| pick.video.id.as_bytes()[0]).collect();
        assert_eq!(ids, [1, 2, 3, 20]);
    }

    #[test]
    fn lists_take_turns() {
        let picks = in_turns(vec![list(ReasonKind::New, 0..1), list(ReasonKind::New, 10..13)]);
        let ids: Vec<u8> = picks.iter().map(|pick| pick.video.id.as_bytes()[0]).collect();
        assert_eq!(ids, [0, 10, 11, 12]);
    }
}
