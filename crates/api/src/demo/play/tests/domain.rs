//! The usual demo has the numbers of the field: a year of outreach work in Oslo, counted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::case::view::look;
use stafett_workflow::case::{Case, Member};
use stafett_workflow::person::Whereabouts;
use stafett_workflow::vocabulary::{AgencyKind, CaseAction, CaseState, CoverState, HandoffState, Need};

use super::*;

/// The year up to an afternoon in November, in which the young are out and the year's busiest month has not ended.
fn year() -> Happened {
    played(afternoon(), Some(930))
}

fn share(count: usize, of: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / f64::from(u32::try_from(of).unwrap())
}

#[test]
fn the_young_are_as_varied_as_in_the_field() {
    let plays = year().referrals;
    let people: Vec<&Person> = plays.iter().filter_map(|play| play.person.as_ref()).collect();
    let nameless = people.iter().filter(|person| person.identifier.is_none()).count();
    let nameless = share(nameless, people.len());
    assert!((0.07..0.13).contains(&nameless), "without a number: {nameless}");
    let places: Vec<&Whereabouts> = people.iter().filter_map(|person| person.whereabouts.as_ref()).collect();
    let away = places.iter().filter(|place| place.municipality != "0301").count();
    let away = share(away, places.len());
    assert!((0.35..0.45).contains(&away), "outside Oslo: {away}");
    let summaries: BTreeSet<_> = plays.iter().map(|play| &play.content.summary).collect();
    assert!(summaries.len() >= 30, "{}", summaries.len());
    for play in &plays {
        assert_eq!(play.content.check(), []);
        let Some(person) = &play.person else {
            assert_eq!(
                play.definition.key.id, "advice-request",
                "only advice is asked for without a name"
            );
            continue;
        };
        assert!(person.name.is_none() && person.alias.is_some());
        assert_eq!(person.check("/person"), []);
        let strict = person.address_protection.0 == AddressProtection::StrictlyConfidential;
        assert_eq!(person.whereabouts.is_none(), strict);
    }
    assert!(plays.iter().any(|play| play.person.is_none()));
}

#[test]
fn a_year_of_referrals_is_one_with_a_peak_in_november() {
    // Also in July, when November lies in the middle of the year that is told.
    for now in [afternoon(), Utc.with_ymd_and_hms(2027, 7, 15, 9, 0, 0).unwrap()] {
        let plays = played(now, Some(930)).referrals;
        assert_eq!(plays.len(), 930);
        let oldest = plays.iter().filter_map(Played::begun).min().unwrap();
        assert!((330..460).contains(&(now - oldest).num_days()), "{oldest}");
        let mut months: BTreeMap<u32, u32> = BTreeMap::new();
        for begun in plays.iter().filter_map(Played::begun) {
            *months.entry(begun.month()).or_default() += 1;
        }
        let busiest = months.iter().max_by_key(|(_, count)| **count).unwrap();
        assert_eq!(*busiest.0, 11, "at {now}: {months:?}");
        assert!(
            months.len() == 12 && months[&11] > months[&2] + months[&2] / 2,
            "at {now}: {months:?}"
        );
        let over = plays
            .iter()
            .filter(|play| play.referral().unwrap().state.is_end())
            .count();
        assert!((600..860).contains(&over), "{over}");
    }
}

#[test]
fn what_goes_wrong_in_the_field_goes_wrong() {
    let plays = year().referrals;
    let count =
        |of: &dyn Fn(&Referral) -> bool| plays.iter().filter_map(Played::referral).filter(|one| of(one)).count();
    for definition in builtin().unwrap().iter() {
        let of_it = plays
            .iter()
            .filter(|play| play.definition.key == definition.key)
            .count();
        assert!(of_it >= 15, "{}: {of_it}", definition.key.id);
    }
    let late = count(&|referral| referral.running_clocks().any(|clock| clock.is_overdue(afternoon())));
    assert!((10..120).contains(&late), "late: {late}");
    let once_late = count(&|referral| referral.clocks.iter().any(|clock| clock.is_overdue(afternoon())));
    assert!((40..300).contains(&once_late), "late at some time: {once_late}");
    let disputed = count(&|referral| referral.state == ReferralState::AllocationDisputed);
    assert!((3..40).contains(&disputed), "disputed: {disputed}");
    let refused = |referral: &Referral| {
        let ends = referral.handoffs.iter().map(|handoff| handoff.state);
        ends.filter(|state| {
            matches!(
                state,
                HandoffState::Declined | HandoffState::ReturnedWithAdvice | HandoffState::Forwarded
            )
        })
        .count()
    };
    let again = count(&|referral| referral.handoffs.len() > 1 && refused(referral) > 0);
    assert!((80..300).contains(&again), "declined and sent anew: {again}");
    let sent_round = count(&|referral| referral.handoffs.len() > 3 && refused(referral) > 2);
    assert!((15..80).contains(&sent_round), "sent round: {sent_round}");
}

/// The referrals of a case as they stand now, as its rules see them.
fn members(happened: &Happened, case: &PlayedCase) -> Vec<Member> {
    let of = |place: &usize| {
        let play = &happened.referrals[*place];
        Member {
            referral: play.referral().unwrap().clone(),
            needs: play.content.needs.clone(),
            others_see: play.definition.others_see,
            about_somebody: true,
        }
    };
    case.referrals.iter().map(of).collect()
}

#[test]
fn three_suspected_traffickings_lie_with_child_welfare_and_immigration_at_once() {
    let (happened, world) = (year(), World::load().unwrap());
    let kind = |id: AgencyId| world.agency_by_id(id).unwrap().facts.kind;
    let trafficking: Vec<_> = happened
        .cases
        .iter()
        .filter(|case| {
            members(&happened, case)
                .iter()
                .any(|member| member.needs.contains(&Need::Trafficking))
        })
        .collect();
    assert_eq!(trafficking.len(), 3);
    for case in &trafficking {
        let members = members(&happened, case);
        let receivers: BTreeSet<_> = members
            .iter()
            .map(|one| kind(one.referral.handoffs[0].terms.receiver.unwrap()))
            .collect();
        assert_eq!(
            receivers,
            [AgencyKind::ChildWelfare, AgencyKind::Immigration].into(),
            "{}",
            case.story
        );
        let bases: BTreeSet<_> = members
            .iter()
            .map(|one| one.referral.handoffs[0].terms.basis.as_ref().unwrap())
            .collect();
        assert_eq!(bases.len(), 2, "{}", case.story);
        let begun: Vec<_> = case
            .referrals
            .iter()
            .take(2)
            .map(|place| happened.referrals[*place].begun().unwrap())
            .collect();
        assert!((begun[1] - begun[0]).num_hours() < 3, "both at once in {}", case.story);
        // Neither learns of the other's part.
        let log = log_of(case);
        for own in [AgencyKind::Immigration, AgencyKind::ChildWelfare] {
            let agency = members
                .iter()
                .map(|one| one.referral.handoffs[0].terms.receiver.unwrap())
                .find(|id| kind(*id) == own);
            let seen = look(case.case().unwrap(), &log, &members, &[agency.unwrap()]).unwrap();
            assert!(
                !seen.referrals.is_empty() && seen.referrals.len() < members.len(),
                "{}",
                case.story
            );
        }
    }
    let merged: Vec<&Case> = trafficking
        .iter()
        .filter_map(|case| case.case())
        .filter(|case| case.strands.len() == 2)
        .collect();
    assert_eq!(merged.len(), 1, "one youth was registered twice");
}

fn log_of(played: &PlayedCase) -> Vec<case::CaseEvent> {
    let id = played.case().unwrap().id;
    let decisions = played.moves.iter().map(Move::decision);
    let own = decisions.filter(|decision| decision.next().id == id);
    own.flat_map(|decision| decision.events().to_vec()).collect()
}

#[test]
fn cases_are_in_every_state_and_everybody_has_one_to_open() {
    let (happened, world) = (year(), World::load().unwrap());
    assert!((50..90).contains(&happened.cases.len()), "{}", happened.cases.len());
    let cases: Vec<&Case> = happened.cases.iter().filter_map(PlayedCase::case).collect();
    let count = |of: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| of(case)).count();
    assert!(count(&|case| case.state == CaseState::Closed) >= 5);
    assert!(count(&|case| case.state == CaseState::Open) >= 20);
    assert!(count(&|case| case.proposal.is_some()) >= 1);
    for username in ["outreach", "child-welfare", "district", "lead", "coordinator"] {
        let agency = world.person(username).unwrap().membership.agency.unwrap();
        let open = happened.cases.iter().filter_map(|case| {
            let seen = look(case.case()?, &log_of(case), &members(&happened, case), &[agency])?;
            (case.case()?.state == CaseState::Open).then_some(seen)
        });
        let open: Vec<_> = open.collect();
        assert!(!open.is_empty(), "{username} has a case to open");
        if username == "outreach" {
            let bare = |state| {
                open.iter()
                    .any(|seen| seen.needs.iter().any(|need| need.state == state))
            };
            assert!(bare(CoverState::Nobody), "there is a need that nobody has");
            assert!(bare(CoverState::Taken), "there is one that somebody has taken");
        }
    }
    let persona = |username: &str| world.person(username).unwrap();
    for username in ["outreach", "child-welfare", "district"] {
        let id = persona(username).id;
        let own = count(&|case| case.state == CaseState::Open && case.coordinator_person == Some(id));
        // The lead has taken over at child welfare some of what was opened there.
        assert!(own >= 1, "{username} coordinates one in person");
    }
    let asked = persona("district").membership.agency;
    assert!(
        count(&|case| case.proposal.is_some_and(|proposal| Some(proposal.to) == asked)) >= 1,
        "the district is asked"
    );
    let done: BTreeSet<&str> = happened
        .cases
        .iter()
        .flat_map(|case| &case.moves)
        .flat_map(|decided| decided.decision().events())
        .map(|event| event.fact.kind())
        .collect();
    for kind in [
        "coordinator-proposed",
        "coordinator-changed",
        "coordination-declined",
        "coordinator-assigned",
        "need-added",
        "merged",
        "closed",
    ] {
        assert!(done.contains(kind), "{kind}: {done:?}");
    }
    assert_eq!(CaseAction::ALL.len(), 10, "a new action on cases belongs into the demo");
}
