//! What two agencies have agreed: how soon the one answers what the other sends.
//!
//! An agreement has a direction: what `sender` sends to `receiver`. One of them proposes it, somebody else of the other
//! approves it: two parties, two people. A change is a new version, proposed and approved in the same way, so that one can
//! see later what held when something was sent. A version that has been approved is never changed; it can be ended.
//!
//! [`applying`] finds the version that counts for a hand-off: the one in force when it was sent. The limits of the law are not for
//! anybody to agree on; a definition says which of its clocks an agreement sets.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::agency::{AgencyId, AgreementId, UserId};
use crate::calendar::{Calendar, Limit, LimitUnit, OpeningHours, local_date};
use crate::law::Validity;
use crate::person::check_text;
use crate::policy::SetupPermit;
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{Code, Notice, Urgency, codes};

/// The longest reference, in characters.
pub const REFERENCE_MAX: usize = 80;

/// No limit may be longer: who waits for more than a year waits for ever.
const LONGEST: TimeDelta = TimeDelta::days(366);

codes! {
    /// What a limit of an agreement is for.
    Purpose, "agreement-limit" {
        Acknowledge = "acknowledge", "Bekrefte mottak", "Acknowledge receipt";
        Answer = "answer", "Svare på henvendelsen", "Answer the referral";
        FirstContact = "first-contact", "Ta første kontakt", "Make first contact";
        AnswerQuestion = "answer-question", "Svare på spørsmål fra mottaker", "Answer the receiver's question";
    }
}

codes! {
    /// Where one version of an agreement stands.
    Status, "agreement-status" {
        Proposed = "proposed", "Foreslått", "Proposed";
        Approved = "approved", "Godkjent", "Approved";
        Rejected = "rejected", "Avvist", "Rejected";
        Withdrawn = "withdrawn", "Trukket tilbake", "Withdrawn";
        Ended = "ended", "Avsluttet", "Ended";
    }
}

codes! {
    /// What a party can do with one version of an agreement.
    Change, "agreement-action" {
        Approve = "approve", "Godkjenn", "Approve";
        Reject = "reject", "Avvis", "Reject";
        Withdraw = "withdraw", "Trekk tilbake", "Withdraw";
        End = "end", "Avslutt", "End";
    }
}

/// One version of what two agencies have agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// Which version it is between these two in this direction, from 1.
    pub number: u32,
    /// Counts what was done with it, from 1; the ETag.
    pub revision: u32,
    /// Who sends.
    pub sender: AgencyId,
    /// Who receives.
    pub receiver: AgencyId,
    /// How the agencies call it, such as a number in their archive.
    pub reference: String,
    /// The limits.
    pub limits: Limits,
    /// When it counts, whole days; it always has a first one.
    pub validity: Validity,
    /// Where it stands.
    pub status: Status,
    /// Who proposed it: the word of the one party.
    pub proposed: Word,
    /// Who approved, rejected or withdrew it.
    pub answered: Option<Word>,
    /// Who ended it.
    pub ended: Option<Word>,
}

/// Who said something for which party, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Who.
    pub user: UserId,
    /// For which party.
    pub agency: AgencyId,
    /// When.
    pub at: DateTime<Utc>,
}

/// The limits of an agreement, for each purpose and urgency; what it does not mention stays as the workflow says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limits(BTreeMap<Purpose, BTreeMap<Urgency, Limit>>);

impl Limits {
    /// Reads limits as somebody has written them: `{"answer": {"urgent": "8 opening hours"}}`.
    ///
    /// # Errors
    /// Every fault, with its pointer below `/limits`.
    pub fn read(written: &BTreeMap<String, BTreeMap<String, String>>) -> Result<Self, Vec<FieldError>> {
        let mut limits = Self::default();
        let mut faults = Vec::new();
        for (purpose, by_urgency) in written {
            let at = format!("/limits/{}", escaped(purpose));
            let Ok(purpose) = purpose.parse::<Purpose>() else {
                faults.push(unknown_code::<Purpose>(at));
                continue;
            };
            for (urgency, limit) in by_urgency {
                let at = format!("{at}/{}", escaped(urgency));
                match (urgency.parse::<Urgency>(), limit.parse::<Limit>()) {
                    (Err(_unknown), _) => faults.push(unknown_code::<Urgency>(at)),
                    (Ok(_), Err(fault)) => faults.push(FieldError {
                        pointer: at,
                        code: "invalid-value",
                        detail: fault.texts(),
                    }),
                    (Ok(urgency), Ok(limit)) => {
                        limits.0.entry(purpose).or_default().insert(urgency, limit);
                    }
                }
            }
        }
        match faults.is_empty() {
            true => Ok(limits),
            false => Err(faults),
        }
    }

    /// The limit for one purpose and urgency, if there is one.
    #[must_use]
    pub fn get(&self, purpose: Purpose, urgency: Urgency) -> Option<Limit> {
        self.0.get(&purpose)?.get(&urgency).copied()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Purpose, Urgency, Limit)> {
        self.0
            .iter()
            .flat_map(|(purpose, by_urgency)| by_urgency.iter().map(|(urgency, limit)| (*purpose, *urgency, *limit)))
    }
}

/// What somebody proposes.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Who sends.
    pub sender: AgencyId,
    /// Who receives.
    pub receiver: AgencyId,
    /// How they call it.
    pub reference: String,
    /// The limits.
    pub limits: Limits,
    /// When it shall count.
    pub validity: Validity,
}

/// What must be known to judge a proposal.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Now.
    pub now: DateTime<Utc>,
    /// Holidays and working days.
    pub calendar: Calendar,
    /// What these two have agreed and proposed before, in this direction.
    pub known: &'a [Agreement],
    /// When the sender is open, if it says so.
    pub sender_hours: Option<&'a OpeningHours>,
    /// When the receiver is open, if it says so.
    pub receiver_hours: Option<&'a OpeningHours>,
}

/// Proposes an agreement for the party that `permit` speaks for.
///
/// # Errors
/// A proposal waits already; the fields at fault.
pub fn propose(
    id: AgreementId,
    proposal: Proposal,
    permit: &SetupPermit,
    circumstances: &Circumstances<'_>,
) -> Result<Agreement, Refusal> {
    if circumstances.known.iter().any(|known| known.status == Status::Proposed) {
        return Err(Refusal::new(
            Rule::ActionNotAllowedNow,
            "Det ligger allerede et forslag mellom disse to. Svar på det eller trekk det tilbake først.",
            "A proposal between these two waits already. Answer it or withdraw it first.",
        ));
    }
    let faults = faults(&proposal, permit, circumstances);
    if !faults.is_empty() {
        return Err(Refusal::of_fields(faults));
    }
    let newest = circumstances.known.iter().map(|known| known.number).max();
    Ok(Agreement {
        id,
        number: newest.unwrap_or(0) + 1,
        revision: 1,
        sender: proposal.sender,
        receiver: proposal.receiver,
        reference: proposal.reference,
        limits: proposal.limits,
        validity: proposal.validity,
        status: Status::Proposed,
        proposed: Word::of(permit, circumstances.now),
        answered: None,
        ended: None,
    })
}

fn faults(proposal: &Proposal, permit: &SetupPermit, circumstances: &Circumstances<'_>) -> Vec<FieldError> {
    let mut faults: Vec<FieldError> = check_text("/reference", &proposal.reference, REFERENCE_MAX)
        .into_iter()
        .collect();
    let mut fault = |pointer: String, code, nb: &str, en: &str| faults.push(FieldError::new(pointer, code, nb, en));
    if proposal.sender == proposal.receiver {
        fault(
            "/receiver".into(),
            "invalid-value",
            "En avtale står mellom to enheter. Velg en annen.",
            "An agreement stands between two agencies. Choose another one.",
        );
    } else if ![proposal.sender, proposal.receiver].contains(&permit.agency()) {
        fault(
            "/sender".into(),
            "invalid-value",
            "Din enhet må være avsender eller mottaker i avtalen.",
            "Your agency must be the sender or the receiver of the agreement.",
        );
    }
    let today = local_date(circumstances.now);
    if proposal.validity.from.is_none_or(|from| from < today) {
        fault(
            "/validFrom".into(),
            "out-of-range",
            "En avtale gjelder tidligst fra i dag.",
            "An agreement counts from today at the earliest.",
        );
    }
    if proposal.validity.from > proposal.validity.to && proposal.validity.to.is_some() {
        fault(
            "/validTo".into(),
            "out-of-range",
            "Siste dag må ikke være før første dag.",
            "The last day must not be before the first.",
        );
    }
    if proposal.limits.iter().next().is_none() {
        fault(
            "/limits".into(),
            "required",
            "Skriv minst én frist.",
            "Write at least one limit.",
        );
    }
    for (purpose, urgency, limit) in proposal.limits.iter() {
        let hours = match purpose {
            Purpose::AnswerQuestion => circumstances.sender_hours,
            Purpose::Acknowledge | Purpose::Answer | Purpose::FirstContact => circumstances.receiver_hours,
        };
        let never = |hours: &&OpeningHours| hours.next_opening(circumstances.now).is_none();
        let pointer = format!("/limits/{purpose}/{urgency}");
        if limit.unit() == LimitUnit::OpeningHours && hours.is_none_or(|hours| never(&hours)) {
            fault(
                pointer,
                "never-open",
                "Enheten som skal svare, har ingen åpningstider, så fristen ville aldri gå ut. Legg inn åpningstider, eller tell timer.",
                "The agency that is to answer has no opening hours, so the limit would never be up. Enter its hours, or count hours.",
            );
        } else if limit.due_in(circumstances.now, circumstances.calendar, hours) > circumstances.now + LONGEST {
            fault(
                pointer,
                "out-of-range",
                "En frist kan være høyst ett år.",
                "A limit may be a year at most.",
            );
        }
    }
    faults
}

impl Agreement {
    /// Whether an agency is one of the two.
    #[must_use]
    pub fn is_party(&self, agency: AgencyId) -> bool {
        self.sender == agency || self.receiver == agency
    }

    /// The other party.
    #[must_use]
    pub fn other(&self, agency: AgencyId) -> AgencyId {
        if self.sender == agency {
            self.receiver
        } else {
            self.sender
        }
    }

    /// Whether both have said yes, also when it is over now.
    #[must_use]
    pub const fn was_approved(&self) -> bool {
        matches!(self.status, Status::Approved | Status::Ended)
    }

    /// What the party that `permit` speaks for may do with it now.
    #[must_use]
    pub fn available(&self, permit: &SetupPermit, now: DateTime<Utc>) -> Vec<Change> {
        let may = |change: &&Change| self.change(**change, permit, now).is_ok();
        Change::ALL.iter().filter(may).copied().collect()
    }

    /// The agreement after a change by the party that `permit` speaks for.
    ///
    /// # Errors
    /// It is the other party's to do, or another person's; it cannot be done now.
    pub fn change(&self, change: Change, permit: &SetupPermit, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let own = permit.agency() == self.proposed.agency;
        let theirs = match change {
            Change::Approve => !own && permit.user() != self.proposed.user,
            Change::Reject => !own,
            Change::Withdraw => own,
            Change::End => true,
        };
        if !theirs || !self.is_party(permit.agency()) {
            return Err(not_yours(change));
        }
        let waits = self.status == Status::Proposed;
        let too_late = self.validity.to.is_some_and(|last| last < local_date(now));
        let word = Some(Word::of(permit, now));
        let next = Self {
            revision: self.revision + 1,
            ..self.clone()
        };
        match change {
            Change::Approve if waits && !too_late => Ok(Self {
                status: Status::Approved,
                answered: word,
                ..next
            }),
            Change::Reject if waits => Ok(Self {
                status: Status::Rejected,
                answered: word,
                ..next
            }),
            Change::Withdraw if waits => Ok(Self {
                status: Status::Withdrawn,
                answered: word,
                ..next
            }),
            Change::End if self.status == Status::Approved => Ok(Self {
                status: Status::Ended,
                ended: word,
                ..next
            }),
            Change::Approve | Change::Reject | Change::Withdraw | Change::End => Err(self.not_now(change, too_late)),
        }
    }

    fn not_now(&self, change: Change, too_late: bool) -> Refusal {
        let (nb, en) = match change {
            Change::Approve if too_late && self.status == Status::Proposed => (
                "Forslaget gjaldt til en dag som er over. Foreslå avtalen på nytt.",
                "The proposal was for a time that is over. Propose the agreement anew.",
            ),
            Change::Approve | Change::Reject | Change::Withdraw => (
                "Forslaget er allerede besvart.",
                "The proposal has been answered already.",
            ),
            Change::End => (
                "Bare en avtale som er godkjent, kan avsluttes.",
                "Only an agreement that has been approved can be ended.",
            ),
        };
        Refusal::new(Rule::ActionNotAllowedNow, nb, en)
    }

    /// What the other party is told once this has been done.
    #[must_use]
    pub const fn told_of(change: Change) -> Notice {
        match change {
            Change::Approve => Notice::AgreementApproved,
            Change::Reject => Notice::AgreementRejected,
            Change::Withdraw => Notice::AgreementWithdrawn,
            Change::End => Notice::AgreementEnded,
        }
    }

    fn has_begun(&self, at: DateTime<Utc>) -> bool {
        let approved = self.answered.is_some_and(|word| self.was_approved() && word.at <= at);
        approved && self.validity.from.is_none_or(|first| first <= local_date(at))
    }

    fn is_over(&self, at: DateTime<Utc>) -> bool {
        self.ended.is_some_and(|word| word.at <= at) || self.validity.to.is_some_and(|last| last < local_date(at))
    }
}

/// The version of `agreements` that is in force at `at` for what `sender` sends to `receiver`: the newest one that has begun,
/// unless it is over. An older one does not come back.
#[must_use]
pub fn applying(
    agreements: &[Agreement],
    sender: AgencyId,
    receiver: AgencyId,
    at: DateTime<Utc>,
) -> Option<&Agreement> {
    agreements
        .iter()
        .filter(|agreement| agreement.sender == sender && agreement.receiver == receiver && agreement.has_begun(at))
        .max_by_key(|agreement| agreement.number)
        .filter(|newest| !newest.is_over(at))
}

impl Word {
    fn of(permit: &SetupPermit, at: DateTime<Utc>) -> Self {
        Self {
            user: permit.user(),
            agency: permit.agency(),
            at,
        }
    }
}

fn not_yours(change: Change) -> Refusal {
    let (nb, en) = match change {
        Change::Approve => (
            "En annen person hos den andre parten må godkjenne.",
            "Another person of the other party must approve it.",
        ),
        Change::Reject => (
            "Bare den andre parten kan avvise. Trekk forslaget tilbake i stedet.",
            "Only the other party can reject it. Withdraw the proposal instead.",
        ),
        Change::Withdraw => (
            "Bare parten som har foreslått avtalen, kan trekke den tilbake.",
            "Only the party that has proposed it can withdraw it.",
        ),
        Change::End => (
            "Bare partene kan avslutte avtalen.",
            "Only the parties can end the agreement.",
        ),
    };
    Refusal::new(Rule::NotYours, nb, en)
}

fn unknown_code<C: Code>(pointer: String) -> FieldError {
    let allowed: Vec<_> = C::ALL.iter().map(|code| code.as_str()).collect();
    let allowed = allowed.join(", ");
    FieldError::new(
        pointer,
        "unknown-code",
        format!("Velg en av: {allowed}."),
        format!("Choose one of: {allowed}."),
    )
}

/// A key as it stands in a JSON pointer (RFC 6901). What is not a code is not repeated at length.
fn escaped(key: &str) -> String {
    let key: String = key.chars().take(40).collect();
    key.replace('~', "~0").replace('/', "~1")
}
