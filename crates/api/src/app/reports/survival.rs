//! How long answers take when some have not come yet.
//!
//! Whoever has waited a week without an answer knows one thing: the answer takes more than a week. To leave such waits out
//! would flatter those who answer the least, and to take them for answered now would flatter them too. So each wait
//! without an answer is *censored* at its length so far, and the share of those still waiting after a time is the
//! product-limit estimate of Kaplan and Meier (J. Am. Stat. Assoc. 53, 1958, 457–481). Without censored waits it is the
//! ordinary share.
//!
//! A quantile is the shortest time after which at most the rest still waits. It is a time that some answer really took,
//! and there is none when the curve does not come down so far: the figure then falls among the unanswered.

use chrono::TimeDelta;

/// A share may miss a bound by this much through rounding alone.
const ROUNDING: f64 = 1e-9;

/// Waits as they are gathered. An answer that came before it was asked for counts as at once.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    /// In microseconds.
    answered: Vec<i64>,
    censored: Vec<i64>,
}

impl Waits {
    /// The answer came after this time.
    pub fn answered_after(&mut self, wait: TimeDelta) {
        self.answered.push(micros(wait));
    }

    /// No answer has come in this time.
    pub fn unanswered_for(&mut self, wait: TimeDelta) {
        self.censored.push(micros(wait));
    }

    /// The curve of those who still wait.
    #[must_use]
    pub fn survival(mut self) -> Survival {
        self.answered.sort_unstable();
        self.censored.sort_unstable();
        let total = self.answered.len() + self.censored.len();
        let mut steps: Vec<(i64, f64)> = Vec::new();
        let (mut waiting, mut answered, mut censored) = (1.0, 0, 0);
        while let Some(&at) = self.answered.get(answered) {
            // Whoever was censored at this very time has waited at least so long, and so is still counted.
            censored += self.censored.iter().skip(censored).take_while(|wait| **wait < at).count();
            let at_risk = total - answered - censored;
            let now = self.answered.iter().skip(answered).take_while(|wait| **wait == at).count();
            waiting *= 1.0 - share(now, at_risk);
            answered += now;
            steps.push((at, waiting));
        }
        Survival { steps }
    }
}

/// After each time at which an answer came, the share of those who still waited.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    steps: Vec<(i64, f64)>,
}

impl Survival {
    /// The shortest time within which `percent` of the answers come; `None` when that falls among those who still wait.
    #[must_use]
    pub fn quantile(&self, percent: u8) -> Option<TimeDelta> {
        let rest = 1.0 - f64::from(percent) / 100.0;
        let reached = self.steps.iter().find(|(_, waiting)| *waiting <= rest + ROUNDING);
        reached.map(|(at, _)| TimeDelta::microseconds(*at))
    }
}

fn micros(wait: TimeDelta) -> i64 {
    wait.num_microseconds().unwrap_or(i64::MAX).max(0)
}

/// A part of a whole; of nothing, nothing.
#[must_use]
pub fn share(part: usize, whole: usize) -> f64 {
    // Exact up to 2^53, which is more than there are referrals.
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    let (part, whole) = (part as f64, whole as f64);
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survival(answered: &[i64], censored: &[i64]) -> Survival {
        let mut waits = Waits::default();
        answered.iter().for_each(|hours| waits.answered_after(TimeDelta::hours(*hours)));
        censored.iter().for_each(|hours| waits.unanswered_for(TimeDelta::hours(*hours)));
        waits.survival()
    }

    fn quantiles(answered: &[i64], censored: &[i64]) -> [Option<i64>; 3] {
        let curve = survival(answered, censored);
        [50, 75, 90].map(|percent| curve.quantile(percent).map(|wait| wait.num_hours()))
    }

    #[test]
    fn the_curve_is_that_of_the_textbook() {
        // Leukemia remission, maintained group: Miller, Survival Analysis (1981), page 49; the `aml` data of R's survival.
        let curve = survival(&[9, 13, 18, 23, 31, 34, 48], &[13, 28, 45, 161]);
        let shares: Vec<_> = curve.steps.iter().map(|(_, waiting)| (waiting * 1e3).round() / 1e3).collect();
        assert_eq!(shares, [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]);
        assert_eq!(quantiles(&[9, 13, 18, 23, 31, 34, 48], &[13, 28, 45, 161]), [Some(31), Some(48), None]);
        // And the other group, with two remissions of the same length.
        assert_eq!(quantiles(&[5, 5, 8, 8, 12, 23, 27, 30, 33, 43, 45], &[16]), [Some(23), Some(33), Some(43)]);
    }

    #[test]
    fn when_all_are_answered_it_is_the_ordinary_share() {
        assert_eq!(quantiles(&[4, 1, 3, 2], &[]), [Some(2), Some(3), Some(4)]);
        let ten: Vec<_> = (1..=10).collect();
        assert_eq!(quantiles(&ten, &[]), [Some(5), Some(8), Some(9)]);
        assert_eq!(quantiles(&[7], &[]), [Some(7); 3]);
    }

    #[test]
    fn whoever_does_not_answer_has_no_figure() {
        assert_eq!(quantiles(&[], &[]), [None; 3]);
        assert_eq!(quantiles(&[], &[1, 2]), [None; 3]);
        // One quick answer among three is not a median of one hour.
        assert_eq!(quantiles(&[1], &[100, 100]), [None; 3]);
        // What was sent a moment ago says nothing yet about waits of hours.
        assert_eq!(quantiles(&[5, 6, 7], &[0, 0, 0, 0]), [Some(6), Some(7), Some(7)]);
    }

    #[test]
    fn an_unanswered_wait_counts_at_its_own_length_too() {
        assert_eq!(quantiles(&[5], &[5]), [Some(5), None, None]);
    }
}
