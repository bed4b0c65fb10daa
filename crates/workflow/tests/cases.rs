//! Cases under random people: the log is the state, the laws hold, and what is hidden from somebody changes nothing that
//! they see.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use stafett_workflow::agency::{Agencies, AgencyFacts, AgencyId, CaseId, HandoffId, ReferralId, UserId};
use stafett_workflow::case::decide::{attach, change_needs, merge, open, split, transition};
use stafett_workflow::case::view::look;
use stafett_workflow::case::{Case, CaseCommand, CaseContext, CaseDecision, CaseEvent, Member, NewCase, laws, replay};
use stafett_workflow::definition::OthersSee;
use stafett_workflow::event::{Event, Fact, Terms};
use stafett_workflow::policy::{Actor, Membership};
use stafett_workflow::reference::{CaseReference, Reference};
use stafett_workflow::referral::WorkflowKey;
use stafett_workflow::vocabulary::{
    Action, AgencyKind, CaseAction, Code, HandoffState, Language, LegalBasisCode, Need, Role, Urgency,
};
use uuid::Uuid;

const AGENCIES: u128 = 4;

fn agency(number: u128) -> AgencyId {
    AgencyId(Uuid::from_u128(number + 1))
}

fn start() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

/// A referral from one agency to another; sent, and perhaps taken.
fn member(number: u128, from: AgencyId, to: AgencyId, others_see: OthersSee, taken: bool, need: Need) -> Member {
    let handoff = HandoffId(Uuid::from_u128(1000 + number));
    let terms = Terms {
        receiver: Some(to),
        basis: Some(LegalBasisCode::Consent),
        basis_text: None,
        covers: None,
    };
    let mut facts = vec![
        Fact::Created {
            reference: Reference::from_random(number as u64),
            workflow: WorkflowKey {
                id: "any".to_owned(),
                version: 1,
            },
            originator: from,
            urgency: Urgency::Routine,
            handoff,
            step: "draft".to_owned(),
            terms,
        },
        moved(handoff, Action::Send, HandoffState::Sent),
    ];
    if taken {
        facts.push(moved(handoff, Action::Accept, HandoffState::Accepted));
        facts.push(Fact::BatonPassed { from, to });
    }
    let log: Vec<Event> = facts
        .into_iter()
        .zip(1..)
        .map(|(fact, seq)| Event {
            id: Uuid::from_u128(u128::from(seq)),
            seq,
            version: seq,
            at: start(),
            by: None,
            fact,
        })
        .collect();
    Member {
        referral: stafett_workflow::replay(ReferralId(Uuid::from_u128(100 + number)), &log).unwrap(),
        needs: vec![need],
        others_see,
        about_somebody: true,
    }
}

fn moved(handoff: HandoffId, action: Action, state: HandoffState) -> Fact {
    Fact::Moved {
        handoff,
        action,
        step: state.as_str().to_owned(),
        state,
        codes: BTreeMap::new(),
        texts: BTreeMap::new(),
    }
}

/// A lead of one agency: they may do whatever anybody there may.
fn actor(number: u128) -> Actor {
    Actor {
        user: UserId(Uuid::from_u128(50 + number)),
        language: Language::En,
        memberships: vec![Membership {
            agency: Some(agency(number)),
            role: Role::Lead,
        }],
    }
}

struct Filed {
    case: Case,
    log: Vec<CaseEvent>,
}

impl Filed {
    fn take(&mut self, decision: &CaseDecision) {
        self.case = decision.next().clone();
        self.log.extend_from_slice(decision.events());
    }
}

/// Two cases, four referrals in each, and what people try to do with them.
struct Play {
    cases: [Filed; 2],
    members: Vec<Member>,
    agencies: Agencies,
    step: u128,
}

impl Play {
    fn begin(members: Vec<Member>) -> Self {
        let facts = (0..AGENCIES).map(|number| AgencyFacts {
            id: agency(number),
            slug: format!("a{number}"),
            kind: AgencyKind::District,
            public_tasks: true,
            active: true,
            hours: None,
        });
        let agencies = Agencies::new(facts.collect());
        let opened = |number: u64| {
            let first = &members[number as usize * 4];
            let coordinator = first.referral.originator;
            let actor = actor(coordinator.0.as_u128() - 1);
            let new = NewCase {
                id: CaseId(Uuid::from_u128(u128::from(number) + 500)),
                reference: CaseReference::from_random(number),
                coordinator: coordinator.to_string(),
                needs: vec![Need::ALL[0]],
            };
            let context = CaseContext {
                now: start(),
                id: Uuid::from_u128(u128::from(number + 1) << 80),
                actor: &actor,
                agencies: &agencies,
                colleague: None,
            };
            let decision = open(&new, std::slice::from_ref(first), &context).unwrap();
            Filed {
                case: decision.next().clone(),
                log: decision.events().to_vec(),
            }
        };
        Self {
            cases: [opened(0), opened(1)],
            members,
            agencies,
            step: 0,
        }
    }

    /// The referrals that lie in a case now.
    fn lying(&self, which: usize) -> Vec<Member> {
        let case = &self.cases[which].case;
        let there =
            |member: &&Member| case.merged_into.is_none() && case.referrals().any(|id| id == member.referral.id);
        self.members.iter().filter(there).cloned().collect()
    }

    fn attempt(&mut self, who: u128, which: usize, what: u8, detail: u8) {
        self.step += 1;
        let actor = actor(who);
        let agencies = self.agencies.clone();
        let context = CaseContext {
            now: start() + TimeDelta::minutes(i64::try_from(self.step).unwrap()),
            id: Uuid::from_u128((self.step + 10) << 80),
            actor: &actor,
            agencies: &agencies,
            colleague: None,
        };
        let other = 1 - which;
        let (here, there) = (self.lying(which), self.lying(other));
        let case = &self.cases[which].case;
        let actions = [
            CaseAction::ProposeCoordinator,
            CaseAction::AcceptCoordination,
            CaseAction::DeclineCoordination,
            CaseAction::Close,
            CaseAction::Reopen,
        ];
        let decided = match what {
            0 => {
                // Each referral comes into the case of its half only, so that none lies in two.
                let newcomer = &self.members[which * 4 + usize::from(detail % 4)];
                let known = self
                    .cases
                    .iter()
                    .any(|filed| filed.case.referrals().any(|id| id == newcomer.referral.id));
                match known {
                    true => return,
                    false => attach(case, &here, std::slice::from_ref(newcomer), &context),
                }
            }
            1 => change_needs(case, &here, &[Need::ALL[usize::from(detail % 3)]], &[], &context),
            2 => change_needs(case, &here, &[], &[Need::ALL[usize::from(detail % 3)]], &context),
            3 | 4 => {
                let decided = match what {
                    3 => merge((&self.cases[other].case, &there), (case, &here), "same", &context),
                    _ => split((case, &here), &self.cases[other].case, "not the same", &context),
                };
                if let Ok((survivor, absorbed)) = decided {
                    let (kept, gone) = if what == 3 { (other, which) } else { (which, other) };
                    self.cases[kept].take(&survivor);
                    self.cases[gone].take(&absorbed);
                }
                return;
            }
            _ => {
                let action = actions[usize::from(detail) % actions.len()];
                let proposes = action == CaseAction::ProposeCoordinator;
                let command = CaseCommand {
                    action,
                    agency: proposes.then(|| format!("a{}", u128::from(detail) % AGENCIES)),
                    person: None,
                    reason: (action != CaseAction::AcceptCoordination).then(|| "so".to_owned()),
                };
                transition(case, &here, &command, &context)
            }
        };
        if let Ok(decision) = decided {
            self.cases[which].take(&decision);
        }
    }
}

fn members() -> impl Strategy<Value = Vec<Member>> {
    let one = (0..AGENCIES, 1..AGENCIES, any::<bool>(), any::<bool>(), 0..3_usize);
    proptest::collection::vec(one, 8).prop_map(|all| {
        let all = all.into_iter().zip(0..);
        all.map(|((from, step, hidden, taken, need), number)| {
            let to = (from + step) % AGENCIES;
            let others_see = if hidden { OthersSee::Nothing } else { OthersSee::Custody };
            member(number, agency(from), agency(to), others_see, taken, Need::ALL[need])
        })
        .collect()
    })
}

proptest! {
    #[test]
    fn random_people_cannot_break_a_case(
        members in members(),
        tries in proptest::collection::vec((0..AGENCIES, 0..2_usize, 0..8_u8, any::<u8>()), 0..40),
    ) {
        let mut play = Play::begin(members);
        for (who, which, what, detail) in tries {
            play.attempt(who, which, what, detail);
            for (which, filed) in play.cases.iter().enumerate() {
                prop_assert_eq!(&replay(filed.case.id, &filed.log).unwrap(), &filed.case);
                prop_assert_eq!(laws::broken(&filed.case), Vec::new());
                let here = play.lying(which);
                for number in 0..AGENCIES {
                    let viewer = [agency(number)];
                    let before = look(&filed.case, &filed.log, &here, &viewer);
                    // Whatever happens to a referral that they do not see, their answer is the same.
                    let seen = |member: &Member| before.as_ref().is_some_and(|before| {
                        before.referrals.iter().any(|shown| shown.referral == member.referral.id)
                    });
                    let changed: Vec<Member> = here.iter().map(|member| match seen(member) {
                        true => member.clone(),
                        false => Member { needs: Need::ALL.to_vec(), ..elsewhere(member, number) },
                    }).collect();
                    prop_assert_eq!(look(&filed.case, &filed.log, &changed, &viewer), before);
                }
            }
        }
    }
}

/// The same referral between other agencies, neither of them the one that looks.
fn elsewhere(member: &Member, not: u128) -> Member {
    let number = member.referral.id.0.as_u128() - 100;
    let mut others = (0..AGENCIES).filter(|other| *other != not).map(agency);
    let (from, to) = (others.next().unwrap(), others.next().unwrap());
    let taken = member.referral.custodian == member.referral.originator;
    self::member(number, from, to, member.others_see, taken, Need::ALL[1])
}
