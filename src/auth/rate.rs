//! Rate limits for login, registration and refresh, by address and by account, and for playbacks, by viewer.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::config::{Config, Share};
use crate::error::Error;

type Keyed = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Short videos take a few seconds each, and many viewers may share an address.
const PLAYBACKS: Share = Share { tries: 1_200, period: Duration::from_hours(1) };

/// Limits each node on its own: with N nodes behind one address a client gets N times as many.
pub struct RateLimits {
    limits: Option<Limits>,
    clock: DefaultClock,
}

struct Limits {
    by_address: Limit,
    by_account: Limit,
    playbacks: Limit,
}

type Limit = (Share, Keyed);
type Headers = Vec<(HeaderName, HeaderValue)>;

impl RateLimits {
    pub fn new(config: &Config) -> Self {
        let limits = config.rate_limit.then(|| Limits {
            by_address: limiter(config.rate_limit_address),
            by_account: limiter(config.rate_limit_account),
            playbacks: limiter(PLAYBACKS),
        });
        Self { limits, clock: DefaultClock::default() }
    }

    /// Counts one try and returns the headers that say how many are left; 429 when none is.
    pub fn admit(&self, action: &str, address: IpAddr, account: Option<&str>) -> Result<Headers, Error> {
        let Some(limits) = &self.limits else { return Ok(Vec::new()) };
        let headers = self.check(&limits.by_address, &format!("{action} {}", prefix(address)))?;
        match account {
            Some(account) => self.check(&limits.by_account, &format!("{action} {account}")),
            None => Ok(headers),
        }
    }

    /// Counts one try for an account that became known only after its address was admitted.
    pub fn admit_account(&self, action: &str, account: &str) -> Result<Headers, Error> {
        let Some(limits) = &self.limits else { return Ok(Vec::new()) };
        self.check(&limits.by_account, &format!("{action} {account}"))
    }

    /// Counts a playback that this viewer starts; 429 when there were too many.
    pub fn admit_playback(&self, viewer: &[u8]) -> Result<(), Error> {
        let Some(limits) = &self.limits else { return Ok(()) };
        self.check(&limits.playbacks, &hex::encode(viewer)).map(drop)
    }

    fn check(&self, (share, limiter): &Limit, key: &String) -> Result<Headers, Error> {
        match limiter.check_key(key) {
            Ok(state) => Ok(headers(share, state.remaining_burst_capacity(), share.period.as_secs())),
            Err(not_until) => {
                let wait_s = not_until.wait_time_from(self.clock.now()).as_secs() + 1;
                let mut headers = headers(share, 0, wait_s);
                headers.push((header::RETRY_AFTER, HeaderValue::from(wait_s)));
                Err(Error::TooMany(format!("Too many attempts. Try again in {wait_s} seconds.").into(), headers))
            }
        }
    }

    /// Forgets keys that have their whole share again.
    pub fn prune(&self) {
        let Some(Limits { by_address, by_account, playbacks }) = &self.limits else { return };
        for (_, limiter) in [by_address, by_account, playbacks] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

fn limiter(share: Share) -> Limit {
    let tries = NonZeroU32::new(share.tries).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(share.period / tries.get()).unwrap_or(Quota::per_second(tries)).allow_burst(tries);
    (share, RateLimiter::keyed(quota).with_middleware())
}

/// Has the fields of draft-ietf-httpapi-ratelimit-headers that clients know.
fn headers(share: &Share, remaining: u32, reset_s: u64) -> Headers {
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
