//! When referrals begin: in each month of the year as many as the month is busy.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::super::dice::Dice;
use super::super::scenario::Scenario;
use super::part;

/// The period, month by month, with how many referrals are still to begin in each.
#[derive(Debug, Clone)]
pub(super) struct Year {
    months: Vec<Stretch>,
}

#[derive(Debug, Clone)]
struct Stretch {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    left: f64,
}

impl Year {
    /// The period up to `now` in which so many referrals begin.
    pub(super) fn new(scenario: &Scenario, now: DateTime<Utc>, referrals: u32) -> Self {
        let begin = now - TimeDelta::seconds((scenario.period.days(referrals) * 86_400.0) as i64);
        let mut months: Vec<Stretch> = Vec::new();
        let mut from = begin;
        while from < now {
            let to = next_month(from).min(now);
            let month = usize::try_from(from.month0()).unwrap_or_default();
            let busy = scenario.months.get(month).copied().unwrap_or(1.0);
            months.push(Stretch {
                from,
                to,
                left: busy * (to - from).num_seconds() as f64,
            });
            from = to;
        }
        let whole: f64 = months.iter().map(|month| month.left).sum();
        for month in &mut months {
            month.left *= f64::from(referrals) / whole.max(1.0);
        }
        Self { months }
    }

    /// One begins at this time.
    pub(super) fn note(&mut self, at: DateTime<Utc>) {
        if let Some(month) = self.months.iter_mut().find(|month| month.from <= at && at < month.to) {
            month.left -= 1.0;
        }
    }

    /// Whether no more are to begin in the month that runs.
    pub(super) fn is_full(&self) -> bool {
        self.months.last().is_some_and(|month| month.left <= 0.0)
    }

    /// A time before `latest` in a month in which some are still to begin; when that is none, any time of the period.
    pub(super) fn draw(&self, latest: DateTime<Utc>, dice: &mut Dice) -> DateTime<Utc> {
        let open: Vec<&Stretch> = self.months.iter().filter(|month| month.from < latest).collect();
        let share = |month: &&Stretch| {
            let reachable = (month.to.min(latest) - month.from).num_seconds() as f64;
            let whole = (month.to - month.from).num_seconds() as f64;
            // A month that is full keeps a trace of a chance, for the case that all are.
            (month.left.max(0.001) * 1_000.0 * reachable / whole.max(1.0)).ceil() as u32
        };
        match dice.weigh(&open, share) {
            Some(month) => month.from + part(month.to.min(latest) - month.from, dice.share()),
            None => latest,
        }
    }
}

fn next_month(after: DateTime<Utc>) -> DateTime<Utc> {
    let first = NaiveDate::from_ymd_opt(after.year(), after.month(), 1);
    let next = first.and_then(|first| first.checked_add_months(Months::new(1)));
    next.map_or(DateTime::<Utc>::MAX_UTC, |next| next.and_time(NaiveTime::MIN).and_utc())
}
