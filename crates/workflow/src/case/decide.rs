//! The decisions about a case, in the order of refusal that referrals have: hidden, not theirs, not now, not right.
//!
//! **Somebody always coordinates.** A change of coordinator is offered, and takes effect when the other has accepted.
//!
//! A decision is judged by what its actor may see. Closing asks whether a referral is still active among those that the
//! coordinator may know of: an answer that counted hidden ones would tell of them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::event::{CaseEvent, CaseFact};
use super::evolve::{begin, evolve};
use super::view::{Eyes, Visibility};
use super::{Case, CaseRelation, Member};
use crate::agency::{Agencies, AgencyId, CaseId, TextId, UserId};
use crate::command::Colleague;
use crate::decide::{Before, Scribe, Writing, by};
use crate::definition::TEXT_MAX;
use crate::person::check_text;
use crate::policy::{self, Actor, Operation, Permit, Relation, Verdict};
use crate::reference::CaseReference;
use crate::referral::Handoff;
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{CaseAction, CaseState, Code, Language, Need, Notice};

pub use super::merge::{merge, split};

/// What a decision about a case is taken in.
#[derive(Debug, Clone, Copy)]
pub struct CaseContext<'a> {
    /// Now, truncated to microseconds.
    pub now: DateTime<Utc>,
    /// A fresh UUIDv7; the ids of all that the decision creates are derived from it.
    pub id: Uuid,
    /// Who asks.
    pub actor: &'a Actor,
    /// Whatever agencies the input names.
    pub agencies: &'a Agencies,
    /// The person whom the input names, if it names one.
    pub colleague: Option<&'a Colleague>,
}

/// A case about to be opened.
#[derive(Debug, Clone)]
pub struct NewCase {
    /// Its id.
    pub id: CaseId,
    /// Its short name.
    pub reference: CaseReference,
    /// Who coordinates, by slug or id: one of the actor's agencies.
    pub coordinator: String,
    /// Needs beside those of the referrals.
    pub needs: Vec<Need>,
}

/// An action on a case with what it asks for.
#[derive(Debug, Clone)]
pub struct CaseCommand {
    /// What to do.
    pub action: CaseAction,
    /// To whom the coordination is offered, by slug or id.
    pub agency: Option<String>,
    /// Who coordinates in one's own agency: `me`, or an id.
    pub person: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What was decided about a case. Only this crate makes one, and the store writes nothing about a case without one.
#[derive(Debug, Clone)]
pub struct CaseDecision {
    pub(super) before: Option<Before>,
    pub(super) next: Case,
    pub(super) events: Vec<CaseEvent>,
    pub(super) notices: Vec<CaseNotice>,
    pub(super) texts: Vec<Writing>,
    pub(super) permit: Permit,
}

/// Somebody must be told of something about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseNotice {
    /// Whom.
    pub to: AgencyId,
    /// What.
    pub notice: Notice,
    /// The event that gave rise to it.
    pub event: Uuid,
}

impl CaseDecision {
    /// What the stored case must still be; `None` for a new one.
    #[must_use]
    pub const fn before(&self) -> Option<Before> {
        self.before
    }

    /// The case after it.
    #[must_use]
    pub const fn next(&self) -> &Case {
        &self.next
    }

    /// What happened, in order.
    #[must_use]
    pub fn events(&self) -> &[CaseEvent] {
        &self.events
    }

    /// Who must be told.
    #[must_use]
    pub fn notices(&self) -> &[CaseNotice] {
        &self.notices
    }

    /// The texts that the events name.
    #[must_use]
    pub fn texts(&self) -> &[Writing] {
        &self.texts
    }

    /// On whose authority.
    #[must_use]
    pub const fn permit(&self) -> &Permit {
        &self.permit
    }
}

/// Opens a case around referrals in which its coordinator has a part.
///
/// # Errors
/// [`Refusal`]: not one of the actor's agencies, no part in one of the referrals, no referral at all.
pub fn open(new: &NewCase, members: &[Member], context: &CaseContext<'_>) -> Result<CaseDecision, Refusal> {
    let coordinator = context.agencies.by_name(&new.coordinator).ok_or_else(|| {
        Refusal::of_fields(vec![FieldError::new(
            "/coordinator",
            "unknown-agency",
            "Enheten finnes ikke.",
            "There is no such agency.",
        )])
    })?;
    let permit = policy::permit_open_case(context.actor, coordinator.id).map_err(|_verdict| {
        Refusal::new(
            Rule::NotYours,
            "Du kan bare åpne en sak for en enhet der du er saksbehandler.",
            "You can open a case only for an agency in which you do casework.",
        )
    })?;
    for member in members {
        takes_part(coordinator.id, member)?;
    }
    if members.is_empty() {
        return Err(Refusal::of_fields(vec![FieldError::new(
            "/referrals",
            "required",
            "En sak begynner med minst én formidling.",
            "A case begins with at least one referral.",
        )]));
    }
    let fact = CaseFact::Opened {
        reference: new.reference,
        coordinator: coordinator.id,
        person: Some(permit.user()),
    };
    let mut file = File::begin(new.id, fact, permit, context)?;
    for member in members {
        file.record(CaseFact::ReferralAttached {
            referral: member.referral.id,
        });
    }
    for need in &new.needs {
        file.record(CaseFact::NeedAdded { need: *need });
    }
    Ok(file.finish())
}

/// Puts referrals into an open case.
///
/// # Errors
/// [`Refusal`]: hidden, no part in one of the referrals, the case is not open.
pub fn attach(
    case: &Case,
    members: &[Member],
    newcomers: &[Member],
    context: &CaseContext<'_>,
) -> Result<CaseDecision, Refusal> {
    let permit = admit(case, members, CaseAction::AddReferral, context.actor)?;
    let mut file = File::resume(case, permit, context);
    for member in newcomers {
        takes_part_as_somebody(context.actor, member)?;
        file.record(CaseFact::ReferralAttached {
            referral: member.referral.id,
        });
        // The coordinator may be one who must not know of it.
        let all: Vec<Member> = members.iter().chain(newcomers).cloned().collect();
        let coordinator = [case.coordinator];
        let seen = Eyes::new(&file.case, &all, &coordinator).map(|eyes| eyes.of(member.referral.id));
        if seen.is_some_and(|seen| seen != Visibility::Nothing) {
            file.tell(case.coordinator, Notice::CaseReferralAdded);
        }
    }
    Ok(file.finish())
}

/// Tells the other parties of a referral that was sent before it came into the case. They see the case from now on.
impl CaseDecision {
    /// The same decision, told to the parties of these referrals too.
    #[must_use]
    pub fn told_to_parties(mut self, newcomers: &[Member]) -> Self {
        for member in newcomers {
            let attached = self.events.iter().find(|event| {
                event.fact
                    == CaseFact::ReferralAttached {
                        referral: member.referral.id,
                    }
            });
            let Some(event) = attached.map(|event| event.id) else {
                continue;
            };
            for to in member.referral.parties() {
                if to != self.permit.agency() && self.notices.iter().all(|told| told.to != to) {
                    self.notices.push(CaseNotice {
                        to,
                        notice: Notice::CaseReferralAdded,
                        event,
                    });
                }
            }
        }
        self
    }
}

/// Registers needs beside those of the referrals, and takes away what is no longer one.
///
/// # Errors
/// [`Refusal`]: hidden, not open, nothing to change.
pub fn change_needs(
    case: &Case,
    members: &[Member],
    add: &[Need],
    remove: &[Need],
    context: &CaseContext<'_>,
) -> Result<CaseDecision, Refusal> {
    let permit = admit(case, members, CaseAction::ChangeNeeds, context.actor)?;
    let known = |need: &Need| {
        case.strands
            .iter()
            .flat_map(|strand| &strand.needs)
            .any(|known| known.need == *need && known.known_to.contains(&permit.agency()))
    };
    let mut file = File::resume(case, permit, context);
    for need in add.iter().filter(|need| !known(need)) {
        file.record(CaseFact::NeedAdded { need: *need });
    }
    let unknown: Vec<&Need> = remove.iter().filter(|need| !known(need)).collect();
    if let Some(need) = unknown.first() {
        let (nb, en) = (need.title(Language::Nb), need.title(Language::En));
        return Err(Refusal::of_fields(vec![FieldError::new(
            "/removeNeeds",
            "not-registered",
            format!("Behovet «{nb}» er ikke registrert på saken. Det som står i en formidling, hører til den."),
            format!("The need “{en}” is not registered on the case. What stands in a referral belongs to it."),
        )]));
    }
    for need in remove {
        file.record(CaseFact::NeedRemoved { need: *need });
    }
    if file.events.is_empty() {
        return Err(Refusal::of_fields(vec![FieldError::new(
            "/addNeeds",
            "nothing-new",
            "Det er ingenting å endre.",
            "There is nothing to change.",
        )]));
    }
    Ok(file.finish())
}

/// Whether `actor` may take `action` on `case` now: party and state, not yet the input.
///
/// # Errors
/// [`Refusal`] of the kind hidden, party or state.
pub fn admit(case: &Case, members: &[Member], action: CaseAction, actor: &Actor) -> Result<Permit, Refusal> {
    let answers = matches!(action, CaseAction::AcceptCoordination | CaseAction::DeclineCoordination);
    // Somebody of several agencies answers for the one that was asked.
    let asked = case
        .proposal
        .map(|proposal| proposal.to)
        .filter(|to| answers && actor.does_casework_in(*to));
    let permit = policy::permit_case(actor, Operation::ChangeCase(action), |agency| match asked {
        Some(asked) if asked != agency => CaseRelation::Outsider,
        Some(_) | None => case.standing(agency, members),
    })
    .map_err(|verdict| match verdict {
        Verdict::Hidden => Refusal::not_found(),
        Verdict::Forbidden | Verdict::Allowed => not_yours(action),
    })?;
    let offered = case.proposal.is_some_and(|proposal| proposal.to == permit.agency());
    let open = case.state == CaseState::Open;
    let now = match action {
        CaseAction::AcceptCoordination | CaseAction::DeclineCoordination => {
            if !offered {
                return Err(not_yours(action));
            }
            open
        }
        CaseAction::Reopen => case.state == CaseState::Closed,
        CaseAction::Split => open && case.strands.len() > 1,
        CaseAction::ProposeCoordinator
        | CaseAction::AssignCoordinator
        | CaseAction::Close
        | CaseAction::ChangeNeeds
        | CaseAction::AddReferral
        | CaseAction::Merge => open,
    };
    if !now {
        let (nb, en) = (case.state.title(Language::Nb), case.state.title(Language::En));
        return Err(Refusal::new(
            Rule::CaseNotOpen,
            format!("«{}» kan ikke gjøres nå: saken er {nb}.", action.title(Language::Nb)),
            format!("“{}” cannot be done now: the case is {en}.", action.title(Language::En)),
        ));
    }
    Ok(permit)
}

/// Everything that `actor` may do with the case now.
#[must_use]
pub fn available(case: &Case, members: &[Member], actor: &Actor) -> Vec<CaseAction> {
    CaseAction::ALL
        .iter()
        .copied()
        .filter(|action| admit(case, members, *action, actor).is_ok())
        .collect()
}

/// Decides an action about who coordinates, or whether there is anything left to coordinate.
///
/// # Errors
/// [`Refusal`], in the order of the module's description.
pub fn transition(
    case: &Case,
    members: &[Member],
    command: &CaseCommand,
    context: &CaseContext<'_>,
) -> Result<CaseDecision, Refusal> {
    let permit = admit(case, members, command.action, context.actor)?;
    if command.action == CaseAction::Close {
        nothing_active(case, members, permit)?;
    }
    let mut file = File::resume(case, permit, context);
    match command.action {
        CaseAction::ProposeCoordinator => {
            only(command, true, false)?;
            let to = proposed(case, members, command, permit, context)?;
            let reason = file.optional_reason(command)?;
            file.record(CaseFact::CoordinatorProposed { to, reason });
            file.tell(to, Notice::CoordinatorProposed);
        }
        CaseAction::AcceptCoordination => {
            only(command, false, true)?;
            let person = person(command, permit, context)?.unwrap_or_else(|| permit.user());
            let from = case.coordinator;
            file.record(CaseFact::CoordinatorChanged {
                from,
                to: permit.agency(),
                person: Some(person),
            });
            file.tell(from, Notice::CoordinationAccepted);
        }
        CaseAction::DeclineCoordination => {
            only(command, false, false)?;
            let reason = file.reason(command)?;
            file.record(CaseFact::CoordinationDeclined { reason });
            file.tell(case.coordinator, Notice::CoordinationDeclined);
        }
        CaseAction::AssignCoordinator => {
            only(command, false, true)?;
            let person = person(command, permit, context)?
                .ok_or_else(|| Refusal::of_fields(vec![FieldError::required("/input/person")]))?;
            file.record(CaseFact::CoordinatorAssigned { person });
        }
        CaseAction::Close => {
            only(command, false, false)?;
            let reason = file.reason(command)?;
            file.record(CaseFact::Closed { reason });
            for to in case.participants(members) {
                file.tell(to, Notice::CaseClosed);
            }
        }
        CaseAction::Reopen => {
            only(command, false, false)?;
            let reason = file.reason(command)?;
            file.record(CaseFact::Reopened { reason });
        }
        CaseAction::ChangeNeeds | CaseAction::AddReferral | CaseAction::Merge | CaseAction::Split => {
            return Err(not_yours(command.action));
        }
    }
    Ok(file.finish())
}

/// What a referral must be to come into a case, and that `agency` has a part in it now.
fn takes_part(agency: AgencyId, member: &Member) -> Result<(), Refusal> {
    let part = Relation::all_of(agency, &member.referral)
        .into_iter()
        .any(|relation| matches!(relation, Relation::Sender | Relation::Receiver | Relation::Custodian));
    if !part {
        return Err(Refusal::new(
            Rule::NotYours,
            "Bare avsender, mottaker og den som har stafettpinnen, kan legge en formidling i en sak.",
            "Only the sender, the receiver and whoever holds the baton can put a referral into a case.",
        ));
    }
    if !member.about_somebody {
        return Err(Refusal::of_fields(vec![FieldError::new(
            "/attach",
            "nobody-in-particular",
            "Formidlingen handler ikke om noen bestemt, og kan ikke ligge i en sak.",
            "The referral is about nobody in particular, and cannot lie in a case.",
        )]));
    }
    Ok(())
}

fn takes_part_as_somebody(actor: &Actor, member: &Member) -> Result<(), Refusal> {
    let agencies: Vec<AgencyId> = actor
        .agencies()
        .into_iter()
        .filter(|agency| actor.does_casework_in(*agency))
        .collect();
    let with_part = agencies
        .iter()
        .find(|agency| takes_part(**agency, member).is_ok())
        .or(agencies.first());
    match with_part {
        Some(agency) => takes_part(*agency, member),
        None => Err(Refusal::not_found()),
    }
}

/// Among those referrals that the coordinator may know of.
fn nothing_active(case: &Case, members: &[Member], permit: Permit) -> Result<(), Refusal> {
    let coordinator = [permit.agency()];
    let active = Eyes::new(case, members, &coordinator).is_some_and(|eyes| {
        eyes.visible()
            .iter()
            .any(|(member, _)| !member.referral.state.is_end() && member.referral.handoffs.iter().any(Handoff::is_sent))
    });
    if active {
        return Err(Refusal::new(
            Rule::CaseStillActive,
            "En formidling i saken er ikke avsluttet. Saken kan avsluttes når alle er det.",
            "A referral of the case has not ended. The case can be closed when all have.",
        ));
    }
    Ok(())
}

/// Only somebody who takes part can be asked, and only one of whom the coordinator knows that they do.
fn proposed(
    case: &Case,
    members: &[Member],
    command: &CaseCommand,
    permit: Permit,
    context: &CaseContext<'_>,
) -> Result<AgencyId, Refusal> {
    let pointer = "/input/agency";
    let fault = |code, nb: &str, en: &str| Refusal::of_fields(vec![FieldError::new(pointer, code, nb, en)]);
    let name = command
        .agency
        .as_deref()
        .ok_or_else(|| Refusal::of_fields(vec![FieldError::required(pointer)]))?;
    let viewer = [permit.agency()];
    let eyes = Eyes::new(case, members, &viewer).ok_or_else(Refusal::not_found)?;
    let agency = context
        .agencies
        .by_name(name)
        .filter(|agency| agency.active && eyes.knows(agency.id))
        .filter(|agency| case.standing(agency.id, members) != CaseRelation::Outsider)
        .ok_or_else(|| {
            fault(
                "not-a-participant",
                "Velg en enhet som deltar i saken.",
                "Choose an agency that takes part in the case.",
            )
        })?;
    if agency.id == case.coordinator {
        return Err(fault(
            "coordinates-already",
            "Enheten koordinerer allerede.",
            "The agency coordinates already.",
        ));
    }
    Ok(agency.id)
}

fn person(command: &CaseCommand, permit: Permit, context: &CaseContext<'_>) -> Result<Option<UserId>, Refusal> {
    let Some(name) = command.person.as_deref() else {
        return Ok(None);
    };
    if name == "me" {
        return Ok(Some(permit.user()));
    }
    let user = Uuid::parse_str(name).ok().map(UserId);
    context
        .colleague
        .filter(|colleague| Some(colleague.user) == user && colleague.agencies.contains(&permit.agency()))
        .map(|colleague| Some(colleague.user))
        .ok_or_else(|| {
            Refusal::of_fields(vec![FieldError::new(
                "/input/person",
                "not-a-colleague",
                "Velg en saksbehandler i deres egen enhet.",
                "Choose a caseworker of your own agency.",
            )])
        })
}

/// What an action does not ask for is refused, not ignored.
fn only(command: &CaseCommand, agency: bool, person: bool) -> Result<(), Refusal> {
    let reason = !matches!(
        command.action,
        CaseAction::AcceptCoordination | CaseAction::AssignCoordinator
    );
    let given = [
        ("agency", command.agency.is_some() && !agency),
        ("person", command.person.is_some() && !person),
        ("reason", command.reason.is_some() && !reason),
    ];
    let faults: Vec<FieldError> = given
        .into_iter()
        .filter(|(_, unasked)| *unasked)
        .map(|(field, _)| {
            FieldError::new(
                format!("/input/{field}"),
                "unknown-field",
                "Handlingen tar ikke dette feltet.",
                "The action does not take this field.",
            )
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Refusal::of_fields(faults))
    }
}

pub(super) fn not_yours(action: CaseAction) -> Refusal {
    let (nb, en) = match action {
        CaseAction::ProposeCoordinator | CaseAction::AssignCoordinator | CaseAction::Close | CaseAction::Reopen => {
            ("den som koordinerer saken", "whoever coordinates the case")
        }
        CaseAction::AcceptCoordination | CaseAction::DeclineCoordination => {
            ("den som er bedt om å koordinere", "whoever was asked to coordinate")
        }
        CaseAction::ChangeNeeds | CaseAction::AddReferral => ("saksbehandlere", "caseworkers"),
        CaseAction::Merge | CaseAction::Split => (
            "en leder i en enhet som kjenner begge sakene",
            "a lead of an agency that knows both cases",
        ),
    };
    Refusal::new(
        Rule::NotYours,
        format!("«{}» kan bare gjøres av {nb}.", action.title(Language::Nb)),
        format!("“{}” can be done only by {en}.", action.title(Language::En)),
    )
}

/// A decision in the making: each event is applied as it is recorded.
pub(super) struct File<'a> {
    context: &'a CaseContext<'a>,
    permit: Permit,
    before: Option<Before>,
    version: u32,
    pub(super) case: Case,
    pub(super) events: Vec<CaseEvent>,
    notices: Vec<CaseNotice>,
    scribe: Scribe,
}

impl<'a> File<'a> {
    fn begin(id: CaseId, fact: CaseFact, permit: Permit, context: &'a CaseContext<'a>) -> Result<Self, Refusal> {
        let mut scribe = Scribe::new(context.id);
        let event = CaseEvent {
            id: scribe.id(),
            seq: 1,
            version: 1,
            at: context.now,
            by: by(permit),
            fact,
        };
        let case = begin(id, &event).ok_or_else(Refusal::not_found)?;
        Ok(Self {
            context,
            permit,
            before: None,
            version: 1,
            case,
            events: vec![event],
            notices: Vec::new(),
            scribe,
        })
    }

    pub(super) fn resume(case: &Case, permit: Permit, context: &'a CaseContext<'a>) -> Self {
        Self {
            context,
            permit,
            before: Some(Before {
                version: case.version,
                event_seq: case.event_seq,
            }),
            version: case.version + 1,
            case: case.clone(),
            events: Vec::new(),
            notices: Vec::new(),
            scribe: Scribe::new(context.id),
        }
    }

    pub(super) fn record(&mut self, fact: CaseFact) {
        let event = CaseEvent {
            id: self.scribe.id(),
            seq: self.case.event_seq + 1,
            version: self.version,
            at: self.context.now,
            by: by(self.permit),
            fact,
        };
        self.case = evolve(self.case.clone(), &event);
        self.events.push(event);
    }

    /// Each agency hears once, and nobody hears of what they did themselves.
    pub(super) fn tell(&mut self, to: AgencyId, notice: Notice) {
        if to == self.permit.agency() || self.notices.iter().any(|told| told.to == to) {
            return;
        }
        if let Some(event) = self.events.last().map(|event| event.id) {
            self.notices.push(CaseNotice { to, notice, event });
        }
    }

    pub(super) fn write_reason(&mut self, pointer: &str, reason: &str) -> Result<TextId, Refusal> {
        match check_text(pointer, reason, TEXT_MAX) {
            Some(fault) => Err(Refusal::of_fields(vec![fault])),
            None => Ok(self.scribe.write("case-reason", reason)),
        }
    }

    fn reason(&mut self, command: &CaseCommand) -> Result<TextId, Refusal> {
        self.optional_reason(command)?
            .ok_or_else(|| Refusal::of_fields(vec![FieldError::required("/input/reason")]))
    }

    fn optional_reason(&mut self, command: &CaseCommand) -> Result<Option<TextId>, Refusal> {
        command
            .reason
            .as_deref()
            .map(|reason| self.write_reason("/input/reason", reason))
            .transpose()
    }

    pub(super) fn finish(self) -> CaseDecision {
        CaseDecision {
            before: self.before,
            next: self.case,
            events: self.events,
            notices: self.notices,
            texts: self.scribe.into_texts(),
            permit: self.permit,
        }
    }
}
