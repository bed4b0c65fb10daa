//! What is played could have happened: at any time of the year, and at night as well.

mod domain;

use std::collections::BTreeMap;

use chrono::TimeZone;
use stafett_workflow::case;
use stafett_workflow::definition::builtin;
use stafett_workflow::disclosure;
use stafett_workflow::vocabulary::{AddressProtection, Code, ReferralState};
use stafett_workflow::{laws, replay};

use super::*;

/// Each story and each case once.
const ENOUGH: u32 = 120;

fn played(now: DateTime<Utc>, referrals: Option<u32>) -> Happened {
    let (world, library) = (World::load().unwrap(), builtin().unwrap());
    let scenario = Scenario::load(&world, &library).unwrap();
    Player::new(
        &world,
        &library,
        &disclosure::builtin().unwrap(),
        &scenario,
        Calendar::default(),
        now,
    )
    .play(referrals.unwrap_or(ENOUGH), &|_| ())
    .unwrap()
}

fn afternoon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 13, 20, 0).unwrap()
}

/// Ordinary days, nights, holidays, the nights in which clocks change, the turn of a year, and a year far ahead.
fn moments() -> Vec<DateTime<Utc>> {
    [
        (2026, 11, 24, 13, 20),
        (2026, 11, 22, 3, 5),
        (2026, 12, 25, 10, 0),
        (2027, 1, 1, 0, 0),
        (2027, 3, 26, 12, 0),
        (2027, 3, 28, 1, 30),
        (2027, 5, 17, 22, 30),
        (2027, 7, 15, 9, 0),
        (2027, 10, 31, 0, 30),
        (2031, 2, 28, 23, 59),
    ]
    .map(|(year, month, day, hour, minute)| Utc.with_ymd_and_hms(year, month, day, hour, minute, 0).unwrap())
    .to_vec()
}

#[test]
fn at_any_moment_it_could_have_happened() {
    let (world, library) = (World::load().unwrap(), builtin().unwrap());
    let scenario = Scenario::load(&world, &library).unwrap();
    for now in moments() {
        let happened = Player::new(
            &world,
            &library,
            &disclosure::builtin().unwrap(),
            &scenario,
            Calendar::default(),
            now,
        )
        .play(ENOUGH, &|_| ())
        .unwrap();
        the_laws_hold_for_cases_and_every_log_replays(&happened, now);
        let plays = happened.referrals;
        the_laws_hold_and_every_log_replays(&plays, now);
        every_state_of_every_workflow_occurs(&plays, now);
        what_waits_is_late_where_the_story_says_so(&scenario, &plays, now);
        every_persona_finds_something_to_do(&world, &plays, now);
    }
}

fn the_laws_hold_and_every_log_replays(plays: &[Played], now: DateTime<Utc>) {
    for play in plays {
        let referral = play.referral().unwrap();
        assert_eq!(laws::broken(&play.definition, referral), [], "{} at {now}", play.story);
        let log: Vec<_> = play.decisions.iter().flat_map(Decision::events).cloned().collect();
        assert_eq!(replay(referral.id, &log).unwrap(), *referral, "{} at {now}", play.story);
        assert!(
            log.iter().zip(log.iter().skip(1)).all(|(one, next)| one.at <= next.at),
            "{}",
            play.story
        );
        assert!(log.last().unwrap().at < now, "{} at {now}", play.story);
    }
}

fn the_laws_hold_for_cases_and_every_log_replays(happened: &Happened, now: DateTime<Utc>) {
    assert!(happened.cases.len() >= 15, "{}", happened.cases.len());
    for played in &happened.cases {
        let case = played.case().unwrap();
        assert_eq!(case::laws::broken(case), [], "{} at {now}", played.story);
        let events = played.moves.iter().flat_map(|decided| match decided {
            Move::One(decision) => vec![decision.as_ref()],
            Move::Merge(kept, gone) => vec![kept.as_ref(), gone.as_ref()],
        });
        let events: Vec<_> = events
            .filter(|decision| decision.next().id == case.id)
            .flat_map(|decision| decision.events().to_vec())
            .collect();
        assert_eq!(
            case::replay(case.id, &events).unwrap(),
            *case,
            "{} at {now}",
            played.story
        );
        let times: Vec<_> = played.moves.iter().filter_map(Move::at).collect();
        assert!(
            times.is_sorted() && times.iter().all(|at| *at < now),
            "{} at {now}",
            played.story
        );
        let ids: Vec<_> = case.referrals().collect();
        let own = played
            .referrals
            .iter()
            .map(|place| happened.referrals[*place].referral().unwrap());
        assert!(
            own.clone().all(|referral| ids.contains(&referral.id)),
            "{} at {now}",
            played.story
        );
        let youths = played
            .referrals
            .iter()
            .map(|place| happened.referrals[*place].person.as_ref().unwrap().estimated_age);
        assert_eq!(
            youths.collect::<std::collections::BTreeSet<_>>().len(),
            1,
            "one youth in {}",
            played.story
        );
    }
}

/// The two that most referrals run on, as they stand now; of the others all that has been.
fn every_state_of_every_workflow_occurs(plays: &[Played], now: DateTime<Utc>) {
    for definition in builtin().unwrap().iter() {
        let of_it: Vec<_> = plays
            .iter()
            .filter(|play| play.definition.key == definition.key)
            .collect();
        let is_core = ["service-referral", "concern-report"].contains(&definition.key.id.as_str());
        for state in &definition.states {
            let stands = |play: &&Played| {
                let handoffs = &play.referral().unwrap().handoffs;
                handoffs.iter().any(|handoff| handoff.step == state.id)
            };
            let stood = |play: &&Played| {
                let before = play.decisions.iter().map(Decision::next);
                before
                    .flat_map(|referral| &referral.handoffs)
                    .any(|handoff| handoff.step == state.id)
            };
            let occurs = of_it
                .iter()
                .any(|play| if is_core { stands(play) } else { stood(play) });
            let never = !is_core && ["draft", "entered-in-error"].contains(&state.id.as_str());
            assert!(occurs || never, "{} {} at {now}", definition.key.id, state.id);
        }
    }
    let reached: Vec<_> = plays.iter().map(|play| play.referral().unwrap().state).collect();
    for state in ReferralState::ALL {
        assert!(reached.contains(state), "{state}");
    }
}

fn what_waits_is_late_where_the_story_says_so(scenario: &Scenario, plays: &[Played], now: DateTime<Utc>) {
    for (story, play) in scenario.stories.iter().zip(plays) {
        let late = play
            .referral()
            .unwrap()
            .running_clocks()
            .any(|clock| clock.is_overdue(now));
        assert_eq!(
            late,
            story.rest.is_some_and(|rest| rest.is_late()),
            "{} at {now}",
            story.name
        );
    }
}

#[test]
fn the_same_moment_gives_the_same_world() {
    let words = |happened: &Happened| format!("{happened:?}");
    let (one, other) = (played(afternoon(), None), played(afternoon(), None));
    assert!(words(&one) == words(&other), "two demos of the same moment differ");
    let later = played(afternoon() + TimeDelta::days(3), None);
    let references = |plays: &[Played]| {
        plays
            .iter()
            .map(|play| play.referral().unwrap().reference)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        references(&one.referrals),
        references(&later.referrals),
        "a reference in the documentation stays what it is"
    );
}

fn every_persona_finds_something_to_do(world: &World, plays: &[Played], now: DateTime<Utc>) {
    let (mut inbox, mut custody) = (BTreeMap::new(), BTreeMap::new());
    for referral in plays
        .iter()
        .filter_map(Played::referral)
        .filter(|referral| !referral.state.is_end())
    {
        *custody.entry(referral.custodian).or_insert(0) += 1;
        let open = referral.open_handoff().filter(|open| open.is_sent());
        if let Some(receiver) = open.and_then(|open| open.terms.receiver) {
            *inbox.entry(receiver).or_insert(0) += 1;
        }
    }
    for slug in ["uteseksjonen", "barnevernvakten", "bydel-grunerlokka"] {
        let id = world.agency(slug).unwrap().facts.id;
        assert!(inbox.contains_key(&id), "the inbox of {slug} at {now}");
        assert!(custody.contains_key(&id), "the custody of {slug} at {now}");
    }
    let lead_of = world.agency("barnevernvakten").unwrap().facts.id;
    let mut held = plays
        .iter()
        .filter_map(Played::referral)
        .filter(|referral| referral.custodian == lead_of);
    let is_late = |referral: &Referral| referral.running_clocks().any(|clock| clock.is_overdue(now));
    assert!(held.any(is_late), "the lead sees something overdue at {now}");
    let municipality = world.agency("oslo-kommune").unwrap().facts.id;
    let disputed = |referral: &Referral| {
        referral.state == ReferralState::AllocationDisputed && referral.coordinator == Some(municipality)
    };
    let mut all = plays.iter().filter_map(Played::referral);
    assert!(all.any(disputed), "the coordinator has something to decide at {now}");
}
