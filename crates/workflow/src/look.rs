//! A look at what is told of a youth: who looked, for which agency and in which role, at what, and why.
//!
//! A [`Look`] is made from what the policy has granted, so nobody can write down a look that nobody was allowed. The store turns
//! it into a receipt once it lies in the log for good, and without that receipt nothing is shown.

pub mod unusual;

use crate::agency::{AgencyId, CaseId, ReferralId, UserId};
use crate::policy::{Permit, Relation};
use crate::refusal::FieldError;
use crate::vocabulary::{Role, codes};

/// The longest reason, in characters.
pub const REASON_MAX: usize = 1000;

codes! {
    /// At what somebody looked.
    LookedAt, "looked-at" {
        Referral = "referral", "formidlingen", "the referral";
        Timeline = "timeline", "tidslinjen", "the timeline";
        Messages = "messages", "meldingene", "the messages";
        Attachment = "attachment", "et vedlegg", "an attachment";
        Change = "change", "formidlingen, ved en endring", "the referral, with a change";
        Search = "search", "søk etter en ungdom", "a search for a youth";
        Duplicate = "duplicate", "sannsynlig samme ungdom", "probably the same youth";
        Case = "case", "saken", "the case";
        CaseTimeline = "case-timeline", "tidslinjen i saken", "the timeline of the case";
        Export = "export", "en utskrift av alt", "an export of everything";
        BreakGlass = "break-glass", "grunnen til en nødtilgang", "the reason of a break-glass";
        Reason = "reason", "grunnen til et oppslag", "the reason of a look";
    }
}

codes! {
    /// Why somebody could look.
    Why, "why" {
        Part = "part", "enheten har en del i det", "the agency has a part in it";
        Reason = "reason", "oppgitt grunn", "a stated reason";
        BreakGlass = "break-glass", "nødtilgang", "break-glass";
    }
}

/// A reason that somebody wrote down for a look. It may tell something of the youth, so it never prints itself and lies sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct StatedReason(String);

impl std::fmt::Debug for StatedReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StatedReason(…)")
    }
}

impl StatedReason {
    /// A reason of 10 to [`REASON_MAX`] characters that says something.
    ///
    /// # Errors
    /// What is wrong with it, at the pointer `at`.
    ///
    /// ```
    /// use stafett_workflow::look::StatedReason;
    /// assert!(StatedReason::parse("Etterlyst, vi fant ham i natt", "/reason").is_ok());
    /// assert!(StatedReason::parse("  ...  ", "/reason").is_err());
    /// ```
    pub fn parse(text: &str, at: &str) -> Result<Self, FieldError> {
        let text = text.trim();
        let length = text.chars().count();
        let says = text.chars().filter(|letter| letter.is_alphabetic()).count() >= 5;
        let clean = !text.chars().any(|letter| letter.is_control() && letter != '\n');
        if (10..=REASON_MAX).contains(&length) && says && clean {
            return Ok(Self(text.to_owned()));
        }
        Err(FieldError::new(
            at,
            "reason-required",
            format!("Skriv hvorfor, med 10 til {REASON_MAX} tegn. Grunnen loggføres."),
            format!("Write why, in 10 to {REASON_MAX} characters. The reason is kept in the log."),
        ))
    }

    /// The words, for the store to seal.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.0
    }
}

/// One look, before it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    user: UserId,
    agency: AgencyId,
    role: Role,
    relation: Relation,
    part_ended: bool,
    at: LookedAt,
    why: Why,
    referral: Option<ReferralId>,
    case: Option<CaseId>,
    reason: Option<StatedReason>,
}

impl Look {
    /// A look at a referral by whoever the policy has let in to it.
    #[must_use]
    pub const fn at_referral(permit: &Permit, referral: ReferralId, at: LookedAt) -> Self {
        Self::new(permit, at, Some(referral), None)
    }

    /// A look at a case; with a referral, at what the case shows of that.
    #[must_use]
    pub const fn at_case(permit: &Permit, case: CaseId, referral: Option<ReferralId>, at: LookedAt) -> Self {
        Self::new(permit, at, referral, Some(case))
    }

    /// A search, with one referral that it found, or without any: that somebody looked tells something too.
    #[must_use]
    pub const fn at_hit(permit: &Permit, referral: Option<ReferralId>, at: LookedAt) -> Self {
        Self::new(permit, at, referral, None)
    }

    const fn new(permit: &Permit, at: LookedAt, referral: Option<ReferralId>, case: Option<CaseId>) -> Self {
        Self {
            user: permit.user(),
            agency: permit.agency(),
            role: permit.role(),
            relation: permit.relation(),
            part_ended: false,
            at,
            why: Why::Part,
            referral,
            case,
            reason: None,
        }
    }

    /// The same with a reason that was demanded, or given.
    #[must_use]
    pub fn because(self, reason: Option<StatedReason>) -> Self {
        let why = match (&reason, self.why) {
            (Some(_), Why::Part) => Why::Reason,
            (_, why) => why,
        };
        Self { why, reason, ..self }
    }

    /// The same through a glass that was broken.
    #[must_use]
    pub fn through_glass(self) -> Self {
        Self {
            why: Why::BreakGlass,
            ..self
        }
    }

    /// The same after the agency's part in the referral has ended.
    #[must_use]
    pub fn after_the_part_ended(self, ended: bool) -> Self {
        Self {
            part_ended: ended,
            ..self
        }
    }

    /// Who.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// For which agency.
    #[must_use]
    pub const fn agency(&self) -> AgencyId {
        self.agency
    }

    /// In which role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// How the agency stood to it.
    #[must_use]
    pub const fn relation(&self) -> Relation {
        self.relation
    }

    /// Whether the agency's part had ended.
    #[must_use]
    pub const fn part_ended(&self) -> bool {
        self.part_ended
    }

    /// At what.
    #[must_use]
    pub const fn at(&self) -> LookedAt {
        self.at
    }

    /// Why they could.
    #[must_use]
    pub const fn why(&self) -> Why {
        self.why
    }

    /// At which referral.
    #[must_use]
    pub const fn referral(&self) -> Option<ReferralId> {
        self.referral
    }

    /// At which case.
    #[must_use]
    pub const fn case(&self) -> Option<CaseId> {
        self.case
    }

    /// The reason that they gave.
    #[must_use]
    pub const fn reason(&self) -> Option<&StatedReason> {
        self.reason.as_ref()
    }
}
