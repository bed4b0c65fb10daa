//! The permissions, asked of another engine with policies that were written from the prose: every line of the committed matrix,
//! and `permit` itself in every state of a referral, for every agency, role, operation and address protection.

#[path = "../../../crates/workflow/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::str::FromStr;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use serde_json::{Value, json};
use stafett_workflow::Referral;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::policy::{self, Operation, Verdict};
use stafett_workflow::vocabulary::{Action, AddressProtection, Code, HandoffState, Role};
use support::{Logged, World};

const MATRIX: &str = include_str!("../../../crates/workflow/src/snapshots/stafett_workflow__policy__tests__matrix.snap");
const POLICIES: &str = include_str!("../policies.cedar");

/// Which roles belong together, as the prose has it: those who do casework, and those who read referrals.
const ENTITIES: &str = r#"[
  { "uid": { "type": "Group", "id": "casework" }, "attrs": {}, "parents": [{ "type": "Group", "id": "readers" }] },
  { "uid": { "type": "Group", "id": "readers" }, "attrs": {}, "parents": [] },
  { "uid": { "type": "Role", "id": "worker" }, "attrs": {}, "parents": [{ "type": "Group", "id": "casework" }] },
  { "uid": { "type": "Role", "id": "lead" }, "attrs": {}, "parents": [{ "type": "Group", "id": "casework" }] },
  { "uid": { "type": "Role", "id": "integration" }, "attrs": {}, "parents": [{ "type": "Group", "id": "casework" }] },
  { "uid": { "type": "Role", "id": "coordinator" }, "attrs": {}, "parents": [{ "type": "Group", "id": "readers" }] }
]"#;

struct Oracle {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

fn uid(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_str(&format!("{kind}::\"{id}\"")).unwrap()
}

impl Oracle {
    fn new(policies: &str) -> Self {
        Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(policies).unwrap(),
            entities: Entities::from_json_str(ENTITIES, None).unwrap(),
        }
    }

    fn allows(&self, role: &str, action: &str, resource: &EntityUid, entities: &Entities) -> bool {
        let (principal, action) = (uid("Role", role), uid("Action", action));
        let request = Request::new(principal, action, resource.clone(), Context::empty(), None).unwrap();
        let answer = self.authorizer.is_authorized(&request, &self.policies, entities);
        assert_eq!(answer.diagnostics().errors().count(), 0);
        answer.decision() == Decision::Allow
    }

    fn verdict(&self, operation: &str, role: &str, relation: &str) -> &'static str {
        let stands = uid("Stands", if relation == "-" { "none" } else { relation });
        if relation != "-" && !self.allows(role, "know", &stands, &self.entities) {
            return "hidden";
        }
        match self.allows(role, action_of(operation), &stands, &self.entities) {
            true => "allowed",
            false => "forbidden",
        }
    }
}

/// Several ids of the document that are one operation are called by the first, with the action behind it.
fn action_of(operation: &str) -> &str {
    operation.split('/').next().unwrap()
}

/// The lines on which the two differ.
fn differences(oracle: &Oracle) -> (usize, Vec<String>) {
    let (mut asked, mut wrong) = (0, Vec::new());
    let lines = MATRIX.lines().skip_while(|line| *line != "operation,role,relation,verdict").skip(1);
    for line in lines.filter(|line| !line.is_empty()) {
        let [operation, role, relation, verdict]: [&str; 4] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        asked += 1;
        let answer = oracle.verdict(operation, role, relation);
        if answer != verdict {
            wrong.push(format!("{line}, and the oracle says {answer}"));
        }
    }
    (asked, wrong)
}

#[test]
fn the_oracle_agrees_with_every_line() {
    let (asked, wrong) = differences(&Oracle::new(POLICIES));
    assert!(asked > 1500, "{asked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_oracle_would_notice() {
    let lax = POLICIES.replacen("unless { resource in Stands::\"outsider\" }", "", 1);
    assert!(!differences(&Oracle::new(&lax)).1.is_empty());
    let strict = POLICIES.replacen("Action::\"transitionReferral:forward\", ", "", 1);
    assert!(!differences(&Oracle::new(&strict)).1.is_empty());
}

/// How an agency stands to a referral, as docs/reference/permissions.md tells it, read off the referral itself.
fn standing(referral: &Referral, agency: AgencyId) -> Vec<&'static str> {
    let mut stands = Vec::new();
    if let Some(current) = referral.handoffs.last() {
        if current.sender == agency {
            stands.push("sender");
        }
        if current.state != HandoffState::Draft && current.times.sent.is_some() && current.terms.receiver == Some(agency) {
            stands.push("receiver");
        }
    }
    if referral.custodian == agency {
        stands.push("custodian");
    }
    if referral.coordinator == Some(agency) {
        stands.push("coordinator");
    }
    let took_part = referral.originator == agency
        || referral.handoffs.iter().any(|leg| leg.sender == agency)
        || referral.handoffs.iter().any(|leg| leg.times.sent.is_some() && leg.terms.receiver == Some(agency));
    if stands.is_empty() {
        stands.push(if took_part { "participant" } else { "outsider" });
    }
    stands
}

/// Whether all that an agency ever had of it was taken back, or had come by mistake.
fn was_taken_back(referral: &Referral, agency: AgencyId) -> bool {
    let has_more = referral.originator == agency
        || referral.custodian == agency
        || referral.coordinator == Some(agency)
        || referral.handoffs.iter().any(|leg| leg.sender == agency);
    let theirs = || {
        let sent = referral.handoffs.iter().filter(|leg| leg.times.sent.is_some());
        sent.filter(|leg| leg.terms.receiver == Some(agency))
    };
    let gone = |state| matches!(state, HandoffState::Withdrawn | HandoffState::EnteredInError);
    !has_more && theirs().next().is_some() && theirs().all(|leg| gone(leg.state))
}

/// A referral in each state that a service referral can come to.
fn situations() -> Vec<(&'static str, Logged)> {
    const SENDER: &str = "uteseksjonen";
    const RECEIVER: &str = "bydel-sagene";
    let walk = |steps: &[(&str, Action)], send: bool| {
        let mut world = World::new("service-referral");
        let new = world.new_referral(RECEIVER, send);
        let mut now = Logged::new(&world.create(&new).unwrap());
        for (who, action) in steps {
            let input = world.input_for(*action, "bup-oslo");
            let decision = now.act(&mut world, who, *action, input).unwrap();
            now = now.then(&decision);
        }
        now
    };
    use Action::*;
    vec![
        ("draft", walk(&[], false)),
        ("sent", walk(&[], true)),
        ("acknowledged", walk(&[(RECEIVER, Acknowledge)], true)),
        ("info-requested", walk(&[(RECEIVER, RequestInfo)], true)),
        ("accepted", walk(&[(RECEIVER, Accept)], true)),
        ("in-progress", walk(&[(RECEIVER, Accept), (RECEIVER, Start)], true)),
        ("on-hold", walk(&[(RECEIVER, Accept), (RECEIVER, Hold)], true)),
        ("declined", walk(&[(RECEIVER, Decline)], true)),
        ("returned-with-advice", walk(&[(RECEIVER, ReturnWithAdvice)], true)),
        ("forwarded", walk(&[(RECEIVER, Forward)], true)),
        ("forwarded and taken", walk(&[(RECEIVER, Forward), ("bup-oslo", Accept)], true)),
        ("withdrawn", walk(&[(SENDER, Withdraw)], true)),
        ("withdrawn and sent on", walk(&[(SENDER, Withdraw), (SENDER, HandOff)], true)),
        ("disputed", walk(&[(RECEIVER, Dispute)], true)),
        ("ended-early", walk(&[(RECEIVER, Accept), (RECEIVER, EndEarly)], true)),
        ("completed", walk(&[(RECEIVER, Accept), (RECEIVER, Complete)], true)),
        ("entered-in-error", walk(&[(SENDER, MarkError)], true)),
        ("revoked", walk(&[(RECEIVER, Decline), (SENDER, Revoke)], true)),
    ]
}

/// One cell: who asks, for which agency, about what.
struct Cell {
    resource: EntityUid,
    entities: Entities,
    knows: BTreeMap<&'static str, bool>,
}

/// Holds `permit` against the oracle in every situation; tells how many cells there were, and where the two differ.
fn cells(oracle: &Oracle) -> (usize, Vec<String>) {
    let (mut asked, mut wrong) = (0, Vec::new());
    let world = World::new("service-referral");
    for (state, now) in situations() {
        let referral = &now.referral;
        for slug in ["uteseksjonen", "bydel-sagene", "bup-oslo", "oslo-kommune", "udi"] {
            let agency = world.id(slug);
            for protection in AddressProtection::ALL {
                for (own, waits) in [(false, false), (false, true), (true, false), (true, true)] {
                    let facts = json!({
                        "takenBack": was_taken_back(referral, agency), "protection": protection.as_str(), "own": own, "waits": waits,
                    });
                    let cell = Cell::new(oracle, &standing(referral, agency), &facts);
                    for operation in Operation::all().into_iter().filter(|one| one.is_about_referral()) {
                        let name = operation.to_string();
                        for role in Role::ALL {
                            let actor = world.actor_as(slug, *role);
                            let ours = match policy::permit(&actor, operation, referral) {
                                Err(Verdict::Hidden) => "hidden",
                                _ if !policy::in_circle(*protection, *role, own, waits) => "hidden",
                                Err(_) => "forbidden",
                                Ok(_) => "allowed",
                            };
                            asked += 1;
                            let theirs = cell.verdict(oracle, role.as_str(), action_of(&name));
                            if ours != theirs {
                                wrong.push(format!("{state} {slug} {role} {name} {facts}: {ours}, and the oracle says {theirs}"));
                            }
                        }
                    }
                }
            }
        }
    }
    (asked, wrong)
}

impl Cell {
    fn new(oracle: &Oracle, stands: &[&str], facts: &Value) -> Self {
        let parents: Vec<Value> = stands.iter().map(|one| json!({ "type": "Stands", "id": one })).collect();
        let here = json!({ "uid": { "type": "Here", "id": "here" }, "attrs": facts, "parents": parents });
        let mut all: Value = serde_json::from_str(ENTITIES).unwrap();
        all.as_array_mut().unwrap().push(here);
        let entities = Entities::from_json_value(all, None).unwrap();
        let resource = uid("Here", "here");
        let knows = Role::ALL.iter().map(|role| (role.as_str(), oracle.allows(role.as_str(), "know", &resource, &entities)));
        let knows = knows.collect();
        Self { resource, entities, knows }
    }

    fn verdict(&self, oracle: &Oracle, role: &str, action: &str) -> &'static str {
        if !self.knows[role] {
            return "hidden";
        }
        match oracle.allows(role, action, &self.resource, &self.entities) {
            true => "allowed",
            false => "forbidden",
        }
    }
}

#[test]
fn the_oracle_agrees_in_every_situation() {
    let (asked, wrong) = cells(&Oracle::new(POLICIES));
    assert!(asked > 200_000, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn the_oracle_would_notice_in_a_situation() {
    for (rule, without) in [
        ("resource has takenBack && resource.takenBack", "false"),
        ("resource has protection && resource.protection != \"none\"", "false"),
        ("resource.own || ", ""),
    ] {
        let changed = POLICIES.replacen(rule, without, 1);
        assert_ne!(changed, POLICIES, "{rule}");
        assert!(!cells(&Oracle::new(&changed)).1.is_empty(), "{rule}");
    }
}
