//! Figures as they stand in an answer: each with its list, or masked.

use serde::Serialize;
use stafett_workflow::vocabulary::{Answer, Code, DeclineCode, Language};
use utoipa::ToSchema;

use super::format::cell;
use super::rounded;
use crate::app::reports::figures::{Answers, Figure};
use crate::app::reports::flow::Reason;
use crate::http::schema;

/// How many, and the list of exactly these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FigureOut {
    /// Null where the figure is masked: across agencies small ones are, and those from which they could be worked out.
    #[schema(example = 12)]
    count: Option<u64>,
    /// Null across agencies.
    list: Option<String>,
}

impl FigureOut {
    pub(super) fn new(count: Figure, list: Option<String>) -> Self {
        Self { count, list }
    }

    pub(super) fn list(&self) -> Option<&str> {
        self.list.as_deref()
    }

    /// For a cell of a table.
    pub(super) fn cell(&self) -> String {
        cell_of(self.count)
    }
}

/// A figure in a table: a word where it is masked, so that nobody takes it for none.
pub(super) fn cell_of(figure: Figure) -> String {
    figure.map_or_else(|| "masked".to_owned(), |count| count.to_string())
}

/// A share with what it is a share of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct RateOut {
    /// From 0 to 1.
    share: f64,
    /// Of how many: those that were answered.
    of: u64,
}

/// Hand-offs by what came back of them first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnswersOut {
    /// All that were sent: the six below together.
    pub(super) sent: FigureOut,
    accepted: FigureOut,
    declined: FigureOut,
    returned: FigureOut,
    forwarded: FigureOut,
    /// Taken back before they were answered, or sent by mistake.
    withdrawn: FigureOut,
    /// Still waiting.
    unanswered: FigureOut,
    /// Accepted, declined, returned and forwarded together: what the rates are shares of.
    answered: FigureOut,
    /// Null when none is answered, or it is masked; the other rates likewise.
    accept_rate: Option<RateOut>,
    decline_rate: Option<RateOut>,
    return_rate: Option<RateOut>,
    forward_rate: Option<RateOut>,
}

/// The headings of [`AnswersOut::cells`].
pub(super) const ANSWER_HEADINGS: [&str; 12] = [
    "sent",
    "accepted",
    "declined",
    "returned",
    "forwarded",
    "withdrawn",
    "unanswered",
    "answered",
    "acceptRate",
    "declineRate",
    "returnRate",
    "forwardRate",
];

impl AnswersOut {
    /// `list` makes the address of the list of those with some answers, or with any.
    pub(super) fn new(answers: &Answers, list: impl Fn(&[Answer]) -> Option<String>) -> Self {
        let one = |answer: Answer| FigureOut::new(answers.of(answer), list(&[answer]));
        let rate = |answer: Answer| {
            answers.rate(answer).map(|(share, of)| RateOut {
                share: rounded(share, 10_000.0),
                of,
            })
        };
        let given: Vec<Answer> = Answer::ALL.iter().copied().filter(|answer| answer.is_given()).collect();
        Self {
            sent: FigureOut::new(answers.sent, list(&[])),
            accepted: one(Answer::Accepted),
            declined: one(Answer::Declined),
            returned: one(Answer::Returned),
            forwarded: one(Answer::Forwarded),
            withdrawn: one(Answer::Withdrawn),
            unanswered: one(Answer::Unanswered),
            answered: FigureOut::new(answers.answered(), list(&given)),
            accept_rate: rate(Answer::Accepted),
            decline_rate: rate(Answer::Declined),
            return_rate: rate(Answer::Returned),
            forward_rate: rate(Answer::Forwarded),
        }
    }

    pub(super) fn cells(&self) -> [String; ANSWER_HEADINGS.len()] {
        let rate = |rate: &Option<RateOut>| cell(rate.as_ref().map(|rate| rate.share));
        [
            self.sent.cell(),
            self.accepted.cell(),
            self.declined.cell(),
            self.returned.cell(),
            self.forwarded.cell(),
            self.withdrawn.cell(),
            self.unanswered.cell(),
            self.answered.cell(),
            rate(&self.accept_rate),
            rate(&self.decline_rate),
            rate(&self.return_rate),
            rate(&self.forward_rate),
        ]
    }
}

/// How many came back for a reason.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReasonOut {
    #[schema(schema_with = schema::answer)]
    answer: Answer,
    #[schema(example = "no-capacity")]
    code: String,
    /// In the language of the caller.
    title: String,
    #[serde(flatten)]
    figure: FigureOut,
}

impl ReasonOut {
    pub(super) fn new(reason: &Reason, list: Option<String>, language: Language) -> Self {
        Self {
            answer: reason.answer,
            title: reason_title(&reason.code, language),
            code: reason.code.clone(),
            figure: FigureOut::new(reason.count, list),
        }
    }
}

/// A reason in words; one that a workflow of its own has made up stands for itself.
pub(super) fn reason_title(code: &str, language: Language) -> String {
    code.parse().map_or_else(
        |_own| code.to_owned(),
        |known: DeclineCode| known.title(language).to_owned(),
    )
}

/// Several answers in an address.
pub(super) fn written_answers(answers: &[Answer]) -> Option<String> {
    let names: Vec<_> = answers.iter().map(|answer| answer.as_str()).collect();
    (!names.is_empty()).then(|| names.join(","))
}
