//! A hint that two agencies follow the same youth, which names neither to the other.
//!
//! Both sides' leads learn that somebody else follows a youth of theirs, and nothing more. One side asks to know, on a legal basis;
//! the other accepts or refuses. Then, and only then, each learns which agency the other is; what either has written stays where
//! it is. An order to disclose that child welfare gives (bvl § 13-4) binds the other side, so it needs no acceptance.
//!
//! Pure: a [`Hint`] is what is known, and what may be done with it follows from that.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::agency::{AgencyId, ReferralId, UserId};
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{AgencyKind, LegalBasisCode, codes};

codes! {
    /// How far a hint has come.
    HintState, "hint-state" {
        Open = "open", "ingen har spurt", "nobody has asked";
        Asked = "asked", "noen har spurt", "somebody has asked";
        Revealed = "revealed", "avklart", "revealed";
        Refused = "refused", "avslått", "refused";
    }
}

/// One of the two agencies, with its own referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// The agency.
    pub agency: AgencyId,
    /// Its referral about the youth.
    pub referral: ReferralId,
}

/// Who asked, on which basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// For which agency.
    pub agency: AgencyId,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// The legal basis.
    pub basis: LegalBasisCode,
}

/// A hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Its id.
    pub id: Uuid,
    /// The two sides.
    pub sides: [Side; 2],
    /// When it was found.
    pub found_at: DateTime<Utc>,
    /// Who asked to know the other side.
    pub asked: Option<Asked>,
    /// Who answered for the other side, when, and whether they accept; nobody where the law answers.
    pub answered: Option<(Option<UserId>, DateTime<Utc>, bool)>,
}

impl Hint {
    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> HintState {
        match (&self.asked, &self.answered) {
            (_, Some((_, _, true))) => HintState::Revealed,
            (_, Some((_, _, false))) => HintState::Refused,
            (Some(_), None) => HintState::Asked,
            (None, None) => HintState::Open,
        }
    }

    /// The own side of an agency.
    #[must_use]
    pub fn own(&self, agency: AgencyId) -> Option<Side> {
        self.sides.into_iter().find(|side| side.agency == agency)
    }

    /// The other side, once it is revealed.
    #[must_use]
    pub fn other(&self, agency: AgencyId) -> Option<AgencyId> {
        let other = self.sides.into_iter().find(|side| side.agency != agency)?;
        (self.state() == HintState::Revealed).then_some(other.agency)
    }

    /// The same after `agency`, of this kind, has asked to know the other side. A hint that was refused may be asked about again, on
    /// whatever basis holds then.
    ///
    /// # Errors
    /// A basis that gives no right to know; asked or revealed already.
    pub fn ask(
        mut self,
        agency: AgencyId,
        kind: AgencyKind,
        by: UserId,
        basis: LegalBasisCode,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        if matches!(self.state(), HintState::Asked | HintState::Revealed) {
            return Err(not_now());
        }
        if !may_ask_on(basis, kind) {
            return Err(Refusal::of_fields(vec![FieldError::new(
                "/legalBasis/code",
                "basis-gives-no-right",
                "Grunnlaget gir ikke rett til å få vite hvem den andre er.",
                "This basis gives no right to know who the other is.",
            )]));
        }
        self.asked = Some(Asked {
            agency,
            by,
            at: now,
            basis,
        });
        let binds = basis == LegalBasisCode::OrderToDisclose;
        self.answered = binds.then_some((None, now, true));
        Ok(self)
    }

    /// The same after the other side has answered.
    ///
    /// # Errors
    /// Nobody has asked, or they answer themselves.
    pub fn answer(mut self, agency: AgencyId, by: UserId, accepts: bool, now: DateTime<Utc>) -> Result<Self, Refusal> {
        match self.asked {
            Some(asked) if self.state() == HintState::Asked && asked.agency != agency => {
                self.answered = Some((Some(by), now, accepts));
                Ok(self)
            }
            Some(_) | None => Err(not_now()),
        }
    }
}

/// On which basis an agency may ask. A duty to report or to avert obliges whoever knows, and gives nobody a right to ask; an
/// anonymous consultation has no identity at all. Only child welfare can order.
#[must_use]
pub const fn may_ask_on(basis: LegalBasisCode, kind: AgencyKind) -> bool {
    if matches!(kind, AgencyKind::UserOrganisation) {
        return false; // they get no personal data
    }
    match basis {
        LegalBasisCode::Consent
        | LegalBasisCode::RightToDisclose
        | LegalBasisCode::DangerToLife
        | LegalBasisCode::Necessity => true,
        LegalBasisCode::OrderToDisclose => matches!(kind, AgencyKind::ChildWelfare),
        LegalBasisCode::DutyToReport | LegalBasisCode::DutyToAvert | LegalBasisCode::AnonymousConsultation => false,
    }
}

fn not_now() -> Refusal {
    Refusal::new(
        Rule::ActionNotAllowedNow,
        "Det er allerede spurt eller avklart, eller det er den andre siden som skal svare.",
        "This has been asked or settled already, or it is for the other side to answer.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Code;

    const ONE: AgencyId = AgencyId(Uuid::from_u128(1));
    const OTHER: AgencyId = AgencyId(Uuid::from_u128(2));
    const USER: UserId = UserId(Uuid::from_u128(9));

    fn now() -> DateTime<Utc> {
        "2026-11-28T02:00:00Z".parse().unwrap()
    }

    fn hint() -> Hint {
        let side = |agency, referral| Side {
            agency,
            referral: ReferralId(Uuid::from_u128(referral)),
        };
        Hint {
            id: Uuid::from_u128(5),
            sides: [side(ONE, 11), side(OTHER, 12)],
            found_at: now(),
            asked: None,
            answered: None,
        }
    }

    fn ask(basis: LegalBasisCode, kind: AgencyKind) -> Result<Hint, Refusal> {
        hint().ask(ONE, kind, USER, basis, now())
    }

    #[test]
    fn nobody_learns_who_the_other_is_before_the_other_accepts() {
        let asked = ask(LegalBasisCode::Consent, AgencyKind::Outreach).unwrap();
        for unknown in [
            hint(),
            asked.clone(),
            asked.clone().answer(OTHER, USER, false, now()).unwrap(),
        ] {
            assert_eq!(
                (unknown.other(ONE), unknown.other(OTHER)),
                (None, None),
                "{:?}",
                unknown.state()
            );
        }
        assert!(
            asked.clone().answer(ONE, USER, true, now()).is_err(),
            "whoever asks does not answer"
        );
        let revealed = asked.answer(OTHER, USER, true, now()).unwrap();
        assert_eq!((revealed.other(ONE), revealed.other(OTHER)), (Some(OTHER), Some(ONE)));
    }

    #[test]
    fn only_an_order_of_child_welfare_needs_no_acceptance() {
        for basis in LegalBasisCode::ALL.iter().copied() {
            for kind in AgencyKind::ALL.iter().copied() {
                let orders = basis == LegalBasisCode::OrderToDisclose;
                match ask(basis, kind) {
                    Ok(hint) => assert_eq!(hint.state() == HintState::Revealed, orders, "{basis} {kind}"),
                    Err(_) => assert!(!may_ask_on(basis, kind), "{basis} {kind}"),
                }
                if orders {
                    assert_eq!(may_ask_on(basis, kind), kind == AgencyKind::ChildWelfare);
                }
            }
        }
    }

    #[test]
    fn whoever_was_refused_may_ask_again_and_nobody_answers_unasked() {
        let refused = ask(LegalBasisCode::Consent, AgencyKind::Outreach)
            .unwrap()
            .answer(OTHER, USER, false, now())
            .unwrap();
        assert!(refused.clone().answer(OTHER, USER, true, now()).is_err());
        let again = refused
            .ask(OTHER, AgencyKind::District, USER, LegalBasisCode::DangerToLife, now())
            .unwrap();
        assert_eq!(again.state(), HintState::Asked);
        assert!(hint().answer(OTHER, USER, true, now()).is_err());
    }
}
