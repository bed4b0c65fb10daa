//! The conditions of a hand-off: who may receive, on what basis, for whom.

use super::disclose;
use super::relay::Relay;
use crate::agency::{AgencyFacts, AgencyId};
use crate::command::LegalBasis;
use crate::definition::{Definition, Guard, Transition, Why};
use crate::event::Terms;
use crate::referral::Handoff;
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{AgencyKind, Code, Language, LegalBasisCode};

/// A leg about to be run.
pub(super) struct Leg<'a> {
    /// Who will hold the baton meanwhile.
    pub(super) sender: AgencyId,
    /// Who sends it on, which is the receiver when it is forwarded.
    pub(super) acting: AgencyId,
    /// To whom and on what basis.
    pub(super) terms: &'a Terms,
    /// The basis with its reason, when it is given now.
    pub(super) basis: Option<&'a LegalBasis>,
    /// Where in the request's body the fields are.
    pub(super) at: &'a str,
}

/// Tries each guard of the transition; the first that fails refuses.
pub(super) fn guards(transition: &Transition, relay: &Relay<'_>, leg: &Leg<'_>) -> Result<(), Refusal> {
    let missing = missing_fields(transition, relay, leg);
    if !missing.is_empty() {
        return Err(Refusal::of_fields(missing));
    }
    for guard in &transition.guards {
        match guard {
            Guard::ReceiverAdmitted => receiver_admitted(relay, leg)?,
            Guard::BasisCovers => {
                basis_covers(relay, leg)?;
                disclose::admitted(relay, leg)?;
                disclose::informed(relay, leg)?;
            }
            Guard::Eligible => eligible(relay, leg)?,
            Guard::PersonGiven | Guard::ContentGiven => {} // among the missing fields
        }
    }
    Ok(())
}

/// Everything that is not there yet, at once: a person at night should not be told one thing at a time.
fn missing_fields(transition: &Transition, relay: &Relay<'_>, leg: &Leg<'_>) -> Vec<FieldError> {
    let has = |guard| transition.guards.contains(&guard);
    let context = relay.context();
    let mut missing = Vec::new();
    if has(Guard::ReceiverAdmitted) && leg.terms.receiver.is_none() {
        missing.push(FieldError::required(format!("{}/receiver", leg.at)));
    }
    if has(Guard::BasisCovers) && leg.terms.basis.is_none() {
        missing.push(FieldError::required(format!("{}/legalBasis", leg.at)));
    }
    if has(Guard::PersonGiven) && !context.subject.present {
        missing.push(FieldError::required("/person"));
    }
    if has(Guard::ContentGiven) && !context.outline.summary {
        missing.push(FieldError::required("/summary"));
    }
    missing
}

/// Whether an agency may send on this definition.
pub(super) fn sender_admitted(definition: &Definition, sender: &AgencyFacts) -> Result<(), Refusal> {
    if definition.senders.contains(&sender.kind) {
        return Ok(());
    }
    let (nb, en) = (sender.kind.title(Language::Nb), sender.kind.title(Language::En));
    Err(Refusal::of_field(
        Rule::SenderNotAdmitted,
        FieldError::new(
            "/sender",
            "sender-not-admitted",
            format!(
                "«{}» kan ikke sendes av {nb}. Velg en annen arbeidsflyt, eller se hvem som kan sende, og gå veien om dem.",
                definition.title.nb
            ),
            format!(
                "“{}” cannot be sent by this kind of agency: {en}. Choose another workflow, or see who can send it and go by way of them.",
                definition.title.en
            ),
        ),
    ))
}

fn receiver_admitted(relay: &Relay<'_>, leg: &Leg<'_>) -> Result<(), Refusal> {
    let pointer = format!("{}/receiver", leg.at);
    let definition = relay.definition();
    let refuse = |nb: String, en: String| {
        Err(Refusal::of_field(
            Rule::ReceiverNotAdmitted,
            FieldError::new(&pointer, "receiver-not-admitted", nb, en),
        ))
    };
    let Some(receiver) = leg.terms.receiver.and_then(|id| relay.context().agencies.by_id(id)) else {
        return Err(Refusal::of_fields(vec![unknown_agency(&pointer)]));
    };
    if receiver.id == leg.acting || receiver.id == leg.sender {
        return refuse(
            "Velg en annen enhet enn deres egen og avsenders.".into(),
            "Choose another agency than your own and the sender's.".into(),
        );
    }
    if !receiver.active {
        return refuse(
            "Enheten tar ikke lenger imot. Velg en annen fra katalogen.".into(),
            "The agency no longer receives. Choose another one from the directory.".into(),
        );
    }
    if !definition.receivers.contains(&receiver.kind) {
        let kinds = |language| -> String {
            definition
                .receivers
                .iter()
                .map(|kind| kind.title(language))
                .collect::<Vec<_>>()
                .join(", ")
        };
        return refuse(
            format!(
                "«{}» kan bare sendes til: {}.",
                definition.title.nb,
                kinds(Language::Nb)
            ),
            format!(
                "“{}” can be sent only to: {}.",
                definition.title.en,
                kinds(Language::En)
            ),
        );
    }
    Ok(())
}

fn basis_covers(relay: &Relay<'_>, leg: &Leg<'_>) -> Result<(), Refusal> {
    let pointer = format!("{}/legalBasis", leg.at);
    let definition = relay.definition();
    let Some(code) = leg.terms.basis else {
        return Err(Refusal::of_fields(vec![FieldError::required(pointer)]));
    };
    if let Some(basis) = leg.basis {
        let faults = basis.check(&pointer);
        if !faults.is_empty() {
            return Err(Refusal::of_fields(faults));
        }
    }
    if !definition.legal_bases.contains(&code) {
        let bases = |language| -> String {
            definition
                .legal_bases
                .iter()
                .map(|basis| basis.title(language))
                .collect::<Vec<_>>()
                .join(", ")
        };
        return Err(Refusal::of_field(
            Rule::LegalBasisNotAdmitted,
            FieldError::new(
                format!("{pointer}/code"),
                "legal-basis-not-admitted",
                format!(
                    "«{}» bygger på et av disse: {}.",
                    definition.title.nb,
                    bases(Language::Nb)
                ),
                format!(
                    "“{}” rests on one of these: {}.",
                    definition.title.en,
                    bases(Language::En)
                ),
            ),
        ));
    }
    match code {
        LegalBasisCode::DutyToReport => duty_to_report_covers(relay, leg, &pointer),
        LegalBasisCode::AnonymousConsultation if relay.context().subject.present => Err(Refusal::of_field(
            Rule::LegalBasisDoesNotCover,
            FieldError::new(
                format!("{pointer}/code"),
                "legal-basis-does-not-cover",
                "En anonymisert drøfting (fvl § 13 a nr 2) kan ikke ha opplysninger om personen. Ta bort personen, eller velg et annet rettsgrunnlag.",
                "An anonymous consultation (fvl § 13 a nr 2) cannot tell of the person. Take the person away, or choose another legal basis.",
            ),
        )),
        LegalBasisCode::Consent
        | LegalBasisCode::OrderToDisclose
        | LegalBasisCode::RightToDisclose
        | LegalBasisCode::DangerToLife
        | LegalBasisCode::DutyToAvert
        | LegalBasisCode::Necessity
        | LegalBasisCode::AnonymousConsultation => Ok(()),
    }
}

/// bvl § 13-2: towards child welfare only, for children under 18, by public bodies and those with public tasks. An
/// unknown age does not hinder a report: doubt is the child's, never the form's.
fn duty_to_report_covers(relay: &Relay<'_>, leg: &Leg<'_>, pointer: &str) -> Result<(), Refusal> {
    let refuse = |nb: &str, en: &str| {
        Err(Refusal::of_field(
            Rule::LegalBasisDoesNotCover,
            FieldError::new(format!("{pointer}/code"), "legal-basis-does-not-cover", nb, en),
        ))
    };
    let context = relay.context();
    let kind = |id: AgencyId| context.agencies.by_id(id);
    if leg
        .terms
        .receiver
        .and_then(kind)
        .is_none_or(|receiver| receiver.kind != AgencyKind::ChildWelfare)
    {
        return refuse(
            "Meldeplikten (bvl § 13-2) gjelder bare overfor barnevernet. Send til barnevernet, eller velg et annet rettsgrunnlag.",
            "The duty to report (bvl § 13-2) applies towards child welfare only. Send it to child welfare, or choose another legal basis.",
        );
    }
    if context.subject.age.is_some_and(|age| age >= 18) {
        return refuse(
            "Meldeplikten (bvl § 13-2) gjelder barn under 18 år. Bruk et annet rettsgrunnlag, for eksempel samtykke.",
            "The duty to report (bvl § 13-2) covers children under 18. Use another legal basis, such as consent.",
        );
    }
    let bound = kind(leg.sender).is_some_and(|sender| {
        sender.public_tasks || !matches!(sender.kind, AgencyKind::Ngo | AgencyKind::UserOrganisation)
    });
    if !bound {
        return refuse(
            "Meldeplikten (bvl § 13-2) gjelder organisasjoner bare når de utfører offentlige oppgaver. Bruk et annet rettsgrunnlag, for eksempel samtykke.",
            "The duty to report (bvl § 13-2) binds organisations only when they carry out public tasks. Use another legal basis, such as consent.",
        );
    }
    Ok(())
}

fn eligible(relay: &Relay<'_>, leg: &Leg<'_>) -> Result<(), Refusal> {
    let Some(outside) = relay.definition().eligibility.excludes(&relay.context().subject) else {
        return Ok(());
    };
    let pointer = if leg.at.is_empty() {
        format!("/person/{}", outside.field)
    } else {
        String::new()
    };
    let (nb, en) = match outside.why {
        Why::TooOld => (
            "Hjelp heller til rette tjeneste for voksne.",
            "Help them to the right service for adults.",
        ),
        Why::TooYoung => (
            "Barnet er for ungt for dette. Velg en tjeneste for yngre barn, eller meld til barnevernet hvis du er bekymret.",
            "The child is too young for this. Choose a service for younger children, or report to child welfare if you are worried.",
        ),
        Why::Elsewhere | Why::Residence => (
            "Rett opplysningen hvis den er feil, eller velg en tjeneste som dekker den unge.",
            "Correct it if it is wrong, or choose a service that covers this youth.",
        ),
    };
    Err(Refusal::of_field(
        Rule::NotEligible,
        FieldError::new(
            pointer,
            "not-eligible",
            format!("Dette er for barn og unge {}. {nb}", outside.range.nb),
            format!("This is for children and young people {}. {en}", outside.range.en),
        ),
    ))
}

/// Whether the municipality may name an agency: one that takes part and is of a kind that can receive, or the sender.
pub(super) fn may_hold(relay: &Relay<'_>, current: &Handoff, agency: AgencyId, pointer: &str) -> Result<(), Refusal> {
    let definition = relay.definition();
    let facts = relay.context().agencies.by_id(agency).filter(|facts| facts.active);
    if agency == current.sender {
        return Ok(());
    }
    if facts.is_some_and(|facts| definition.receivers.contains(&facts.kind)) {
        return disclose::may_take_over(relay, current, agency, pointer);
    }
    Err(Refusal::of_field(
        Rule::ReceiverNotAdmitted,
        FieldError::new(
            pointer,
            "receiver-not-admitted",
            "Enheten kan ikke ta imot denne typen formidling. Velg en som kan, eller avsender.",
            "The agency cannot receive this kind of referral. Choose one that can, or the sender.",
        ),
    ))
}

/// An agency that nobody knows.
pub(super) fn unknown_agency(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "unknown-agency",
        "Enheten finnes ikke. Velg en fra katalogen.",
        "There is no such agency. Choose one from the directory.",
    )
}
