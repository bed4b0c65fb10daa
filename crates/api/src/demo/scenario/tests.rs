//! The files that ship fit, and slips in them are told.

use stafett_workflow::definition::builtin;

use super::*;

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
