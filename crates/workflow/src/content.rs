//! What the sender tells of the youth's situation. Personal data: it lies beside the referral, never in its log, and the
//! relay's rules only ask whether it is there.

use serde::{Deserialize, Serialize};

use crate::definition::TEXT_MAX;
use crate::person::check_text;
use crate::refusal::FieldError;
use crate::vocabulary::Need;

/// What a referral says, apart from who it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// What the youth needs.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// What has happened; a draft may lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Who of the family has been told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub informed: Option<Informed>,
}

/// Whether the youth and the guardians know of the referral, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Informed {
    /// Whether the youth knows.
    pub youth: bool,
    /// Whether the guardians know.
    pub guardians: bool,
    /// Why not, where somebody does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the relay's rules must know of the situation: what is said, never what it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outline {
    /// Whether a need is named.
    pub needs: bool,
    /// Whether it is said what has happened.
    pub summary: bool,
    /// Who has been told, if that is said.
    pub informed: Option<InformedOutline>,
}

/// Who has been told, and whether a reason is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InformedOutline {
    /// Whether the youth knows.
    pub youth: bool,
    /// Whether the guardians know.
    pub guardians: bool,
    /// Whether it is said why somebody does not.
    pub reason: bool,
}

impl Content {
    /// What the relay's rules must know.
    #[must_use]
    pub fn outline(&self) -> Outline {
        Outline {
            needs: !self.needs.is_empty(),
            summary: self.summary.is_some(),
            informed: self.informed.as_ref().map(|informed| InformedOutline {
                youth: informed.youth,
                guardians: informed.guardians,
                reason: informed.reason.is_some(),
            }),
        }
    }

    /// What is wrong with it, with pointers from the body's root.
    #[must_use]
    pub fn check(&self) -> Vec<FieldError> {
        let summary = self
            .summary
            .as_ref()
            .and_then(|summary| check_text("/summary", summary, SUMMARY_MAX));
        let reason = self
            .informed
            .as_ref()
            .and_then(|informed| informed.reason.as_ref())
            .and_then(|reason| check_text("/informed/reason", reason, TEXT_MAX));
        summary.into_iter().chain(reason).collect()
    }
}

/// The longest account of what has happened, in characters.
pub const SUMMARY_MAX: usize = 20_000;
