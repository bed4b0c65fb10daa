//! How often somebody may try to sign in.
//!
//! Three counters, for three attackers. One address that tries many accounts meets its own limit. One address that tries
//! one account meets a tighter one. Many addresses that try one account meet the account's limit; that one must not
//! become a lock that an attacker can turn, so an address from which the account has been signed in to lately passes it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest, Sha256};

type Keyed<K, C> = RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;
/// A hash, so that a flood of long names costs no more memory than one of short ones.
type Account = [u8; 32];

/// How many pairs of account and address are remembered as known.
const KNOWN_PAIRS: usize = 50_000;
/// How long.
const KNOWN_FOR: Duration = Duration::from_hours(30 * 24);

/// Counts sign-in attempts.
pub struct SignInLimits<C: Clock = DefaultClock> {
    clock: C,
    by_address: Keyed<IpAddr, C>,
    by_pair: Keyed<(Account, IpAddr), C>,
    by_account: Keyed<Account, C>,
    known: Mutex<HashMap<(Account, IpAddr), C::Instant>>,
}

impl<C: Clock> std::fmt::Debug for SignInLimits<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInLimits").finish_non_exhaustive()
    }
}

impl Default for SignInLimits<DefaultClock> {
    fn default() -> Self {
        Self::with_clock(DefaultClock::default())
    }
}

impl<C: Clock + Clone> SignInLimits<C> {
    /// Counters that run by `clock`.
    #[must_use]
    pub fn with_clock(clock: C) -> Self {
        let limiter = |burst, refill| Quota::with_period(refill).map(|quota| quota.allow_burst(at_least_one(burst)));
        let quota = |burst, seconds| {
            limiter(burst, Duration::from_secs(seconds)).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
        };
        Self {
            by_address: Keyed::new(quota(30, 2), DefaultKeyedStateStore::default(), clock.clone()),
            by_pair: Keyed::new(quota(5, 12), DefaultKeyedStateStore::default(), clock.clone()),
            by_account: Keyed::new(quota(30, 60), DefaultKeyedStateStore::default(), clock.clone()),
            known: Mutex::new(HashMap::new()),
            clock,
        }
    }

    /// Counts one attempt.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn attempt(&self, username: &str, address: IpAddr) -> Result<(), Duration> {
        let (account, address) = (account(username), network(address));
        let now = self.clock.now();
        let wait = |refused: governor::NotUntil<C::Instant>| refused.wait_time_from(now);
        self.by_address.check_key(&address).map_err(wait)?;
        self.by_pair.check_key(&(account, address)).map_err(wait)?;
        if self.is_known(account, address) {
            return Ok(());
        }
        self.by_account.check_key(&account).map_err(wait)
    }

    /// Remembers that somebody signed in as `username` from `address`.
    pub fn succeeded(&self, username: &str, address: IpAddr) {
        let mut known = self.lock();
        if known.len() >= KNOWN_PAIRS {
            let now = self.clock.now();
            known.retain(|_, seen| now.duration_since(*seen) < KNOWN_FOR.into());
        }
        if known.len() < KNOWN_PAIRS {
            known.insert((account(username), network(address)), self.clock.now());
        }
    }

    /// Forgets whoever has not tried for a while, so that memory does not grow.
    pub fn sweep(&self) {
        self.by_address.retain_recent();
        self.by_pair.retain_recent();
        self.by_account.retain_recent();
    }

    fn is_known(&self, account: Account, address: IpAddr) -> bool {
        let now = self.clock.now();
        self.lock()
            .get(&(account, address))
            .is_some_and(|seen| now.duration_since(*seen) < KNOWN_FOR.into())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(Account, IpAddr), C::Instant>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn account(username: &str) -> Account {
    Sha256::digest(username.trim().to_lowercase()).into()
}

/// Whoever has one IPv6 address has a whole /64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limits() -> (SignInLimits<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (SignInLimits::with_clock(clock.clone()), clock)
    }

    fn v4(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn tries(limits: &SignInLimits<FakeRelativeClock>, username: &str, address: IpAddr) -> usize {
        (0..100)
            .take_while(|_| limits.attempt(username, address).is_ok())
            .count()
    }

    #[test]
    fn one_address_gets_five_tries_at_one_account_and_then_waits() {
        let (limits, clock) = limits();
        assert_eq!(tries(&limits, "kari", v4(1)), 5);
        let wait = limits.attempt("kari", v4(1)).unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(12), "{wait:?}");
        clock.advance(wait);
        assert!(limits.attempt("kari", v4(1)).is_ok());
        assert!(
            limits.attempt("  KARI ", v4(1)).is_err(),
            "case and spaces make no new account"
        );
        assert!(limits.attempt("ola", v4(1)).is_ok());
    }

    #[test]
    fn one_address_cannot_go_through_a_list_of_accounts() {
        let (limits, _clock) = limits();
        let tried = (0..100)
            .take_while(|n| limits.attempt(&format!("user{n}"), v4(1)).is_ok())
            .count();
        assert_eq!(tried, 30);
        assert!(limits.attempt("somebody", v4(2)).is_ok());
    }

    #[test]
    fn many_addresses_cannot_lock_out_whoever_signs_in_where_they_always_do() {
        let (limits, _clock) = limits();
        limits.succeeded("kari", v4(200));
        let tried = (0..100).map(|last| tries(&limits, "kari", v4(last))).sum::<usize>();
        assert_eq!(tried, 30, "the account's own limit holds for strangers");
        assert!(limits.attempt("kari", v4(150)).is_err());
        assert!(limits.attempt("kari", v4(200)).is_ok(), "and not for her own office");
        assert!(limits.attempt("ola", v4(150)).is_ok());
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let (limits, _clock) = limits();
        let address = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        let tried = (0..50)
            .filter(|last| limits.attempt("kari", address(*last)).is_ok())
            .count();
        assert_eq!(tried, 5);
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), v4(1));
    }
}
