//! When to try again.

use std::time::Duration;

/// How long to wait after each failed attempt; the last entry holds for ever.
const TABLE: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(60 * 60),
];

/// Up to this part of a wait is cut off at random, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// How long to wait when `attempts` attempts had failed before this one. `chance` is a random number from 0 to 1; the
/// greater it is the shorter the wait, which is never longer than the table says.
///
/// ```
/// use std::time::Duration;
/// use stafett_notify::backoff::delay;
///
/// assert_eq!(delay(0, 0.0), Duration::from_secs(5));
/// assert_eq!(delay(0, 1.0), Duration::from_secs(4));
/// assert_eq!(delay(1_000_000, 0.0), Duration::from_secs(3_600));
/// ```
#[must_use]
pub fn delay(attempts: u32, chance: f64) -> Duration {
    let [.., longest] = TABLE;
    let full = usize::try_from(attempts)
        .ok()
        .and_then(|nth| TABLE.get(nth).copied())
        .unwrap_or(longest);
    full.mul_f64(1.0 - JITTER * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_to_an_hour_and_stays_there() {
        let waits: Vec<u64> = [0, 1, 2, 3, 4, 5, 6, 100, u32::MAX]
            .map(|n| delay(n, 0.0).as_secs())
            .to_vec();
        assert_eq!(waits, [5, 30, 120, 600, 3_600, 3_600, 3_600, 3_600, 3_600]);
    }

    #[test]
    fn chance_shortens_a_wait_by_a_fifth_at_most() {
        for attempts in 0..8 {
            let full = delay(attempts, 0.0);
            for step in 0..=10 {
                let wait = delay(attempts, f64::from(step) / 10.0);
                assert!(wait <= full && wait >= full.mul_f64(0.8), "{attempts} {step}: {wait:?}");
            }
            assert!(delay(attempts, 0.9) < delay(attempts, 0.1));
        }
        assert_eq!(delay(0, 7.0), delay(0, 1.0));
        assert_eq!(delay(0, -7.0), delay(0, 0.0));
    }
}
