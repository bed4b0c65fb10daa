//! Agencies as a situation names them: by slug, or by what they are for the youth.

use serde::{Deserialize, Deserializer};
use stafett_workflow::vocabulary::AgencyKind;

use super::Place;
use crate::demo::world::Agency;

/// An agency, by its slug or by what it is for the youth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// The district or municipality where the youth is staying.
    Local,
    /// The child welfare there.
    LocalChildWelfare,
    /// A district or municipality where the youth is not.
    Elsewhere,
    /// The child welfare there.
    ElsewhereChildWelfare,
    /// This one.
    Named(String),
}

impl Whom {
    /// The right kind in the wrong place, where there is one.
    #[must_use]
    pub const fn misdirected(&self) -> Option<Self> {
        match self {
            Self::Local => Some(Self::Elsewhere),
            Self::LocalChildWelfare => Some(Self::ElsewhereChildWelfare),
            Self::Elsewhere | Self::ElsewhereChildWelfare | Self::Named(_) => None,
        }
    }

    /// Whether `agency` is meant, for somebody who is staying at `place`.
    #[must_use]
    pub fn means(&self, agency: &Agency, place: &Place) -> bool {
        let kinds: &[AgencyKind] = match self {
            Self::Named(slug) => return agency.facts.slug == *slug,
            Self::Local | Self::Elsewhere if place.district.is_some() => &[AgencyKind::District],
            Self::Local | Self::Elsewhere => &[AgencyKind::District, AgencyKind::Municipality],
            Self::LocalChildWelfare | Self::ElsewhereChildWelfare => &[AgencyKind::ChildWelfare],
        };
        // Those without a district of their own in Oslo serve the whole city, and are nobody's local office.
        let serves_a_place = agency.district.is_some() || agency.municipality.as_deref() != Some("0301");
        let here = agency.municipality.as_ref() == Some(&place.municipality) && agency.district == place.district;
        let wanted_here = matches!(self, Self::Local | Self::LocalChildWelfare);
        kinds.contains(&agency.facts.kind) && serves_a_place && here == wanted_here
    }
}

impl<'de> Deserialize<'de> for Whom {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Ok(match text.as_str() {
            "local" => Self::Local,
            "local-child-welfare" => Self::LocalChildWelfare,
            "elsewhere" => Self::Elsewhere,
            "elsewhere-child-welfare" => Self::ElsewhereChildWelfare,
            _ => Self::Named(text),
        })
    }
}
