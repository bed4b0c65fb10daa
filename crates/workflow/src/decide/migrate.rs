//! A running referral goes over to another version of its definition, as one entry of its log.
//!
//! What has been promised is kept: a limit that runs on keeps its end, also where the new version gives less or more time,
//! which counts from when that limit is armed next. A limit that the new version does not have stops, and one that it adds
//! begins now. A step that the new version does not have needs an image, and without one the referral stays where it is.
//!
//! Nobody is behind it who takes part, so the event has no author; but the referral gets a new version, for what can be done
//! with it is no longer what somebody may have on the screen.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::relay::{Decision, Relay};
use crate::agency::{Agencies, AgencyId, UserId};
use crate::agreement::Agreement;
use crate::calendar::Calendar;
use crate::command::Context;
use crate::content::Outline;
use crate::definition::Definition;
use crate::disclosure;
use crate::event::{Fact, Restep};
use crate::person::Subject;
use crate::policy::Actor;
use crate::referral::{Clock, Referral};
use crate::vocabulary::{Language, Text};

/// What a move to another version must know that it cannot know by itself.
#[derive(Debug, Clone, Copy)]
pub struct Moving<'a> {
    /// Now, truncated to microseconds.
    pub now: DateTime<Utc>,
    /// A fresh UUIDv7; the ids of all events are derived from it.
    pub id: Uuid,
    /// The referral's parties.
    pub agencies: &'a Agencies,
    /// What these have agreed between them.
    pub agreements: &'a [Agreement],
    /// What may flow to whom.
    pub disclosure: &'a disclosure::Table,
    /// Holidays and working days.
    pub calendar: &'a Calendar,
}

/// Steps of the old version with those that take their place; a step that the new version has needs none.
pub type Images = BTreeMap<String, String>;

/// A step that has no place in the new version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", why.en)]
pub struct NoImage {
    /// The step.
    pub step: String,
    /// Why, in words.
    pub why: Text,
}

/// What changes for a referral.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// Who had the baton and who has it then, when that changes.
    pub baton: Option<(AgencyId, AgencyId)>,
    /// Limits that stop.
    pub stops: Vec<String>,
    /// Limits that begin, and when they are up.
    pub begins: Vec<(String, DateTime<Utc>)>,
    /// Limits that run on as promised, though the new version would give another length.
    pub keeps: Vec<String>,
}

impl Effect {
    /// Whether nobody has to hear of it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Moves a referral from one version to another.
///
/// # Errors
/// [`NoImage`] for the first step that has no place in the new version.
pub fn migrate(
    from: &Definition,
    to: &Definition,
    images: &Images,
    referral: &Referral,
    moving: &Moving<'_>,
) -> Result<(Decision, Effect), NoImage> {
    let mut steps = Vec::new();
    for handoff in &referral.handoffs {
        let step = image(from, to, images, &handoff.step)?;
        let resumes_to = handoff
            .resumes_to
            .as_deref()
            .map(|step| image(from, to, images, step))
            .transpose()?;
        let state = to.state(&step).map_or(handoff.state, |state| state.core);
        if (&step, state, &resumes_to) != (&handoff.step, handoff.state, &handoff.resumes_to) {
            steps.push(Restep {
                handoff: handoff.id,
                step,
                state,
                resumes_to,
            });
        }
    }
    let nobody = Actor {
        user: UserId(Uuid::nil()),
        language: Language::default(),
        memberships: Vec::new(),
    };
    let context = Context {
        now: moving.now,
        id: moving.id,
        actor: &nobody,
        subject: Subject::default(),
        outline: Outline::default(),
        disclosure: moving.disclosure,
        agencies: moving.agencies,
        colleague: None,
        coordinator: None,
        history: &[],
        agreements: moving.agreements,
        calendar: moving.calendar,
    };
    let mut relay = Relay::by_itself(to, &context, referral.clone());
    relay.record(Fact::Migrated {
        workflow: to.key.clone(),
        steps,
    });
    relay.settle_baton();
    // Who has been told by a chain that is shorter now is told anew by the new one.
    let outgrown: Vec<_> = referral
        .clocks
        .iter()
        .filter(|clock| clock.stopped_at.is_none())
        .filter(|clock| {
            to.clock(&clock.name)
                .is_some_and(|rule| usize::from(clock.level) > rule.escalation.len())
        })
        .map(|clock| clock.id)
        .collect();
    for clock in outgrown {
        relay.record(Fact::ClockStopped { clock });
    }
    let decision = relay.finish();
    let effect = effect(from, to, referral, decision.next());
    Ok((decision, effect))
}

/// The step of the new version that stands for one of the old. A hand-off that is on its way stays so, and one that is over
/// stays over: no version reopens what has ended.
fn image(from: &Definition, to: &Definition, images: &Images, step: &str) -> Result<String, NoImage> {
    let name = images.get(step).map_or(step, String::as_str);
    let title = |definition: &Definition, id: &str| {
        definition
            .state(id)
            .map_or_else(|| Text::new(id, id), |state| state.title.clone())
    };
    let Text { nb, en } = title(from, step);
    let no_image = |nb: String, en: String| NoImage {
        step: step.to_owned(),
        why: Text::new(nb, en),
    };
    let Some(state) = to.state(name) else {
        return Err(no_image(
            format!("«{nb}» finnes ikke i den nye versjonen: si hvilket steg som tar over, med --map {step}=STEG."),
            format!(
                "“{en}” does not exist in the new version: say which step takes its place, with --map {step}=STEP."
            ),
        ));
    };
    let was = from
        .state(step)
        .map(|state| (state.core.is_end(), state.core.is_taken()));
    if was.is_some_and(|was| was != (state.core.is_end(), state.core.is_taken())) {
        return Err(no_image(
            format!(
                "«{nb}» kan ikke bli «{}»: det som er underveis, tatt eller over, må fortsatt være det.",
                state.title.nb
            ),
            format!(
                "“{en}” cannot become “{}”: what is on its way, taken or over must still be so.",
                state.title.en
            ),
        ));
    }
    Ok(name.to_owned())
}

fn effect(from: &Definition, to: &Definition, before: &Referral, after: &Referral) -> Effect {
    let was_running = |clock: &&Clock| before.running_clocks().any(|running| running.id == clock.id);
    let limit = |definition: &Definition, clock: &Clock| {
        let rule = definition.clock(&clock.name)?;
        Some((rule.limit.as_ref().map(|limit| *limit.of(before.urgency)), rule.agreed))
    };
    Effect {
        baton: (before.custodian != after.custodian).then_some((before.custodian, after.custodian)),
        stops: before
            .running_clocks()
            .filter(|clock| !after.running_clocks().any(|running| running.id == clock.id))
            .map(|clock| clock.name.clone())
            .collect(),
        begins: after
            .running_clocks()
            .filter(|clock| !was_running(clock))
            .map(|clock| (clock.name.clone(), clock.due_at))
            .collect(),
        keeps: after
            .running_clocks()
            .filter(was_running)
            .filter(|clock| limit(from, clock) != limit(to, clock))
            .map(|clock| clock.name.clone())
            .collect(),
    }
}
