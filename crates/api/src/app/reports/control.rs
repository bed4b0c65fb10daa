//! Whether something has changed, or only varies as it always does: a control chart.
//!
//! A red number and a green one say nothing about that: of two weeks one is always the worse. The chart has a centre and two limits,
//! made of how much one point differs from the next (individuals and moving range, "XmR"; D. J. Wheeler, *Understanding Variation*,
//! 2nd ed. 2000). What varies within them has one cause, the way in which the work is done, and changes with it alone. A point has a
//! *signal* when chance hardly makes it:
//!
//! * it lies beyond a limit;
//! * it is the seventh in a row on the same side of the centre;
//! * it is the seventh in a row that rises, or falls;
//! * it is the second of three beyond two thirds of the way from the centre to the same limit.
//!
//! Centre and limits are those of the first [`BASIS`] points and stay, or a slow change would carry them along. With fewer points they
//! are on trial.

use std::collections::BTreeSet;

/// Of so many points the limits are made.
pub const BASIS: usize = 12;
/// So many in a row are a run, or a trend.
const RUN: usize = 7;
/// From the mean moving range to three standard deviations: 3 ÷ d₂ for two points.
const THREE_SIGMA: f64 = 3.0 / 1.128;

/// Why a point is worth a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// It lies beyond a limit.
    BeyondLimit,
    /// The seventh in a row on one side of the centre, or later.
    OneSide,
    /// The seventh in a row that rises or falls, or later.
    Trend,
    /// The second of three near the same limit.
    NearLimit,
}

impl Signal {
    /// As it stands in an answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeyondLimit => "beyond-limit",
            Self::OneSide => "one-side",
            Self::Trend => "trend",
            Self::NearLimit => "near-limit",
        }
    }
}

/// The centre, its limits, and what stands out.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The mean of the points that the limits are made of.
    pub centre: f64,
    /// What lies below it stands out; never less than nothing.
    pub lower: f64,
    /// What lies above it stands out.
    pub upper: f64,
    /// Of how many points the limits are made.
    pub basis: usize,
    /// The signals of each point, in the order given; none for one that is not known.
    pub signals: Vec<BTreeSet<Signal>>,
}

impl Chart {
    /// The chart of these figures, the oldest first; what is not known is skipped, as if it were not there. `None` when two that are
    /// known are not there either.
    #[must_use]
    pub fn of(figures: &[Option<f64>]) -> Option<Self> {
        let known: Vec<f64> = figures.iter().flatten().copied().collect();
        let basis: Vec<f64> = known.iter().take(BASIS).copied().collect();
        let steps: Vec<f64> = basis
            .iter()
            .zip(basis.iter().skip(1))
            .map(|(one, next)| (next - one).abs())
            .collect();
        let (centre, step) = (mean(&basis)?, mean(&steps)?);
        let chart = Self {
            centre,
            lower: (centre - THREE_SIGMA * step).max(0.0),
            upper: centre + THREE_SIGMA * step,
            basis: basis.len(),
            signals: Vec::new(),
        };
        let mut nth = 0;
        let signals = figures.iter().map(|figure| match figure {
            Some(_) => {
                nth += 1;
                chart.signals_of(known.get(..nth).unwrap_or_default())
            }
            None => BTreeSet::new(),
        });
        let signals = signals.collect();
        Some(Self { signals, ..chart })
    }

    /// Whether the limits are made of fewer points than they should be.
    #[must_use]
    pub const fn is_trial(&self) -> bool {
        self.basis < BASIS
    }

    /// Why the last of these points stands out.
    fn signals_of(&self, known: &[f64]) -> BTreeSet<Signal> {
        let last = |number: usize| known.len().checked_sub(number).and_then(|start| known.get(start..));
        let beyond = |one: f64| one > self.upper || one < self.lower;
        let run = last(RUN)
            .is_some_and(|run| run.iter().all(|one| *one > self.centre) || run.iter().all(|one| *one < self.centre));
        let trend = last(RUN).is_some_and(|run| {
            let pairs = || run.iter().zip(run.iter().skip(1));
            pairs().all(|(one, next)| next > one) || pairs().all(|(one, next)| next < one)
        });
        // Below, the limit may have been cut at nothing; what is near it goes by where it would be.
        let third = (self.upper - self.centre) / 3.0;
        let far = |one: f64, above: bool| {
            if above {
                one > self.centre + 2.0 * third
            } else {
                one < self.centre - 2.0 * third
            }
        };
        let near = |above: bool| {
            let now = known.last().is_some_and(|one| far(*one, above));
            now && last(3.min(known.len()))
                .is_some_and(|three| three.iter().filter(|one| far(**one, above)).count() >= 2)
        };
        let found = [
            (Signal::BeyondLimit, known.last().is_some_and(|one| beyond(*one))),
            (Signal::OneSide, run),
            (Signal::Trend, trend),
            (Signal::NearLimit, near(true) || near(false)),
        ];
        found
            .into_iter()
            .filter(|(_, holds)| *holds)
            .map(|(signal, _)| signal)
            .collect()
    }
}

fn mean(numbers: &[f64]) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "there are a few dozen points")]
    let count = numbers.len() as f64;
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(figures: &[f64]) -> Chart {
        Chart::of(&figures.iter().copied().map(Some).collect::<Vec<_>>()).unwrap()
    }

    fn signals(figures: &[f64]) -> Vec<(usize, Signal)> {
        let chart = chart(figures);
        let each = chart.signals.iter().enumerate();
        each.flat_map(|(nth, signals)| signals.iter().map(move |signal| (nth, *signal)))
            .collect()
    }

    /// Up and down by one around ten: nothing but what it always is.
    const STEADY: [f64; 12] = [10.0, 11.0, 10.0, 9.0, 10.0, 11.0, 10.0, 9.0, 10.0, 11.0, 10.0, 9.0];

    fn then(more: &[f64]) -> Vec<f64> {
        STEADY.iter().chain(more).copied().collect()
    }

    #[test]
    fn the_limits_are_those_of_the_textbook() {
        // Each differs from the next by one, so the mean moving range is one, and the limits lie 2.66 from the mean.
        let steady = chart(&STEADY);
        assert!((steady.centre - 10.0).abs() < 1e-9);
        assert!(
            (steady.upper - 12.6596).abs() < 1e-4 && (steady.lower - 7.3404).abs() < 1e-4,
            "{steady:?}"
        );
        assert_eq!((steady.basis, steady.is_trial()), (12, false));
        assert_eq!(signals(&STEADY), []);
        // No time is less than none.
        assert!(chart(&[1.0, 5.0, 1.0]).lower.abs() < f64::EPSILON);
    }

    #[test]
    fn each_rule_finds_its_own() {
        assert_eq!(signals(&then(&[13.0])), [(12, Signal::BeyondLimit)]);
        assert_eq!(signals(&then(&[7.0])), [(12, Signal::BeyondLimit)]);
        // The ninth of the basis is below; seven above the centre follow, none of them far.
        let side = [10.5, 10.7, 10.4, 10.6, 10.3, 10.8, 10.2];
        assert_eq!(signals(&then(&side)), [(18, Signal::OneSide)]);
        assert_eq!(signals(&then(&side[..6])), []);
        // From the last of the basis, 9.0, on: six steps are seven points.
        let rise = [9.3, 9.6, 9.9, 10.2, 10.5, 10.8];
        assert_eq!(signals(&then(&rise)), [(17, Signal::Trend)]);
        assert_eq!(signals(&then(&rise[..5])), []);
        // Two of three beyond 11.77 and within the limit.
        assert_eq!(signals(&then(&[12.0, 10.0, 12.0])), [(14, Signal::NearLimit)]);
        assert_eq!(signals(&then(&[12.0, 10.0, 10.0, 12.0])), []);
        assert_eq!(
            signals(&then(&[12.0, 8.0])),
            [],
            "on either side once is not twice on one"
        );
        assert_eq!(signals(&then(&[8.0, 8.0])), [(13, Signal::NearLimit)]);
    }

    #[test]
    fn what_comes_later_does_not_move_the_limits() {
        let slow: Vec<f64> = (1..=40).map(|week| 10.0 + f64::from(week) / 4.0).collect();
        let (before, after) = (chart(&STEADY), chart(&then(&slow)));
        assert_eq!(
            (before.centre, before.upper, before.lower),
            (after.centre, after.upper, after.lower)
        );
        assert!(after.signals.last().unwrap().contains(&Signal::BeyondLimit));
    }

    #[test]
    fn few_points_are_a_trial_and_one_is_none() {
        assert!(chart(&STEADY[..11]).is_trial());
        assert_eq!(Chart::of(&[]), None);
        assert_eq!(Chart::of(&[Some(3.0), None]), None);
        // What is not known neither counts nor breaks a row.
        let gap = Chart::of(&[Some(1.0), None, Some(2.0)]).unwrap();
        assert_eq!((gap.basis, gap.signals.len()), (2, 3));
        let all_alike = chart(&[5.0; 20]);
        assert_eq!(
            all_alike.signals.iter().filter(|signals| !signals.is_empty()).count(),
            0
        );
    }
}
