//! The file that ships fits, and slips in it are told.

use super::*;

#[test]
fn the_file_fits() {
    let world = World::load().unwrap();
    for slug in [
        "uteseksjonen",
        "barnevernvakten",
        "bydel-grunerlokka",
        "barnevern-grunerlokka",
        "bup-oslo",
        "udi",
    ] {
        assert!(world.agency(slug).is_some(), "{slug}");
    }
    let of_kind = |kind| world.agencies.iter().filter(|agency| agency.facts.kind == kind).count();
    assert_eq!(of_kind(AgencyKind::District), 15);
    assert_eq!(of_kind(AgencyKind::ChildWelfare), 15 + 1 + 3);
    assert!(world.agency("barnevernvakten").unwrap().hours.is_always());
    assert!(world.agency("kirkens-bymisjon").unwrap().facts.public_tasks);
    assert!(!world.agency("varmestua-ung").unwrap().facts.public_tasks);
}

#[test]
fn every_district_has_its_own_child_welfare_below_it() {
    let world = World::load().unwrap();
    let mut codes: Vec<_> = Vec::new();
    for district in world
        .agencies
        .iter()
        .filter(|agency| agency.facts.kind == AgencyKind::District)
    {
        let name = district.facts.slug.strip_prefix("bydel-").unwrap();
        let child_welfare = world.agency(&format!("barnevern-{name}")).unwrap();
        assert_eq!(child_welfare.parent, Some(district.facts.id));
        assert_eq!(child_welfare.district, district.district);
        codes.extend(district.district.clone());
    }
    codes.sort();
    assert_eq!(
        codes,
        (1..=15).map(|number| format!("0301{number:02}")).collect::<Vec<_>>()
    );
}

#[test]
fn no_mail_can_reach_anybody() {
    for agency in World::load().unwrap().agencies {
        assert_eq!(agency.mailbox, format!("post@{}.example", agency.facts.slug));
    }
}

#[test]
fn the_personas_are_who_they_are_said_to_be() {
    let world = World::load().unwrap();
    let expected = [
        (Some("uteseksjonen"), Role::Worker),
        (Some("barnevernvakten"), Role::Worker),
        (Some("bydel-grunerlokka"), Role::Worker),
        (Some("barnevernvakten"), Role::Lead),
        (None, Role::Auditor),
        (Some("oslo-kommune"), Role::Coordinator),
        (None, Role::SystemAdmin),
    ];
    for ((name, username), (slug, role)) in world.personas.each().into_iter().zip(expected) {
        let membership = world.person(username).unwrap().membership;
        let agency = membership.agency.and_then(|id| world.agency_by_id(id));
        assert_eq!(
            (agency.map(|agency| agency.facts.slug.as_str()), membership.role),
            (slug, role),
            "{name}"
        );
    }
}

#[test]
fn ids_never_change() {
    let world = World::load().unwrap();
    let id = world.agency("uteseksjonen").unwrap().facts.id;
    assert_eq!(id, Agency::id("uteseksjonen"));
    let mut ids: Vec<_> = world.agencies.iter().map(|agency| agency.facts.id.0).collect();
    ids.extend(world.people.iter().map(|person| person.id.0));
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(ids.iter().all(|id| id.get_version_num() == 7));
}

#[test]
fn slips_in_the_file_are_told() {
    let broken = |from: &str, to: &str| World::parse(&SOURCE.replacen(from, to, 1)).unwrap_err().to_string();
    for (from, to, said) in [
        ("slug = \"bup-oslo\"", "slug = \"udi\"", "stands twice"),
        ("hours = \"clinic\"", "hours = \"never\"", "no opening hours"),
        ("like = \"municipality\"", "like = \"country\"", "no model"),
        ("parent = \"oslo-kommune\"", "parent = \"osslo\"", "osslo"),
        ("kind = \"outreach\"", "kind = \"street\"", "street"),
        ("max_age = 25", "max_age = 2", "for nobody"),
        ("name = \"Ingrid Solvang\"", "title = \"Ingrid Solvang\"", "title"),
        ("public_tasks = true\n", "", "public_tasks"),
    ] {
        let message = broken(from, to);
        assert!(
            message.starts_with("demo/oslo.toml: ") && message.contains(said),
            "{from}: {message}"
        );
    }
}

mod routing {
    //! The built-in routing table in the demo's Oslo: nobody whom it serves is left out, and what it suggests is taken.

    use chrono::TimeDelta;
    use stafett_workflow::calendar::Calendar;
    use stafett_workflow::command::{Consent, Context, DraftTerms, LegalBasis, NewReferral};
    use stafett_workflow::content::{InformedOutline, Outline};
    use stafett_workflow::definition::{self, Library};
    use stafett_workflow::disclosure;
    use stafett_workflow::person::{Subject, Whereabouts};
    use stafett_workflow::reference::Reference;
    use stafett_workflow::routing::{self, Question, Sender, Table, suggest, totality};
    use stafett_workflow::vocabulary::{Code, ConsentGiver, LegalBasisCode, ResidenceStatus, Urgency};

    use super::*;

    fn table(library: &Library) -> Table {
        routing::builtin(library).unwrap()
    }

    #[test]
    fn nobody_is_left_out_whom_the_directory_serves() {
        let library = definition::builtin().unwrap();
        let directory = World::load().unwrap().directory();
        let total = totality(&table(&library), &directory, "2026-11-24".parse().unwrap());
        let inside: Vec<_> = total.gaps.iter().filter(|gap| !gap.outside_directory).collect();
        assert!(inside.is_empty(), "{inside:#?}");
        // What remains are municipalities that nobody has entered: these gaps are known by name.
        let named: Vec<_> = total.gaps.iter().map(|gap| gap.text(Language::Nb)).collect();
        insta::assert_snapshot!("known-gaps", named.join("\n"));
    }

    /// Creates and sends what was suggested, as the engine would.
    fn send(library: &Library, world: &World, asked: &Question, one: &routing::Suggestion, basis: LegalBasisCode) {
        let key = one.workflow.as_ref().unwrap();
        let sender = world
            .agencies
            .iter()
            .find(|agency| Some(agency.facts.id) == asked.sender.agency);
        let sender = sender.unwrap();
        let actor = world.caseworkers(sender.facts.id).next().unwrap().actor();
        let agencies = world.facts();
        let calendar = Calendar::default();
        let anonymous = basis == LegalBasisCode::AnonymousConsultation;
        let disclosure = disclosure::builtin().unwrap();
        let context = Context {
            now: asked.at,
            id: stable_id("a suggestion"),
            actor: &actor,
            subject: Subject {
                present: !anonymous,
                age: asked.age.filter(|_| !anonymous),
                ..Subject::default()
            },
            outline: Outline {
                needs: true,
                summary: true,
                informed: Some(InformedOutline {
                    youth: true,
                    guardians: false,
                    reason: true,
                }),
            },
            disclosure: &disclosure,
            agencies: &agencies,
            colleague: None,
            coordinator: None,
            history: &[],
            agreements: &[],
            calendar: &calendar,
        };
        let new = NewReferral {
            id: stafett_workflow::agency::ReferralId(stable_id("a referral")),
            reference: Reference::from_random(7),
            sender: sender.facts.slug.clone(),
            draft: DraftTerms {
                urgency: asked.urgency,
                receiver: Some(one.slug.clone()),
                basis: Some(LegalBasis {
                    code: basis,
                    reason: "Fordi".to_owned(),
                    consent: (basis == LegalBasisCode::Consent).then(|| Consent {
                        by: ConsentGiver::Youth,
                        age: asked.age.unwrap_or(16),
                        scope: "Alt".to_owned(),
                        covers: None,
                    }),
                }),
            },
            send: true,
        };
        let decided = stafett_workflow::create(library.get(key).unwrap(), &new, &context);
        let refused = decided.err().map(|refusal| refusal.detail.en);
        assert_eq!(
            refused, None,
            "{} on {} by {basis} from {}",
            one.slug, key.id, sender.facts.slug
        );
    }

    #[test]
    fn whatever_the_router_suggests_the_engine_takes() {
        let library = definition::builtin().unwrap();
        let (world, table) = (World::load().unwrap(), table(&library));
        let directory = world.directory();
        let disclosure = disclosure::builtin().unwrap();
        let router = routing::World {
            disclosure: &disclosure,
            table: &table,
            directory: &directory,
            library: &library,
            calendar: Calendar::default(),
            agreements: &[],
            capacity_holds: TimeDelta::hours(24),
        };
        let senders = [
            "uteseksjonen",
            "barnevern-alna",
            "bup-oslo",
            "kirkens-bymisjon",
            "varmestua-ung",
            "oslo-politidistrikt",
        ];
        let mut tried = 0;
        for slug in senders {
            let agency = world.agency(slug).unwrap();
            let sender = Sender {
                kind: agency.facts.kind,
                public_tasks: agency.facts.public_tasks,
                agency: Some(agency.facts.id),
            };
            for (age, place) in [
                (Some(9), "030102"),
                (Some(16), "030116"),
                (Some(19), "3201"),
                (Some(25), "030115"),
                (None, ""),
            ] {
                for need in Need::ALL {
                    for urgency in Urgency::ALL {
                        let asked = Question {
                            age,
                            stays: (!place.is_empty()).then(|| Whereabouts {
                                municipality: place[..4].to_owned(),
                                district: (place.len() == 6).then(|| place.to_owned()),
                            }),
                            needs: vec![*need],
                            urgency: *urgency,
                            at: "2026-11-25T00:30:00Z".parse().unwrap(),
                            residence: ResidenceStatus::Unknown,
                            sender,
                            workflow: None,
                        };
                        let answer = suggest(&router, &asked);
                        assert!(answer.uncovered.is_empty(), "{slug} {age:?} {place} {need}");
                        for one in answer.suggestions.iter().filter(|one| one.workflow.is_some()) {
                            for basis in &one.bases {
                                send(&library, &world, &asked, one, basis.code);
                                tried += 1;
                            }
                        }
                    }
                }
            }
        }
        assert!(tried > 5_000, "{tried}");
    }
}
