//! What happens when people change their minds: undo, hold, return, reopen, disagree.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use chrono::Duration;
use rstest::rstest;
use serde_json::json;
use stafett_workflow::refusal::Rule;
use stafett_workflow::vocabulary::{Action, HandoffState, Notice, ReferralState};
use stafett_workflow::{Decision, laws};
use support::{Logged, World};

fn sent(world: &mut World, receiver: &str) -> Logged {
    let new = world.new_referral(receiver, true);
    Logged::new(&world.create(&new).unwrap())
}

fn step(world: &mut World, logged: &Logged, slug: &str, action: Action) -> (Logged, Decision) {
    let input = world.input_for(action, "bup-oslo");
    let decision = logged.act(world, slug, action, input).unwrap();
    (logged.then(&decision), decision)
}

fn told(world: &World, decision: &Decision) -> Vec<(&'static str, Notice)> {
    decision
        .notices()
        .iter()
        .map(|notice| (world.slug(notice.to), notice.notice))
        .collect()
}

fn undo_rule(world: &mut World, logged: &Logged, slug: &str) -> Rule {
    logged.act(world, slug, Action::Undo, json!({})).unwrap_err().rule
}

#[test]
fn an_accept_taken_back_puts_the_baton_where_it_was() {
    let mut world = World::new("service-referral");
    let before = sent(&mut world, "bydel-sagene");
    let (accepted, _) = step(&mut world, &before, "bydel-sagene", Action::Accept);
    world.later(Duration::minutes(14));
    let (undone, decision) = step(&mut world, &accepted, "bydel-sagene", Action::Undo);
    assert_eq!(told(&world, &decision), [("uteseksjonen", Notice::Undone)]);
    assert_eq!(undone.referral.custodian, world.id("uteseksjonen"));
    assert_eq!(undone.referral.handoffs, before.referral.handoffs);
    assert_eq!(undone.referral.version, 3, "undoing is a decision of its own");
    let running: Vec<_> = undone.referral.running_clocks().collect();
    assert_eq!(
        running,
        before.referral.running_clocks().collect::<Vec<_>>(),
        "the limit runs on as if nothing had been"
    );
    assert!(laws::broken(&world.definition, &undone.referral).is_empty());
}

#[test]
fn what_is_undone_cannot_be_undone_and_time_and_others_end_it() {
    let mut world = World::new("service-referral");
    let before = sent(&mut world, "bydel-sagene");
    assert_eq!(
        undo_rule(&mut world, &before, "uteseksjonen"),
        Rule::NothingToUndo,
        "what was sent was sent"
    );
    let (accepted, _) = step(&mut world, &before, "bydel-sagene", Action::Accept);
    assert_eq!(
        undo_rule(&mut world, &accepted, "uteseksjonen"),
        Rule::NothingToUndo,
        "it was not theirs"
    );
    let (undone, _) = step(&mut world, &accepted, "bydel-sagene", Action::Undo);
    assert_eq!(undo_rule(&mut world, &undone, "bydel-sagene"), Rule::NothingToUndo);
    let (started, _) = step(&mut world, &accepted, "bydel-sagene", Action::Start);
    let (undone, _) = step(&mut world, &started, "bydel-sagene", Action::Undo);
    assert_eq!(
        undone.referral.current_handoff().unwrap().state,
        HandoffState::Accepted,
        "one step, not two"
    );
    world.later(Duration::minutes(15) + Duration::seconds(1));
    assert_eq!(
        undo_rule(&mut world, &accepted, "bydel-sagene"),
        Rule::NothingToUndo,
        "the time is over"
    );
}

#[test]
fn a_forward_taken_back_leaves_the_new_leg_as_a_mistake() {
    let mut world = World::new("service-referral");
    let before = sent(&mut world, "bydel-sagene");
    let (forwarded, _) = step(&mut world, &before, "bydel-sagene", Action::Forward);
    assert_eq!(undo_rule(&mut world, &forwarded, "bup-oslo"), Rule::NothingToUndo);
    // Whoever sent it on has no part in the new leg, yet may take it back.
    let input = json!({});
    let decision = forwarded.act(&mut world, "bydel-sagene", Action::Undo, input);
    let undone = forwarded.then(&decision.unwrap());
    let states: Vec<_> = undone.referral.handoffs.iter().map(|handoff| handoff.state).collect();
    assert_eq!(states, [HandoffState::Sent, HandoffState::EnteredInError]);
    assert_eq!(
        undone.referral.current_handoff().unwrap().terms.receiver,
        Some(world.id("bydel-sagene"))
    );
    assert!(laws::broken(&world.definition, &undone.referral).is_empty());
}

#[test]
fn completing_can_be_undone_and_reopened() {
    let mut world = World::new("service-referral");
    let before = sent(&mut world, "bydel-sagene");
    let (accepted, _) = step(&mut world, &before, "bydel-sagene", Action::Accept);
    let (completed, _) = step(&mut world, &accepted, "bydel-sagene", Action::Complete);
    let (undone, _) = step(&mut world, &completed, "bydel-sagene", Action::Undo);
    assert_eq!(
        (undone.referral.state, undone.referral.closed_at),
        (ReferralState::Active, None)
    );
    world.later(Duration::days(40));
    let (reopened, decision) = step(&mut world, &completed, "bydel-sagene", Action::Reopen);
    assert_eq!(told(&world, &decision), [("uteseksjonen", Notice::Reopened)]);
    let handoff = reopened.referral.current_handoff().unwrap();
    assert_eq!(
        (handoff.state, handoff.times.ended, handoff.code.as_deref()),
        (HandoffState::InProgress, None, None)
    );
    assert!(laws::broken(&world.definition, &reopened.referral).is_empty());
}

#[test]
fn a_hold_stops_the_agencies_own_limit_and_no_longer_than_it_lasts() {
    let mut world = World::new("service-referral");
    let before = sent(&mut world, "bydel-sagene");
    let (accepted, _) = step(&mut world, &before, "bydel-sagene", Action::Accept);
    let due = accepted.referral.next_due().unwrap();
    let (held, _) = step(&mut world, &accepted, "bydel-sagene", Action::Hold);
    assert_eq!(held.referral.state, ReferralState::OnHold);
    let names: Vec<_> = held
        .referral
        .running_clocks()
        .map(|clock| clock.name.as_str())
        .collect();
    assert_eq!(names, ["hold"], "somebody must look at it again");
    world.later(Duration::days(3));
    let (resumed, _) = step(&mut world, &held, "bydel-sagene", Action::Resume);
    assert_eq!(
        resumed.referral.current_handoff().unwrap().step,
        "accepted",
        "back to where it was"
    );
    assert_eq!(resumed.referral.next_due(), Some(due + Duration::days(3)));
}

#[test]
fn a_taken_over_responsibility_goes_back_only_when_it_is_taken_back() {
    let mut world = World::new("transfer");
    let before = sent(&mut world, "bydel-sagene");
    let (accepted, _) = step(&mut world, &before, "bydel-sagene", Action::Accept);
    let (asked, _) = step(&mut world, &accepted, "bydel-sagene", Action::RequestReturn);
    assert_eq!(
        asked.referral.custodian,
        world.id("bydel-sagene"),
        "asking moves nothing"
    );
    let (refused, _) = step(&mut world, &asked, "uteseksjonen", Action::RefuseReturn);
    assert_eq!(refused.referral.custodian, world.id("bydel-sagene"));
    let (returned, decision) = step(&mut world, &asked, "uteseksjonen", Action::AcceptReturn);
    assert_eq!(returned.referral.custodian, world.id("uteseksjonen"));
    assert_eq!(told(&world, &decision), [("bydel-sagene", Notice::ReturnAccepted)]);
}

#[test]
fn while_they_disagree_nothing_moves_and_the_laws_clock_runs() {
    let mut world = World::new("concern-report");
    let before = sent(&mut world, "barnevernvakten");
    let (disputed, decision) = step(&mut world, &before, "barnevernvakten", Action::Dispute);
    assert_eq!(disputed.referral.state, ReferralState::AllocationDisputed);
    assert_eq!(disputed.referral.custodian, world.id("uteseksjonen"));
    assert_eq!(
        told(&world, &decision),
        [("uteseksjonen", Notice::Disputed), ("oslo-kommune", Notice::Disputed)]
    );
    let names: Vec<_> = disputed
        .referral
        .running_clocks()
        .map(|clock| clock.name.as_str())
        .collect();
    assert_eq!(names, ["review", "feedback", "allocation"]);
    let accept = disputed
        .act(&mut world, "barnevernvakten", Action::Accept, json!({}))
        .unwrap_err();
    assert_eq!(accept.rule, Rule::Disputed);
    let input = json!({ "custodian": "barnevern-sagene", "reason": "Oppholder seg der" });
    let meddling = disputed
        .act(&mut world, "barnevernvakten", Action::Allocate, input)
        .unwrap_err();
    assert_eq!(meddling.rule, Rule::NotYours);
}

#[rstest]
#[case::the_receiver("bydel-sagene", &[HandoffState::Accepted])]
#[case::the_sender("uteseksjonen", &[HandoffState::Withdrawn])]
#[case::a_third("bup-oslo", &[HandoffState::Forwarded, HandoffState::Accepted])]
fn the_municipality_decides_and_the_baton_is_never_in_the_air(#[case] named: &str, #[case] states: &[HandoffState]) {
    let mut world = World::new("service-referral");
    let before = sent(&mut world, "bydel-sagene");
    let (disputed, _) = step(&mut world, &before, "uteseksjonen", Action::Dispute);
    let input = json!({ "custodian": named, "reason": "Bydelen er nærmest" });
    let decision = disputed
        .act(&mut world, "oslo-kommune", Action::Allocate, input)
        .unwrap();
    let decided = disputed.then(&decision);
    assert_eq!(decided.referral.custodian, world.id(named));
    assert_eq!(decided.referral.state, ReferralState::Active);
    let now: Vec<_> = decided.referral.handoffs.iter().map(|handoff| handoff.state).collect();
    assert_eq!(now, states);
    assert!(told(&world, &decision).contains(&("uteseksjonen", Notice::Allocated)));
    assert!(laws::broken(&world.definition, &decided.referral).is_empty());
}

#[test]
fn an_agency_that_cannot_receive_cannot_be_named() {
    let mut world = World::new("concern-report");
    let before = sent(&mut world, "barnevernvakten");
    let (disputed, _) = step(&mut world, &before, "uteseksjonen", Action::Dispute);
    let input = json!({ "custodian": "brukerforeningen", "reason": "De vil" });
    let refusal = disputed
        .act(&mut world, "oslo-kommune", Action::Allocate, input)
        .unwrap_err();
    assert_eq!(
        (refusal.rule, refusal.fields[0].pointer.as_str()),
        (Rule::ReceiverNotAdmitted, "/input/custodian")
    );
}

#[test]
fn an_anonymous_question_tells_nothing_of_the_person() {
    let mut world = World::new("advice-request");
    let new = world.new_referral("bup-oslo", true);
    assert_eq!(world.create(&new).unwrap_err().rule, Rule::LegalBasisDoesNotCover);
    world.subject.present = false;
    assert!(world.create(&new).is_ok());
}

#[test]
fn a_referral_sent_by_mistake_is_over_and_its_receiver_is_told() {
    let mut world = World::new("service-referral");
    let before = sent(&mut world, "bydel-sagene");
    let (error, decision) = step(&mut world, &before, "uteseksjonen", Action::MarkError);
    assert_eq!(error.referral.state, ReferralState::EnteredInError);
    assert_eq!(told(&world, &decision), [("bydel-sagene", Notice::EnteredInError)]);
    assert!(error.referral.running_clocks().next().is_none());
}
