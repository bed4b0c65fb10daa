//! How long what was told is kept once everything is closed.
//!
//! Each agency says so for itself, for each workflow if it likes, with the rule of law or the plan behind it; the installation
//! says it for those that say nothing. What was told of somebody is kept until the *last* agency that takes part in the last of
//! their referrals needs it no more. One that has said nothing, and for which nobody has, keeps it for good: nothing is erased
//! because somebody forgot to say how long.

use chrono::{DateTime, Utc};

use crate::agency::AgencyId;
use crate::calendar::{Calendar, Limit};
use crate::refusal::FieldError;

/// The fewest months: a referral that was closed by mistake is found in this time.
pub const FEWEST_MONTHS: u16 = 1;
/// The most months, a hundred years.
pub const MOST_MONTHS: u16 = 1_200;
/// The longest reference.
pub const LEGAL_REF_MAX: usize = 200;

/// How long one agency keeps what was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Whose rule it is; nobody's is the installation's.
    pub agency: Option<AgencyId>,
    /// For which workflow; all, when it does not say.
    pub workflow: Option<String>,
    /// How many months after closing.
    pub months: u16,
    /// On which ground: a section of a statute, or the archive's plan.
    pub legal_ref: String,
}

/// A referral that is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// On which workflow it ran.
    pub workflow: String,
    /// When it was closed.
    pub at: DateTime<Utc>,
    /// Who takes part in it.
    pub parties: Vec<AgencyId>,
}

/// What the rules say of somebody's referrals together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'r> {
    /// Until then, for the sake of this agency by this rule, the last to let go.
    Until {
        /// When the reason to keep is gone.
        at: DateTime<Utc>,
        /// Whose reason it is.
        agency: AgencyId,
        /// Why so long.
        rule: &'r Rule,
    },
    /// For good: no rule says how long this agency keeps it.
    ForGood {
        /// Which one.
        agency: AgencyId,
    },
}

/// The rule that counts for an agency and a workflow: its own before the installation's, the narrower before the wider.
#[must_use]
pub fn governing<'r>(rules: &'r [Rule], agency: AgencyId, workflow: &str) -> Option<&'r Rule> {
    let fits = |rule: &&Rule| {
        rule.agency.is_none_or(|own| own == agency) && rule.workflow.as_deref().is_none_or(|only| only == workflow)
    };
    rules
        .iter()
        .filter(fits)
        .max_by_key(|rule| (rule.agency.is_some(), rule.workflow.is_some()))
}

/// Until when what was told in these referrals is kept; nothing, when there are none.
#[must_use]
pub fn kept_until<'r>(rules: &'r [Rule], referrals: &[Closed], calendar: Calendar) -> Option<Verdict<'r>> {
    let mut last: Option<Verdict<'r>> = None;
    for referral in referrals {
        for &agency in &referral.parties {
            let Some(rule) = governing(rules, agency, &referral.workflow) else {
                return Some(Verdict::ForGood { agency });
            };
            let at = match format!("{} months", rule.months).parse::<Limit>() {
                Ok(limit) => limit.due(referral.at, calendar),
                Err(_no_limit) => return Some(Verdict::ForGood { agency }),
            };
            let later = match last {
                Some(Verdict::Until { at: before, .. }) => at > before,
                Some(Verdict::ForGood { .. }) | None => true,
            };
            if later {
                last = Some(Verdict::Until { at, agency, rule });
            }
        }
    }
    last
}

/// What is wrong with the rules that an agency gives itself, by their places.
#[must_use]
pub fn faults(rules: &[Rule], is_workflow: impl Fn(&str) -> bool) -> Vec<FieldError> {
    let mut faults = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        if !(FEWEST_MONTHS..=MOST_MONTHS).contains(&rule.months) {
            faults.push(FieldError::new(
                format!("/rules/{place}/months"),
                "out-of-range",
                format!("Skal være {FEWEST_MONTHS} til {MOST_MONTHS} måneder."),
                format!("Must be {FEWEST_MONTHS} to {MOST_MONTHS} months."),
            ));
        }
        faults.extend(crate::person::check_line(
            &format!("/rules/{place}/legalRef"),
            &rule.legal_ref,
            LEGAL_REF_MAX,
        ));
        if rule.workflow.as_deref().is_some_and(|workflow| !is_workflow(workflow)) {
            faults.push(FieldError::new(
                format!("/rules/{place}/workflow"),
                "unknown-code",
                "Det finnes ingen slik arbeidsflyt.",
                "There is no such workflow.",
            ));
        }
        let before = rules.iter().take(place);
        if before.into_iter().any(|other| other.workflow == rule.workflow) {
            faults.push(FieldError::new(
                format!("/rules/{place}/workflow"),
                "repeated",
                "Har en regel allerede.",
                "Has a rule already.",
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: AgencyId = AgencyId(Uuid::from_u128(1));
    const TWO: AgencyId = AgencyId(Uuid::from_u128(2));

    fn rule(agency: Option<AgencyId>, workflow: Option<&str>, months: u16) -> Rule {
        Rule {
            agency,
            workflow: workflow.map(str::to_owned),
            months,
            legal_ref: "arkivplan".to_owned(),
        }
    }

    fn closed(workflow: &str, at: &str, parties: &[AgencyId]) -> Closed {
        Closed {
            workflow: workflow.to_owned(),
            at: at.parse().unwrap(),
            parties: parties.to_vec(),
        }
    }

    #[test]
    fn ones_own_rule_counts_before_the_installations_and_the_narrower_before_the_wider() {
        let all = [
            rule(None, None, 1),
            rule(None, Some("transfer"), 2),
            rule(Some(ONE), None, 3),
            rule(Some(ONE), Some("transfer"), 4),
        ];
        let months = |rules: &[Rule], agency, workflow| governing(rules, agency, workflow).map(|rule| rule.months);
        for (agency, workflow, expected) in [
            (ONE, "transfer", 4),
            (ONE, "notification", 3),
            (TWO, "transfer", 2),
            (TWO, "notification", 1),
        ] {
            assert_eq!(months(&all, agency, workflow), Some(expected));
        }
        assert_eq!(months(&all[2..], TWO, "transfer"), None);
    }

    #[test]
    fn the_last_to_let_go_decides_and_whoever_says_nothing_keeps() {
        let rules = [rule(Some(ONE), None, 12), rule(Some(TWO), None, 6)];
        let early = closed("transfer", "2026-01-31T12:00:00Z", &[ONE, TWO]);
        let late = closed("transfer", "2026-08-31T12:00:00Z", &[TWO]);
        let until = |referrals: &[Closed]| match kept_until(&rules, referrals, Calendar::default()) {
            Some(Verdict::Until { at, agency, .. }) => (at.to_rfc3339(), agency),
            other => panic!("{other:?}"),
        };
        // To the end of the same-numbered day in Oslo, or of the month's last.
        assert_eq!(
            until(std::slice::from_ref(&early)),
            ("2027-01-31T22:59:59+00:00".to_owned(), ONE)
        );
        assert_eq!(
            until(&[early.clone(), late.clone()]),
            ("2027-02-28T22:59:59+00:00".to_owned(), TWO)
        );
        let silent = closed("transfer", "2026-01-31T12:00:00Z", &[AgencyId(Uuid::from_u128(3))]);
        assert_eq!(
            kept_until(&rules, &[early, silent], Calendar::default()),
            Some(Verdict::ForGood {
                agency: AgencyId(Uuid::from_u128(3))
            })
        );
        assert_eq!(kept_until(&rules, &[], Calendar::default()), None);
    }

    #[test]
    fn a_rule_has_a_workflow_that_exists_once_months_and_a_ground() {
        let mut bad = rule(None, Some("no-such"), 0);
        bad.legal_ref = " ".to_owned();
        let twice = rule(None, Some("no-such"), 1_201);
        let told: Vec<_> = faults(&[bad, twice], |workflow| workflow == "transfer")
            .into_iter()
            .map(|fault| (fault.pointer, fault.code))
            .collect();
        let expected = [
            ("/rules/0/months", "out-of-range"),
            ("/rules/0/legalRef", "required"),
            ("/rules/0/workflow", "unknown-code"),
            ("/rules/1/months", "out-of-range"),
            ("/rules/1/workflow", "unknown-code"),
            ("/rules/1/workflow", "repeated"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(at, code)| (at.to_owned(), code)).collect();
        assert_eq!(told, expected);
        assert_eq!(
            faults(&[rule(None, None, 1_200), rule(None, Some("transfer"), 1)], |_| true),
            []
        );
    }
}
