//! What may flow: the table, what is wrong with a broken one, and what follows from it for those who read.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod support;

use serde_json::json;
use stafett_workflow::command::{Consent, LegalBasis};
use stafett_workflow::content::Content;
use stafett_workflow::definition::{Definition, Guard, builtin as definitions};
use stafett_workflow::disclosure::{self, Field, Fields, Flow, Ground, Party, Table, Way, check};
use stafett_workflow::person::{Person, Whereabouts};
use stafett_workflow::refusal::Rule;
use stafett_workflow::routing;
use stafett_workflow::vocabulary::{Action, AgencyKind, Code, ConsentGiver, LegalBasisCode, ResidenceStatus};

use support::{Logged, World};

const SOURCE: &str = include_str!("../disclosure/norway.toml");

fn day() -> chrono::NaiveDate {
    "2026-11-24".parse().unwrap()
}

fn party(kind: AgencyKind) -> Party {
    Party {
        kind,
        public_tasks: false,
    }
}

fn refused(from: &str, to: &str) -> String {
    assert!(SOURCE.contains(from), "{from}");
    Table::parse("mine.toml", &SOURCE.replacen(from, to, 1))
        .unwrap_err()
        .message
}

#[test]
fn the_table_says_what_the_committed_listing_says() {
    insta::assert_snapshot!("disclosure", check::listing(&disclosure::builtin().unwrap(), day()));
}

#[test]
fn a_broken_table_is_refused_for_what_is_wrong() {
    let rule = |id: &str| {
        let at = SOURCE.find(&format!("[[rules]]\nid = \"{id}\"")).unwrap();
        let end = SOURCE[at + 1..].find("\n[[").map_or(SOURCE.len(), |end| at + 1 + end);
        SOURCE[at..end].to_owned()
    };
    for id in [
        "nothing-to-user-organisations",
        "consent-scope",
        "report",
        "no-order-by-organisations",
        "allocation",
    ] {
        let message = refused(&rule(id), "");
        assert!(message.contains("no rule says whether this flows"), "{id}: {message}");
    }
}

#[test]
fn contradictions_unknown_references_and_idle_rules_are_told() {
    let message = refused("id = \"danger-residence\"", "id = \"danger\"");
    assert!(message.contains("more than once"), "{message}");
    let message = refused(
        "\nfields = [\"residence-status\"]",
        "\nfields = [\"residence-status\", \"name\"]",
    );
    assert!(
        message.contains("\"danger\" and \"danger-residence\" contradict each other"),
        "{message}"
    );
    let message = refused("legal_refs = [\"popplyl § 12\"]", "legal_refs = [\"popplyl § 99\"]");
    assert!(message.contains("knows nothing at"), "{message}");
    let message = refused("legal_refs = [\"popplyl § 12\"]", "legal_refs = []");
    assert!(message.contains("rests on nothing"), "{message}");
    let message = refused("flow = \"withheld\"", "flow = \"perhaps\"");
    assert!(message.contains("unknown variant"), "{message}");
    let message = refused(
        "but_fields = [\"residence-status\"]",
        "but_fields = [\"residence-status\"]\nreceivers = []",
    );
    assert!(
        message.contains("no rule says") || message.contains("counts for nothing"),
        "{message}"
    );
}

#[test]
fn nothing_of_a_person_flows_to_or_from_a_user_organisation() {
    let table = disclosure::builtin().unwrap();
    for kind in AgencyKind::ALL {
        for ground in Ground::ALL {
            for field in Field::ALL {
                for (sender, receiver) in [
                    (*kind, AgencyKind::UserOrganisation),
                    (AgencyKind::UserOrganisation, *kind),
                ] {
                    let way = Way {
                        sender: party(sender),
                        receiver: party(receiver),
                        ground: *ground,
                    };
                    assert_eq!(table.flow(&way, *field, day()), Flow::Refused, "{way:?} {field}");
                }
            }
        }
    }
}

#[test]
fn every_path_of_the_product_has_a_basis_that_admits_it() {
    let library = definitions().unwrap();
    let routing = routing::builtin(&library).unwrap();
    let table = disclosure::builtin().unwrap();
    assert_eq!(check::paths(&table, &library, &routing), []);
    // The check can fail: towards whom nothing may flow, on which nothing may flow, and where nobody asks.
    let found = |definition: &Definition| {
        let findings = check::of_definition(&table, definition).into_iter();
        findings
            .map(|finding| finding.message.en)
            .collect::<Vec<_>>()
            .join("; ")
    };
    let parsed =
        |source: &str, from: &str, to: &str| Definition::parse("mine.toml", &source.replacen(from, to, 1)).unwrap();
    // A definition that asks for advice without a name may go to anybody by itself, but not by this table.
    let advice = include_str!("../definitions/advice-request.toml");
    let users = found(&parsed(advice, "receivers = [", "receivers = [\"user-organisation\", "));
    assert!(
        users.contains("send to user-organisation, to whom nothing may flow"),
        "{users}"
    );
    let service = include_str!("../definitions/service-referral.toml");
    let nameless = parsed(
        service,
        "legal_bases = [",
        "legal_bases = [\"anonymous-consultation\", ",
    );
    assert_eq!(found(&nameless), "");
    // The reading of a definition asks for this too; what comes past it is still found.
    let mut careless = parsed(service, "", "");
    for transition in &mut careless.transitions {
        if transition.action == Action::Forward {
            transition.guards.retain(|guard| *guard != Guard::BasisCovers);
        }
    }
    let unasked = found(&careless);
    assert!(
        unasked.contains("lets forward pass something on without asking for a basis"),
        "{unasked}"
    );
    // And a routing that sends somebody where nothing may flow.
    let strict = SOURCE.replacen(
        "receivers = [\"ngo\"]\npublic_tasks = false\ngrounds = [\"right-to-disclose\"]",
        "receivers = [\"ngo\"]\ngrounds = [\"right-to-disclose\"]",
        1,
    );
    let strict = strict.replacen("id = \"right-public-tasks\"\nbut_senders = [\"user-organisation\"]\nreceivers = [\"ngo\"]\npublic_tasks = true\n", "id = \"right-public-tasks\"\nsenders = [\"user-organisation\"]\nreceivers = [\"ngo\"]\n", 1);
    let strict = strict.replacen("flow = \"flows\"\nlegal_refs = [\"fvl § 13 b nr 2, 5\"]\ntext = { nb = \"Opplysninger kan gis når det trengs for å hjelpe.\", en = \"Information may be given where it is needed to help.\" }\n\n[[rules]]\nid = \"no-right-to", "flow = \"refused\"\nlegal_refs = [\"fvl § 13 b nr 2, 5\"]\ntext = { nb = \"Nei\", en = \"No\" }\n\n[[rules]]\nid = \"no-right-to", 1);
    let strict = Table::parse("strict.toml", &strict).unwrap();
    let wrong = include_str!("../routing/oslo.toml").replacen(
        "receiver = \"ngo\"\nworkflow = \"service-referral\"\nlegal_bases = [\"consent\"]",
        "receiver = \"ngo\"\nworkflow = \"service-referral\"\nlegal_bases = [\"consent\", \"right-to-disclose\"]",
        1,
    );
    let wrong = routing::Table::parse("wrong.toml", &wrong, &library).unwrap();
    let found = check::paths(&strict, &library, &wrong);
    assert!(found.iter().any(|finding| finding.near == "ngo-service"), "{found:?}");
}

fn youth() -> Person {
    Person {
        alias: Some("K.".to_owned()),
        name: Some("Kristoffer Eksempelsen".to_owned()),
        estimated_age: Some(16),
        whereabouts: Some(Whereabouts {
            municipality: "0301".to_owned(),
            district: Some("030102".to_owned()),
        }),
        residence_status: Some(ResidenceStatus::AsylumSeeker),
        ..Person::default()
    }
}

/// A service referral from outreach to a district, on a consent that covers `covers`.
fn on_consent(world: &mut World, covers: Option<&[Field]>) -> Logged {
    world.subject = youth().subject();
    let mut new = world.new_referral("bydel-sagene", true);
    new.draft.basis = Some(LegalBasis {
        code: LegalBasisCode::Consent,
        reason: "Vil selv".to_owned(),
        consent: Some(Consent {
            by: ConsentGiver::Youth,
            age: 16,
            scope: "Det som trengs".to_owned(),
            covers: covers.map(|covers| covers.iter().copied().collect()),
        }),
    });
    Logged::new(&world.create(&new).unwrap())
}

fn reads(world: &World, logged: &Logged, slug: &str) -> Fields {
    let party = |agency| world.agencies.by_id(agency).map(Party::from);
    disclosure::builtin()
        .unwrap()
        .reading(&logged.referral, &[world.id(slug)], party)
        .fields()
}

#[test]
fn a_receiver_reads_what_the_consent_covers_and_the_sender_everything() {
    let mut world = World::new("service-referral");
    let sent = on_consent(&mut world, Some(&[Field::Alias, Field::Summary]));
    assert_eq!(reads(&world, &sent, "uteseksjonen"), Fields::all());
    let told: Fields = [
        Field::Alias,
        Field::Summary,
        Field::Needs,
        Field::Informed,
        Field::Reason,
    ]
    .into_iter()
    .collect();
    assert_eq!(reads(&world, &sent, "bydel-sagene"), told);
    assert_eq!(
        reads(&world, &sent, "bup-oslo"),
        Fields::NONE,
        "an outsider knows nothing"
    );

    let party = |agency| world.agencies.by_id(agency).map(Party::from);
    let table = disclosure::builtin().unwrap();
    let reading = table.reading(&sent.referral, &[world.id("bydel-sagene")], party);
    let disclosed = reading.disclose(Some(&youth()), &Content::default());
    let seen = disclosed.person().unwrap();
    assert_eq!(seen.alias.as_deref(), Some("K."));
    assert_eq!(
        (&seen.name, seen.estimated_age, &seen.whereabouts),
        (&None, None, &None)
    );
    // A correction by somebody who sees part of it changes no other part.
    let corrected = reading.corrected(
        &youth(),
        Person {
            alias: Some("L.".to_owned()),
            ..Person::default()
        },
    );
    assert_eq!(
        corrected,
        Person {
            alias: Some("L.".to_owned()),
            ..youth()
        }
    );
    // Without codes the consent covers all that the basis lets flow.
    let whole = on_consent(&mut world, None);
    assert_eq!(reads(&world, &whole, "bydel-sagene"), Fields::all());
}

#[test]
fn nobody_passes_on_what_they_were_not_told() {
    let mut world = World::new("service-referral");
    let sent = on_consent(&mut world, Some(&[Field::Alias]));
    let accepted = sent.then(&sent.act(&mut world, "bydel-sagene", Action::Accept, json!({})).unwrap());
    let ended = json!({ "reason": "Flyttet", "code": "moved" });
    let ended = accepted.then(
        &accepted
            .act(&mut world, "bydel-sagene", Action::EndEarly, ended)
            .unwrap(),
    );
    // The originator has the baton again and knows all; the district did not, whatever the basis of a leg of theirs.
    let basis = json!({ "code": "right-to-disclose", "reason": "Avtalt samarbeid" });
    let again = json!({ "receiver": "oslo-politidistrikt", "legalBasis": basis });
    let again = ended.then(&ended.act(&mut world, "uteseksjonen", Action::HandOff, again).unwrap());
    assert_eq!(reads(&world, &again, "oslo-politidistrikt"), Fields::all());

    let mut forged = accepted.clone();
    let mut leg = forged.referral.handoffs[0].clone();
    leg.sender = world.id("bydel-sagene");
    leg.terms.receiver = Some(world.id("oslo-politidistrikt"));
    leg.terms.basis = Some(LegalBasisCode::RightToDisclose);
    leg.terms.covers = None;
    forged.referral.handoffs.push(leg);
    let known = reads(&world, &accepted, "bydel-sagene");
    assert_eq!(reads(&world, &forged, "oslo-politidistrikt"), known);
    assert!(!known.has(Field::Name));
}

#[test]
fn whoever_decides_reads_what_the_decision_is_about_and_not_who_it_is() {
    let mut world = World::new("service-referral");
    let sent = on_consent(&mut world, None);
    let disputed = json!({ "reason": "Hører til en annen bydel" });
    let disputed = sent.then(&sent.act(&mut world, "bydel-sagene", Action::Dispute, disputed).unwrap());
    let read = reads(&world, &disputed, "oslo-kommune");
    assert!(read.has(Field::Summary) && read.has(Field::Whereabouts) && read.has(Field::Alias));
    assert!(!read.has(Field::Name) && !read.has(Field::IdentityNumber));
}

#[test]
fn what_a_basis_does_not_let_flow_is_refused_in_words() {
    let mut world = World::new("service-referral");
    world.subject = youth().subject();
    let new = world.new_referral("en-forening", true);
    let refusal = world.create(&new).unwrap_err();
    assert_eq!(refusal.rule, Rule::NotDisclosable);
    assert_eq!(refusal.fields[0].pointer, "/legalBasis/code");
    assert!(refusal.detail.en.contains("with consent only"), "{}", refusal.detail.en);
    // A draft may be written, and nothing is sent.
    let draft = world.new_referral("en-forening", false);
    world.create(&draft).unwrap();
}

#[test]
fn an_order_of_immigration_binds_no_reception_centre() {
    let mut world = World::new("notification");
    let mut new = world.new_referral("udi", true);
    new.draft.basis = Some(LegalBasis {
        code: LegalBasisCode::OrderToDisclose,
        reason: "Pålegg".to_owned(),
        consent: None,
    });
    let refusal = world.create(&new).unwrap_err();
    assert_eq!(refusal.rule, Rule::NotDisclosable);
    assert!(refusal.detail.en.contains("cannot demand"), "{}", refusal.detail.en);
}

#[test]
fn who_of_the_family_knows_is_asked_for_where_the_law_asks() {
    let mut world = World::new("concern-report");
    let mut outline = world.outline;
    let asked = |world: &mut World, age, outline| {
        world.subject.age = age;
        world.outline = outline;
        let new = world.new_referral("barnevernvakten", true);
        world.create(&new).map(|_| ()).map_err(|refusal| {
            let at: Vec<_> = refusal.fields.iter().map(|field| field.pointer.clone()).collect();
            (refusal.rule, at.join(" "))
        })
    };
    outline.informed = None;
    let missing = Err((Rule::InvalidInput, "/informed".to_owned()));
    assert_eq!(asked(&mut world, Some(16), outline), missing);
    assert_eq!(
        asked(&mut world, None, outline),
        Ok(()),
        "what nobody knows holds nothing back"
    );
    let mut told = world.outline.informed.unwrap_or_default();
    (told.youth, told.guardians, told.reason) = (false, false, false);
    outline.informed = Some(told);
    let why = Err((Rule::InvalidInput, "/informed/reason".to_owned()));
    assert_eq!(asked(&mut world, Some(17), outline), why);
    told.youth = true;
    outline.informed = Some(told);
    assert_eq!(asked(&mut world, Some(17), outline), Ok(()));
    assert_eq!(
        asked(&mut world, Some(13), outline),
        why,
        "of a child the guardians are asked about"
    );
    told.reason = true;
    outline.informed = Some(told);
    assert_eq!(asked(&mut world, Some(13), outline), Ok(()));
}

#[test]
fn when_the_consent_is_gone_sharing_stops_and_the_past_stays() {
    let mut world = World::new("service-referral");
    let sent = on_consent(&mut world, None);
    let asked = sent.then(
        &sent
            .act(
                &mut world,
                "bydel-sagene",
                Action::RequestInfo,
                json!({ "text": "Hvor?" }),
            )
            .unwrap(),
    );
    let gone = asked
        .act(
            &mut world,
            "uteseksjonen",
            Action::WithdrawConsent,
            json!({ "reason": "Angret" }),
        )
        .unwrap();
    let told: Vec<_> = gone
        .notices()
        .iter()
        .map(|notice| (notice.to, notice.notice.as_str()))
        .collect();
    assert_eq!(told, [(world.id("bydel-sagene"), "consent-withdrawn")]);
    let gone = asked.then(&gone);
    assert!(gone.referral.handoffs[0].consent_withdrawn());
    assert_eq!(reads(&world, &gone, "bydel-sagene"), Fields::all(), "the past stays");
    let rule = |result: Result<stafett_workflow::Decision, stafett_workflow::Refusal>| result.unwrap_err().rule;
    let answer = gone.act(&mut world, "uteseksjonen", Action::AnswerInfo, json!({ "text": "Her" }));
    assert_eq!(rule(answer), Rule::ConsentWithdrawn);
    let on = json!({ "receiver": "bup-oslo", "reason": "Hører til dere" });
    let forward = gone.act(&mut world, "bydel-sagene", Action::Forward, on);
    assert_eq!(rule(forward), Rule::ConsentWithdrawn);
    let twice = gone.act(
        &mut world,
        "uteseksjonen",
        Action::WithdrawConsent,
        json!({ "reason": "Igjen" }),
    );
    assert_eq!(rule(twice), Rule::ActionNotAllowedNow);

    // What rests on the duty to report has no consent to withdraw.
    let mut world = World::new("concern-report");
    let new = world.new_referral("barnevernvakten", true);
    let report = Logged::new(&world.create(&new).unwrap());
    let none = report.act(
        &mut world,
        "uteseksjonen",
        Action::WithdrawConsent,
        json!({ "reason": "Angret" }),
    );
    assert_eq!(rule(none), Rule::ActionNotAllowedNow);
}
