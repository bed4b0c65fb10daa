//! The built-in table in a small Norway, and what the checker refuses.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::*;
use crate::agency::{AgencyId, AgreementId, UserId};
use crate::agreement::{Agreement, Limits, Status, Word};
use crate::calendar::{Calendar, OpeningHours};
use crate::definition::{self, Library};
use crate::disclosure;
use crate::law::Validity;
use crate::person::Whereabouts;
use crate::vocabulary::{
    AgencyKind, CapacityNote, CapacityStatus, Code, Language, LegalBasisCode, Need, ResidenceStatus, Text, Urgency,
};

/// Tuesday 24 November 2026, 13:00 in Oslo.
const DAY: &str = "2026-11-24T12:00:00Z";
/// The night after, 01:30.
const NIGHT: &str = "2026-11-25T00:30:00Z";

struct Small {
    library: Library,
    disclosure: Arc<disclosure::Table>,
    table: Table,
    directory: Directory,
}

fn unit(slug: &str, kind: AgencyKind, area: &str, hours: &str, offers: &[(Need, u8, u8)]) -> Unit {
    let (municipality, district) = match area.len() {
        6 => (Some("0301".to_owned()), Some(area.to_owned())),
        4 => (Some(area.to_owned()), None),
        _ => (None, None),
    };
    Unit {
        id: AgencyId(Uuid::new_v5(slug)),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        kind,
        public_tasks: false,
        municipality,
        district,
        also_serves: Vec::new(),
        hours: match hours {
            "always" => Some(OpeningHours::always()),
            "office" => {
                let day = r#"[["08:00","15:30"]]"#;
                let week = ["mon", "tue", "wed", "thu", "fri"].map(|name| format!("\"{name}\": {day}"));
                Some(serde_json::from_str(&format!("{{{}}}", week.join(","))).unwrap())
            }
            _ => None,
        },
        out_of_hours: None,
        offers: offers
            .iter()
            .map(|(need, min, max)| Offer {
                need: *need,
                title: Text::new("Tilbud", "Offer"),
                min_age: Some(*min),
                max_age: Some(*max),
            })
            .collect(),
        capacity: Vec::new(),
    }
}

trait FromName {
    fn new_v5(name: &str) -> Uuid;
}

impl FromName for Uuid {
    /// An id that follows from a name, whatever the features of the library.
    fn new_v5(name: &str) -> Uuid {
        let number = name.bytes().fold(1_u128, |sum, byte| {
            sum.wrapping_mul(1_099_511_628_211).wrapping_add(byte.into())
        });
        Uuid::from_u128(number)
    }
}

impl Small {
    fn new() -> Self {
        let library = definition::builtin().unwrap();
        let table = builtin(&library).unwrap_or_else(|errors| panic!("{errors:#?}"));
        let mut units = vec![
            unit("barnevernvakten", AgencyKind::ChildWelfare, "0301", "always", &[]),
            unit(
                "uteseksjonen",
                AgencyKind::Outreach,
                "0301",
                "always",
                &[(Need::Guidance, 12, 25)],
            ),
            unit(
                "legevakten",
                AgencyKind::EmergencyHealth,
                "0301",
                "always",
                &[(Need::SexualHealth, 0, 120)],
            ),
            unit(
                "politiet",
                AgencyKind::Police,
                "0301",
                "always",
                &[(Need::Crime, 0, 23)],
            ),
            unit(
                "udi",
                AgencyKind::Immigration,
                "",
                "office",
                &[(Need::ResidencePermit, 0, 120)],
            ),
            unit(
                "bup",
                AgencyKind::SpecialistHealth,
                "0301",
                "office",
                &[(Need::MentalHealth, 0, 17)],
            ),
            unit(
                "tsb",
                AgencyKind::SpecialistHealth,
                "0301",
                "office",
                &[(Need::SubstanceUse, 15, 25)],
            ),
            unit(
                "mottesplassen",
                AgencyKind::Ngo,
                "0301",
                "office",
                &[(Need::Leisure, 13, 25)],
            ),
            unit("unge-stemmer", AgencyKind::UserOrganisation, "0301", "office", &[]),
            unit(
                "barum",
                AgencyKind::Municipality,
                "3201",
                "office",
                &[(Need::Housing, 18, 25)],
            ),
            unit("barnevern-barum", AgencyKind::ChildWelfare, "3201", "office", &[]),
        ];
        for number in 1..=15 {
            let district = format!("0301{number:02}");
            let services = [(Need::Housing, 18, 25), (Need::Guidance, 12, 23)];
            units.push(unit(
                &format!("bydel-{number:02}"),
                AgencyKind::District,
                &district,
                "office",
                &services,
            ));
            units.push(unit(
                &format!("barnevern-{number:02}"),
                AgencyKind::ChildWelfare,
                &district,
                "office",
                &[(Need::Guidance, 18, 25)],
            ));
        }
        Self {
            library,
            disclosure: disclosure::builtin().unwrap(),
            table,
            directory: Directory::new(units),
        }
    }

    fn world(&self) -> World<'_> {
        World {
            table: &self.table,
            directory: &self.directory,
            library: &self.library,
            disclosure: &self.disclosure,
            calendar: Calendar::default(),
            agreements: &[],
            capacity_holds: TimeDelta::hours(24),
        }
    }

    fn ask(&self, question: &Question) -> Answer {
        suggest(&self.world(), question)
    }
}

fn question(age: Option<u8>, stays: &str, needs: &[Need], urgency: Urgency, at: &str) -> Question {
    Question {
        age,
        stays: match stays.len() {
            6 => Some(Whereabouts {
                municipality: stays[..4].to_owned(),
                district: Some(stays.to_owned()),
            }),
            4 => Some(Whereabouts {
                municipality: stays.to_owned(),
                district: None,
            }),
            _ => None,
        },
        needs: needs.to_vec(),
        urgency,
        at: at.parse().unwrap(),
        residence: ResidenceStatus::Unknown,
        sender: Sender {
            kind: AgencyKind::Outreach,
            public_tasks: false,
            agency: None,
        },
        workflow: None,
    }
}

/// `who/workflow` of each suggestion, in order.
fn who(answer: &Answer) -> Vec<String> {
    let way = |one: &Suggestion| {
        one.workflow
            .as_ref()
            .map_or_else(|| "contact".to_owned(), |key| key.id.clone())
    };
    answer
        .suggestions
        .iter()
        .map(|one| format!("{}/{}", one.slug, way(one)))
        .collect()
}

fn codes(suggestion: &Suggestion) -> Vec<&str> {
    suggestion
        .warnings
        .iter()
        .map(|warning| warning.code.as_str())
        .collect()
}

#[test]
fn a_child_is_child_welfares_where_it_stays_in_opening_hours() {
    let answer = Small::new().ask(&question(Some(16), "030102", &[Need::Violence], Urgency::Routine, DAY));
    assert_eq!(who(&answer)[0], "barnevern-02/concern-report");
    let first = &answer.suggestions[0];
    assert_eq!((first.open, first.opens_at), (Some(true), None));
    assert_eq!(
        first.bases[0],
        Basis {
            code: LegalBasisCode::DutyToReport,
            best: true,
            kept_back: Vec::new()
        }
    );
    assert!(first.bases[1..].iter().all(|basis| !basis.best));
    let clock = first.clock.as_ref().unwrap();
    assert_eq!(
        (clock.id.as_str(), clock.due.to_rfc3339().as_str()),
        ("review", "2026-12-01T22:59:59+00:00")
    );
    assert_eq!(codes(first), ["duty-is-personal"]);
}

#[test]
fn out_of_hours_and_in_an_emergency_it_is_child_welfare_on_call() {
    let small = Small::new();
    let night = small.ask(&question(Some(16), "030102", &[Need::Family], Urgency::Routine, NIGHT));
    assert_eq!(
        who(&night)[..2],
        ["barnevernvakten/concern-report", "barnevern-02/concern-report"]
    );
    let office = &night.suggestions[1];
    assert_eq!(office.open, Some(false));
    assert_eq!(office.opens_at.unwrap().to_rfc3339(), "2026-11-25T07:00:00+00:00");
    assert!(codes(office).contains(&"closed-now"));
    let acute = small.ask(&question(Some(16), "030102", &[Need::Family], Urgency::Emergency, DAY));
    assert_eq!(who(&acute)[0], "barnevernvakten/concern-report");
    assert_eq!(
        acute.suggestions[0].clock.as_ref().unwrap().due.to_rfc3339(),
        "2026-11-24T13:00:00+00:00"
    );
}

#[test]
fn a_public_holiday_is_closed_christmas_eve_is_not_and_neither_is_the_clock_change_in_the_way() {
    let small = Small::new();
    let first =
        |at: &str| who(&small.ask(&question(Some(14), "030103", &[Need::Family], Urgency::Urgent, at)))[0].clone();
    // 17 May 2027 is a Monday; Christmas eve 2026 a Thursday, on which offices are open.
    assert_eq!(first("2027-05-17T08:00:00Z"), "barnevernvakten/concern-report");
    assert_eq!(first("2027-05-18T08:00:00Z"), "barnevern-03/concern-report");
    assert_eq!(first("2026-12-24T09:00:00Z"), "barnevern-03/concern-report");
    assert_eq!(first("2026-12-25T09:00:00Z"), "barnevernvakten/concern-report");
    // The Monday after the clocks go forward opens at 06:00 UTC, the Monday before at 07:00.
    assert_eq!(first("2027-03-22T06:30:00Z"), "barnevernvakten/concern-report");
    assert_eq!(
        first("2027-03-29T06:30:00Z"),
        "barnevernvakten/concern-report",
        "Easter Monday"
    );
    assert_eq!(first("2027-03-30T06:30:00Z"), "barnevern-03/concern-report");
}

#[test]
fn the_duty_to_report_ends_at_eighteen_and_needs_child_welfare() {
    let small = Small::new();
    for age in (0..=30).map(Some).chain([None]) {
        for need in Need::ALL {
            let answer = small.ask(&question(age, "030101", &[*need], Urgency::Emergency, NIGHT));
            for one in &answer.suggestions {
                let duty = one.bases.iter().any(|basis| basis.code == LegalBasisCode::DutyToReport);
                let child = age.is_none_or(|age| age < 18);
                assert!(
                    !duty || (child && one.kind == AgencyKind::ChildWelfare),
                    "{age:?} {need} {}",
                    one.slug
                );
                assert!(
                    one.workflow.is_none() || !one.bases.is_empty(),
                    "{age:?} {need} {}",
                    one.slug
                );
                assert!(one.workflow.is_none() || one.kind != AgencyKind::UserOrganisation);
                assert!(
                    one.workflow.is_none() || age.is_none_or(|age| age <= 25),
                    "{age:?} {}",
                    one.slug
                );
            }
        }
    }
}

#[test]
fn an_organisation_without_public_tasks_is_not_bound_by_the_duty_to_report() {
    let small = Small::new();
    let mut asked = question(Some(15), "030101", &[Need::Violence], Urgency::Routine, DAY);
    asked.sender.kind = AgencyKind::Ngo;
    assert_eq!(small.ask(&asked).suggestions[0].bases[0].code, LegalBasisCode::Consent);
    asked.sender.public_tasks = true;
    assert_eq!(
        small.ask(&asked).suggestions[0].bases[0].code,
        LegalBasisCode::DutyToReport
    );
}

#[test]
fn whoever_is_over_25_is_shown_the_way_and_nothing_is_sent() {
    let small = Small::new();
    let answer = small.ask(&question(Some(26), "030105", &[Need::Housing], Urgency::Routine, DAY));
    assert_eq!(who(&answer), ["bydel-05/contact"]);
    assert_eq!(codes(&answer.suggestions[0]), ["over-25"]);
    let sick = small.ask(&question(
        Some(40),
        "030105",
        &[Need::MentalHealth],
        Urgency::Emergency,
        NIGHT,
    ));
    assert_eq!(who(&sick), ["legevakten/contact"]);
    assert_eq!(
        who(&small.ask(&question(Some(25), "030105", &[Need::Housing], Urgency::Routine, DAY)))[0],
        "bydel-05/service-referral"
    );
}

#[test]
fn areas_without_a_district_service_are_served_by_the_one_that_is_set() {
    let mut small = Small::new();
    let asked = question(Some(19), "030116", &[Need::Housing], Urgency::Routine, DAY);
    let answer = small.ask(&asked);
    assert_eq!(who(&answer)[0], "bydel-04/service-referral");
    assert_eq!(answer.warnings[0].code, "served-by-another-district");
    assert!(
        answer.warnings[0].text.nb.contains("St. Hanshaugen"),
        "{:?}",
        answer.warnings
    );
    assert!(small.table.assign("030116", "030101"));
    assert_eq!(who(&small.ask(&asked))[0], "bydel-01/service-referral");
    assert!(!small.table.assign("030116", "030199") && !small.table.assign("030101", "030102"));
    // Nobody knows where: here is where help begins.
    let nowhere = small.ask(&question(None, "", &[Need::Shelter], Urgency::Urgent, NIGHT));
    assert_eq!(
        who(&nowhere)[..2],
        ["barnevernvakten/concern-report", "barnevern-01/concern-report"]
    );
    let codes: Vec<_> = nowhere.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["whereabouts-unknown", "age-unknown"]);
}

#[test]
fn another_municipality_is_responsible_for_whoever_stays_there() {
    let small = Small::new();
    let child = small.ask(&question(Some(15), "3201", &[Need::Violence], Urgency::Routine, DAY));
    assert_eq!(who(&child)[0], "barnevern-barum/concern-report");
    let adult = small.ask(&question(Some(20), "3201", &[Need::Housing], Urgency::Routine, DAY));
    assert_eq!(who(&adult), ["barum/service-referral"]);
    // At night Bærum's child welfare on call is not in the directory: that is said by name, and what to do.
    let night = small.ask(&question(Some(15), "3201", &[Need::Violence], Urgency::Urgent, NIGHT));
    assert_eq!(who(&night)[0], "barnevern-barum/concern-report");
    assert_eq!(night.missing[0].receiver.nb, "barnevernvakten");
    assert!(night.missing[0].advice.nb.contains("116 111"));
}

#[test]
fn a_municipality_that_nobody_has_entered_is_never_an_empty_list_in_silence() {
    let answer = Small::new().ask(&question(Some(20), "5601", &[Need::Housing], Urgency::Routine, DAY));
    assert!(answer.suggestions.is_empty());
    assert_eq!(answer.uncovered[0].0, Need::Housing);
    assert!(
        answer.uncovered[0].1.nb.contains("kommune 5601"),
        "{}",
        answer.uncovered[0].1.nb
    );
    assert!(
        answer.missing[0].advice.en.contains("switchboard"),
        "{:?}",
        answer.missing
    );
}

#[test]
fn a_suspicion_of_trafficking_goes_to_several_at_once() {
    let small = Small::new();
    let mut asked = question(Some(16), "030101", &[Need::Trafficking], Urgency::Urgent, DAY);
    let answer = small.ask(&asked);
    assert_eq!(
        who(&answer),
        [
            "barnevernvakten/concern-report",
            "barnevern-01/concern-report",
            "udi/notification",
            "politiet/notification"
        ]
    );
    assert!(
        answer
            .suggestions
            .iter()
            .all(|one| one.together.as_deref() == Some("trafficking"))
    );
    assert_eq!(answer.together.len(), 1);
    // A citizen needs no permit.
    asked.residence = ResidenceStatus::Citizen;
    assert!(!who(&small.ask(&asked)).contains(&"udi/notification".to_owned()));
    // Grown up: no child welfare, but the municipality.
    let grown = small.ask(&question(
        Some(20),
        "030101",
        &[Need::Trafficking],
        Urgency::Urgent,
        DAY,
    ));
    assert_eq!(
        who(&grown),
        ["udi/notification", "politiet/notification", "bydel-01/service-referral"]
    );
}

#[test]
fn a_missing_child_is_told_to_the_police_and_to_child_welfare() {
    let answer = Small::new().ask(&question(
        Some(14),
        "030110",
        &[Need::Missing],
        Urgency::Emergency,
        NIGHT,
    ));
    assert_eq!(
        who(&answer),
        [
            "politiet/notification",
            "barnevernvakten/concern-report",
            "barnevern-10/concern-report"
        ]
    );
    assert!(
        answer
            .suggestions
            .iter()
            .all(|one| one.together.as_deref() == Some("missing"))
    );
    assert_eq!(codes(&answer.suggestions[0]), ["tell-the-reception-centre"]);
}

#[test]
fn outreach_gets_to_specialists_by_a_detour_that_is_named() {
    let small = Small::new();
    let mut asked = question(Some(16), "030102", &[Need::MentalHealth], Urgency::Routine, DAY);
    let answer = small.ask(&asked);
    assert_eq!(who(&answer)[..2], ["bydel-02/service-referral", "bup/advice-request"]);
    assert_eq!(codes(&answer.suggestions[0]), ["referral-right-mental-health"]);
    asked.sender.kind = AgencyKind::ChildWelfare;
    assert_eq!(who(&small.ask(&asked))[0], "bup/specialist-referral");
    // The ages of the services count: nobody of 19 is BUP's.
    asked.age = Some(19);
    let grown = small.ask(&asked);
    assert!(!who(&grown).iter().any(|one| one.starts_with("bup")));
    assert_eq!(grown.missing[0].rule, "mental-health-referral");
    let mut addicted = question(Some(14), "030102", &[Need::SubstanceUse], Urgency::Routine, DAY);
    addicted.sender.kind = AgencyKind::District;
    assert!(!who(&small.ask(&addicted)).iter().any(|one| one.starts_with("tsb")));
    addicted.age = Some(15);
    assert!(who(&small.ask(&addicted)).contains(&"tsb/specialist-referral".to_owned()));
}

#[test]
fn user_organisations_are_a_tip_and_never_a_receiver() {
    let answer = Small::new().ask(&question(Some(17), "030102", &[Need::Leisure], Urgency::Routine, DAY));
    assert_eq!(
        who(&answer),
        [
            "mottesplassen/service-referral",
            "unge-stemmer/contact",
            "bydel-02/service-referral"
        ][..2]
    );
    let tip = answer.suggestions.last().unwrap();
    assert_eq!(
        (codes(tip), tip.bases.len(), tip.clock.is_none()),
        (vec!["no-personal-data"], 0, true)
    );
    assert_eq!(
        answer.suggestions[0]
            .bases
            .iter()
            .map(|basis| basis.code)
            .collect::<Vec<_>>(),
        [LegalBasisCode::Consent]
    );
}

#[test]
fn a_tip_alone_is_not_enough() {
    // No organisation has family on offer, so the municipality helps beside the tip.
    let answer = Small::new().ask(&question(Some(19), "030102", &[Need::Family], Urgency::Routine, DAY));
    assert_eq!(who(&answer), ["unge-stemmer/contact", "bydel-02/service-referral"]);
    assert_eq!(answer.suggestions[1].rule, "local-otherwise");
}

#[test]
fn several_needs_are_put_together_by_receiver() {
    let answer = Small::new().ask(&question(
        Some(19),
        "030107",
        &[Need::Guidance, Need::Housing],
        Urgency::Routine,
        DAY,
    ));
    let district = answer.suggestions.iter().find(|one| one.slug == "bydel-07").unwrap();
    assert_eq!(
        (district.needs.as_slice(), district.services.len()),
        (&[Need::Guidance, Need::Housing][..], 2)
    );
    assert!(answer.uncovered.is_empty());
}

#[test]
fn nobody_is_told_to_refer_to_themselves() {
    let small = Small::new();
    let mut asked = question(Some(16), "030102", &[Need::Family], Urgency::Emergency, NIGHT);
    asked.sender.kind = AgencyKind::ChildWelfare;
    asked.sender.agency = Some(AgencyId(Uuid::new_v5("barnevernvakten")));
    assert_eq!(who(&small.ask(&asked))[0], "barnevern-02/concern-report");
}

#[test]
fn a_reported_capacity_counts_for_a_day_and_a_full_unit_comes_last_among_equals() {
    let mut small = Small::new();
    let at: DateTime<Utc> = DAY.parse().unwrap();
    let full = |slug: &str, hours: i64| {
        let mut unit = unit(slug, AgencyKind::Ngo, "0301", "office", &[(Need::Leisure, 13, 25)]);
        unit.capacity = vec![Capacity {
            need: None,
            status: CapacityStatus::Full,
            free: Some(0),
            note: Some(CapacityNote::WaitingList),
            reported_at: at - TimeDelta::hours(hours),
        }];
        unit
    };
    let mut units = small.directory.units().to_vec();
    units.push(full("a-fresh", 23));
    units.push(full("a-stale", 25));
    small.directory = Directory::new(units);
    let answer = small.ask(&question(Some(17), "030102", &[Need::Leisure], Urgency::Routine, DAY));
    let order: Vec<_> = answer.suggestions.iter().map(|one| one.slug.as_str()).collect();
    assert_eq!(order[..3], ["a-stale", "mottesplassen", "a-fresh"]);
    let capacity = |at: usize| answer.suggestions[at].capacity.unwrap();
    assert_eq!((capacity(0).status, capacity(0).age), (None, TimeDelta::hours(25)));
    assert_eq!(capacity(2).status, Some(CapacityStatus::Full));
    assert_eq!(codes(&answer.suggestions[0]), ["consent-only", "capacity-stale"]);
    assert_eq!(codes(&answer.suggestions[2]), ["consent-only", "full"]);
}

#[test]
fn only_one_workflow_can_be_asked_for() {
    let mut asked = question(Some(14), "030110", &[Need::Missing], Urgency::Urgent, DAY);
    asked.workflow = Some("notification".to_owned());
    assert_eq!(who(&Small::new().ask(&asked)), ["politiet/notification"]);
}

/// A district that has named the emergency health service to take for it, as far as the law of the workflow lets it.
#[test]
fn whoever_a_closed_agency_has_named_takes_for_it() {
    let mut units = Small::new().directory.units().to_vec();
    let guard = units.iter().find(|unit| unit.slug == "legevakten").unwrap().id;
    for unit in units.iter_mut().filter(|unit| unit.kind == AgencyKind::District) {
        unit.out_of_hours = Some(guard);
    }
    let small = Small {
        directory: Directory::new(units),
        ..Small::new()
    };
    let asked = |at: &str| {
        small
            .ask(&question(Some(20), "030102", &[Need::Economy], Urgency::Urgent, at))
            .suggestions
    };
    let night = asked(NIGHT);
    let (closed, open) = (
        night.iter().position(|one| one.kind == AgencyKind::District).unwrap(),
        night.iter().position(|one| one.slug == "legevakten").unwrap(),
    );
    assert!(open < closed, "who is there comes first");
    let stands_in = night[open].stands_in_for.as_ref().unwrap();
    assert_eq!((&stands_in.slug, night[open].open), (&night[closed].slug, Some(true)));
    assert!(night[open].reason.nb.contains("stengt nå") && night[open].rule == night[closed].rule);
    assert_eq!(night.iter().filter(|one| one.slug == "legevakten").count(), 1);
    assert!(
        asked(DAY).iter().all(|one| one.stands_in_for.is_none()),
        "by day nobody stands in"
    );
}

#[test]
fn the_same_question_gets_the_same_answer_whatever_the_order_of_the_directory() {
    let small = Small::new();
    let mut units = small.directory.units().to_vec();
    units.reverse();
    let turned = Small {
        directory: Directory::new(units),
        ..Small::new()
    };
    for need in Need::ALL {
        let asked = question(None, "030102", &[*need, Need::Guidance], Urgency::Urgent, NIGHT);
        assert_eq!(small.ask(&asked), turned.ask(&asked));
    }
}

#[test]
fn a_rule_holds_while_all_that_it_rests_on_does() {
    let mut small = Small::new();
    let reference = small
        .table
        .references
        .iter_mut()
        .find(|one| one.legal_ref == "bvl § 3-6")
        .unwrap();
    reference.validity.to = Some("2026-12-31".parse().unwrap());
    let rules = |at: &str| {
        let answer = small.ask(&question(Some(20), "030102", &[Need::Guidance], Urgency::Routine, at));
        answer.suggestions.into_iter().map(|one| one.rule).collect::<Vec<_>>()
    };
    assert!(rules("2026-12-31T22:59:59Z").contains(&"aftercare".to_owned()));
    assert!(
        !rules("2026-12-31T23:00:00Z").contains(&"aftercare".to_owned()),
        "the year ends in Oslo, not in Greenwich"
    );
}

fn gaps(small: &Small) -> Vec<String> {
    let total = totality(&small.table, &small.directory, "2026-11-24".parse().unwrap());
    assert!(total.combinations > 10_000_000, "{}", total.combinations);
    total.gaps.iter().map(|gap| gap.text(Language::En)).collect()
}

#[test]
fn everybody_in_a_known_place_gets_an_answer_and_the_gaps_are_listed_by_name() {
    let small = Small::new();
    insta::assert_snapshot!("gaps", gaps(&small).join("\n"));
    insta::assert_snapshot!(
        "gaps-nb",
        totality(&small.table, &small.directory, "2026-11-24".parse().unwrap())
            .gaps
            .iter()
            .map(|gap| gap.text(Language::Nb))
            .collect::<Vec<_>>()
            .join("\n")
    );
    let mut units = small.directory.units().to_vec();
    units.retain(|unit| unit.slug != "bydel-07");
    let poorer = Small {
        directory: Directory::new(units),
        ..Small::new()
    };
    let found = gaps(&poorer);
    assert!(found.iter().any(|gap| gap.contains("Vestre Aker")), "{found:#?}");
}

#[test]
fn the_proof_agrees_with_the_answers() {
    // Everything that the proof calls a gap is one, and nothing else is: asked one by one over a part of the space.
    let mut small = Small::new();
    let mut units = small.directory.units().to_vec();
    units.retain(|unit| !["bydel-07", "politiet", "barnevern-03"].contains(&unit.slug.as_str()));
    small.directory = Directory::new(units);
    let total = totality(&small.table, &small.directory, "2026-11-24".parse().unwrap());
    let ages = [
        Some(0),
        Some(13),
        Some(15),
        Some(17),
        Some(18),
        Some(24),
        Some(25),
        Some(26),
        None,
    ];
    let places = ["030103", "030107", "030116", "3201", "5601", ""];
    for stays in places {
        for age in ages {
            for need in Need::ALL {
                for (urgency, at) in [
                    (Urgency::Emergency, NIGHT),
                    (Urgency::Routine, NIGHT),
                    (Urgency::Routine, DAY),
                ] {
                    let asked = question(age, stays, &[*need], urgency, at);
                    let answer = small.ask(&asked);
                    let found = answer
                        .suggestions
                        .iter()
                        .any(|one| one.kind != AgencyKind::UserOrganisation);
                    let name = if stays == "5601" {
                        Text::new("en kommune som ikke er i katalogen", "")
                    } else {
                        answer.place.name.clone()
                    };
                    let gap = total.gaps.iter().any(|gap| {
                        gap.places.iter().any(|place| place.nb == name.nb)
                            && gap.needs.contains(need)
                            && gap.ages.iter().any(|range| match (range, age) {
                                (Some((from, to)), Some(age)) => *from <= age && age <= *to,
                                (None, None) => true,
                                _ => false,
                            })
                            && (gap.urgencies.is_empty() || gap.urgencies.contains(&urgency))
                            && (gap.residence.is_empty() || gap.residence.contains(&ResidenceStatus::Unknown))
                    });
                    assert_eq!(
                        found,
                        !gap,
                        "{stays:?} {age:?} {need} {urgency} {at}: {:?}",
                        who(&answer)
                    );
                }
            }
        }
    }
}

#[test]
fn the_proof_is_quick_even_unoptimised() {
    let small = Small::new();
    let begun = std::time::Instant::now();
    let total = totality(&small.table, &small.directory, "2026-11-24".parse().unwrap());
    let took = begun.elapsed();
    assert!(
        took.as_millis() < 1_000,
        "{} combinations in {took:?}",
        total.combinations
    );
}

/// The table with one thing changed, and what the checker says of it.
fn refused(from: &str, to: &str) -> String {
    let library = definition::builtin().unwrap();
    assert!(builtin_source().contains(from), "{from}");
    let source = builtin_source().replacen(from, to, 1);
    match Table::parse("mine.toml", &source, &library) {
        Ok(_) => "nothing".to_owned(),
        Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn a_table_that_would_send_somebody_astray_is_refused_with_its_place() {
    let said = [
        ("unknown key", "id = \"oslo\"", "id = \"oslo\"\ncolour = 1"),
        (
            "unknown code",
            "when.urgencies = [\"emergency\"]",
            "when.urgencies = [\"soon\"]",
        ),
        ("unknown receiver", "receiver = \"peers\"", "receiver = \"pears\""),
        (
            "unknown warning",
            "warnings = [\"aftercare-consent\"]",
            "warnings = [\"care\"]",
        ),
        (
            "unknown workflow",
            "workflow = \"advice-request\"",
            "workflow = \"advice\"",
        ),
        ("no way", "receiver = \"peers\"\ncontact = true", "receiver = \"peers\""),
        ("empty list", "when.urgencies = [\"emergency\"]", "when.urgencies = []"),
        (
            "open and closed",
            "when.closed = \"child-welfare\"",
            "when.closed = \"child-welfare\"\nwhen.open = \"child-welfare\"",
        ),
        (
            "personal data to users",
            "receiver = \"peers\"\ncontact = true",
            "receiver = \"peers\"\nworkflow = \"service-referral\"\nlegal_bases = [\"consent\"]",
        ),
        (
            "duty for adults",
            "legal_bases = [\"consent\"]\nreason = { nb = \"18 til 25",
            "legal_bases = [\"duty-to-report\"]\nreason = { nb = \"18 til 25",
        ),
        ("no such district", "served_by = \"030104\"", "served_by = \"030199\""),
        (
            "a reference that the register does not know",
            "references = [\"politil § 2 nr 5\"]",
            "references = [\"politil § 99\"]",
        ),
        ("twice", "id = \"peers\"", "id = \"ngo\""),
        (
            "senders",
            "when.senders = [\"child-welfare\", \"specialist-health\", \"emergency-health\"]",
            "when.senders = [\"outreach\"]",
        ),
    ]
    .map(|(name, from, to)| format!("{name}:\n{}", refused(from, to)));
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn a_rule_that_can_never_be_reached_and_rules_that_contradict_each_other_are_named() {
    let again = |id: &str, more: &str| {
        format!(
            "\n[[decisions.rules]]\nid = \"{id}\"\n{more}reason = {{ nb = \"x\", en = \"x\" }}\nwhen.ages = [\"18-22\"]\nwhen.needs = [\"housing\"]\n"
        )
    };
    let library = definition::builtin().unwrap();
    let check = |rule: String| {
        let source = format!("{}{rule}", builtin_source());
        let errors = Table::parse("mine.toml", &source, &library).err().unwrap_or_default();
        errors
            .iter()
            .map(|error| error.message.clone())
            .collect::<Vec<_>>()
            .join("\n")
    };
    // The last decision takes the first rule, which is for everybody.
    let never = check(again(
        "again",
        "receiver = \"local\"\nworkflow = \"service-referral\"\nlegal_bases = [\"consent\"]\n",
    ));
    assert!(
        never.contains("\"again\" can never be reached: local-otherwise"),
        "{never}"
    );
    let decision = "\n[[decisions]]\nid = \"more\"\ntitle = { nb = \"x\", en = \"x\" }\nhit = \"collect\"\n";
    let two_ways = check(format!(
        "{decision}{}",
        again(
            "two-ways",
            "receiver = \"aftercare\"\nworkflow = \"transfer\"\nlegal_bases = [\"consent\"]\nwhen.senders = [\"outreach\"]\n"
        )
    ));
    assert!(
        two_ways.contains("\"aftercare\" and \"two-ways\" contradict"),
        "{two_ways}"
    );
    let two_bases = check(format!(
        "{decision}{}",
        again(
            "two-bases",
            "receiver = \"aftercare\"\nworkflow = \"service-referral\"\nlegal_bases = [\"necessity\"]\n"
        )
    ));
    assert!(two_bases.contains("different best legal bases"), "{two_bases}");
}

#[test]
fn a_unit_may_serve_several_districts_and_another_municipality_beside_its_own() {
    let mut small = Small::new();
    let mut units = small.directory.units().to_vec();
    let valley = units.iter_mut().find(|unit| unit.slug == "barnevern-10").unwrap();
    valley.also_serves = vec!["030111".to_owned(), "3201".to_owned()];
    units.retain(|unit| !["barnevern-11", "barnevern-barum"].contains(&unit.slug.as_str()));
    small.directory = Directory::new(units);
    let first = |stays: &str| {
        let answer = small.ask(&question(Some(16), stays, &[Need::Violence], Urgency::Routine, DAY));
        (who(&answer).swap_remove(0), answer.missing)
    };
    for stays in ["030110", "030111", "3201"] {
        assert_eq!(
            first(stays),
            ("barnevern-10/concern-report".to_owned(), Vec::new()),
            "{stays}"
        );
    }
    // Its neighbours are nobody's but their own.
    assert_eq!(first("030112").0, "barnevern-12/concern-report");
    assert_eq!(first("030109").0, "barnevern-09/concern-report");
}

#[test]
fn a_limit_that_was_agreed_is_told_before_anything_is_sent() {
    let small = Small::new();
    let id_of = |slug: &str| AgencyId(Uuid::new_v5(slug));
    let (sender, receiver) = (id_of("uteseksjonen"), id_of("bydel-02"));
    let limits = |text: &str| {
        let by_urgency = [("routine".to_owned(), text.to_owned())].into();
        Limits::read(&[("answer".to_owned(), by_urgency)].into()).unwrap()
    };
    let agreed = |text: &str| Agreement {
        limits: limits(text),
        ..approved(sender, receiver)
    };
    let mut asked = question(Some(19), "030102", &[Need::Housing], Urgency::Routine, DAY);
    let mut clock = |agreements: &[Agreement], sender: Option<AgencyId>, at: &str| {
        asked.sender.agency = sender;
        asked.at = at.parse().unwrap();
        let world = World {
            agreements,
            ..small.world()
        };
        let answer = suggest(&world, &asked);
        let first = answer
            .suggestions
            .into_iter()
            .find(|one| one.slug == "bydel-02")
            .unwrap();
        let clock = first.clock.unwrap();
        (
            clock.limit.to_string(),
            clock.due.to_rfc3339(),
            clock.agreement.map(|(_, reference)| reference),
        )
    };
    let own = ("2 weeks".to_owned(), "2026-12-08T22:59:59+00:00".to_owned(), None);
    assert_eq!(clock(&[], Some(sender), DAY), own);
    let three = agreed("3 working days");
    let theirs = (
        "3 working days".to_owned(),
        "2026-11-27T22:59:59+00:00".to_owned(),
        Some("2026/418".to_owned()),
    );
    assert_eq!(clock(std::slice::from_ref(&three), Some(sender), DAY), theirs);
    // It is between these two, and from its first day on.
    assert_eq!(clock(std::slice::from_ref(&three), Some(id_of("bup")), DAY), own);
    assert_eq!(clock(std::slice::from_ref(&three), None, DAY), own);
    assert_eq!(
        clock(std::slice::from_ref(&three), Some(sender), "2026-11-19T12:00:00Z").2,
        None
    );
    // In opening hours it is reckoned by the receiver's: two until half past three on Tuesday, the rest on Wednesday.
    let hours = agreed("4 opening hours");
    let due = clock(std::slice::from_ref(&hours), Some(sender), DAY).1;
    assert_eq!(due, "2026-11-25T08:30:00+00:00");
}

/// What two agencies have agreed from Friday 20 November on.
fn approved(sender: AgencyId, receiver: AgencyId) -> Agreement {
    let word = |user: u128, agency| Word {
        user: UserId(Uuid::from_u128(user)),
        agency,
        at: "2026-11-19T09:00:00Z".parse().unwrap(),
    };
    Agreement {
        id: AgreementId(Uuid::from_u128(1)),
        number: 1,
        revision: 2,
        sender,
        receiver,
        reference: "2026/418".to_owned(),
        limits: Limits::read(&Default::default()).unwrap(),
        validity: Validity {
            from: "2026-11-20".parse().ok(),
            to: None,
        },
        status: Status::Approved,
        proposed: word(1, sender),
        answered: Some(word(2, receiver)),
        ended: None,
    }
}

#[test]
fn whoever_is_suggested_stands_on_the_map_and_who_is_left_out_is_marked() {
    use super::takers::{Part, map};
    use crate::vocabulary::AgeBand;

    let small = Small::new();
    let on = "2026-11-24".parse().unwrap();
    let whole = map(&small.table, &small.directory, on, &Part::default());
    assert_eq!(whole.cells.len(), Need::ALL.len() * AgeBand::ALL.len());
    let stays = Whereabouts {
        municipality: "0301".to_owned(),
        district: Some("030102".to_owned()),
    };
    let part = Part {
        stays: Some(stays.clone()),
        residence: Some(ResidenceStatus::Undocumented),
    };
    let narrower = map(&small.table, &small.directory, on, &part);
    for (cell, of_part) in whole.cells.iter().zip(&narrower.cells) {
        assert_eq!((cell.need, cell.age), (of_part.need, of_part.age));
        assert!(
            of_part.takers.iter().all(|taker| cell.takers.contains(taker)),
            "{cell:?} {of_part:?}"
        );
        assert!(cell.leaves_out || !of_part.leaves_out, "{cell:?} {of_part:?}");
        // Whoever the router suggests to refer to stands on the map.
        let age = (0..=120)
            .map(Some)
            .chain([None])
            .find(|age| AgeBand::of(*age) == cell.age)
            .flatten();
        let world = small.world();
        let answer = suggest(
            &world,
            &Question {
                age,
                stays: Some(stays.clone()),
                needs: vec![cell.need],
                urgency: Urgency::Urgent,
                at: DAY.parse().unwrap(),
                residence: ResidenceStatus::Undocumented,
                sender: Sender {
                    kind: AgencyKind::Outreach,
                    public_tasks: true,
                    agency: None,
                },
                workflow: None,
            },
        );
        for suggestion in answer
            .suggestions
            .iter()
            .filter(|one| one.workflow.is_some() && one.stands_in_for.is_none())
        {
            assert!(
                of_part.takers.contains(&suggestion.agency),
                "{} {cell:?}",
                suggestion.slug
            );
        }
    }
    // Without anybody in the directory everybody is left out, and said to be.
    let nobody = map(&small.table, &Directory::new(Vec::new()), on, &Part::default());
    assert!(
        nobody
            .cells
            .iter()
            .all(|cell| cell.takers.is_empty() && cell.leaves_out)
    );
    assert!(!nobody.left_out.is_empty());
}
