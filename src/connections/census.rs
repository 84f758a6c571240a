//! Counts connections, in all and for each client.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{Activity, ConnectionLimits};
use crate::auth::prefix;
use crate::gate::Full;
use crate::metrics::Counter;

/// Connections that have been asked to make room and are still there.
const LEAVING_MAX: usize = 64;
/// They leave as soon as their tasks run, which may take a moment on a busy machine.
const LEAVING_PAUSE: Duration = Duration::from_millis(1);
const LEAVING_LIMIT: Duration = Duration::from_millis(100);

pub struct Connections {
    connections_max: usize,
    /// For one address.
    per_peer_max: usize,
    census: Mutex<Census>,
    refused: Counter,
}

#[derive(Default)]
struct Census {
    total: usize,
    next: u64,
    by_peer: HashMap<IpAddr, HashMap<u64, Arc<Activity>>>,
}

/// Counts until it is dropped.
pub struct Seat {
    connections: Arc<Connections>,
    peer: IpAddr,
    number: u64,
    pub activity: Arc<Activity>,
}

impl Connections {
    /// Behind proxies a peer is a proxy, with the connections of many clients.
    pub fn new(limits: ConnectionLimits, behind_proxies: bool) -> Self {
        let per_peer_max = if behind_proxies { limits.connections_max } else { limits.per_client_max };
        Self {
            connections_max: limits.connections_max,
            per_peer_max,
            census: Mutex::default(),
            refused: Counter::default(),
        }
    }

    /// Admits a connection. If there are too many, the one that has been quiet for the longest time makes room.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Seat, Full> {
        let peer = prefix(peer);
        let mut census = self.lock();
        let of_peer = census.by_peer.get(&peer).map_or(0, HashMap::len);
        if of_peer >= self.per_peer_max && !make_room(census.by_peer.get(&peer).into_iter()) {
            return Err(Full::Holder);
        }
        if census.total >= self.connections_max && !make_room(census.by_peer.values()) {
            return Err(Full::Everybody);
        }
        let number = census.next;
        let activity = Arc::new(Activity::new());
        census.next += 1;
        census.total += 1;
        census.by_peer.entry(peer).or_default().insert(number, Arc::clone(&activity));
        Ok(Seat { connections: Arc::clone(self), peer, number, activity })
    }

    /// Waits for the connections that have been asked to make room, so that a burst of new ones is not refused for them.
    pub async fn room_is_made(&self) {
        let made = async {
            while self.lock().by_peer.values().flat_map(HashMap::values).any(|seat| seat.is_leaving()) {
                sleep(LEAVING_PAUSE).await;
            }
        };
        // Those that are still there then are counted.
        let _ = timeout(LEAVING_LIMIT, made).await;
    }

    pub fn open(&self) -> usize {
        self.lock().total
    }

    pub fn count_refusal(&self) {
        self.refused.add(1);
    }

    pub fn refused(&self) -> u64 {
        self.refused.get()
    }

    fn lock(&self) -> MutexGuard<'_, Census> {
        self.census.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the longest quiet of these connections to leave; false if all are busy, or too many are leaving.
fn make_room<'a>(peers: impl Iterator<Item = &'a HashMap<u64, Arc<Activity>>>) -> bool {
    let (leaving, staying): (Vec<_>, Vec<_>) = peers.flat_map(HashMap::values).partition(|seat| seat.is_leaving());
    let quiet = staying.into_iter().filter_map(|seat| Some((seat.quiet_since()?, seat)));
    let longest = quiet.min_by_key(|(since, _)| *since).filter(|_| leaving.len() < LEAVING_MAX);
    longest.map(|(_, seat)| seat.evict()).is_some()
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut census = self.connections.lock();
        census.total -= 1;
        if let Some(seats) = census.by_peer.get_mut(&self.peer) {
            seats.remove(&self.number);
            if seats.is_empty() {
                census.by_peer.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn connections(connections_max: usize, per_client_max: usize) -> Arc<Connections> {
        let limits = ConnectionLimits { connections_max, per_client_max, ..ConnectionLimits::for_handles(1024) };
        Arc::new(Connections::new(limits, false))
    }

    #[test]
    fn the_longest_quiet_connection_makes_room_and_a_busy_one_never_does() {
        let connections = connections(8, 3);
        let peer = IpAddr::from([192, 0, 2, 1]);
        let [busy, quiet, newer] = [(); 3].map(|()| connections.admit(peer).unwrap());
        busy.activity.begin_request();
        let next = connections.admit(peer).unwrap();
        assert!(quiet.activity.is_leaving() && !newer.activity.is_leaving());
        assert!(quiet.activity.evicted().now_or_never().is_some());
        drop(quiet);
        // A request has come in the same moment.
        assert!(connections.admit(peer).is_ok() && newer.activity.is_leaving());
        newer.activity.begin_request();
        assert!(newer.activity.evicted().now_or_never().is_none() && !newer.activity.is_leaving());
        next.activity.begin_request();
        assert_eq!(connections.admit(peer).err(), Some(Full::Holder));
    }

    #[test]
    fn all_together_are_limited_too_and_a_network_is_one_client() {
        let connections = connections(3, 2);
        let busy = |last: u8| {
            let seat = connections.admit(IpAddr::from([192, 0, 2, last])).ok()?;
            seat.activity.begin_request();
            Some(seat)
        };
        let seats = [busy(1), busy(2), busy(3)];
        assert!(seats.iter().all(Option::is_some) && busy(4).is_none());
        drop(seats);
        let network = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last]);
        let seats = [1, 2].map(|last| connections.admit(network(last)).unwrap());
        for seat in &seats {
            seat.activity.begin_request();
        }
        assert_eq!(connections.admit(network(3)).err(), Some(Full::Holder));
    }
}
