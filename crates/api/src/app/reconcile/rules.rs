//! What must hold of each referral and of what stands beside it.

use std::collections::{BTreeMap, BTreeSet};

use stafett_store::reconcile::Beside;
use stafett_store::referrals::{Record, known};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::agreement;
use stafett_workflow::calendar::{Calendar, LimitUnit};
use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::event::{Event, Fact};
use stafett_workflow::evolve::ReplayError;
use stafett_workflow::history;
use stafett_workflow::laws::{self, Law};
use stafett_workflow::referral::{Clock, Handoff, Referral};
use stafett_workflow::replay;
use stafett_workflow::vocabulary::{Code, Language};

/// One rule of reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A law of the relay itself.
    Law(Law),
    /// What is stored can be understood.
    Readable,
    /// This server has the definition on which it runs.
    DefinitionExists,
    /// The log is whole and gives what is stored.
    LogReplays,
    /// What was sent is open or has ended.
    SentIsOpenOrEnded,
    /// Every agency that takes part exists.
    AgenciesExist,
    /// Every receiver was told by a notice.
    ReceiverWasTold,
    /// Whoever a clock called was told by a notice.
    ClocksWereHeard,
    /// A limit that was agreed upon is what the agreement in force said.
    AgreementHolds,
    /// A limit runs for what nobody has acknowledged.
    UnacknowledgedHasClock,
    /// Those who may know of it are those who take part.
    PartiesAgree,
    /// The lists show it where it stands.
    ListsAgree,
    /// What was written lies sealed under the key of whoever it tells of.
    WordsAreSealed,
    /// The laws held after every step of the log.
    HistoryHolds,
    /// Whoever had to hear of a step was told by a notice.
    StepsWereHeard,
    /// Every key is somebody's.
    KeyHasOwner,
    /// Nobody who is erased can be found again.
    ErasedIsNotFound,
    /// A notice that has not arrived is somebody's task.
    UndeliveredIsATask,
}

impl Rule {
    /// As it is written for scripts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Law(law) => law.as_str(),
            Self::Readable => "readable",
            Self::DefinitionExists => "definition-exists",
            Self::LogReplays => "log-replays",
            Self::SentIsOpenOrEnded => "sent-is-open-or-ended",
            Self::AgenciesExist => "agencies-exist",
            Self::ReceiverWasTold => "receiver-was-told",
            Self::ClocksWereHeard => "clocks-were-heard",
            Self::AgreementHolds => "agreement-holds",
            Self::UnacknowledgedHasClock => "unacknowledged-has-clock",
            Self::PartiesAgree => "parties-agree",
            Self::ListsAgree => "lists-agree",
            Self::WordsAreSealed => "words-are-sealed",
            Self::HistoryHolds => "history-holds",
            Self::StepsWereHeard => "steps-were-heard",
            Self::KeyHasOwner => "key-has-owner",
            Self::ErasedIsNotFound => "erased-is-not-found",
            Self::UndeliveredIsATask => "undelivered-is-a-task",
        }
    }

    /// What should be, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Law(law) => law.title(Language::En),
            Self::Readable => "What is stored can be understood",
            Self::DefinitionExists => "This server has the workflow on which it runs",
            Self::LogReplays => "The log gives what is stored",
            Self::SentIsOpenOrEnded => "What was sent is open or has ended",
            Self::AgenciesExist => "Every agency that takes part exists",
            Self::ReceiverWasTold => "Every receiver was told",
            Self::ClocksWereHeard => "Whoever a clock called was told",
            Self::AgreementHolds => "A limit that was agreed upon is what the agreement in force said",
            Self::UnacknowledgedHasClock => "A clock runs for what nobody has acknowledged",
            Self::PartiesAgree => "Those who may know of it are those who take part",
            Self::ListsAgree => "The lists show it where it stands",
            Self::WordsAreSealed => "What was written lies sealed under its owner's key",
            Self::HistoryHolds => "The laws held after every step of the log",
            Self::StepsWereHeard => "Whoever had to hear of a step was told",
            Self::KeyHasOwner => "Every key is somebody's",
            Self::ErasedIsNotFound => "Nobody who is erased can be found again by a number or a name",
            Self::UndeliveredIsATask => "A notice that has not arrived is somebody's task",
        }
    }
}

pub(super) type Broken = Vec<(Rule, Option<String>)>;

/// The rules that are broken, with what is there instead; none, if all is well.
pub(super) fn broken(library: &Library, record: &Record, beside: &Beside, unknown: &BTreeSet<AgencyId>) -> Broken {
    let referral = record.referral();
    let mut broken = Vec::new();
    match library.get(&referral.workflow) {
        Some(definition) => {
            let laws = laws::broken(definition, referral);
            broken.extend(laws.into_iter().map(|law| (Rule::Law(law), None)));
            broken.extend(agreed(definition, referral, beside));
        }
        None => {
            let workflow = &referral.workflow;
            broken.push((
                Rule::DefinitionExists,
                Some(format!("{} version {}", workflow.id, workflow.version)),
            ));
        }
    }
    broken.extend(log(referral, beside).map(|detail| (Rule::LogReplays, Some(detail))));
    broken.extend(clocks(referral, beside));
    broken.extend(agencies(referral, unknown).map(|detail| (Rule::AgenciesExist, Some(detail))));
    for handoff in referral.handoffs.iter().filter(|handoff| handoff.is_sent()) {
        let mut law = |rule, holds: bool| {
            if !holds {
                broken.push((rule, Some(format!("hand-off {}", handoff.id))));
            }
        };
        law(
            Rule::SentIsOpenOrEnded,
            handoff.is_open() != handoff.times.ended.is_some(),
        );
        let receiver = handoff.terms.receiver;
        law(
            Rule::ReceiverWasTold,
            receiver.is_some_and(|receiver| beside.told.contains(&(handoff.id, receiver))),
        );
        law(
            Rule::UnacknowledgedHasClock,
            !is_unacknowledged(handoff) || has_clock(referral, handoff),
        );
    }
    if beside.parties != expected_parties(referral) {
        broken.push((Rule::PartiesAgree, None));
    }
    // A log that cannot be read is another rule's finding.
    let known = beside.log.as_ref().ok().and_then(|log| known(referral, log).ok());
    if known.is_some_and(|known| known != beside.known) {
        let detail = "what those know whose part has ended is another than the log tells";
        broken.push((Rule::PartiesAgree, Some(detail.to_owned())));
    }
    let unsealed = beside.unsealed.iter().cloned();
    broken.extend(unsealed.map(|detail| (Rule::WordsAreSealed, Some(detail))));
    broken.extend(lists(referral, beside).map(|detail| (Rule::ListsAgree, Some(detail.to_owned()))));
    broken
}

/// What the way there shows that the last state does not: the laws after each step, and who was told of it.
pub(super) fn deep(library: &Library, record: &Record, beside: &Beside) -> Broken {
    let Ok(log) = &beside.log else {
        return Vec::new(); // told by the log's own rule
    };
    let mut broken = Vec::new();
    for step in history::steps(library, record.referral().id, log) {
        let laws = step.broken.iter().map(|law| law.title(Language::En));
        broken.extend(laws.map(|law| {
            (
                Rule::HistoryHolds,
                Some(format!("after version {}: {law}", step.version)),
            )
        }));
        let told = |agency| {
            step.events
                .iter()
                .any(|event| beside.told_because.contains(&(*event, agency)))
        };
        let unheard = step.hears.iter().filter(|agency| !told(**agency));
        broken.extend(unheard.map(|agency| {
            (
                Rule::StepsWereHeard,
                Some(format!("version {}, agency {agency}", step.version)),
            )
        }));
    }
    broken
}

/// What clocks did by themselves: each thing in its turn, and each heard by somebody.
fn clocks(referral: &Referral, beside: &Beside) -> Vec<(Rule, Option<String>)> {
    let Ok(log) = &beside.log else {
        return Vec::new(); // told by the log's own rule
    };
    let mut broken = Vec::new();
    if !laws::fires_in_turn(referral.id, log) {
        broken.push((Rule::Law(Law::FiresInTurn), None));
    }
    let fired: Vec<_> = log
        .iter()
        .filter_map(|event| Some((event, event.fact.fired()?)))
        .collect();
    for (event, (id, to, _)) in &fired {
        // Somebody who hears of several clocks at a time gets one notice, of the worst.
        let same = fired
            .iter()
            .filter(|(other, (_, told, _))| other.at == event.at && told.agency == to.agency);
        let heard = same
            .into_iter()
            .any(|(other, _)| beside.told_because.contains(&(other.id, to.agency)));
        if !heard || !referral.clocks.iter().any(|clock| clock.id == *id) {
            broken.push((Rule::ClocksWereHeard, Some(format!("clock {id}"))));
        }
    }
    broken
}

/// The limits that name an agreement, held against it.
fn agreed(definition: &Definition, referral: &Referral, beside: &Beside) -> Vec<(Rule, Option<String>)> {
    let named = referral.clocks.iter().filter(|clock| clock.agreement.is_some());
    named
        .filter(|clock| !is_agreed(definition, referral, clock, beside))
        .map(|clock| (Rule::AgreementHolds, Some(format!("clock {}", clock.id))))
        .collect()
}

/// Between the two of the hand-off, in force when it was sent, and with this limit. How many open hours a unit had then is
/// not kept, nor is a limit that has stood still reckoned anew.
fn is_agreed(definition: &Definition, referral: &Referral, clock: &Clock, beside: &Beside) -> bool {
    let found = || {
        let handoff = referral.handoff(clock.handoff)?;
        let agreement = beside.agreements.get(&clock.agreement?)?;
        let rule = definition.clock(&clock.name).filter(|rule| rule.legal_ref.is_none())?;
        agreement::applying(
            std::slice::from_ref(agreement),
            handoff.sender,
            handoff.terms.receiver?,
            handoff.times.sent?,
        )?;
        Some((rule, agreement.limits.get(rule.agreed?, referral.urgency)?))
    };
    let Some((rule, limit)) = found() else { return false };
    let resumed = |event: &Event| matches!(event.fact, Fact::ClockResumed { clock: id, .. } if id == clock.id);
    let moved = beside.log.as_ref().is_ok_and(|log| log.iter().any(resumed));
    let due = |saturdays_count| limit.due(clock.started_at, Calendar { saturdays_count });
    let as_agreed = [false, true]
        .into_iter()
        .any(|saturdays| due(saturdays) == clock.due_at);
    moved || limit.unit() == LimitUnit::OpeningHours || rule.counts_from.is_some() || as_agreed
}

/// What is wrong with the log, if anything.
fn log(referral: &Referral, beside: &Beside) -> Option<String> {
    let log = match &beside.log {
        Ok(log) => log,
        Err(unreadable) => return Some(unreadable.to_string()),
    };
    match replay(referral.id, log) {
        Err(error @ (ReplayError::NoCreation | ReplayError::Gap { .. })) => Some(error.to_string()),
        Ok(told) if told == *referral => None,
        Ok(told) => Some(format!("it gives another {}", differences(&told, referral).join(", "))),
    }
}

fn differences(told: &Referral, stored: &Referral) -> Vec<&'static str> {
    let parts = [
        ("reference", told.reference == stored.reference),
        ("workflow", told.workflow == stored.workflow),
        ("state", told.state == stored.state),
        ("originator", told.originator == stored.originator),
        ("custodian", told.custodian == stored.custodian),
        ("urgency", told.urgency == stored.urgency),
        ("hand-off", told.handoffs == stored.handoffs),
        ("clock", told.clocks == stored.clocks),
        ("version", told.version == stored.version),
        ("length", told.event_seq == stored.event_seq),
        ("end", told.closed_at == stored.closed_at),
    ];
    parts
        .into_iter()
        .filter(|(_, same)| !same)
        .map(|(part, _)| part)
        .collect()
}

fn agencies(referral: &Referral, unknown: &BTreeSet<AgencyId>) -> Option<String> {
    let is_unknown = |agency: &AgencyId| unknown.contains(agency);
    let mut named = vec![("custodian", referral.custodian), ("originator", referral.originator)];
    named.extend(referral.handoffs.iter().map(|handoff| ("sender", handoff.sender)));
    named.extend(
        referral
            .handoffs
            .iter()
            .filter_map(|handoff| handoff.terms.receiver.map(|to| ("receiver", to))),
    );
    named
        .into_iter()
        .find(|(_, agency)| is_unknown(agency))
        .map(|(part, agency)| format!("the {part} is {agency}"))
}

fn is_unacknowledged(handoff: &Handoff) -> bool {
    handoff.is_open() && handoff.times.acknowledged.is_none()
}

fn has_clock(referral: &Referral, handoff: &Handoff) -> bool {
    referral.running_clocks().any(|clock| clock.handoff == handoff.id)
}

fn expected_parties(referral: &Referral) -> BTreeMap<AgencyId, bool> {
    let has_sent = |agency| {
        referral
            .handoffs
            .iter()
            .any(|handoff| handoff.is_sent() && handoff.sender == agency)
    };
    referral
        .parties()
        .into_iter()
        .map(|agency| (agency, has_sent(agency)))
        .collect()
}

/// What the lists would show wrongly, if anything.
fn lists(referral: &Referral, beside: &Beside) -> Option<&'static str> {
    let waiting = referral.open_handoff().filter(|open| open.is_sent());
    let inbox = waiting.and_then(|open| open.terms.receiver);
    if beside.inbox != inbox {
        return Some("it lies in another inbox");
    }
    (beside.next_due != referral.next_due()).then_some("it is listed by another deadline")
}
