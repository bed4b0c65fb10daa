//! What is refused, by which rule and with which field: a decision table.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use rstest::rstest;
use serde_json::{Value, json};
use stafett_workflow::command::{Consent, LegalBasis};
use stafett_workflow::refusal::Rule;
use stafett_workflow::vocabulary::{Action, ConsentGiver, LegalBasisCode, Role};
use stafett_workflow::{Refusal, create};
use support::World;

fn pointers(refusal: &Refusal) -> Vec<(&str, &str)> {
    refusal
        .fields
        .iter()
        .map(|field| (field.pointer.as_str(), field.code))
        .collect()
}

fn basis(code: LegalBasisCode) -> LegalBasis {
    LegalBasis {
        code,
        reason: "Begrunnet".into(),
        consent: None,
    }
}

#[rstest]
#[case::adult(
    "concern-report",
    Some(18),
    "barnevernvakten",
    Rule::LegalBasisDoesNotCover,
    "/legalBasis/code"
)]
#[case::not_child_welfare("concern-report", Some(16), "bydel-sagene", Rule::ReceiverNotAdmitted, "/receiver")]
#[case::user_organisation(
    "service-referral",
    Some(16),
    "brukerforeningen",
    Rule::ReceiverNotAdmitted,
    "/receiver"
)]
#[case::own_agency("service-referral", Some(16), "uteseksjonen", Rule::ReceiverNotAdmitted, "/receiver")]
#[case::too_old("service-referral", Some(26), "bup-oslo", Rule::NotEligible, "/person/estimatedAge")]
fn a_new_referral_is_refused(
    #[case] workflow: &str,
    #[case] age: Option<u8>,
    #[case] receiver: &str,
    #[case] rule: Rule,
    #[case] pointer: &str,
) {
    let mut world = World::new(workflow);
    world.subject.age = age;
    let new = world.new_referral(receiver, true);
    let refusal = world.create(&new).unwrap_err();
    assert_eq!(refusal.rule, rule);
    assert_eq!(refusal.fields[0].pointer, pointer);
}

#[test]
fn a_child_of_unknown_age_can_be_reported() {
    let mut world = World::new("concern-report");
    world.subject.age = None;
    let new = world.new_referral("barnevernvakten", true);
    assert!(world.create(&new).is_ok());
}

#[test]
fn a_basis_that_the_definition_does_not_list_is_refused() {
    let mut world = World::new("service-referral");
    let mut new = world.new_referral("bup-oslo", true);
    new.draft.basis = Some(basis(LegalBasisCode::DutyToReport));
    assert_eq!(world.create(&new).unwrap_err().rule, Rule::LegalBasisNotAdmitted);
}

#[test]
fn consent_says_who_how_old_and_to_what() {
    let mut world = World::new("service-referral");
    let mut new = world.new_referral("bup-oslo", true);
    new.draft.basis = Some(basis(LegalBasisCode::Consent));
    let refusal = world.create(&new).unwrap_err();
    assert_eq!(pointers(&refusal), [("/legalBasis/consent", "required")]);
    let consent = Consent {
        by: ConsentGiver::Youth,
        age: 16,
        scope: "Alt om rus".into(),
        covers: None,
    };
    new.draft.basis = Some(LegalBasis {
        consent: Some(consent),
        ..basis(LegalBasisCode::Consent)
    });
    assert!(world.create(&new).is_ok());
}

#[test]
fn an_organisation_without_public_tasks_has_no_duty_to_report() {
    let mut world = World::new("concern-report");
    let mut new = world.new_referral("barnevernvakten", true);
    new.sender = "en-forening".into();
    let actor = world.actor("en-forening");
    let refusal = world
        .with_context(&actor, |definition, context| create(definition, &new, context))
        .unwrap_err();
    assert_eq!(refusal.rule, Rule::LegalBasisDoesNotCover);
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let mut world = World::new("service-referral");
    world.subject.present = false;
    let mut new = world.new_referral("bup-oslo", true);
    (new.draft.receiver, new.draft.basis) = (None, None);
    let refusal = world.create(&new).unwrap_err();
    assert_eq!(refusal.rule, Rule::InvalidInput);
    assert_eq!(
        pointers(&refusal),
        [
            ("/receiver", "required"),
            ("/legalBasis", "required"),
            ("/person", "required")
        ]
    );
}

#[test]
fn one_can_send_only_for_an_agency_in_which_one_does_casework() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bup-oslo", true);
    for actor in [
        world.actor("bydel-sagene"),
        world.actor_as("uteseksjonen", Role::AgencyAdmin),
    ] {
        let refusal = world
            .with_context(&actor, |definition, context| create(definition, &new, context))
            .unwrap_err();
        assert_eq!(refusal.rule, Rule::NotYours);
    }
}

#[rstest]
#[case::no_code(Action::Decline, json!({ "reason": "Nei" }), "/input/code", "required")]
#[case::no_reason(Action::Decline, json!({ "code": "other" }), "/input/reason", "required")]
#[case::blank(Action::Decline, json!({ "code": "other", "reason": "  " }), "/input/reason", "required")]
#[case::unknown_code(Action::Decline, json!({ "code": "bored", "reason": "Nei" }), "/input/code", "unknown-code")]
#[case::unknown_field(Action::Accept, json!({ "asignee": "me" }), "/input/asignee", "unknown-field")]
#[case::wrong_type(Action::RequestInfo, json!({ "text": 7 }), "/input/text", "wrong-type")]
#[case::too_long(Action::RequestInfo, json!({ "text": "a".repeat(4001) }), "/input/text", "too-long")]
#[case::nul(Action::RequestInfo, json!({ "text": "a\0b" }), "/input/text", "control-character")]
#[case::stranger(Action::Accept, json!({ "assignee": "00000000-0000-0000-0000-000000000001" }), "/input/assignee", "not-a-colleague")]
#[case::nowhere(Action::Forward, json!({ "receiver": "no-such", "reason": "Feil" }), "/input/receiver", "unknown-agency")]
fn an_input_is_refused_at_its_field(
    #[case] action: Action,
    #[case] input: Value,
    #[case] pointer: &str,
    #[case] code: &str,
) {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let sent = world.create(&new).unwrap().next().clone();
    let refusal = world.act(&sent, "bydel-sagene", action, input).unwrap_err();
    assert_eq!(refusal.rule, Rule::InvalidInput);
    assert_eq!(pointers(&refusal), [(pointer, code)]);
}

#[test]
fn the_order_is_party_then_state_then_input() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let sent = world.create(&new).unwrap().next().clone();
    let nonsense = json!({ "no-such": 1 });
    let rule = |world: &mut World, slug, action| world.act(&sent, slug, action, nonsense.clone()).unwrap_err().rule;
    assert_eq!(rule(&mut world, "bup-oslo", Action::Accept), Rule::NotFound);
    assert_eq!(rule(&mut world, "uteseksjonen", Action::Accept), Rule::NotYours);
    assert_eq!(
        rule(&mut world, "bydel-sagene", Action::Start),
        Rule::ActionNotAllowedNow
    );
    assert_eq!(rule(&mut world, "bydel-sagene", Action::Accept), Rule::InvalidInput);
}

#[test]
fn child_welfare_cannot_decline_a_concern_report() {
    let mut world = World::new("concern-report");
    let new = world.new_referral("barnevernvakten", true);
    let sent = world.create(&new).unwrap().next().clone();
    let input = world.input_for(Action::Decline, "bup-oslo");
    let refusal = world.act(&sent, "barnevernvakten", Action::Decline, input).unwrap_err();
    assert_eq!(refusal.rule, Rule::ActionNotAllowedNow);
    assert_eq!(
        refusal.detail.nb,
        "«Avslå» finnes ikke i arbeidsflyten «Bekymringsmelding». Hva du kan gjøre nå, står på formidlingen."
    );
}

#[test]
fn an_outcome_other_must_be_explained() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let sent = world.create(&new).unwrap().next().clone();
    let accepted = world
        .act(&sent, "bydel-sagene", Action::Accept, json!({}))
        .unwrap()
        .next()
        .clone();
    let refusal = world
        .act(
            &accepted,
            "bydel-sagene",
            Action::Complete,
            json!({ "outcome": "other" }),
        )
        .unwrap_err();
    assert_eq!(pointers(&refusal), [("/input/text", "required")]);
    let input = json!({ "outcome": "other", "text": "Flyttet hjem" });
    assert!(world.act(&accepted, "bydel-sagene", Action::Complete, input).is_ok());
}

/// Who is too young is not sent to the services for adults.
#[test]
fn too_young_and_too_old_are_told_apart() {
    let told = |min: u8, max: u8, age: u8| {
        let mut world = World::new("service-referral");
        let mut definition = (*world.definition).clone();
        (definition.eligibility.min_age, definition.eligibility.max_age) = (Some(min), Some(max));
        world.definition = definition.into();
        world.subject.age = Some(age);
        let new = world.new_referral("bup-oslo", true);
        let refused = world.create(&new).unwrap_err();
        assert_eq!(refused.rule, Rule::NotEligible);
        refused.detail
    };
    let (young, old) = (told(12, 17, 11), told(12, 17, 18));
    assert!(
        young.nb.contains("fra 12 til 17 år") && young.nb.contains("for ungt") && !young.nb.contains("voksne"),
        "{young:?}"
    );
    assert!(
        young.en.contains("too young") && !young.en.contains("adults"),
        "{young:?}"
    );
    assert!(
        old.nb.contains("tjeneste for voksne") && old.en.contains("service for adults"),
        "{old:?}"
    );
}
