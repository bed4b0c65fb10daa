//! From single answers to figures, by the same rule for both sides.

use serde::Serialize;

/// One answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Whose it is.
    pub(crate) client: usize,
    /// When it came, in microseconds on its side's clock.
    pub(crate) done: u64,
    /// After how many microseconds.
    pub(crate) latency: u64,
}

/// So many first answers of each client are not counted: a new connection parses and plans its statements in them.
pub(crate) const WARM_UP: usize = 10;

/// Some slices of one side together.
#[derive(Debug, Default, Clone)]
pub(crate) struct Figure {
    latencies: Vec<u64>,
    micros: u64,
}

/// What is told of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    /// How many answers were counted.
    pub(crate) counted: usize,
    /// How many came in a second.
    pub(crate) per_second: f64,
    /// Half of them came within so many milliseconds.
    pub(crate) p50_ms: f64,
    /// All but one in a hundred came within so many.
    pub(crate) p99_ms: f64,
}

impl Figure {
    /// Adds a slice: what was answered while all clients were at work, from the last one's warm-up to the first one's end.
    pub(crate) fn add(&mut self, slice: &[Sample], clients: usize) {
        let mut done: Vec<Vec<u64>> = vec![Vec::new(); clients];
        for sample in slice {
            if let Some(done) = done.get_mut(sample.client) {
                done.push(sample.done);
            }
        }
        let mut window = (0, u64::MAX);
        for done in &mut done {
            done.sort_unstable();
            let (Some(warm), Some(last)) = (done.get(WARM_UP - 1), done.last()) else {
                return;
            };
            window = (window.0.max(*warm), window.1.min(*last));
        }
        let (from, to) = window;
        if from >= to {
            return;
        }
        self.micros += to - from;
        let counted = slice.iter().filter(|sample| sample.done > from && sample.done <= to);
        self.latencies.extend(counted.map(|sample| sample.latency));
    }

    pub(crate) fn summary(&self) -> Summary {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
            sorted.get(place).map_or(0.0, |micros| float(*micros) / 1_000.0)
        };
        let seconds = float(self.micros) / 1_000_000.0;
        let counted = sorted.len();
        Summary {
            counted,
            per_second: if seconds > 0.0 {
                float(counted as u64) / seconds
            } else {
                0.0
            },
            p50_ms: at(50),
            p99_ms: at(99),
        }
    }
}

fn float(number: u64) -> f64 {
    // Microseconds of a run and numbers of answers are far below what a double holds exactly.
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(client: usize, step: u64, count: u64) -> Vec<Sample> {
        (1..=count)
            .map(|number| Sample {
                client,
                done: number * step,
                latency: step,
            })
            .collect()
    }

    #[test]
    fn only_what_was_answered_while_all_were_at_work_is_counted() {
        let mut figure = Figure::default();
        // The slow one is warm after 20 ms, the quick one is through after 100 ms.
        figure.add(&[every(0, 2_000, 200), every(1, 1_000, 100)].concat(), 2);
        let summary = figure.summary();
        assert_eq!(summary.counted, 40 + 80);
        assert!((summary.per_second - 1_500.0).abs() < 1e-6);
        assert!((summary.p50_ms - 1.0).abs() < 1e-6 && (summary.p99_ms - 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_slice_that_was_too_short_is_no_figure() {
        let mut figure = Figure::default();
        figure.add(&every(0, 1_000, 5), 1);
        assert_eq!(figure.summary().counted, 0);
    }
}
