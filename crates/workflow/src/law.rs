//! The rules of law behind limits and legal bases, as data with the time in which each holds.
//!
//! Statutes move. So no limit names a paragraph that is not in the register, a definition's clock says from and until when
//! it counts, and whoever is shown a deadline can be told what the rule says. Stafett shows; it gives no legal advice.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

use crate::vocabulary::Text;

/// One rule of law, as it reads in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalRule {
    /// The rule's id in the register, kebab-case; it outlives a renumbering of the statute.
    pub id: String,
    /// Where it stands: `bvl § 2-1`.
    pub legal_ref: String,
    /// What it is about.
    pub title: Text,
    /// What it asks, in plain words.
    pub text: Text,
    /// When it holds.
    pub validity: Validity,
}

/// From and until when something holds, whole days in Oslo; an open end is unbounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validity {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

impl Validity {
    /// Whether it holds on `day`.
    ///
    /// ```
    /// use stafett_workflow::law::Validity;
    ///
    /// let until_new_year = Validity { from: None, to: "2026-12-31".parse().ok() };
    /// assert!(until_new_year.holds_on("2026-12-31".parse()?));
    /// assert!(!until_new_year.holds_on("2027-01-01".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The first day within `within` on which none of `periods` holds; [`NaiveDate::MIN`] when that is from the beginning of
/// time.
#[must_use]
pub fn first_gap(periods: &[Validity], within: Validity) -> Option<NaiveDate> {
    let mut day = within.from.unwrap_or(NaiveDate::MIN);
    loop {
        if within.to.is_some_and(|to| day > to) {
            return None;
        }
        let holding = periods.iter().filter(|period| period.holds_on(day));
        let last = holding.map(|period| period.to.unwrap_or(NaiveDate::MAX)).max();
        match last {
            None => return Some(day),
            Some(last) => day = last.succ_opt()?,
        }
    }
}

/// A TOML date, without a time of day.
pub(crate) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    let written = Datetime::deserialize(deserializer)?;
    written
        .date
        .filter(|_| written.time.is_none())
        .and_then(|date| NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day)))
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom("write a date, such as 2026-01-01"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    legal_ref: String,
    title: Text,
    text: Text,
    #[serde(default, deserialize_with = "date")]
    valid_from: Option<NaiveDate>,
    #[serde(default, deserialize_with = "date")]
    valid_to: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    rules: Vec<RawRule>,
}

fn read(source: &str) -> Result<Vec<LegalRule>, toml::de::Error> {
    let register: Register = toml::from_str(source)?;
    Ok(register
        .rules
        .into_iter()
        .map(|raw| LegalRule {
            id: raw.id,
            legal_ref: raw.legal_ref,
            title: raw.title,
            text: raw.text,
            validity: Validity {
                from: raw.valid_from,
                to: raw.valid_to,
            },
        })
        .collect())
}

/// Every rule, in the order of the register.
///
/// ```
/// let review = stafett_workflow::law::rules().iter().find(|rule| rule.legal_ref == "bvl § 2-1").unwrap();
/// assert!(review.text.nb.contains("én uke"));
/// ```
#[must_use]
pub fn rules() -> &'static [LegalRule] {
    static RULES: LazyLock<Vec<LegalRule>> = LazyLock::new(|| {
        // The register ships with the program, and a test reads it: it cannot fail in a built one.
        read(include_str!("../law/norway.toml")).unwrap_or_default()
    });
    &RULES
}

/// What stands at `legal_ref` on `day`, if anything does.
#[must_use]
pub fn rule_at(legal_ref: &str, day: NaiveDate) -> Option<&'static LegalRule> {
    versions(legal_ref).find(|rule| rule.validity.holds_on(day))
}

/// The first day on which a limit that counts in `within` would name a rule that does not hold. A limit with an open start
/// counts from when its rule does.
#[must_use]
pub fn first_day_without_rule(legal_ref: &str, within: Validity) -> Option<NaiveDate> {
    let periods: Vec<Validity> = versions(legal_ref).map(|rule| rule.validity).collect();
    let since = periods.iter().map(|period| period.from.unwrap_or(NaiveDate::MIN)).min();
    let from = within.from.or(since);
    first_gap(&periods, Validity { from, ..within })
}

/// Every wording that stood or stands at `legal_ref`.
pub fn versions(legal_ref: &str) -> impl Iterator<Item = &'static LegalRule> {
    rules().iter().filter(move |rule| rule.legal_ref == legal_ref)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{Code, LegalBasisCode};

    #[test]
    fn the_register_reads() {
        assert_eq!(read(include_str!("../law/norway.toml")).unwrap(), rules());
        assert!(!rules().is_empty());
    }

    #[test]
    fn no_two_wordings_hold_at_once() {
        for (index, one) in rules().iter().enumerate() {
            for other in rules().iter().skip(index + 1) {
                if one.legal_ref != other.legal_ref && one.id != other.id {
                    continue;
                }
                let days = [one, other].map(|rule| (rule.validity.from, rule.validity.to));
                let apart = matches!(days, [(_, Some(end)), (Some(start), _)] | [(Some(start), _), (_, Some(end))] if end < start);
                assert!(apart, "{} and {} overlap", one.id, other.id);
            }
        }
    }

    #[test]
    fn a_gap_is_found_wherever_it_is() {
        let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
        let period = |from, to| Validity { from, to };
        let always = Validity::default();
        let old = period(None, day("2026-12-31"));
        let new = period(day("2027-01-01"), None);
        assert_eq!(first_gap(&[], always), Some(NaiveDate::MIN));
        assert_eq!(first_gap(&[always], always), None);
        assert_eq!(first_gap(&[old, new], always), None);
        assert_eq!(first_gap(&[new, old], always), None);
        assert_eq!(first_gap(&[old], always), day("2027-01-01"));
        assert_eq!(first_gap(&[new], always), Some(NaiveDate::MIN));
        assert_eq!(first_gap(&[new], new), None);
        assert_eq!(
            first_gap(&[old, period(day("2027-01-03"), None)], always),
            day("2027-01-01")
        );
        assert_eq!(first_gap(&[old], old), None);
    }

    #[test]
    fn a_limit_needs_its_rule_for_as_long_as_it_counts() {
        let ended = Validity {
            from: None,
            to: "2022-12-31".parse().ok(),
        };
        assert_eq!(first_day_without_rule("bvl § 2-1", Validity::default()), None);
        assert_eq!(first_day_without_rule("bvl § 2-1", ended), None);
        assert!(first_day_without_rule("bvl § 99-1", Validity::default()).is_some());
    }

    #[test]
    fn every_legal_basis_names_rules_of_the_register() {
        for basis in LegalBasisCode::ALL {
            for legal_ref in basis.reference().split("; ") {
                assert!(versions(legal_ref).next().is_some(), "{basis} names {legal_ref}");
            }
        }
    }

    #[test]
    fn a_date_with_a_time_is_refused() {
        let source = include_str!("../law/norway.toml").replacen("2023-01-01", "2023-01-01T12:00:00", 1);
        let error = read(&source).unwrap_err();
        assert!(error.message().contains("write a date"), "{error}");
    }
}
