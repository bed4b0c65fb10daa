//! The limits of a hand-off, as a client is told of them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stafett_workflow::agency::{AgreementId, HandoffId};
use stafett_workflow::decide::acting;
use stafett_workflow::duty;
use stafett_workflow::referral::{Clock, Referral};
use stafett_workflow::vocabulary::Language;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::referrals::View;

/// A limit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClockOut {
    /// Which limit it is: the clock's id in the workflow.
    #[schema(example = "review")]
    id: String,
    /// Which run of it: the same limit may begin anew in one hand-off, even at the same moment.
    run: Uuid,
    title: String,
    started_at: DateTime<Utc>,
    warn_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    stopped_at: Option<DateTime<Utc>>,
    paused_at: Option<DateTime<Utc>>,
    /// `running`; `warned` when it draws near and `overdue` when it is missed, while it runs on; `paused`; `met` when what it
    /// waited for was done in time; `missed` when it was up first; `stopped` when the hand-off ended before that was done.
    status: &'static str,
    /// Whether the limit is or was missed.
    overdue: bool,
    /// When those who must act were warned.
    warned_at: Option<DateTime<Utc>>,
    /// When the first of the escalation chain was told that it was missed.
    breached_at: Option<DateTime<Utc>>,
    /// How many links of the escalation chain have been told.
    escalation_level: u8,
    /// After when it tells the next one; null while it does not run.
    next_notice_at: Option<DateTime<Utc>>,
    legal_ref: Option<String>,
    /// The agreement between the agencies that sets its limit, when one does.
    agreement: Option<ClockAgreement>,
    /// How much of the time until it is up the unit that must act is open, in seconds: beside the time on the wall. Null where the
    /// unit has no calendar, and once it does not run.
    opening_seconds_left: Option<i64>,
}

/// What sets a limit beside the law.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClockAgreement {
    id: Uuid,
    /// `Avtale`, or `Agreement`.
    title: &'static str,
    /// How the agencies call it.
    #[schema(example = "2026/418")]
    reference: String,
}

impl ClockAgreement {
    /// By its names.
    #[must_use]
    pub const fn new(id: AgreementId, reference: String, language: Language) -> Self {
        Self {
            id: id.0,
            title: match language {
                Language::Nb => "Avtale",
                Language::En => "Agreement",
            },
            reference,
        }
    }
}

pub(super) fn clocks(view: &View, referral: &Referral, handoff: HandoffId, language: Language) -> Vec<ClockOut> {
    let of = |clock: &&Clock| clock.handoff == handoff;
    referral
        .clocks
        .iter()
        .filter(of)
        .map(|clock| clock_out(view, clock, language))
        .collect()
}

fn clock_out(view: &View, clock: &Clock, language: Language) -> ClockOut {
    let rule = view.definition.clock(&clock.name);
    ClockOut {
        id: clock.name.clone(),
        run: clock.id.0,
        title: rule.map_or("", |rule| rule.title.in_language(language)).to_owned(),
        started_at: clock.started_at,
        warn_at: clock.warn_at,
        due_at: clock.due_at,
        stopped_at: clock.stopped_at,
        paused_at: clock.paused_at,
        status: status(
            clock,
            rule.is_none_or(|rule| duty::was_done(rule, view.referral(), clock)),
            view.now,
        ),
        overdue: clock.is_overdue(view.now),
        warned_at: clock.warned_at,
        breached_at: clock.breached_at,
        escalation_level: clock.level,
        next_notice_at: clock.next_fire_at,
        legal_ref: rule.and_then(|rule| rule.legal_ref.clone()),
        agreement: clock.agreement.map(|id| {
            let known = view.agreements.get(&id);
            let reference = known.map_or_else(String::new, |agreement| agreement.reference.clone());
            ClockAgreement::new(id, reference, language)
        }),
        opening_seconds_left: opening_seconds_left(view, clock),
    }
}

fn opening_seconds_left(view: &View, clock: &Clock) -> Option<i64> {
    let referral = view.referral();
    let (rule, handoff) = (view.definition.clock(&clock.name)?, referral.handoff(clock.handoff)?);
    let hours = view.hours.get(&acting(rule, handoff, referral.custodian)?)?;
    clock
        .is_running()
        .then(|| hours.open_between(view.now, clock.due_at).num_seconds())
}

fn status(clock: &Clock, done: bool, now: DateTime<Utc>) -> &'static str {
    match (clock.is_running(), clock.is_overdue(now)) {
        (true, true) => "overdue",
        (true, false) if now > clock.warn_at => "warned",
        (true, false) => "running",
        (false, _) if clock.is_paused() => "paused",
        (false, true) => "missed",
        (false, false) if !done => "stopped",
        (false, false) => "met",
    }
}
