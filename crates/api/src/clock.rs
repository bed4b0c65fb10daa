//! The one clock of the server.
//!
//! Nobody else asks the operating system for the time: what is stored must compare equal on both databases, so every
//! instant is cut to microseconds here, and tests move time by hand.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::Notify;

/// Tells the time, in UTC, cut to microseconds.
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;

    /// Ends when it is `instant`, or later. A clock that is set may end it late, so nobody sleeps by it for long.
    fn until(&self, instant: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A clock that is handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The clock on the wall.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Clock for System {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn until(&self, instant: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            // Nobody waits for years, and the timer cannot.
            let wait = (instant - self.now()).min(TimeDelta::days(1)).to_std();
            tokio::time::sleep(wait.unwrap_or_default()).await;
        })
    }
}

/// A clock that stands still until somebody moves it.
#[derive(Debug)]
pub struct Manual {
    shows: Mutex<DateTime<Utc>>,
    moved: Notify,
}

impl Manual {
    /// A clock that shows `start`.
    #[must_use]
    pub fn at(start: DateTime<Utc>) -> Self {
        Self {
            shows: Mutex::new(start.trunc_subsecs(6)),
            moved: Notify::new(),
        }
    }

    /// Moves the clock to `instant`, backwards too.
    pub fn set(&self, instant: DateTime<Utc>) {
        *self.lock() = instant.trunc_subsecs(6);
        self.moved.notify_waiters();
    }

    /// Moves the clock by `step`.
    pub fn advance(&self, step: TimeDelta) {
        *self.lock() += step;
        self.moved.notify_waiters();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        // A panic elsewhere cannot leave an instant half written.
        self.shows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for Manual {
    fn now(&self) -> DateTime<Utc> {
        *self.lock()
    }

    fn until(&self, instant: DateTime<Utc>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let mut moved = pin!(self.moved.notified());
                // Listening first, looking then: no move falls between the two.
                moved.as_mut().enable();
                if self.now() >= instant {
                    return;
                }
                moved.await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_cut_to_microseconds() {
        assert_eq!(System.now().timestamp_subsec_nanos() % 1_000, 0);
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let start = DateTime::from_timestamp(1_764_000_000, 123_456_789).unwrap();
        let clock = Manual::at(start);
        assert_eq!(clock.now(), clock.now());
        assert_eq!(clock.now().timestamp_subsec_nanos(), 123_456_000);
        clock.advance(TimeDelta::minutes(15));
        assert_eq!(clock.now() - start.trunc_subsecs(6), TimeDelta::minutes(15));
    }

    #[tokio::test]
    async fn whoever_waits_by_a_manual_clock_is_woken_when_it_is_moved_far_enough() {
        let start = DateTime::from_timestamp(1_764_000_000, 0).unwrap();
        let clock = Manual::at(start);
        clock.until(start).await;
        let waits = clock.until(start + TimeDelta::minutes(2));
        let moves = async {
            for _ in 0..2 {
                tokio::task::yield_now().await;
                clock.advance(TimeDelta::minutes(1));
            }
        };
        tokio::join!(waits, moves);
        assert_eq!(clock.now() - start, TimeDelta::minutes(2));
    }
}
