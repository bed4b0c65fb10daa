//! From the errors of the inner rooms to problems: which status each gets is written here and nowhere else.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header;
use stafett_store::StoreError;
use stafett_store::referrals::Held;
use stafett_workflow::agency::{CaseId, ReferralId};
use stafett_workflow::policy::Verdict;
use stafett_workflow::refusal::{Refusal, RefusalKind, Rule};
use stafett_workflow::vocabulary::{Code, Language, Text};

use super::{ErrorCode, Inner, Problem};
use crate::app::AppError;
use crate::files::{FileFault, FilesError};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.rule.kind() {
            // Word for word the answer to an id that never existed.
            RefusalKind::Hidden => return Self::not_found(),
            RefusalKind::Party => StatusCode::FORBIDDEN,
            RefusalKind::State => StatusCode::CONFLICT,
            RefusalKind::Input => StatusCode::UNPROCESSABLE_ENTITY,
        };
        if refusal.rule == Rule::InvalidInput {
            return Self::new(ErrorCode::InvalidInput)
                .with_detail(refusal.detail)
                .with_errors(refusal.fields);
        }
        Self(Box::new(Inner {
            status,
            code: refusal.rule.as_str(),
            title: Text::new(refusal.rule.title(Language::Nb), refusal.rule.title(Language::En)),
            detail: refusal.detail,
            errors: refusal.fields,
            extensions: Vec::new(),
            headers: Vec::new(),
            cause: None,
        }))
    }
}

impl From<Verdict> for Problem {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Hidden => Self::not_found(),
            Verdict::Forbidden => Self::new(ErrorCode::Forbidden),
            Verdict::Allowed => Self::internal("a refusal was made of a verdict that allows"),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let soon = Duration::from_secs(1);
        match error {
            StoreError::Conflict { .. } => Self::new(ErrorCode::Conflict).because(error),
            StoreError::Busy(_) | StoreError::Unavailable(_) => {
                Self::new(ErrorCode::Unavailable).retry_after(soon).because(error)
            }
            StoreError::NotLogged(_) => Self::new(ErrorCode::LookNotLogged).retry_after(soon).because(error),
            StoreError::Erased => Self::new(ErrorCode::Erased),
            StoreError::Uncertain(_) => Self::new(ErrorCode::OutcomeUnknown).retry_after(soon).because(error),
            StoreError::Setup(_)
            | StoreError::Vault(_)
            | StoreError::Newer { .. }
            | StoreError::Refused { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Statement(_) => Self::internal(error),
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let code = match error {
            AppError::Refused(refusal) => return refusal.into(),
            AppError::Denied(verdict) => return verdict.into(),
            AppError::Store(error) => return error.into(),
            AppError::Internal(cause) => return Self::internal(cause),
            AppError::Fields(fields) => return Self::new(ErrorCode::InvalidInput).with_errors(fields),
            AppError::Stale { referral, current } => {
                return Self::new(ErrorCode::StaleVersion).pointing_to(referral, current);
            }
            AppError::StaleAt { place, current } => {
                return Self::new(ErrorCode::StaleVersion).pointing_at(&place, current);
            }
            AppError::AlreadyStoredAt { place, current } => {
                return Self::new(ErrorCode::AlreadyStored).pointing_at(&place, current);
            }
            AppError::AgencyInUse(held) => return Self::new(ErrorCode::AgencyInUse).with_detail(in_use(held)),
            AppError::OnlySystemAdmin(fields) => return Self::new(ErrorCode::OnlySystemAdmin).with_errors(fields),
            AppError::OwnRoles(fields) => return Self::new(ErrorCode::OwnRoles).with_errors(fields),
            AppError::LastAdministrator => ErrorCode::LastAdministrator,
            AppError::StaleCase { case, current } => {
                return Self::new(ErrorCode::StaleVersion).pointing_to_case(case, current);
            }
            AppError::AlreadyStored { referral, current } => {
                return Self::new(ErrorCode::AlreadyStored).pointing_to(referral, current);
            }
            AppError::File(fault) => return file(fault),
            AppError::AttachmentStored { referral, attachment } => {
                return Self::new(ErrorCode::AlreadyStored).with_extension(
                    "current",
                    format!("/api/v1/referrals/{referral}/attachments/{attachment}"),
                );
            }
            AppError::Files(error @ FilesError::Store(_)) => {
                return Self::new(ErrorCode::Unavailable)
                    .retry_after(Duration::from_secs(5))
                    .because(error);
            }
            AppError::Files(error) => return Self::internal(error),
            AppError::StillOpen(references) => {
                return Self::new(ErrorCode::StillOpen).with_extension("open", references);
            }
            AppError::ReasonMissing => ErrorCode::LookReasonRequired,
            AppError::OthersTakePart => ErrorCode::OthersTakePart,
            AppError::LegalHold => ErrorCode::LegalHold,
            AppError::TooManyFiles(_) => ErrorCode::TooManyFiles,
            AppError::Late => ErrorCode::RequestTimeout,
            AppError::Broken => ErrorCode::MalformedRequest,
            AppError::KeyInProgress => {
                return Self::new(ErrorCode::IdempotencyInProgress).retry_after(Duration::from_secs(1));
            }
            AppError::TooManyTests(wait) => {
                return Self::new(ErrorCode::TooManyAttempts)
                    .retry_after(wait)
                    .with_detail(Text::new(
                        "Enheten har fått mange prøvemeldinger på kort tid. Vent litt før du prøver igjen.",
                        "The agency has had many test mails in a short time. Wait a little before you try again.",
                    ));
            }
            AppError::TooManyAttempts(wait) => return Self::new(ErrorCode::TooManyAttempts).retry_after(wait),
            AppError::PreconditionMissing => ErrorCode::PreconditionRequired,
            AppError::Erased => ErrorCode::Erased,
            AppError::Taken => ErrorCode::Conflict,
            AppError::InHand => ErrorCode::InHand,
            AppError::KeyReused => ErrorCode::IdempotencyKeyReused,
            AppError::Cursor => ErrorCode::InvalidCursor,
            AppError::Credentials => ErrorCode::InvalidCredentials,
            AppError::RefreshToken => ErrorCode::InvalidRefreshToken,
        };
        Self::new(code)
    }
}

/// Why a file is not taken, and what to do instead.
fn file(fault: FileFault) -> Problem {
    let (code, nb, en) = match fault {
        FileFault::KindNotTaken => (
            ErrorCode::UnsupportedMediaType,
            "Det som tas imot, er bilder (JPEG, PNG, WebP), PDF, ren tekst og tekstdokumenter (DOCX, ODT). Lagre filen som en av \
             dem, og si hvilken i Content-Type.",
            "What is taken are pictures (JPEG, PNG, WebP), PDF, plain text and text documents (DOCX, ODT). Save the file as one of \
             them, and say which in Content-Type.",
        ),
        FileFault::TooLarge => (
            ErrorCode::BodyTooLarge,
            "Filen er større enn det som tas imot. Gjør bildet mindre, eller del dokumentet.",
            "The file is larger than what is taken. Make the picture smaller, or split the document.",
        ),
        FileFault::Empty => (
            ErrorCode::FileNotTaken,
            "Filen er tom. Velg en annen.",
            "The file is empty. Choose another.",
        ),
        FileFault::NotWhatItSays => (
            ErrorCode::FileNotTaken,
            "Innholdet er av et annet slag enn det filen sier. Åpne den, lagre den på nytt i riktig format, og prøv igjen.",
            "What is in it is of another kind than it says. Open it, save it anew in the right format and try again.",
        ),
        FileFault::Broken => (
            ErrorCode::FileNotTaken,
            "Filen kan ikke leses; den er skadet eller ikke hel. Åpne den, lagre den på nytt, og prøv igjen.",
            "The file cannot be read; it is damaged or not whole. Open it, save it anew and try again.",
        ),
        FileFault::Bomb => (
            ErrorCode::FileNotTaken,
            "Filen blir urimelig stor når den åpnes. Lagre bildet mindre, eller dokumentet som PDF.",
            "The file grows beyond measure when it is opened. Save the picture smaller, or the document as PDF.",
        ),
        FileFault::Macros => (
            ErrorCode::FileNotTaken,
            "Dokumentet inneholder makroer. Lagre det uten dem, eller som PDF.",
            "The document holds macros. Save it without them, or as PDF.",
        ),
    };
    Problem::new(code).with_detail(Text::new(nb, en))
}

/// What an agency that is to be closed still answers for, and what to do about it.
fn in_use(held: Held) -> Text {
    let Held {
        batons,
        handoffs,
        disputes,
    } = held;
    Text::new(
        format!(
            "Enheten har {batons} stafettpinner, {handoffs} åpne overleveringer i innboksen og {disputes} uavklarte \
             ansvarssaker. Fullfør, videresend eller avgjør dem, og prøv på nytt."
        ),
        format!(
            "The agency holds {batons} batons, {handoffs} open hand-offs in its inbox and {disputes} undecided disputes. \
             Complete, forward or decide them, and try again."
        ),
    )
}

impl Problem {
    fn pointing_to_case(self, case: CaseId, current: u32) -> Self {
        self.pointing_at(&format!("cases/{case}"), current)
    }

    fn pointing_to(self, referral: ReferralId, current: u32) -> Self {
        self.pointing_at(&format!("referrals/{referral}"), current)
    }

    /// The answer leads to the current state, at a place below the base of the API.
    fn pointing_at(self, place: &str, current: u32) -> Self {
        self.with_extension("current", format!("/api/v1/{place}"))
            .with_extension("currentVersion", current)
            .with_header(header::ETAG, &format!("\"{current}\""))
    }
}
