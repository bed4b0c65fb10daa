//! No action without somebody who may take it, for any two agencies that can be party to it.

use super::super::{Definition, Guard, Party, Transition};
use super::{Findings, Near, story};
use crate::policy::{Operation, Relation, Verdict, verdict};
use crate::vocabulary::{Action, AgencyKind, Code, HandoffState, Language, LegalBasisCode, Role};

pub(super) fn actors(findings: &mut Findings<'_>) {
    let definition = findings.definition;
    for (at, transition) in definition.transitions.iter().enumerate() {
        if !somebody_may(transition) {
            let (nb, en) = (
                transition.action.title(Language::Nb),
                transition.action.title(Language::En),
            );
            let who = story::who(transition.party);
            let place = story::first_place(findings.graph, at).unwrap_or_default();
            findings.at_state(
                place,
                Near::Transition(at),
                &format!(
                    "Nå skulle {} kunne velge «{nb}», men ingen av rollene som er nevnt, har lov til det.",
                    who.nb
                ),
                &format!(
                    "Now {} should be able to choose “{en}”, but none of the named roles may.",
                    who.en
                ),
            );
        }
    }
    pairs(findings);
    whoever_decides(findings);
    for action in [Action::Send, Action::HandOff, Action::Revoke] {
        if definition.any_transition(action).is_none() {
            let (nb, en) = (action.title(Language::Nb), action.title(Language::En));
            findings.add(
                Near::Word("transitions".into()),
                format!("Handlingen «{nb}» mangler: en stafettpinne kunne ikke gis videre eller legges ned."),
                format!("The action “{en}” is missing: a baton could not be passed on or laid down."),
            );
        }
    }
}

/// Whether the policy lets the named party take the action in some named role.
fn somebody_may(transition: &Transition) -> bool {
    let relations: &[Relation] = match transition.party {
        Party::Sender => &[Relation::Sender],
        Party::Receiver => &[Relation::Receiver],
        Party::Custodian => &[Relation::Custodian],
        Party::Either => &[Relation::Sender, Relation::Receiver],
        Party::Earlier => &[Relation::Sender, Relation::Participant],
        Party::Coordinator => &[Relation::Coordinator],
    };
    let operation = Operation::Transition(transition.action);
    let may = |role: &Role, relation: &Relation| verdict(*role, operation, *relation) == Verdict::Allowed;
    let some_role = |relation: &Relation| transition.roles.iter().any(|role| may(role, relation));
    relations.iter().all(some_role)
}

/// For every kind that may send and every kind that may receive, some legal basis lets the one tell the other.
fn pairs(findings: &mut Findings<'_>) {
    let definition = findings.definition;
    for receiver in &definition.receivers {
        let without: Vec<AgencyKind> = definition
            .senders
            .iter()
            .copied()
            .filter(|sender| {
                !definition
                    .legal_bases
                    .iter()
                    .any(|basis| covers(definition, *basis, *sender, *receiver))
            })
            .collect();
        if without.is_empty() {
            continue;
        }
        let words = |language| {
            without
                .iter()
                .map(|kind| kind.title(language))
                .collect::<Vec<_>>()
                .join(", ")
        };
        findings.add(
            Near::Word("receivers".into()),
            format!(
                "En formidling skal til {} fra {}, men ingen av rettsgrunnlagene som er nevnt, kan dekke det: den kunne aldri sendes.",
                receiver.title(Language::Nb),
                words(Language::Nb)
            ),
            format!(
                "A referral should go to {} from {}, but none of the named legal bases can cover that: it could never be sent.",
                receiver.title(Language::En),
                words(Language::En)
            ),
        );
    }
}

/// Whether a legal basis can let the one kind tell the other about anybody.
fn covers(definition: &Definition, basis: LegalBasisCode, sender: AgencyKind, receiver: AgencyKind) -> bool {
    match basis {
        LegalBasisCode::DutyToReport => {
            receiver == AgencyKind::ChildWelfare
                && sender != AgencyKind::UserOrganisation
                && definition.eligibility.min_age.is_none_or(|age| age < 18)
        }
        LegalBasisCode::AnonymousConsultation => {
            let asks_who = |transition: &Transition| transition.guards.contains(&Guard::PersonGiven);
            !definition.transitions.iter().any(asks_who)
        }
        // Nobody tells a user organisation who somebody is.
        LegalBasisCode::Consent
        | LegalBasisCode::OrderToDisclose
        | LegalBasisCode::RightToDisclose
        | LegalBasisCode::DangerToLife
        | LegalBasisCode::DutyToAvert
        | LegalBasisCode::Necessity => receiver != AgencyKind::UserOrganisation,
    }
}

/// Whoever disagrees gets a decision, and the decision can be carried out.
fn whoever_decides(findings: &mut Findings<'_>) {
    let definition = findings.definition;
    let disputes = definition.any_transition(Action::Dispute);
    let decides = definition.any_transition(Action::Allocate);
    let while_disputed = definition.clocks.iter().any(|clock| clock.while_disputed);
    if disputes.is_some() != decides.is_some() || disputes.is_some() != while_disputed {
        findings.add(
            Near::Word("dispute".into()),
            "To tjenester er uenige om ansvaret, og det blir med det: en uenighet trenger en som avgjør (allocate) og en frist som løper imens (while_disputed).",
            "Two services disagree about who is responsible, and there it stays: a dispute needs somebody who decides it (allocate) and a limit that runs meanwhile (while_disputed).",
        );
    }
    let Some(decides) = decides else { return };
    for disputed in disputes.into_iter().flat_map(|disputes| &disputes.from) {
        if !decides.from.contains(disputed) {
            findings.add(
                Near::Word(disputed.clone()),
                format!("I {disputed:?} kan de melde uenighet, men kommunen kan ikke avgjøre den der."),
                format!("In {disputed:?} they can dispute, but the municipality cannot decide it there."),
            );
        }
    }
    for core in [HandoffState::Accepted, HandoffState::Withdrawn, HandoffState::Forwarded] {
        if definition.step_of(core).is_none() {
            findings.add(
                Near::Word("allocate".into()),
                format!("Kommunen avgjør hvem som har ansvaret, men steget «{}» mangler, så avgjørelsen fører ingen steder.", core.title(Language::Nb)),
                format!("The municipality decides who is responsible, but the state “{}” is missing, so the decision leads nowhere.", core.title(Language::En)),
            );
        }
    }
}
