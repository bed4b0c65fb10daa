//! What if: a city run through the definitions and the routing table, and what came of it, beside another one.
//!
//! This is the demo's own mechanism: its agencies and people, its dice, and the real engine, which decides every step. Where
//! the demo plays stories that are told beforehand, here people arrive by chance, and how long they wait follows from how many
//! work where, when that is open, and how often somebody says no.

mod city;
mod report;
mod run;

pub use city::City;
pub use report::{Figures, Span};
pub use run::simulate;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::world::World;
    use stafett_workflow::definition::builtin;
    use stafett_workflow::routing;

    /// Where fewer than nine of ten are ever answered, there is no longer wait.
    fn upper(figures: &Figures) -> f64 {
        figures.waits.upper.unwrap_or(f64::INFINITY)
    }

    fn figures(overrides: &str) -> Figures {
        let library = builtin().unwrap();
        let table = routing::builtin(&library).unwrap();
        let city = City::read("test.toml", overrides).unwrap();
        simulate(&city, &World::load().unwrap(), &library, &table).unwrap()
    }

    #[test]
    fn a_month_is_the_same_each_time_and_nobody_is_lost() {
        let month = "days = 30\nreferrals = 400";
        let (once, twice) = (figures(month), figures(month));
        assert_eq!(once, twice);
        assert_eq!(once.arrived, 400);
        assert_eq!(
            once.arrived,
            once.sent + once.uncovered.values().sum::<u32>(),
            "everybody is sent or named"
        );
        assert_eq!(
            once.answered + once.unanswered,
            once.legs,
            "every leg is answered or waits"
        );
        assert!(once.answered > 300 && once.declined > 10, "{once:?}");
        assert_ne!(figures("days = 30\nreferrals = 400\nseed = 7"), once);
    }

    #[test]
    fn fewer_people_and_more_arrivals_take_longer_and_miss_more() {
        let base = figures("days = 60\nreferrals = 2000");
        let double = figures("days = 60\nreferrals = 4000");
        let alone = figures("days = 60\nreferrals = 2000\n[desk]\npeople = 1");
        assert_eq!(double.arrived, 2 * base.arrived);
        for worse in [&double, &alone] {
            assert!(worse.missed > base.missed, "{} {}", worse.missed, base.missed);
            assert!(upper(worse) > upper(&base), "{:?} {:?}", worse.waits, base.waits);
        }
        let never = figures("days = 60\nreferrals = 2000\n[desk]\ndeclines = 0.0");
        assert_eq!((never.declined, never.disputes), (0, 0));
        let always = figures("days = 60\nreferrals = 2000\n[desk]\ndeclines = 0.9");
        assert!(always.disputes > base.disputes);
    }

    #[test]
    fn a_district_that_closes_at_night_is_slower_and_a_slip_is_told() {
        let open = figures("days = 30\nreferrals = 600\n[desks.barnevernvakten]\nhours = { always = true }");
        let day = figures(
            "days = 30\nreferrals = 600\n[desks.barnevernvakten]\nhours = { mon = [[\"08:00\", \"15:30\"]], tue = [[\"08:00\", \"15:30\"]], wed = [[\"08:00\", \"15:30\"]], thu = [[\"08:00\", \"15:30\"]], fri = [[\"08:00\", \"15:30\"]] }",
        );
        assert!(upper(&day) > upper(&open), "{:?} {:?}", day.waits, open.waits);
        for (wrong, story) in [
            ("dayz = 3", "unknown field"),
            ("[desks.nobody]\npeople = 1", "there is no agency nobody"),
            ("[desk]\npeople = 0", "at least one person"),
            ("[desk]\ndeclines = 1.5", "from 0 to 1"),
            ("days = 0", "at least one day"),
            ("hours = [1]", "24 hours"),
        ] {
            let refused =
                City::read("test.toml", wrong).and_then(|city| city.check(&World::load().unwrap()).map(|()| city));
            let told = refused.err().unwrap_or_default();
            assert!(told.contains(story), "{wrong}: {told}");
        }
    }
}
