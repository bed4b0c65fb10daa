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
