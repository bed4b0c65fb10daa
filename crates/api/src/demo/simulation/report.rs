//! What came of a simulation, in figures that a lead can compare.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;

/// How long answers took, with those that never came counted: not a mean of the lucky ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// So many hours after which half of all had an answer; null when half never had.
    pub median: Option<f64>,
    /// The same for nine of ten.
    pub upper: Option<f64>,
}

impl Span {
    /// Of answers that took so long, and so many that never came.
    #[must_use]
    pub fn of(mut answered: Vec<TimeDelta>, unanswered: usize) -> Self {
        answered.sort_unstable();
        let all = answered.len() + unanswered;
        let at = |share: usize| {
            let place = (all * share).div_ceil(10).max(1) - 1;
            answered
                .get(place)
                .map(|wait| (wait.num_minutes() as f64 / 6.0).round() / 10.0)
        };
        Self {
            median: at(5),
            upper: at(9),
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// What the scenario is called.
    pub title: String,
    /// So many young people arrived.
    pub arrived: u32,
    /// Of these, those who were sent to somebody.
    pub sent: u32,
    /// Hand-offs that were sent, the next ones after a no included.
    pub legs: u32,
    /// Of these, those that were answered,
    pub answered: u32,
    /// and those that still wait at the end.
    pub unanswered: u32,
    /// Answers that were a no.
    pub declined: u32,
    /// Hand-offs whose limit for the answer was missed.
    pub missed: u32,
    /// Disagreements that the municipality had to decide.
    pub disputes: u32,
    /// From sent to answered.
    pub waits: Span,
    /// The same for each urgency.
    pub by_urgency: BTreeMap<&'static str, Span>,
    /// The same for each kind of agency.
    pub by_kind: BTreeMap<&'static str, Span>,
    /// Needs for which there was nobody, and how often.
    pub uncovered: BTreeMap<&'static str, u32>,
}
