//! An exhaustive walk: every party tries every action in every situation that can come up, and the laws hold in each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod support;

use std::collections::BTreeSet;

use chrono::Duration;
use rstest::rstest;
use stafett_workflow::decide::available;
use stafett_workflow::definition::Escalation;
use stafett_workflow::laws;
use stafett_workflow::policy::Relation;
use stafett_workflow::referral::Clock;
use stafett_workflow::refusal::RefusalKind;
use stafett_workflow::vocabulary::{Action, Code, HandoffState, ReferralState};
use stafett_workflow::{Decision, Referral, replay};
use support::{Logged, World};

/// What makes two situations the same for the relay: who stands where, not when or under which id.
fn shape(world: &World, referral: &Referral) -> String {
    let current = referral.current_handoff().unwrap();
    format!(
        "{} {} {}→{} held by {} clocks {:?} taken {} marks {:?} undo {:?} resumes {:?}",
        referral.state,
        current.step,
        world.slug(current.sender),
        current.terms.receiver.map_or("-", |id| world.slug(id)),
        world.slug(referral.custodian),
        referral
            .running_clocks()
            .map(|clock| clock.name.clone())
            .collect::<Vec<_>>(),
        current.assignee.is_some(),
        current.marks.keys().collect::<Vec<_>>(),
        referral.last.map(|last| world.slug_of(last.by)),
        current.resumes_to,
    )
}

fn check(world: &World, before: Option<&Logged>, after: &Logged, decision: &Decision, told: &mut BTreeSet<String>) {
    let referral = &after.referral;
    assert_eq!(
        laws::broken(&world.definition, referral),
        [],
        "{}",
        shape(world, referral)
    );
    assert_eq!(
        replay(referral.id, &after.log).unwrap(),
        *referral,
        "the log replays to the state"
    );
    let ids: BTreeSet<_> = after.log.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), after.log.len(), "every event has its own id");
    assert!(laws::fires_in_turn(referral.id, &after.log));
    if let Some(before) = before {
        let actor = decision.permit().unwrap().agency();
        // Whoever loses or gets the baton hears of it, unless it is they who acted.
        if before.referral.custodian != referral.custodian {
            for party in [before.referral.custodian, referral.custodian] {
                assert!(
                    party == actor || decision.notices().iter().any(|notice| notice.to == party),
                    "{} moved the baton and {} did not hear",
                    shape(world, referral),
                    world.slug(party)
                );
            }
        }
        // Every end of a hand-off tells its sender.
        let ended = before
            .referral
            .open_handoff()
            .filter(|open| !referral.handoff(open.id).unwrap().is_open());
        if let Some(ended) = ended {
            assert!(ended.sender == actor || decision.notices().iter().any(|notice| notice.to == ended.sender));
        }
    }
    told.extend(decision.notices().iter().map(|notice| notice.notice.to_string()));
}

/// Nobody acts: the clocks tell one link after the other, then remind, and nothing else changes.
fn run_its_clocks(world: &mut World, situation: &Logged) -> Logged {
    let start = world.now;
    let mut late = situation.clone();
    for _ in 0..40 {
        let Some(next) = late.referral.next_fire() else {
            assert!(situation.referral.state.is_end());
            break;
        };
        world.now = next.max(world.now);
        assert!(next < world.now || world.fire(&late.referral).is_none(), "not yet");
        world.later(Duration::microseconds(1));
        let decision = world.fire(&late.referral).unwrap();
        assert!(decision.permit().is_none() && !decision.notices().is_empty());
        for notice in decision.notices() {
            let coordinator = notice.because == Some(Escalation::Coordinator);
            assert!(
                coordinator || situation.referral.knows(notice.to),
                "an outsider was told"
            );
        }
        late = late.then(&decision);
        assert!(world.fire(&late.referral).is_none(), "told once");
        assert!(late.referral.next_fire().unwrap() > world.now);
        assert_eq!(late.referral.version, situation.referral.version);
        assert_eq!(laws::broken(&world.definition, &late.referral), []);
        assert_eq!(replay(late.referral.id, &late.log).unwrap(), late.referral);
        assert!(laws::fires_in_turn(late.referral.id, &late.log));
    }
    let at_rest =
        |clock: &Clock| usize::from(clock.level) == world.definition.clock(&clock.name).unwrap().escalation.len();
    assert!(late.referral.running_clocks().all(at_rest), "the whole chain was told");
    world.now = start;
    late
}

#[rstest]
#[case::service("service-referral", "bydel-sagene", "bup-oslo")]
#[case::concern("concern-report", "barnevernvakten", "barnevern-sagene")]
#[case::specialist("specialist-referral", "bup-oslo", "tsb-oslo")]
#[case::transfer("transfer", "bydel-sagene", "barnevern-sagene")]
#[case::advice("advice-request", "bup-oslo", "barnevernvakten")]
#[case::notification("notification", "oslo-politidistrikt", "udi")]
fn every_party_tries_everything_everywhere(#[case] workflow: &str, #[case] receiver: &str, #[case] other: &str) {
    let mut world = World::new(workflow);
    world.subject.present = workflow != "advice-request";
    let new = world.new_referral(receiver, false);
    let decision = world.create(&new).unwrap();
    let first = Logged::new(&decision);
    let mut told = BTreeSet::new();
    check(&world, None, &first, &decision, &mut told);

    let mut seen = BTreeSet::from([shape(&world, &first.referral)]);
    let mut states = BTreeSet::new();
    let mut queue = vec![first];
    let people = [world.sender, receiver, other, "oslo-kommune", "en-forening"];
    let (mut taken, mut refused) = (0, 0);
    while let Some(situation) = queue.pop() {
        states.insert(situation.referral.current_handoff().unwrap().step.clone());
        let late = run_its_clocks(&mut world, &situation);
        for slug in people {
            let actor = world.actor(slug);
            let offered: Vec<_> = available(&world.definition.clone(), &situation.referral, &actor, world.now)
                .iter()
                .map(|admitted| admitted.transition.action)
                .collect();
            for action in Action::ALL {
                let names_agency = matches!(action, Action::Forward | Action::HandOff | Action::Allocate);
                for next in [other, receiver, world.sender]
                    .into_iter()
                    .take(if names_agency { 3 } else { 1 })
                {
                    let input = world.input_for(*action, next);
                    // What can be done in time can be done late, but for second thoughts; and the clocks do not mind.
                    let too_late = late.act(&mut world, slug, *action, input.clone());
                    if let Ok(decision) = &too_late {
                        check(&world, Some(&late), &late.then(decision), decision, &mut told);
                    }
                    if *action != Action::Undo {
                        assert_eq!(
                            too_late.is_ok(),
                            offered.contains(action) && situation.act(&mut world, slug, *action, input.clone()).is_ok()
                        );
                    }
                    match situation.act(&mut world, slug, *action, input) {
                        Ok(decision) => {
                            taken += 1;
                            assert!(offered.contains(action), "{action} was taken but not offered");
                            let after = situation.then(&decision);
                            check(&world, Some(&situation), &after, &decision, &mut told);
                            if seen.insert(shape(&world, &after.referral)) {
                                queue.push(after);
                            }
                        }
                        Err(refusal) => {
                            refused += 1;
                            let relations = Relation::all_of(world.id(slug), &situation.referral);
                            let outside = relations == [Relation::Outsider];
                            assert_eq!(outside, refusal.rule.kind() == RefusalKind::Hidden, "{slug} {action}");
                            assert!(!refusal.detail.nb.is_empty() && !refusal.detail.en.is_empty());
                            if offered.contains(action) {
                                assert_eq!(
                                    refusal.rule.kind(),
                                    RefusalKind::Input,
                                    "{action} was offered: {refusal}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
    let expected: BTreeSet<_> = world.definition.states.iter().map(|state| state.id.clone()).collect();
    assert_eq!(states, expected, "every state came up");
    let promised: BTreeSet<_> = world
        .definition
        .transitions
        .iter()
        .flat_map(|transition| &transition.notices)
        .map(|rule| rule.notice.to_string())
        .collect();
    // In these profiles the sender is always the originator, who hears once. None of them rests on consent here; what follows when
    // one is withdrawn is told in `disclosure.rs`.
    let unheard: Vec<_> = promised
        .difference(&told)
        .filter(|notice| !["revoked", "ended-early", "consent-withdrawn"].contains(&notice.as_str()))
        .collect();
    assert!(unheard.is_empty(), "{unheard:?}");
    assert!(taken > 50 && refused > 500, "{taken} taken, {refused} refused");
}

#[test]
fn nothing_but_reopening_and_undoing_happens_after_the_end() {
    let mut world = World::new("service-referral");
    let new = world.new_referral("bydel-sagene", true);
    let mut logged = Logged::new(&world.create(&new).unwrap());
    for action in [Action::Accept, Action::Complete] {
        let input = world.input_for(action, "bup-oslo");
        logged = logged.then(&logged.act(&mut world, "bydel-sagene", action, input).unwrap());
    }
    assert_eq!(logged.referral.state, ReferralState::Completed);
    assert_eq!(
        logged.referral.current_handoff().unwrap().state,
        HandoffState::Completed
    );
    for slug in ["uteseksjonen", "bydel-sagene"] {
        for action in Action::ALL {
            let input = world.input_for(*action, "bup-oslo");
            let done = logged.act(&mut world, slug, *action, input);
            let may = slug == "bydel-sagene" && matches!(action, Action::Reopen | Action::Undo);
            assert_eq!(done.is_ok(), may, "{slug} {action}");
            if let Err(refusal) = done {
                assert!(
                    matches!(refusal.rule.kind(), RefusalKind::Party | RefusalKind::State),
                    "{slug} {action}"
                );
            }
        }
    }
}
