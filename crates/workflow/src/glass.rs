//! Break-glass: somebody who does casework opens a referral that is not theirs, in an emergency, for a while.
//!
//! Whoever breaks the glass says why, in words. Those whose referral it is hear of it at once, and one of their leads must
//! review it afterwards, by a limit that goes on telling until somebody has. For a strictly confidential person a second one
//! must agree first: a lead of the sender's or the holder's, on an account of their own.
//!
//! Pure: [`Glass`] is what is known of one, and what may be done with it now follows from that and the time.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::agency::{AgencyId, ReferralId, UserId};
use crate::event::By;
use crate::policy::Actor;
use crate::refusal::{FieldError, Refusal, Rule};
use crate::vocabulary::{AddressProtection, Role, codes};

codes! {
    /// How far a broken glass has come.
    GlassState, "glass-state" {
        Waiting = "waiting", "venter på en til", "waits for a second person";
        Open = "open", "åpen", "open";
        Ended = "ended", "avsluttet", "ended";
        Refused = "refused", "avslått", "refused";
    }
}

codes! {
    /// What happened to a glass: a step in the referral's log.
    GlassStep, "glass-step" {
        Asked = "asked", "Nødtilgang bedt om, venter på en til", "Break-glass asked for, waits for a second person";
        Broken = "broken", "Nødtilgang tatt i bruk", "Glass broken";
        Approved = "approved", "Nødtilgang godkjent av en til", "Break-glass agreed to by a second person";
        Refused = "refused", "Nødtilgang avslått", "Break-glass refused";
        Reviewed = "reviewed", "Nødtilgang gjennomgått", "Break-glass reviewed";
        Unreviewed = "unreviewed", "Nødtilgang er ikke gjennomgått i tide", "Break-glass not reviewed in time";
    }
}

codes! {
    /// What the review found.
    GlassFinding, "glass-finding" {
        Justified = "justified", "nødvendig", "justified";
        NotJustified = "not-justified", "ikke nødvendig", "not justified";
    }
}

/// How long things take; settings of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlassLimits {
    /// For so long a broken glass shows the referral.
    pub open: TimeDelta,
    /// By so long after it must have been reviewed.
    pub review: TimeDelta,
}

/// A glass that somebody broke, or asked to break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glass {
    /// Its id.
    pub id: Uuid,
    /// Which referral.
    pub referral: ReferralId,
    /// Who, for which agency, in which role.
    pub by: By,
    /// Whose it is: the sender and the holder of the baton when it was broken.
    pub owners: [AgencyId; 2],
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// Whether a second person must agree.
    pub needs_second: bool,
    /// The second person, when they decided, and whether they agreed.
    pub second: Option<(UserId, DateTime<Utc>, bool)>,
    /// Until when it shows the referral; none while it waits, and when it was refused.
    pub until: Option<DateTime<Utc>>,
    /// By when it must be reviewed, counted from when it was asked for.
    pub review_due_at: DateTime<Utc>,
    /// How often it has been told that nobody has reviewed it in time.
    pub told: u16,
    /// Who reviewed it, when, and what they found.
    pub reviewed: Option<(UserId, DateTime<Utc>, GlassFinding)>,
}

impl Glass {
    /// A glass that `by` breaks now.
    #[must_use]
    pub fn broken(
        id: Uuid,
        referral: ReferralId,
        by: By,
        owners: [AgencyId; 2],
        protection: AddressProtection,
        limits: GlassLimits,
        now: DateTime<Utc>,
    ) -> Self {
        let needs_second = protection == AddressProtection::StrictlyConfidential;
        Self {
            id,
            referral,
            by,
            owners,
            asked_at: now,
            needs_second,
            second: None,
            until: (!needs_second).then(|| now + limits.open),
            review_due_at: now + limits.review,
            told: 0,
            reviewed: None,
        }
    }

    /// How far it has come at `now`. What was found to be unjustified is over at once.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> GlassState {
        match (self.until, self.second) {
            (None, Some((_, _, false))) => GlassState::Refused,
            (None, _) => GlassState::Waiting,
            (Some(until), _) if now >= until => GlassState::Ended,
            (Some(_), _) => match self.reviewed {
                Some((_, _, GlassFinding::NotJustified)) => GlassState::Ended,
                Some((_, _, GlassFinding::Justified)) | None => GlassState::Open,
            },
        }
    }

    /// Whether it shows the referral to whoever broke it.
    #[must_use]
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.state(now) == GlassState::Open
    }

    /// Whether a review is missing. What was refused has shown nothing; it is reviewed by the refusal.
    #[must_use]
    pub fn awaits_review(&self) -> bool {
        self.reviewed.is_none() && !matches!(self.second, Some((_, _, false)))
    }

    /// When it is told next that nobody has reviewed it: when the limit is up, and again each time half of it has passed.
    #[must_use]
    pub fn next_notice_at(&self) -> Option<DateTime<Utc>> {
        let half = (self.review_due_at - self.asked_at) / 2;
        self.awaits_review()
            .then(|| self.review_due_at + half * i32::from(self.told))
    }

    /// The same after a second person has decided.
    ///
    /// # Errors
    /// Not a lead of the sender or the holder, their own request, or decided already.
    pub fn decided(
        mut self,
        actor: &Actor,
        agrees: bool,
        limits: GlassLimits,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        self.admit(actor)?;
        if self.state(now) != GlassState::Waiting {
            return Err(decided_already());
        }
        self.second = Some((actor.user, now, agrees));
        self.until = agrees.then(|| now + limits.open);
        Ok(self)
    }

    /// The same after a lead has reviewed it.
    ///
    /// # Errors
    /// Not a lead of the sender or the holder, their own, still waiting, or reviewed already.
    pub fn reviewed(mut self, actor: &Actor, finding: GlassFinding, now: DateTime<Utc>) -> Result<Self, Refusal> {
        self.admit(actor)?;
        if !self.awaits_review() || self.state(now) == GlassState::Waiting {
            return Err(decided_already());
        }
        self.reviewed = Some((actor.user, now, finding));
        Ok(self)
    }

    /// For which agency `actor` answers for it: as a lead of the sender or of the holder, and never for what they did themselves.
    ///
    /// # Errors
    /// [`Rule::NotYours`].
    pub fn admit(&self, actor: &Actor) -> Result<AgencyId, Refusal> {
        let leads = |agency: &AgencyId| {
            actor
                .memberships
                .iter()
                .any(|membership| membership.agency == Some(*agency) && membership.role == Role::Lead)
        };
        self.owners
            .iter()
            .copied()
            .find(leads)
            .filter(|_| actor.user != self.by.user)
            .ok_or_else(not_yours)
    }
}

fn not_yours() -> Refusal {
    Refusal::new(
        Rule::NotYours,
        "Nødtilgang godkjennes og gjennomgås av en leder hos avsenderen eller den som har stafettpinnen, aldri av den som brukte den.",
        "Break-glass is agreed to and reviewed by a lead of the sender or of whoever holds the baton, never by who used it.",
    )
}

fn decided_already() -> Refusal {
    Refusal::new(
        Rule::ActionNotAllowedNow,
        "Det er allerede avgjort, eller det er for tidlig.",
        "This has been decided already, or it is too early.",
    )
}

/// Whoever takes part needs no break-glass.
#[must_use]
pub fn takes_part_already() -> Refusal {
    Refusal::of_fields(vec![FieldError::new(
        "/referral",
        "takes-part-already",
        "Enheten din har en del i formidlingen. Åpne den på vanlig måte.",
        "Your agency has a part in the referral. Open it as usual.",
    )])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Membership;
    use crate::vocabulary::Language;

    const OWNER: AgencyId = AgencyId(Uuid::from_u128(1));
    const HOLDER: AgencyId = AgencyId(Uuid::from_u128(2));
    const OTHER: AgencyId = AgencyId(Uuid::from_u128(3));
    const LIMITS: GlassLimits = GlassLimits {
        open: TimeDelta::hours(1),
        review: TimeDelta::days(3),
    };

    fn now() -> DateTime<Utc> {
        "2026-11-28T02:00:00Z".parse().unwrap()
    }

    fn actor(user: u128, role: Role, agency: AgencyId) -> Actor {
        Actor {
            user: UserId(Uuid::from_u128(user)),
            language: Language::Nb,
            memberships: vec![Membership {
                agency: Some(agency),
                role,
            }],
        }
    }

    fn glass(protection: AddressProtection) -> Glass {
        let by = By {
            user: UserId(Uuid::from_u128(9)),
            agency: OTHER,
            role: Role::Worker,
        };
        let (id, referral) = (Uuid::from_u128(5), ReferralId(Uuid::from_u128(6)));
        Glass::broken(id, referral, by, [OWNER, HOLDER], protection, LIMITS, now())
    }

    #[test]
    fn it_is_open_for_its_time_and_not_an_instant_longer() {
        let glass = glass(AddressProtection::Confidential);
        let end = now() + LIMITS.open;
        assert!(glass.is_open(now()) && glass.is_open(end - TimeDelta::microseconds(1)));
        assert_eq!(glass.state(end), GlassState::Ended);
    }

    #[test]
    fn for_a_strictly_confidential_person_a_second_one_must_agree() {
        let asked = glass(AddressProtection::StrictlyConfidential);
        assert_eq!(asked.state(now()), GlassState::Waiting);
        let lead = actor(1, Role::Lead, HOLDER);
        let later = now() + TimeDelta::minutes(20);
        let agreed = asked.clone().decided(&lead, true, LIMITS, later).unwrap();
        assert_eq!(agreed.until, Some(later + LIMITS.open));
        assert!(agreed.is_open(later));
        let refused = asked.clone().decided(&lead, false, LIMITS, later).unwrap();
        assert_eq!(
            (refused.state(later), refused.awaits_review()),
            (GlassState::Refused, false)
        );
        assert!(agreed.decided(&lead, true, LIMITS, later).is_err(), "once is enough");
        assert!(
            asked.reviewed(&lead, GlassFinding::Justified, later).is_err(),
            "nothing was shown yet"
        );
    }

    #[test]
    fn who_may_agree_and_review_is_a_lead_of_those_whose_it_is_and_not_who_broke_it() {
        let glass = glass(AddressProtection::None);
        for agency in [OWNER, HOLDER, OTHER] {
            for role in [
                Role::Worker,
                Role::Lead,
                Role::AgencyAdmin,
                Role::Coordinator,
                Role::SystemAdmin,
            ] {
                let may = glass.admit(&actor(1, role, agency)).is_ok();
                assert_eq!(may, role == Role::Lead && agency != OTHER, "{role} {agency}");
            }
        }
        assert!(glass.admit(&actor(9, Role::Lead, OWNER)).is_err(), "their own");
    }

    #[test]
    fn what_was_not_justified_ends_at_once() {
        let lead = actor(1, Role::Lead, OWNER);
        let found = |finding| glass(AddressProtection::None).reviewed(&lead, finding, now()).unwrap();
        assert!(found(GlassFinding::Justified).is_open(now()));
        assert!(!found(GlassFinding::NotJustified).is_open(now()));
        assert!(
            found(GlassFinding::Justified)
                .reviewed(&lead, GlassFinding::NotJustified, now())
                .is_err()
        );
    }

    #[test]
    fn its_clock_goes_on_telling_until_somebody_has_reviewed_it() {
        let mut glass = glass(AddressProtection::None);
        assert_eq!(glass.next_notice_at(), Some(glass.review_due_at));
        glass.told = 2;
        assert_eq!(glass.next_notice_at(), Some(glass.review_due_at + LIMITS.review));
        let lead = actor(1, Role::Lead, OWNER);
        let done = glass.reviewed(&lead, GlassFinding::Justified, now()).unwrap();
        assert_eq!(done.next_notice_at(), None);
    }
}
