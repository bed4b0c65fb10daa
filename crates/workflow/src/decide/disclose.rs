//! What is sent must be allowed to flow: asked when a leg is sent, before anything is.

use super::relay::Relay;
use super::rules::Leg;
use crate::agency::AgencyId;
use crate::calendar::local_date;
use crate::disclosure::{Field, Fields, Flow, Party, Rule as FlowRule, Way, Whom, given};
use crate::event::Terms;
use crate::referral::Handoff;
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{LegalBasisCode, Text, Urgency};

/// Refuses a leg that holds what its basis does not let flow. What is only kept back is told beforehand and stays.
pub(super) fn admitted(relay: &Relay<'_>, leg: &Leg<'_>) -> Result<(), Refusal> {
    let context = relay.context();
    let (table, day) = (context.disclosure, local_date(context.now));
    let Some(way) = way(relay, leg) else { return Ok(()) };
    let refusing = |field: Field| match table.flow(&way, field, day) {
        Flow::Refused => Some(table.rule(&way, field, day.max(table.valid_from))),
        Flow::Flows | Flow::WithinScope | Flow::Withheld => None,
    };
    // What is asked for goes with every leg: where not even that may flow, the basis is wrong, not a field.
    if let Some(rule) = refusing(Field::Needs) {
        let pointer = format!("{}/legalBasis/code", leg.at);
        return Err(Refusal::of_field(Rule::NotDisclosable, fault(pointer, rule)));
    }
    let told = given(&context.subject, &context.outline).and(knows(relay, leg.sender));
    let faults: Vec<FieldError> = told
        .iter()
        .filter_map(|field| Some(fault(pointer(leg, field), refusing(field)?)))
        .collect();
    match faults.as_slice() {
        [] => Ok(()),
        [one] => Err(Refusal::of_field(Rule::NotDisclosable, one.clone())),
        [first, ..] => Err(Refusal {
            rule: Rule::NotDisclosable,
            detail: first.detail.clone(),
            fields: faults,
        }),
    }
}

/// Whether a third agency may take over on the terms of a leg: whatever the municipality decides, nothing flows without a ground.
pub(super) fn may_take_over(
    relay: &Relay<'_>,
    current: &Handoff,
    agency: AgencyId,
    pointer: &str,
) -> Result<(), Refusal> {
    let terms = Terms {
        receiver: Some(agency),
        ..current.terms.clone()
    };
    let leg = Leg {
        sender: current.sender,
        acting: current.sender,
        terms: &terms,
        basis: None,
        at: pointer,
    };
    admitted(relay, &leg).map_err(|refusal| {
        let fields = refusal.fields.into_iter().map(|field| FieldError {
            pointer: pointer.to_owned(),
            ..field
        });
        Refusal {
            fields: fields.take(1).collect(),
            ..refusal
        }
    })
}

/// Refuses a leg where the law asks who of the family has been told, and the sender does not say.
pub(super) fn informed(relay: &Relay<'_>, leg: &Leg<'_>) -> Result<(), Refusal> {
    let context = relay.context();
    let day = local_date(context.now);
    let Some(way) = way(relay, leg) else { return Ok(()) };
    // Asked once, when the sender can still answer: a draft can be changed, a later leg cannot.
    let is_first = !relay.referral().handoffs.iter().any(Handoff::is_sent);
    // An emergency is not held up by it, and with a consent it is said who gave it.
    let is_said = relay.referral().urgency == Urgency::Emergency || leg.terms.basis == Some(LegalBasisCode::Consent);
    if !context.subject.present || !is_first || is_said {
        return Ok(());
    }
    let said = context.outline.informed;
    let missing: Vec<FieldError> = context
        .disclosure
        .informed
        .iter()
        .filter(|rule| rule.asks(context.subject.age, way.receiver.kind, day))
        .filter_map(|rule| {
            let pointer = match said {
                None => "/informed",
                Some(said) => {
                    let told = match rule.who {
                        Whom::Youth => said.youth,
                        Whom::Guardians => said.guardians,
                    };
                    if told || said.reason {
                        return None;
                    }
                    "/informed/reason"
                }
            };
            Some(FieldError {
                pointer: pointer.to_owned(),
                code: "required",
                detail: rule.text.clone(),
            })
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Refusal::of_fields(missing))
    }
}

fn way(relay: &Relay<'_>, leg: &Leg<'_>) -> Option<Way> {
    let agencies = relay.context().agencies;
    Some(Way {
        sender: agencies.by_id(leg.sender).map(Party::from)?,
        receiver: agencies.by_id(leg.terms.receiver?).map(Party::from)?,
        ground: leg.terms.basis?.into(),
    })
}

/// What the sender of the leg knows, for nobody passes on what they were not told.
fn knows(relay: &Relay<'_>, sender: AgencyId) -> Fields {
    let context = relay.context();
    let party = |agency| context.agencies.by_id(agency).map(Party::from);
    context.disclosure.reading(relay.referral(), &[sender], party).fields()
}

/// Where the field was said. A later leg says nothing anew, so there the basis is at fault.
fn pointer(leg: &Leg<'_>, field: Field) -> String {
    if !leg.at.is_empty() {
        return format!("{}/legalBasis/code", leg.at);
    }
    let at = match field {
        Field::IdentityNumber => "/person/identifier",
        Field::Name => "/person/name",
        Field::Alias => "/person/alias",
        Field::Age => "/person/estimatedAge",
        Field::Whereabouts => "/person/whereabouts",
        Field::ResidenceStatus => "/person/residenceStatus",
        Field::Flags => "/person/flags",
        Field::Language => "/person/language",
        Field::Needs => "/needs",
        Field::Summary => "/summary",
        Field::Informed => "/informed",
        Field::Reason | Field::Messages | Field::Attachments => "/legalBasis/code",
    };
    at.to_owned()
}

fn fault(pointer: String, rule: Option<&FlowRule>) -> FieldError {
    FieldError {
        pointer,
        code: "disclosure-not-admitted",
        detail: rule.map_or_else(
            || Text::new("Ingen regel lar dette deles.", "No rule lets this be shared."),
            |rule| rule.text.clone(),
        ),
    }
}
