//! Chance that can be repeated: the same seed and name always throw the same.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// SplitMix64, written out here because a library's generator may change its numbers with a version, and the demo's
/// references stand in its documentation.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// Dice for one purpose. Different purposes do not disturb each other, so that a new story changes no old one.
    pub(super) fn seeded(seed: u64, purpose: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(seed.to_be_bytes())
            .chain_update(purpose)
            .finalize();
        Self(digest.iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte)))
    }

    /// Any number.
    pub(super) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// A number from 0 to just under 1.
    pub(super) fn share(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from `low` to just under `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.share() * (high - low)
    }

    /// One of several; nothing of nothing.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(from.len()).unwrap_or(u64::MAX).max(1);
        // The remainder's bias is one in 2^57 for lists of a hundred.
        from.get(usize::try_from(self.word() % count).unwrap_or_default())
    }

    /// One of several, each as often as its weight says.
    pub(super) fn weigh<'a, T>(&mut self, from: &'a [T], weight: impl Fn(&T) -> u32) -> Option<&'a T> {
        let total: f64 = from.iter().map(|item| f64::from(weight(item))).sum();
        let mut rest = self.share() * total;
        from.iter().filter(|item| weight(item) > 0).find(|item| {
            rest -= f64::from(weight(item));
            rest < 0.0
        })
    }

    /// A UUIDv7 of an instant.
    pub(super) fn uuid(&mut self, at: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        let random = (u128::from(self.word()) << 64 | u128::from(self.word())).to_be_bytes();
        let mut tail = [0; 10];
        tail.copy_from_slice(random.split_at(6).1);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let throw = |purpose| {
            let mut dice = Dice::seeded(7, purpose);
            (dice.word(), dice.share(), dice.uuid(DateTime::UNIX_EPOCH))
        };
        assert_eq!(throw("a"), throw("a"));
        assert_ne!(throw("a"), throw("b"));
        assert_eq!(throw("a").2.get_version_num(), 7);
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::seeded(1, "weights");
        let picks: Vec<_> = (0..10_000)
            .filter_map(|_| dice.weigh(&[0_u32, 1, 3], |weight| *weight))
            .collect();
        assert_eq!(picks.len(), 10_000);
        let threes = picks.iter().filter(|pick| ***pick == 3).count();
        assert!((7_300..7_700).contains(&threes), "{threes}");
        assert!(picks.iter().all(|pick| **pick != 0));
        assert_eq!(dice.pick::<u8>(&[]), None);
    }
}
