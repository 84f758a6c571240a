//! Rate limits for login, registration and refresh, by address and by account, and for playbacks, by viewer.
//!
//! Those by address and account are in the database, so they hold across nodes and restarts. There are too many playbacks
//! for that: each node counts its own, each as many times as there are nodes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderName, HeaderValue, header};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest, Sha256};

use crate::clock::{Clock, millis};
use crate::config::{Config, Share};
use crate::db::{self, Db, args, retry};
use crate::error::Error;
use crate::nodes::Nodes;

const KEY_BYTES: usize = 16;
/// That are remembered.
const REFUSALS_MAX: usize = 10_000;
/// Of one viewer, in an hour. Short videos take a few seconds each, and many viewers may share an address.
const PLAYBACKS_MAX: NonZeroU32 = NonZeroU32::new(1_200).unwrap();

pub struct RateLimits {
    limits: Option<Limits>,
    refused: Refusals,
    db: Db,
    clock: Clock,
    nodes: Arc<Nodes>,
}

struct Limits {
    by_address: Share,
    by_account: Share,
    playbacks: DefaultKeyedRateLimiter<Vec<u8>>,
}

type Headers = Vec<(HeaderName, HeaderValue)>;

impl RateLimits {
    pub fn new(config: &Config, db: Db, clock: Clock, nodes: Arc<Nodes>) -> Self {
        let limits = config.rate_limit.then(|| Limits {
            by_address: config.rate_limit_address,
            by_account: config.rate_limit_account,
            playbacks: RateLimiter::keyed(Quota::per_hour(PLAYBACKS_MAX)),
        });
        Self { limits, refused: Refusals::default(), db, clock, nodes }
    }

    /// Counts one try and returns the headers that say how many are left; 429 when none is.
    pub async fn admit(&self, action: &str, address: IpAddr, account: Option<&str>) -> Result<Headers, Error> {
        let Some(limits) = &self.limits else { return Ok(Vec::new()) };
        let headers = self.count(limits.by_address, action, "address", &prefix(address).to_string()).await?;
        match account {
            Some(account) => self.count(limits.by_account, action, "account", account).await,
            None => Ok(headers),
        }
    }

    /// Counts one try for an account that became known only after its address was admitted.
    pub async fn admit_account(&self, action: &str, account: &str) -> Result<Headers, Error> {
        let Some(limits) = &self.limits else { return Ok(Vec::new()) };
        self.count(limits.by_account, action, "account", account).await
    }

    /// Counts a playback that this viewer starts; 429 when there were too many.
    pub fn admit_playback(&self, viewer: &[u8]) -> Result<(), Error> {
        let Some(limits) = &self.limits else { return Ok(()) };
        let weight = self.nodes.live().min(PLAYBACKS_MAX);
        match limits.playbacks.check_key_n(&viewer.to_vec(), weight) {
            Ok(Ok(())) => Ok(()),
            _ => Err(Error::too_many("You started too many videos. Try again in a few minutes.")),
        }
    }

    /// Takes one try out of a share, by the generic cell rate algorithm: tries put off the moment at which the share is
    /// whole again, by at most its period.
    async fn count(&self, share: Share, action: &str, by: &str, whom: &str) -> Result<Headers, Error> {
        retry(|| self.try_to_count(share, action, by, whom)).await
    }

    async fn try_to_count(&self, share: Share, action: &str, by: &str, whom: &str) -> Result<Headers, Error> {
        let now = self.clock.now_ms();
        let period = millis(share.period);
        let step = (period / i64::from(share.tries.max(1))).max(1);
        let key = Sha256::digest([action, by, whom].join(" "))[..KEY_BYTES].to_vec();
        if let Some(until) = self.refused.until(&key, now) {
            return Err(refusal(share, until - now));
        }
        let sql = "INSERT INTO rate_limits (key, full_at) VALUES ($1, $2)
                   ON CONFLICT (key) DO UPDATE SET full_at = $4 + CASE WHEN rate_limits.full_at > $3
                       THEN rate_limits.full_at ELSE $3 END
                   WHERE rate_limits.full_at <= $5
                   RETURNING full_at";
        let mut tx = self.db.begin().await?;
        let counted: Option<(i64,)> =
            tx.optional(sql, args![key.clone(), now + step, now, step, now + period - step]).await?;
        if let Some((full_at,)) = counted {
            tx.commit().await?;
            let remaining = (now + period - full_at) / step;
            return Ok(headers(share, remaining, share.period.as_secs()));
        }
        let sql = "SELECT full_at FROM rate_limits WHERE key = $1";
        let full_at: Option<(i64,)> = tx.optional(sql, args![key.clone()]).await?;
        let wait_ms = full_at.map_or(0, |(full_at,)| full_at + step - period - now);
        self.refused.insert(key, now + wait_ms);
        Err(refusal(share, wait_ms))
    }

    /// Forgets who has the whole share again.
    pub async fn prune(&self) -> Result<(), db::Error> {
        if let Some(limits) = &self.limits {
            limits.playbacks.retain_recent();
            limits.playbacks.shrink_to_fit();
        }
        self.db.run("DELETE FROM rate_limits WHERE full_at < $1", args![self.clock.now_ms()]).await
    }
}

fn refusal(share: Share, wait_ms: i64) -> Error {
    let wait_s = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000).max(1);
    let mut headers = headers(share, 0, wait_s);
    headers.push((header::RETRY_AFTER, HeaderValue::from(wait_s)));
    Error::TooMany(format!("Too many attempts. Try again in {wait_s} seconds.").into(), headers)
}

/// Who was refused, and until when. A flood of attempts does not reach the database.
#[derive(Default)]
struct Refusals(Mutex<HashMap<Vec<u8>, i64>>);

impl Refusals {
    fn until(&self, key: &[u8], now: i64) -> Option<i64> {
        self.lock().get(key).copied().filter(|until| *until > now)
    }

    fn insert(&self, key: Vec<u8>, until: i64) {
        let mut refused = self.lock();
        if refused.len() >= REFUSALS_MAX {
            // They are found in the database again.
            refused.clear();
        }
        refused.insert(key, until);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<u8>, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the fields of draft-ietf-httpapi-ratelimit-headers that clients know.
fn headers(share: Share, remaining: i64, reset_s: u64) -> Headers {
    let policy = format!("{};w={}", share.tries, share.period.as_secs());
    let mut headers = vec![
        (HeaderName::from_static("ratelimit-limit"), HeaderValue::from(share.tries)),
        (HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(remaining)),
        (HeaderName::from_static("ratelimit-reset"), HeaderValue::from(reset_s)),
    ];
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.push((HeaderName::from_static("ratelimit-policy"), policy));
    }
    headers
}

/// Stands for one customer: IPv6 providers hand out whole /64 networks.
pub fn prefix(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_customer_is_one_prefix() {
        let a: IpAddr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        let b: IpAddr = "2001:db8:1:2:ffff::1".parse().unwrap();
        assert_eq!(prefix(a), prefix(b));
    }
}
