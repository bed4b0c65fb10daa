//! Two parties, two people; and which version counts when.

use uuid::Uuid;

use super::*;
use crate::policy::{Actor, Membership, Operation, permit_setup};
use crate::vocabulary::{Language, Role};

const SENDER: AgencyId = AgencyId(Uuid::from_u128(1));
const RECEIVER: AgencyId = AgencyId(Uuid::from_u128(2));
const OTHER: AgencyId = AgencyId(Uuid::from_u128(3));

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-24T09:00:00Z")
}

/// Somebody who is a lead in one agency.
fn lead(user: u128, agency: AgencyId) -> SetupPermit {
    let actor = Actor {
        user: UserId(Uuid::from_u128(user)),
        language: Language::Nb,
        memberships: vec![Membership {
            agency: Some(agency),
            role: Role::Lead,
        }],
    };
    permit_setup(&actor, Operation::ManageAgreements, agency, None).unwrap()
}

fn limits(written: &[(&str, &str, &str)]) -> Limits {
    let mut raw: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (purpose, urgency, limit) in written {
        let by_urgency = raw.entry((*purpose).to_owned()).or_default();
        by_urgency.insert((*urgency).to_owned(), (*limit).to_owned());
    }
    Limits::read(&raw).unwrap()
}

fn proposal() -> Proposal {
    Proposal {
        sender: SENDER,
        receiver: RECEIVER,
        reference: "2026/418".into(),
        limits: limits(&[("answer", "routine", "5 working days")]),
        validity: Validity {
            from: "2026-11-24".parse().ok(),
            to: None,
        },
    }
}

fn circumstances<'a>(known: &'a [Agreement], hours: Option<&'a OpeningHours>) -> Circumstances<'a> {
    Circumstances {
        now: now(),
        calendar: Calendar::default(),
        known,
        sender_hours: None,
        receiver_hours: hours,
    }
}

fn proposed(proposal: Proposal, known: &[Agreement]) -> Result<Agreement, Refusal> {
    let id = AgreementId(Uuid::from_u128(100 + known.len() as u128));
    propose(id, proposal, &lead(10, SENDER), &circumstances(known, None))
}

fn approved() -> Agreement {
    let waiting = proposed(proposal(), &[]).unwrap();
    waiting.change(Change::Approve, &lead(20, RECEIVER), now()).unwrap()
}

#[test]
fn two_parties_and_two_people_must_say_yes() {
    let waiting = proposed(proposal(), &[]).unwrap();
    assert_eq!(applying(std::slice::from_ref(&waiting), SENDER, RECEIVER, now()), None);
    for (permit, who) in [
        (lead(10, SENDER), "the proposer"),
        (lead(11, SENDER), "a colleague"),
        (lead(10, RECEIVER), "the proposer, who is a lead there too"),
        (lead(30, OTHER), "somebody else"),
    ] {
        let refused = waiting.change(Change::Approve, &permit, now()).unwrap_err();
        assert_eq!(refused.rule, Rule::NotYours, "{who}");
    }
    let agreed = waiting.change(Change::Approve, &lead(20, RECEIVER), now()).unwrap();
    assert_eq!((agreed.status, agreed.revision), (Status::Approved, 2));
    let known = [agreed];
    assert_eq!(
        applying(&known, SENDER, RECEIVER, now()).map(|known| known.number),
        Some(1)
    );
    assert_eq!(applying(&known, RECEIVER, SENDER, now()), None, "it has a direction");
}

#[test]
fn each_change_has_its_party_and_its_time() {
    let waiting = proposed(proposal(), &[]).unwrap();
    let (mine, theirs) = (lead(11, SENDER), lead(20, RECEIVER));
    assert_eq!(waiting.available(&mine, now()), [Change::Withdraw]);
    assert_eq!(waiting.available(&theirs, now()), [Change::Approve, Change::Reject]);
    assert_eq!(waiting.available(&lead(30, OTHER), now()), []);
    for (change, permit, status) in [
        (Change::Withdraw, mine, Status::Withdrawn),
        (Change::Reject, theirs, Status::Rejected),
    ] {
        let over = waiting.change(change, &permit, now()).unwrap();
        assert_eq!(over.status, status);
        assert!(over.available(&mine, now()).is_empty() && over.available(&theirs, now()).is_empty());
        assert_eq!(
            over.change(change, &permit, now()).unwrap_err().rule,
            Rule::ActionNotAllowedNow
        );
    }
    let agreed = approved();
    for permit in [mine, theirs] {
        assert_eq!(agreed.available(&permit, now()), [Change::End]);
        assert_eq!(
            agreed.change(Change::End, &permit, now()).unwrap().status,
            Status::Ended
        );
    }
    let too_late = Agreement {
        validity: Validity {
            from: "2026-11-01".parse().ok(),
            to: "2026-11-23".parse().ok(),
        },
        ..waiting
    };
    let refused = too_late.change(Change::Approve, &theirs, now()).unwrap_err();
    assert!(refused.detail.en.contains("is over"), "{refused}");
}

#[test]
fn what_was_in_force_when_something_was_sent_never_changes() {
    let agreed = approved();
    let ended = agreed
        .change(Change::End, &lead(20, RECEIVER), at("2026-12-10T12:00:00Z"))
        .unwrap();
    let known = [ended];
    let counts = |when: &str| applying(&known, SENDER, RECEIVER, at(when)).is_some();
    assert!(!counts("2026-11-24T08:59:59Z"), "before it was approved");
    assert!(counts("2026-11-24T09:00:00Z"));
    assert!(counts("2026-12-10T11:59:59Z"));
    assert!(!counts("2026-12-10T12:00:00Z"), "after it was ended");
}

#[test]
fn the_newest_version_that_has_begun_counts_and_an_older_one_does_not_come_back() {
    let first = approved();
    let next = Proposal {
        limits: limits(&[("answer", "routine", "3 working days")]),
        validity: Validity {
            from: "2026-12-01".parse().ok(),
            to: "2026-12-31".parse().ok(),
        },
        ..proposal()
    };
    let second = proposed(next, std::slice::from_ref(&first)).unwrap();
    let second = second.change(Change::Approve, &lead(20, RECEIVER), now()).unwrap();
    let known = [first, second];
    let number = |when: &str| applying(&known, SENDER, RECEIVER, at(when)).map(|known| known.number);
    assert_eq!(number("2026-11-30T22:59:59Z"), Some(1));
    assert_eq!(number("2026-11-30T23:00:00Z"), Some(2), "the day begins in Oslo");
    assert_eq!(number("2026-12-31T22:59:59Z"), Some(2));
    assert_eq!(number("2026-12-31T23:00:00Z"), None);
}

#[test]
fn one_proposal_waits_at_a_time() {
    let waiting = proposed(proposal(), &[]).unwrap();
    let refused = proposed(proposal(), &[waiting]).unwrap_err();
    assert_eq!(refused.rule, Rule::ActionNotAllowedNow);
}

#[test]
fn what_is_wrong_is_told_by_field() {
    let wrong = |change: &dyn Fn(&mut Proposal)| {
        let mut proposal = proposal();
        change(&mut proposal);
        let refused = proposed(proposal, &[]).unwrap_err();
        let pointers: Vec<_> = refused.fields.iter().map(|fault| fault.pointer.clone()).collect();
        pointers.join(" ")
    };
    assert_eq!(wrong(&|it| it.receiver = SENDER), "/receiver");
    assert_eq!(wrong(&|it| it.sender = OTHER), "/sender");
    assert_eq!(wrong(&|it| it.reference = " ".into()), "/reference");
    assert_eq!(wrong(&|it| it.reference = "x".repeat(81)), "/reference");
    assert_eq!(wrong(&|it| it.limits = Limits::default()), "/limits");
    assert_eq!(wrong(&|it| it.validity.from = "2026-11-23".parse().ok()), "/validFrom");
    assert_eq!(wrong(&|it| it.validity.to = "2026-11-23".parse().ok()), "/validTo");
    assert_eq!(
        wrong(&|it| it.limits = limits(&[("answer", "routine", "13 months")])),
        "/limits/answer/routine"
    );
    assert_eq!(
        wrong(&|it| it.limits = limits(&[("answer", "urgent", "8 opening hours")])),
        "/limits/answer/urgent",
        "nobody knows the hours"
    );
}

#[test]
fn opening_hours_need_a_unit_that_opens() {
    let mut proposal = proposal();
    proposal.limits = limits(&[("answer", "urgent", "8 opening hours")]);
    let proposed = |hours: &OpeningHours| {
        let known = circumstances(&[], Some(hours));
        propose(AgreementId(Uuid::nil()), proposal.clone(), &lead(10, SENDER), &known)
    };
    let closed = OpeningHours::default();
    assert_eq!(proposed(&closed).unwrap_err().fields[0].code, "never-open");
    let open = serde_json::from_str(r#"{"mon": [["08:00", "15:30"]]}"#).unwrap();
    assert!(proposed(&open).is_ok());
}

#[test]
fn limits_are_read_and_written_as_people_write_them() {
    let read = limits(&[
        ("answer", "urgent", "8 opening hours"),
        ("acknowledge", "routine", "1 working day"),
    ]);
    let json = serde_json::to_value(&read).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "acknowledge": { "routine": "1 working day" }, "answer": { "urgent": "8 opening hours" } })
    );
    assert_eq!(serde_json::from_value::<Limits>(json).unwrap(), read);
    let one = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let broken = BTreeMap::from([
        ("answer".to_owned(), one("soon", "1 hour")),
        ("a/b".to_owned(), BTreeMap::new()),
        ("first-contact".to_owned(), one("routine", "soon")),
    ]);
    let faults = Limits::read(&broken).unwrap_err();
    let found: Vec<_> = faults
        .iter()
        .map(|fault| (fault.pointer.as_str(), fault.code))
        .collect();
    assert_eq!(
        found,
        [
            ("/limits/a~1b", "unknown-code"),
            ("/limits/answer/soon", "unknown-code"),
            ("/limits/first-contact/routine", "invalid-value"),
        ]
    );
}
