//! The files that ship fit, and slips in them are told.

use stafett_workflow::definition::builtin;
use stafett_workflow::disclosure::{self, Field, Flow, Party, Way};

use super::*;
use crate::demo::world::Agency;

fn parse(stories: &str, situations: &str) -> Result<Scenario, DemoError> {
    Scenario::parse(stories, situations, &World::load().unwrap(), &builtin().unwrap())
}

#[test]
fn the_files_fit() {
    let scenario = parse(STORIES.1, SITUATIONS.1).unwrap();
    assert!(scenario.situations.len() >= 25, "{}", scenario.situations.len());
    assert!(scenario.stories.len() <= usize::try_from(scenario.referrals).unwrap());
}

#[test]
fn four_of_ten_are_from_outside_oslo() {
    let places = parse(STORIES.1, SITUATIONS.1).unwrap().places;
    let weight = |inside: bool| -> u32 {
        places
            .iter()
            .filter(|place| (place.municipality == "0301") == inside)
            .map(|place| place.weight)
            .sum()
    };
    assert_eq!((weight(true), weight(false)), (60, 40));
}

#[test]
fn every_place_has_its_offices() {
    let world = World::load().unwrap();
    for place in &parse(STORIES.1, SITUATIONS.1).unwrap().places {
        for whom in [Whom::Local, Whom::LocalChildWelfare] {
            let offices: Vec<_> = world
                .agencies
                .iter()
                .filter(|agency| whom.means(agency, place))
                .collect();
            assert_eq!(offices.len(), 1, "{whom:?} at {place:?}: {offices:?}");
            let elsewhere = whom.misdirected().unwrap();
            assert!(
                world
                    .agencies
                    .iter()
                    .filter(|agency| elsewhere.means(agency, place))
                    .count()
                    > 2
            );
        }
    }
}

/// Whatever the dice choose: on the situation's basis nobody is handed something that they may not know.
#[test]
fn whoever_a_situation_reaches_may_know_of_it() {
    let (world, table) = (World::load().unwrap(), disclosure::builtin().unwrap());
    let scenario = parse(STORIES.1, SITUATIONS.1).unwrap();
    let day = "2026-11-24".parse().unwrap();
    let person = [
        Field::IdentityNumber,
        Field::Alias,
        Field::Age,
        Field::Whereabouts,
        Field::Flags,
        Field::Language,
    ];
    let situation_itself = [
        Field::Needs,
        Field::Summary,
        Field::Informed,
        Field::Reason,
        Field::Messages,
    ];
    let meant = |whom: &Whom| -> Vec<&Agency> {
        let somewhere = |agency: &&Agency| scenario.places.iter().any(|place| whom.means(agency, place));
        world.agencies.iter().filter(somewhere).collect()
    };
    for situation in &scenario.situations {
        let told = person.iter().filter(|_| !situation.anonymous).chain(&situation_itself);
        let told: Vec<Field> = told.copied().collect();
        let senders = situation.senders.iter().chain([&situation.receiver]).flat_map(meant);
        for sender in senders {
            for receiver in [&situation.receiver, &situation.next].into_iter().flat_map(meant) {
                let way = Way {
                    sender: Party::from(&sender.facts),
                    receiver: Party::from(&receiver.facts),
                    ground: situation.basis.code.into(),
                };
                let refused: Vec<_> = told
                    .iter()
                    .filter(|field| table.flow(&way, **field, day) == Flow::Refused)
                    .collect();
                assert!(refused.is_empty(), "{}: {way:?} {refused:?}", situation.id);
            }
        }
    }
}

#[test]
fn how_long_something_takes() {
    assert_eq!("20%..60%".parse(), Ok(Delay::Share(0.2, 0.6)));
    assert_eq!("30m..2d".parse(), Ok(Delay::Hours(0.5, 48.0)));
    assert!("110%..120%".parse::<Delay>().unwrap().is_late());
    for wrong in ["", "5%", "5%..", "60%..20%", "5%..3h", "5..6", "90%..110%", "-1h..2h"] {
        assert!(wrong.parse::<Delay>().is_err(), "{wrong}");
    }
}

#[test]
fn slips_in_the_files_are_told() {
    for (from, to, said) in [
        ("ends_in = \"declined\"", "ends_in = \"refused\"", "no step refused"),
        (
            "workflow = \"concern-report\"",
            "workflow = \"concern\"",
            "no workflow concern",
        ),
        ("@no-capacity", "@no-time", "no phrase @no-time"),
        ("do = \"acknowledge\"", "do = \"nod\"", "not a code"),
        (
            "situations = [\"sofa-to-sofa\"",
            "situations = [\"sofa\"",
            "no situation sofa",
        ),
    ] {
        let message = parse(&STORIES.1.replacen(from, to, 1), SITUATIONS.1)
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("demo/scenario.toml: ") && message.contains(said),
            "{from}: {message}"
        );
    }
    for (from, to, said) in [
        ("ages = [13, 15]", "ages = [15, 13]", "youngest"),
        ("receiver = \"udi\"", "receiver = \"uddi\"", "uddi"),
        (
            "receiver = \"barnevernvakten\"",
            "receiver = \"udi\"",
            "may not receive",
        ),
        ("code = \"duty-to-report\"", "code = \"consent\"", "consent"),
    ] {
        let message = parse(STORIES.1, &SITUATIONS.1.replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("demo/situations.nb.toml: ") && message.contains(said),
            "{from}: {message}"
        );
    }
}
