//! What comes into a decision: the command, and everything that the pure core cannot know by itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::agency::{Agencies, AgencyId, ReferralId, UserId};
use crate::agreement::Agreement;
use crate::calendar::Calendar;
use crate::content::Outline;
use crate::definition::TEXT_MAX;
use crate::disclosure::{self, Fields};
use crate::event::Event;
use crate::person::{Subject, check_text};
use crate::policy::Actor;
use crate::reference::Reference;
use crate::refusal::FieldError;
use crate::vocabulary::{Action, ConsentGiver, LegalBasisCode, Urgency};

/// An action on a referral, as the caller gave it. The input is checked against the definition, after party and state.
#[derive(Debug, Clone)]
pub struct Command {
    /// What to do.
    pub action: Action,
    /// What the transition asks for.
    pub input: Map<String, Value>,
    /// A free remark beside it.
    pub note: Option<String>,
}

/// What a decision is taken in: time, identity and facts, all brought in from outside.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Now, truncated to microseconds.
    pub now: DateTime<Utc>,
    /// A fresh UUIDv7; the ids of all that the decision creates are derived from it.
    pub id: Uuid,
    /// Who asks.
    pub actor: &'a Actor,
    /// What the rules must know of the youth.
    pub subject: Subject,
    /// What is said of the situation.
    pub outline: Outline,
    /// What may flow to whom.
    pub disclosure: &'a disclosure::Table,
    /// The referral's parties and whatever agency the input names.
    pub agencies: &'a Agencies,
    /// The person whom the input names, if it names one.
    pub colleague: Option<&'a Colleague>,
    /// The municipality that decides when the services disagree, if one is set up.
    pub coordinator: Option<AgencyId>,
    /// The referral's log; needed to undo, and else empty.
    pub history: &'a [Event],
    /// What the agencies have agreed between them, as far as it has been approved; also what is over.
    pub agreements: &'a [Agreement],
    /// Holidays and working days.
    pub calendar: &'a Calendar,
}

/// A person who may be made responsible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Who.
    pub user: UserId,
    /// Where they do casework.
    pub agencies: Vec<AgencyId>,
}

/// A referral about to be written.
#[derive(Debug, Clone)]
pub struct NewReferral {
    /// Its id; a client may have made it.
    pub id: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// The sender, by slug or id.
    pub sender: String,
    /// What else the draft says.
    pub draft: DraftTerms,
    /// Whether it is sent at once.
    pub send: bool,
}

/// What a draft says of its hand-off; everything may still be missing.
#[derive(Debug, Clone)]
pub struct DraftTerms {
    /// How urgent.
    pub urgency: Urgency,
    /// The receiver, by slug or id.
    pub receiver: Option<String>,
    /// The legal basis.
    pub basis: Option<LegalBasis>,
}

/// Why the sender may tell the receiver: a code, always with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegalBasis {
    /// The basis.
    pub code: LegalBasisCode,
    /// Why it applies here.
    pub reason: String,
    /// Who consented to what, when the basis is consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
}

/// A consent. At what age a youth may give it alone is not in statute: the age is recorded, not judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consent {
    /// Who gave it.
    pub by: ConsentGiver,
    /// How old the youth was, in whole years.
    pub age: u8,
    /// To what.
    pub scope: String,
    /// To telling what, in codes; where it is not said, to all that the legal basis lets flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Fields>,
}

impl LegalBasis {
    /// What a consent covers, where it says so in codes.
    #[must_use]
    pub fn covers(&self) -> Option<Fields> {
        self.consent.as_ref()?.covers
    }

    /// What is wrong with it by itself, with pointers below `at`.
    #[must_use]
    pub fn check(&self, at: &str) -> Vec<FieldError> {
        let mut faults: Vec<FieldError> = check_text(&format!("{at}/reason"), &self.reason, TEXT_MAX)
            .into_iter()
            .collect();
        match (&self.consent, self.code) {
            (Some(consent), LegalBasisCode::Consent) => {
                faults.extend(check_text(&format!("{at}/consent/scope"), &consent.scope, TEXT_MAX));
                if consent.age > 120 {
                    faults.push(FieldError::new(
                        format!("{at}/consent/age"),
                        "out-of-range",
                        "Alderen må være fra 0 til 120 år.",
                        "The age must be 0 to 120 years.",
                    ));
                }
            }
            (None, LegalBasisCode::Consent) => faults.push(FieldError::new(
                format!("{at}/consent"),
                "required",
                "Skriv hvem som samtykket, den unges alder og til hva.",
                "Say who consented, the youth's age, and to what.",
            )),
            (Some(_), _) => faults.push(FieldError::new(
                format!("{at}/consent"),
                "unexpected",
                "Samtykke hører bare til rettsgrunnlaget samtykke.",
                "Consent belongs to the legal basis consent only.",
            )),
            (None, _) => {}
        }
        faults
    }
}
