//! What lies in a case: opening it around referrals, putting more into it, and the needs beside theirs.

use super::decide::{CaseContext, CaseDecision, CaseNotice, NewCase, admit};
use super::event::CaseFact;
use super::file::File;
use super::view::{Eyes, Visibility};
use super::{Case, Member};
use crate::agency::AgencyId;
use crate::policy::{self, Actor, Relation};
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{CaseAction, Code, Language, Need, Notice};

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
            "Du kan bare åpne en sak for en enhet der du er saksbehandler. Velg din egen enhet som koordinator.",
            "You can open a case only for an agency in which you do casework. Choose your own agency as the coordinator.",
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

/// What a referral must be to come into a case, and that `agency` has a part in it now.
fn takes_part(agency: AgencyId, member: &Member) -> Result<(), Refusal> {
    let part = Relation::all_of(agency, &member.referral)
        .into_iter()
        .any(|relation| matches!(relation, Relation::Sender | Relation::Receiver | Relation::Custodian));
    if !part {
        return Err(Refusal::new(
            Rule::NotYours,
            "Bare avsender, mottaker og den som har stafettpinnen, kan legge en formidling i en sak. Be en av dem gjøre det.",
            "Only the sender, the receiver and whoever holds the baton can put a referral into a case. Ask one of them to.",
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
