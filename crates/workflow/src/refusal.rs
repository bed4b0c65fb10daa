//! Why a command was refused, in words that a person can act on. A refusal changes nothing.

use crate::vocabulary::{Language, Text, codes};

/// What kind of refusal it is; they are tried in this order, so that nobody learns more than they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefusalKind {
    /// The referral does not exist for this person.
    Hidden,
    /// They may see it, but this is not theirs to do.
    Party,
    /// It cannot be done now.
    State,
    /// What was said is not enough, or not right.
    Input,
}

codes! {
    /// The rule that refused; stable, and each has a page in the documentation.
    Rule, "rule" {
        NotFound = "not-found", "Finnes ikke", "Not found";
        NotYours = "not-yours", "Ikke ditt å gjøre", "Not yours to do";
        ActionNotAllowedNow = "action-not-allowed-now", "Kan ikke gjøres nå", "Not possible now";
        NothingToUndo = "nothing-to-undo", "Ingenting å angre", "Nothing to undo";
        Disputed = "allocation-disputed", "Ansvaret er ikke avgjort", "The allocation is disputed";
        NoCoordinator = "no-coordinator", "Ingen koordinator", "No coordinator";
        NotADraft = "not-a-draft", "Ikke lenger en kladd", "No longer a draft";
        InvalidInput = "invalid-input", "Ugyldige opplysninger", "Invalid input";
        SenderNotAdmitted = "sender-not-admitted", "Avsender kan ikke bruke denne arbeidsflyten", "The sender may not use this workflow";
        ReceiverNotAdmitted = "receiver-not-admitted", "Mottakeren kan ikke ta imot denne", "The receiver may not receive this";
        LegalBasisNotAdmitted = "legal-basis-not-admitted", "Rettsgrunnlaget kan ikke brukes her", "The legal basis is not admitted here";
        LegalBasisDoesNotCover = "legal-basis-does-not-cover", "Rettsgrunnlaget dekker ikke dette", "The legal basis does not cover this";
        NotDisclosable = "disclosure-not-admitted", "Kan ikke deles", "May not be shared";
        ConsentWithdrawn = "consent-withdrawn", "Samtykket er trukket tilbake", "The consent was withdrawn";
        NotEligible = "not-eligible", "Utenfor målgruppen", "Outside the target group";
        CaseNotOpen = "case-not-open", "Saken er ikke åpen", "The case is not open";
        CaseStillActive = "case-still-active", "En formidling i saken er ikke avsluttet", "A referral of the case has not ended";
        AlreadyInCase = "already-in-case", "Formidlingen ligger allerede i en sak", "The referral is in a case already";
        UnknownWorkflow = "unknown-workflow", "Ukjent arbeidsflyt", "Unknown workflow";
    }
}

impl Rule {
    /// The kind of refusal that this rule makes.
    #[must_use]
    pub const fn kind(self) -> RefusalKind {
        match self {
            Self::NotFound => RefusalKind::Hidden,
            Self::NotYours => RefusalKind::Party,
            Self::ActionNotAllowedNow
            | Self::NothingToUndo
            | Self::Disputed
            | Self::NoCoordinator
            | Self::CaseNotOpen
            | Self::CaseStillActive
            | Self::AlreadyInCase
            | Self::ConsentWithdrawn
            | Self::NotADraft => RefusalKind::State,
            Self::InvalidInput
            | Self::SenderNotAdmitted
            | Self::ReceiverNotAdmitted
            | Self::LegalBasisNotAdmitted
            | Self::LegalBasisDoesNotCover
            | Self::NotDisclosable
            | Self::NotEligible
            | Self::UnknownWorkflow => RefusalKind::Input,
        }
    }
}

/// A refused command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", rule.as_str(), detail.en)]
pub struct Refusal {
    /// Which rule.
    pub rule: Rule,
    /// What is wrong and what to do.
    pub detail: Text,
    /// The fields that are at fault, for a refusal of the kind [`RefusalKind::Input`].
    pub fields: Vec<FieldError>,
}

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where, as a JSON pointer (RFC 6901) into the request's body.
    pub pointer: String,
    /// What kind of fault, kebab-case and stable.
    pub code: &'static str,
    /// What is wrong and what to do. Never repeats the value.
    pub detail: Text,
}

impl FieldError {
    /// A fault of one field.
    pub fn new(pointer: impl Into<String>, code: &'static str, nb: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            detail: Text::new(nb, en),
        }
    }

    /// A field that must be given.
    pub fn required(pointer: impl Into<String>) -> Self {
        Self::new(pointer, "required", "Må fylles ut.", "Must be given.")
    }
}

impl Refusal {
    /// A refusal without a field.
    pub fn new(rule: Rule, nb: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            rule,
            detail: Text::new(nb, en),
            fields: Vec::new(),
        }
    }

    /// A refusal of one field: the field's fault is the whole reason.
    #[must_use]
    pub fn of_field(rule: Rule, field: FieldError) -> Self {
        Self {
            rule,
            detail: field.detail.clone(),
            fields: vec![field],
        }
    }

    /// A refusal of several fields.
    #[must_use]
    pub fn of_fields(fields: Vec<FieldError>) -> Self {
        let detail = match fields.as_slice() {
            [only] => only.detail.clone(),
            several => Text::new(
                format!("{} felt må rettes.", several.len()),
                format!("{} fields must be corrected.", several.len()),
            ),
        };
        Self {
            rule: Rule::InvalidInput,
            detail,
            fields,
        }
    }

    /// Something that this person may not know of, or that does not exist: the same answer for both.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            Rule::NotFound,
            "Det finnes ikke noe her som du har tilgang til.",
            "There is nothing here that you have access to.",
        )
    }

    /// The explanation in one language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        self.detail.in_language(language)
    }
}
