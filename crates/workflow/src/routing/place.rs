//! Where the youth stays, and who serves that place.

use serde::{Deserialize, Serialize};

use super::Table;
use crate::person::Whereabouts;
use crate::vocabulary::Text;

/// What kind of place it is, as a rule can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// A district of the table's municipality with services of its own.
    District,
    /// An area of it without, or the municipality with no district named: another district serves it.
    Assigned,
    /// Another municipality.
    OtherMunicipality,
    /// Nobody knows. The youth is met here, so here is where help begins.
    Unknown,
}

impl PlaceKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::District, Self::Assigned, Self::OtherMunicipality, Self::Unknown];

    /// As it is written in a table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::Assigned => "assigned",
            Self::OtherMunicipality => "other-municipality",
            Self::Unknown => "unknown",
        }
    }
}

/// A place, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What kind.
    pub kind: PlaceKind,
    /// The municipality that serves it, four digits.
    pub municipality: String,
    /// The district that serves it, six digits; none in another municipality.
    pub district: Option<String>,
    /// What it is called.
    pub name: Text,
    /// The name of the district that serves it in place of its own.
    pub served_by: Option<String>,
}

impl Table {
    /// Which place that is, and who serves it.
    ///
    /// A child is helped where it stays (bvl § 15-4), not where it is registered. Whoever stays nobody knows where is in
    /// the table's municipality, for that is where they were met.
    #[must_use]
    pub fn place(&self, stays: Option<&Whereabouts>) -> Place {
        let Some(stays) = stays else {
            return self.elsewhere(PlaceKind::Unknown, Text::new("ukjent oppholdssted", "an unknown place"));
        };
        if stays.municipality != self.municipality {
            return Place {
                kind: PlaceKind::OtherMunicipality,
                municipality: stays.municipality.clone(),
                district: None,
                name: Text::new(
                    format!("kommune {}", stays.municipality),
                    format!("municipality {}", stays.municipality),
                ),
                served_by: None,
            };
        }
        let Some(code) = &stays.district else {
            let name = Text::new(
                format!("{}, ukjent bydel", self.municipality_name),
                format!("{}, unknown district", self.municipality_name),
            );
            return self.elsewhere(PlaceKind::Assigned, name);
        };
        if let Some(district) = self.districts.iter().find(|district| district.code == *code) {
            return Place {
                kind: PlaceKind::District,
                municipality: self.municipality.clone(),
                district: Some(code.clone()),
                name: Text::new(&district.name, &district.name),
                served_by: None,
            };
        }
        match self.assigned.iter().find(|assigned| assigned.district == *code) {
            Some(assigned) => Place {
                kind: PlaceKind::Assigned,
                municipality: self.municipality.clone(),
                served_by: Some(self.district_name(&assigned.served_by)),
                district: Some(assigned.served_by.clone()),
                name: assigned.name.clone(),
            },
            None => self.elsewhere(
                PlaceKind::Assigned,
                Text::new(format!("ukjent bydel {code}"), format!("unknown district {code}")),
            ),
        }
    }

    /// Somewhere in the municipality; whoever serves those without an address serves them too.
    fn elsewhere(&self, kind: PlaceKind, name: Text) -> Place {
        let serving = self
            .assigned
            .iter()
            .find(|assigned| assigned.otherwise)
            .map(|assigned| assigned.served_by.clone());
        Place {
            kind,
            municipality: self.municipality.clone(),
            served_by: serving.as_deref().map(|code| self.district_name(code)),
            district: serving,
            name,
        }
    }

    fn district_name(&self, code: &str) -> String {
        let found = self.districts.iter().find(|district| district.code == code);
        found.map_or_else(|| code.to_owned(), |district| district.name.clone())
    }
}
