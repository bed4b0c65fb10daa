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
                return Self::new(ErrorCode::StaleVersion)
                    .with_extension("current", format!("/api/v1/{place}"))
                    .with_extension("currentVersion", current)
                    .with_header(header::ETAG, &format!("\"{current}\""));
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
            AppError::KeyInProgress => {
                return Self::new(ErrorCode::IdempotencyInProgress).retry_after(Duration::from_secs(1));
            }
            AppError::TooManyAttempts(wait) => return Self::new(ErrorCode::TooManyAttempts).retry_after(wait),
            AppError::PreconditionMissing => ErrorCode::PreconditionRequired,
            AppError::Erased => ErrorCode::Erased,
            AppError::Taken => ErrorCode::Conflict,
            AppError::KeyReused => ErrorCode::IdempotencyKeyReused,
            AppError::Cursor => ErrorCode::InvalidCursor,
            AppError::Credentials => ErrorCode::InvalidCredentials,
            AppError::RefreshToken => ErrorCode::InvalidRefreshToken,
        };
        Self::new(code)
    }
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
        self.with_extension("current", format!("/api/v1/cases/{case}"))
            .with_extension("currentVersion", current)
            .with_header(header::ETAG, &format!("\"{current}\""))
    }

    /// The answer leads to the current state.
    fn pointing_to(self, referral: ReferralId, current: u32) -> Self {
        self.with_extension("current", format!("/api/v1/referrals/{referral}"))
            .with_extension("currentVersion", current)
            .with_header(header::ETAG, &format!("\"{current}\""))
    }
}
