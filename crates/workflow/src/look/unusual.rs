//! Which looks are unusual: rules that make a lead look twice, and accuse nobody.
//!
//! Pure: what was known of the look comes in as [`Circumstances`], and every rule that it meets comes out.

use super::LookedAt;
use crate::policy::Relation;
use crate::vocabulary::codes;

/// Nobody is flagged for fewer referrals in an hour, however few they usually read.
pub const MASS_FLOOR: u32 = 25;
/// So many times the own busiest hour of an ordinary day is a mass.
pub const MASS_FACTOR: u32 = 3;
/// A family name as short as this says nothing.
const SHORTEST_NAME: usize = 3;

codes! {
    /// Why a look is unusual.
    UnusualRule, "unusual-rule" {
        NoRelation = "no-relation", "enheten hadde ingen del i det", "the agency had no part in it";
        PartEnded = "part-ended", "enhetens del var avsluttet", "the agency's part had ended";
        Mass = "mass", "langt flere oppslag i timen enn vanlig", "far more looks in an hour than usual";
        OwnName = "own-name", "samme etternavn som den som så", "the same family name as whoever looked";
        OutsideHours = "outside-hours", "utenfor åpningstiden, uten vakt", "outside opening hours, without being on call";
    }
}

/// What was known of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// At what.
    pub at: LookedAt,
    /// How the agency stood to it.
    pub relation: Relation,
    /// Whether its part had ended.
    pub part_ended: bool,
    /// How many different referrals the person has looked at in the hour that ends with this look, this one counted.
    pub in_the_hour: u32,
    /// Their own norm: as many as in their busiest hour on an ordinary day.
    pub usual: u32,
    /// Whether they have the same family name as the youth.
    pub same_name: bool,
    /// Whether the agency was open; unknown where it has no calendar.
    pub open: Option<bool>,
    /// Whether they stood in for somebody just then.
    pub on_call: bool,
}

/// Every rule that makes the look unusual, in their order.
///
/// Whoever changes something answers for that in the referral's own log, so a change is held against the first two rules only.
///
/// ```
/// use stafett_workflow::look::unusual::{Circumstances, UnusualRule, judge};
/// use stafett_workflow::look::LookedAt;
/// use stafett_workflow::policy::Relation;
/// let usual = Circumstances {
///     at: LookedAt::Referral, relation: Relation::Receiver, part_ended: false, in_the_hour: 3, usual: 4,
///     same_name: false, open: Some(true), on_call: false,
/// };
/// assert!(judge(&usual).is_empty());
/// assert_eq!(judge(&Circumstances { open: Some(false), ..usual }), [UnusualRule::OutsideHours]);
/// ```
#[must_use]
pub fn judge(look: &Circumstances) -> Vec<UnusualRule> {
    let reads = !matches!(look.at, LookedAt::Change | LookedAt::Duplicate);
    let rules = [
        (UnusualRule::NoRelation, look.relation == Relation::Outsider),
        (UnusualRule::PartEnded, look.part_ended),
        (UnusualRule::Mass, reads && is_mass(look.in_the_hour, look.usual)),
        (UnusualRule::OwnName, reads && look.same_name),
        (
            UnusualRule::OutsideHours,
            reads && look.open == Some(false) && !look.on_call,
        ),
    ];
    rules
        .into_iter()
        .filter(|(_, met)| *met)
        .map(|(rule, _)| rule)
        .collect()
}

/// The look with which the mass is full, and each that doubles it: a hundred looks are not a hundred flags.
const fn is_mass(in_the_hour: u32, usual: u32) -> bool {
    let own = usual.saturating_mul(MASS_FACTOR);
    let limit = if own > MASS_FLOOR { own } else { MASS_FLOOR };
    in_the_hour >= limit && in_the_hour.is_multiple_of(limit)
}

/// The norm of somebody who on each of their days had so many in the busiest hour: the middle of them, rounded up.
#[must_use]
pub fn usual(mut busiest: Vec<u32>) -> u32 {
    busiest.sort_unstable();
    busiest.get(busiest.len() / 2).copied().unwrap_or(0)
}

/// Whether two full names end in the same family name, written large or small.
#[must_use]
pub fn same_family_name(one: &str, other: &str) -> bool {
    let family = |name: &str| name.split_whitespace().last().map(str::to_lowercase);
    match (family(one), family(other)) {
        (Some(one), Some(other)) => one.chars().count() >= SHORTEST_NAME && one == other,
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Code;

    const USUAL: Circumstances = Circumstances {
        at: LookedAt::Referral,
        relation: Relation::Receiver,
        part_ended: false,
        in_the_hour: 1,
        usual: 1,
        same_name: false,
        open: Some(true),
        on_call: false,
    };

    /// The whole table: every kind of look, every relation, every circumstance.
    #[test]
    fn every_rule_is_met_by_its_own_circumstance_and_by_nothing_else() {
        for at in LookedAt::ALL.iter().copied() {
            for relation in Relation::ALL {
                for bits in 0..32_u8 {
                    let bit = |place: u8| bits & (1 << place) != 0;
                    let look = Circumstances {
                        at,
                        relation,
                        part_ended: bit(0),
                        in_the_hour: if bit(1) { MASS_FLOOR } else { MASS_FLOOR - 1 },
                        usual: 0,
                        same_name: bit(2),
                        open: Some(!bit(3)),
                        on_call: bit(4),
                    };
                    let reads = at != LookedAt::Change && at != LookedAt::Duplicate;
                    let expected: Vec<UnusualRule> = UnusualRule::ALL
                        .iter()
                        .copied()
                        .filter(|rule| match rule {
                            UnusualRule::NoRelation => relation == Relation::Outsider,
                            UnusualRule::PartEnded => bit(0),
                            UnusualRule::Mass => reads && bit(1),
                            UnusualRule::OwnName => reads && bit(2),
                            UnusualRule::OutsideHours => reads && bit(3) && !bit(4),
                        })
                        .collect();
                    assert_eq!(judge(&look), expected, "{look:?}");
                }
            }
        }
    }

    #[test]
    fn hours_that_nobody_knows_are_never_outside() {
        assert!(judge(&Circumstances { open: None, ..USUAL }).is_empty());
    }

    #[test]
    fn a_mass_is_measured_by_the_own_norm_and_told_once() {
        let flagged = |in_the_hour, usual| {
            judge(&Circumstances {
                in_the_hour,
                usual,
                ..USUAL
            }) == [UnusualRule::Mass]
        };
        assert!(!flagged(MASS_FLOOR - 1, 0) && flagged(MASS_FLOOR, 0) && !flagged(MASS_FLOOR + 1, 0));
        assert!(flagged(2 * MASS_FLOOR, 0));
        assert!(!flagged(MASS_FLOOR, 20) && !flagged(59, 20) && flagged(60, 20) && !flagged(61, 20));
    }

    #[test]
    fn the_norm_is_the_middle_of_the_own_days() {
        assert_eq!(usual(Vec::new()), 0);
        assert_eq!(usual(vec![40, 2, 3]), 3);
        assert_eq!(usual(vec![1, 9]), 9);
    }

    #[test]
    fn a_family_name_is_the_last_word() {
        assert!(same_family_name("Kari Nordby", "ola NORDBY"));
        assert!(!same_family_name("Kari Nordby", "Nordby Hansen"));
        assert!(!same_family_name("K.", "K."));
        assert!(!same_family_name("", "Nordby"));
    }
}
