//! For whom a workflow is: age, where the youth stays, and residence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::person::{AreaNumber, Subject};
use crate::vocabulary::{Code, Language, ResidenceStatus, Text};

/// For whom a workflow is. Whatever is not known of the youth is no reason to turn them away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// Youngest age in whole years.
    pub min_age: Option<u8>,
    /// Oldest age in whole years.
    pub max_age: Option<u8>,
    /// Staying in one of these municipalities, as four digits; none: anywhere.
    #[serde(default)]
    pub municipalities: Vec<String>,
    /// Or in one of these districts, as six digits.
    #[serde(default)]
    pub districts: Vec<String>,
    /// Being in the country by one of these rights; none: by any or none.
    #[serde(default)]
    pub residence: Vec<ResidenceStatus>,
}

/// In which way somebody is outside the target group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Younger than the youngest.
    TooYoung,
    /// Older than the oldest.
    TooOld,
    /// Staying elsewhere.
    Elsewhere,
    /// In the country by another right.
    Residence,
}

/// In what somebody is outside the target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The field of the person that says so.
    pub field: &'static str,
    /// What to do instead, as far as that follows from it.
    pub why: Why,
    /// For whom it is instead, as it follows on «Dette er for barn og unge …» and “This is for children and young people …”.
    pub range: Text,
}

impl Eligibility {
    /// Whether somebody is within, as far as is known.
    #[must_use]
    pub fn admits(&self, subject: &Subject) -> bool {
        self.excludes(subject).is_none()
    }

    /// In what somebody is known to be outside; the first thing only.
    #[must_use]
    pub fn excludes(&self, subject: &Subject) -> Option<Outside> {
        self.excludes_age(subject.age)
            .or_else(|| self.excludes_stay(subject))
            .or_else(|| self.excludes_residence(subject.residence))
    }

    fn excludes_age(&self, age: Option<u8>) -> Option<Outside> {
        let age = age?;
        let why = match (self.min_age, self.max_age) {
            (Some(min), _) if age < min => Why::TooYoung,
            (_, Some(max)) if age > max => Why::TooOld,
            _ => return None,
        };
        let range = match (self.min_age, self.max_age) {
            (Some(min), Some(max)) => Text::new(format!("fra {min} til {max} år"), format!("aged {min} to {max}")),
            (Some(min), None) => Text::new(format!("fra {min} år"), format!("aged {min} or over")),
            (None, Some(max)) => Text::new(format!("til og med {max} år"), format!("aged {max} or under")),
            (None, None) => return None,
        };
        Some(Outside {
            field: "estimatedAge",
            why,
            range,
        })
    }

    fn excludes_stay(&self, subject: &Subject) -> Option<Outside> {
        let municipality = subject.municipality?;
        if self.municipalities.is_empty() && self.districts.is_empty() {
            return None;
        }
        let is = |area: Option<AreaNumber>, text: &String| area.is_some() && area == AreaNumber::parse(text);
        // A district that nobody has named may be one of these.
        let perhaps = |text: &String| {
            subject.district.is_none() && is(Some(municipality), &text.chars().take(4).collect::<String>())
        };
        let within = self.municipalities.iter().any(|text| is(Some(municipality), text))
            || self
                .districts
                .iter()
                .any(|text| is(subject.district, text) || perhaps(text));
        if within {
            return None;
        }
        let areas: Vec<&str> = self
            .municipalities
            .iter()
            .chain(&self.districts)
            .map(String::as_str)
            .collect();
        let areas = areas.join(", ");
        Some(Outside {
            field: "whereabouts",
            why: Why::Elsewhere,
            range: Text::new(
                format!("som oppholder seg i disse kommunene eller bydelene: {areas}"),
                format!("staying in these municipalities or districts: {areas}"),
            ),
        })
    }

    fn excludes_residence(&self, residence: Option<ResidenceStatus>) -> Option<Outside> {
        let residence = residence?;
        if self.residence.is_empty() || self.residence.contains(&residence) {
            return None;
        }
        let words = |language| {
            let words: Vec<_> = self.residence.iter().map(|status| status.title(language)).collect();
            words.join(", ")
        };
        Some(Outside {
            field: "residenceStatus",
            why: Why::Residence,
            range: Text::new(
                format!("med en av disse oppholdsstatusene: {}", words(Language::Nb)),
                format!("with one of these residence statuses: {}", words(Language::En)),
            ),
        })
    }

    /// What is wrong with it as written.
    pub(super) fn faults(&self) -> Vec<(String, Text)> {
        let mut faults = Vec::new();
        if let (Some(min), Some(max)) = (self.min_age, self.max_age)
            && min > max
        {
            faults.push((
                "eligibility".to_owned(),
                Text::new(
                    format!("Ingen er både {min} år eller eldre og {max} år eller yngre: den er ikke for noen."),
                    format!("Nobody is both {min} or over and {max} or under: it is for nobody."),
                ),
            ));
        }
        for (areas, digits) in [(&self.municipalities, 4), (&self.districts, 6)] {
            for area in areas {
                if area.len() != digits || AreaNumber::parse(area).is_none() {
                    faults.push((
                        area.clone(),
                        Text::new(
                            format!("{area:?} er ikke et nummer på {digits} sifre: ingen kunne oppholde seg der."),
                            format!("{area:?} is not a number of {digits} digits: nobody could stay there."),
                        ),
                    ));
                }
            }
        }
        if self.residence.contains(&ResidenceStatus::Unknown) {
            faults.push((
                "unknown".to_owned(),
                Text::new(
                    "Ukjent oppholdsstatus er alltid innenfor: ta den bort.",
                    "An unknown residence status is always eligible: leave it out.",
                ),
            ));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(age: Option<u8>, stays: &[&str], residence: Option<ResidenceStatus>) -> Subject {
        let area = |index: usize| stays.get(index).and_then(|text| AreaNumber::parse(text));
        Subject {
            present: true,
            age,
            municipality: area(0),
            district: area(1),
            residence,
            ..Subject::default()
        }
    }

    #[test]
    fn what_is_not_known_never_turns_anybody_away() {
        let narrow = Eligibility {
            min_age: Some(15),
            max_age: Some(17),
            municipalities: vec!["3201".into()],
            districts: vec!["030102".into()],
            residence: vec![ResidenceStatus::AsylumSeeker],
        };
        assert!(narrow.admits(&subject(None, &[], None)));
        assert!(narrow.admits(&subject(Some(16), &["3201"], None)));
        assert!(narrow.admits(&subject(
            Some(16),
            &["0301", "030102"],
            Some(ResidenceStatus::AsylumSeeker)
        )));
        // Oslo without a district: it may be the right one.
        assert!(narrow.admits(&subject(None, &["0301"], None)));
        let why = |age| {
            narrow
                .excludes(&subject(Some(age), &[], None))
                .map(|outside| outside.why)
        };
        assert_eq!((why(14), why(18)), (Some(Why::TooYoung), Some(Why::TooOld)));
        let outside = |subject: &Subject| narrow.excludes(subject).map(|outside| outside.field);
        assert_eq!(outside(&subject(Some(18), &["4601"], None)), Some("estimatedAge"));
        assert_eq!(outside(&subject(Some(16), &["4601"], None)), Some("whereabouts"));
        assert_eq!(
            outside(&subject(Some(16), &["0301", "030103"], None)),
            Some("whereabouts")
        );
        assert_eq!(
            outside(&subject(None, &[], Some(ResidenceStatus::Permit))),
            Some("residenceStatus")
        );
    }

    #[test]
    fn an_area_number_reads_back_as_itself() {
        for number in ["0301", "030102", "3201", "0000"] {
            assert_eq!(AreaNumber::parse(number).unwrap().to_string(), number);
        }
        for wrong in ["", "301", "03010", "+301", "Oslo", "03 1", "0301021"] {
            assert_eq!(AreaNumber::parse(wrong), None, "{wrong}");
        }
    }
}
