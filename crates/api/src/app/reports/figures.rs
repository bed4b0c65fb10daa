//! Figures that may be masked: what whoever sees across agencies is told of small numbers.

use std::collections::BTreeMap;

use stafett_workflow::suppression::{is_small, suppress, suppress_with};
use stafett_workflow::vocabulary::{Answer, Code};

use super::survival::share;

/// A number, or nothing where it is masked.
pub type Figure = Option<u64>;

/// Hand-offs by what came back of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// How many were sent.
    pub sent: Figure,
    by_answer: BTreeMap<Answer, Figure>,
}

impl Answers {
    /// How many had this answer.
    #[must_use]
    pub fn of(&self, answer: Answer) -> Figure {
        self.by_answer.get(&answer).copied().unwrap_or(Some(0))
    }

    /// How many the receiver has answered; masked when one of the answers is.
    #[must_use]
    pub fn answered(&self) -> Figure {
        let given = Answer::ALL.iter().filter(|answer| answer.is_given());
        given.map(|answer| self.of(*answer)).sum()
    }

    /// Which share of the answered had this answer, and of how many that is; `None` when nobody knows or may know.
    #[must_use]
    pub fn rate(&self, answer: Answer) -> Option<(f64, u64)> {
        let answered = self.answered().filter(|answered| *answered > 0)?;
        let with_it = usize::try_from(self.of(answer)?).ok()?;
        Some((share(with_it, usize::try_from(answered).ok()?), answered))
    }
}

/// Hand-offs as they are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally(BTreeMap<Answer, u64>);

impl Tally {
    pub(super) fn add(&mut self, answer: Answer, count: u64) {
        *self.0.entry(answer).or_default() += count;
    }

    fn row(&self) -> Vec<u64> {
        Answer::ALL
            .iter()
            .map(|answer| self.0.get(answer).copied().unwrap_or(0))
            .collect()
    }

    /// All of it, for those whose hand-offs these are.
    pub(super) fn open(&self) -> Answers {
        Answers {
            sent: Some(self.0.values().sum()),
            by_answer: self.0.iter().map(|(answer, count)| (*answer, Some(*count))).collect(),
        }
    }
}

impl Tally {
    /// What may be shown of a part of a table to those who see across agencies and have the sums of the whole in sight: nothing of
    /// what is masked there, for the parts would tell how large it is at most.
    pub(super) fn masked_below(&self, whole: &Answers) -> Answers {
        let row = self.row();
        let sent = row.iter().sum();
        if whole.sent.is_none() && sent > 0 {
            let hidden = Answer::ALL.iter().map(|answer| (*answer, None));
            return Answers {
                sent: None,
                by_answer: hidden.collect(),
            };
        }
        let hidden: Vec<bool> = Answer::ALL.iter().map(|answer| whole.of(*answer).is_none()).collect();
        let masks = suppress_with(std::slice::from_ref(&row), |_row, column| {
            hidden.get(column).copied().unwrap_or(true)
        });
        let shown = |masked: bool, figure: u64| (!masked).then_some(figure);
        let figures = row.iter().enumerate();
        Answers {
            sent: shown(masks.row(0) || masks.whole(), sent),
            by_answer: Answer::ALL
                .iter()
                .copied()
                .zip(figures.map(|(column, figure)| shown(masks.cell(0, column), *figure)))
                .collect(),
        }
    }
}

/// The groups and their sum, for those who see across agencies.
pub(super) fn masked(groups: &[Tally]) -> (Vec<Answers>, Answers) {
    let table: Vec<Vec<u64>> = groups.iter().map(Tally::row).collect();
    let masks = suppress(&table);
    let shown = |masked: bool, figure: u64| (!masked).then_some(figure);
    let answers = |sent: Figure, figures: &mut dyn Iterator<Item = Figure>| Answers {
        sent,
        by_answer: Answer::ALL.iter().copied().zip(figures).collect(),
    };
    let groups = table.iter().enumerate().map(|(row, figures)| {
        let sent = shown(masks.row(row), figures.iter().sum());
        let mut cells = figures
            .iter()
            .enumerate()
            .map(|(column, figure)| shown(masks.cell(row, column), *figure));
        answers(sent, &mut cells)
    });
    let groups: Vec<_> = groups.collect();
    let sum_of = |column: usize| table.iter().filter_map(|row| row.get(column)).sum();
    let mut sums = (0..Answer::ALL.len()).map(|column| shown(masks.column(column), sum_of(column)));
    let whole = shown(masks.whole(), table.iter().flatten().sum());
    let whole = if table.is_empty() { Some(0) } else { whole };
    let all = answers(whole, &mut sums);
    (groups, all)
}

/// The parts of a figure, for those who see across agencies; `None` when nothing can be told of them, not even which there are: the
/// figure is masked, or they could not be told apart without masking it.
pub(super) fn masked_parts(whole: Figure, parts: &[u64]) -> Option<Vec<Figure>> {
    let masks = suppress(&[parts.to_vec()]);
    if whole.is_none() || masks.row(0) || masks.whole() {
        return None;
    }
    let parts = parts.iter().enumerate();
    Some(parts.map(|(at, part)| (!masks.cell(0, at)).then_some(*part)).collect())
}

/// A figure that stands for itself.
pub(super) const fn masked_alone(figure: u64) -> Figure {
    if is_small(figure) { None } else { Some(figure) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(accepted: u64, declined: u64, unanswered: u64) -> Tally {
        let mut tally = Tally::default();
        tally.add(Answer::Accepted, accepted);
        tally.add(Answer::Declined, declined);
        tally.add(Answer::Unanswered, unanswered);
        tally
    }

    #[test]
    fn a_rate_has_its_denominator() {
        let answers = tally(6, 3, 1).open();
        assert_eq!((answers.sent, answers.answered()), (Some(10), Some(9)));
        let (share, of) = answers.rate(Answer::Declined).unwrap();
        assert!((share - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(of, 9);
        assert_eq!(tally(0, 0, 4).open().rate(Answer::Accepted), None);
    }

    #[test]
    fn what_is_masked_has_no_rate() {
        let (groups, all) = masked(&[tally(10, 1, 5), tally(20, 6, 7)]);
        assert_eq!(groups[0].of(Answer::Declined), None);
        assert_eq!((groups[0].answered(), groups[0].rate(Answer::Accepted)), (None, None));
        assert_eq!((groups[0].sent, all.sent), (Some(16), Some(49)));
        assert_eq!(all.of(Answer::Declined), Some(7));
        assert_eq!(masked(&[]).1.sent, Some(0));
    }

    #[test]
    fn a_part_does_not_tell_how_large_a_hidden_whole_is() {
        let (_, whole) = masked(&[tally(10, 2, 5)]);
        assert_eq!(whole.of(Answer::Declined), None);
        let part = tally(9, 2, 4).masked_below(&whole);
        assert_eq!((part.of(Answer::Declined), part.of(Answer::Forwarded)), (None, Some(0)));
        // With a second one hidden nobody gets it from the sum.
        let hidden = Answer::ALL.iter().filter(|answer| part.of(**answer).is_none()).count();
        assert!(hidden == 2 && part.sent == Some(15), "{part:?}");
        let open = tally(9, 3, 4).masked_below(&tally(20, 9, 9).open());
        assert_eq!((open.sent, open.of(Answer::Declined)), (Some(16), Some(3)));
        let (_, tiny) = masked(&[tally(1, 0, 0)]);
        assert_eq!(tally(1, 0, 0).masked_below(&tiny).sent, None);
        assert_eq!(tally(0, 0, 0).masked_below(&tiny).sent, Some(0));
    }

    #[test]
    fn parts_do_not_tell_what_their_sum_hides() {
        assert_eq!(masked_parts(None, &[4, 0, 9]), None);
        assert_eq!(
            masked_parts(Some(12), &[5, 0, 7]),
            Some(vec![Some(5), Some(0), Some(7)])
        );
        // The only small one would be what is left of the sum.
        let parts = masked_parts(Some(12), &[5, 1, 6]).unwrap();
        assert_eq!(parts.iter().filter(|part| part.is_none()).count(), 2);
        assert_eq!(masked_parts(Some(5), &[5, 0]), Some(vec![Some(5), Some(0)]));
        // Three that are there, and three of them together, are one each.
        assert_eq!(masked_parts(Some(3), &[1, 1, 1]), None);
        assert_eq!(
            (masked_alone(0), masked_alone(2), masked_alone(3)),
            (Some(0), None, Some(3))
        );
    }
}
