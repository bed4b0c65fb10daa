//! Who looks at what is told of a youth: written down before anything is shown.
//!
//! A view of a referral or of a case is made with a [`Viewing`], which says who looks, at what, and where that is written: by
//! the writer of looks for those who only read, in the transaction of whoever changes something. The words of a record open
//! only with the receipt that comes back.

pub mod judge;
pub mod log;

use stafett_store::Tx;
use stafett_store::events;
use stafett_store::looks::{self, Logged, Looks, Pending, Row, Unseen};
use stafett_store::referrals::Record;
use stafett_workflow::Refusal;
use stafett_workflow::agency::ReferralId;
use stafett_workflow::insight::Insight;
use stafett_workflow::look::{Look, LookedAt};
use stafett_workflow::policy::{self, Actor, Operation, Permit};
use stafett_workflow::vocabulary::AddressProtection;

use super::AppError;
use super::engine::Engine;
use super::referrals::Asker;

/// Where a look is written down.
#[derive(Debug, Clone, Copy)]
pub enum Ledger<'a> {
    /// By itself, at once.
    Now(&'a Looks),
    /// With the change that somebody makes; it is there when that is.
    With(&'a Tx),
}

impl<'a> Ledger<'a> {
    /// Hands looks in. With [`Ledger::Now`] there is time for other work before [`Begun::logged`].
    ///
    /// # Errors
    /// [`stafett_store::StoreError::NotLogged`]; the store's.
    pub async fn begin(self, rows: Vec<Row>) -> Result<Begun, AppError> {
        Ok(match self {
            Self::Now(looks) => Begun::OnItsWay(looks.hand_in(rows).await?),
            Self::With(tx) => Begun::Written(looks::within(tx, rows).await?),
        })
    }

    /// Writes looks down.
    ///
    /// # Errors
    /// As for [`Ledger::begin`].
    pub async fn log(self, rows: Vec<Row>) -> Result<Logged, AppError> {
        self.begin(rows).await?.logged().await
    }
}

/// Looks that have been handed in.
#[derive(Debug)]
#[must_use = "nothing may be shown before the looks are logged"]
pub enum Begun {
    /// To the writer.
    OnItsWay(Pending),
    /// Into the transaction.
    Written(Logged),
}

impl Begun {
    /// The receipt, once they are there for good, or will be with the transaction.
    ///
    /// # Errors
    /// [`stafett_store::StoreError::NotLogged`].
    pub async fn logged(self) -> Result<Logged, AppError> {
        match self {
            Self::OnItsWay(pending) => Ok(pending.logged().await?),
            Self::Written(logged) => Ok(logged),
        }
    }
}

/// Whose words an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// What whoever takes part has told.
    Anybodys,
    /// What the reader tells in this same request.
    TheirOwn,
}

impl Words {
    /// Those that the answer to a change of this record shows: whoever says only now that somebody is strictly confidential has
    /// not looked at such a one.
    #[must_use]
    pub fn before(record: &Record) -> Self {
        match is_strictly_confidential(record) {
            true => Self::Anybodys,
            false => Self::TheirOwn,
        }
    }
}

/// Somebody who looks.
#[derive(Clone, Copy)]
pub struct Viewing<'a> {
    /// Who, in which request.
    pub asker: Asker<'a>,
    /// Where that is written down.
    pub ledger: Ledger<'a>,
    /// At what.
    pub at: LookedAt,
    /// Whose words they see.
    pub words: Words,
    /// The right of a broken glass, when they have no other.
    pub glass: Option<Permit>,
}

impl<'a> Viewing<'a> {
    /// Somebody who only reads.
    #[must_use]
    pub const fn reading(engine: &'a Engine, asker: Asker<'a>, at: LookedAt) -> Self {
        Self {
            asker,
            ledger: Ledger::Now(&engine.looks),
            at,
            words: Words::Anybodys,
            glass: None,
        }
    }

    /// Somebody who reads the answer to a change of their own.
    #[must_use]
    pub const fn changing(tx: &'a Tx, asker: Asker<'a>) -> Self {
        Self {
            asker,
            ledger: Ledger::With(tx),
            at: LookedAt::Change,
            words: Words::Anybodys,
            glass: None,
        }
    }

    /// The same, seeing whose words.
    #[must_use]
    pub const fn showing(self, words: Words) -> Self {
        Self { words, ..self }
    }

    /// The same through a broken glass.
    #[must_use]
    pub const fn through(self, glass: Option<Permit>) -> Self {
        Self { glass, ..self }
    }

    /// Who.
    #[must_use]
    pub const fn actor(&self) -> &'a Actor {
        self.asker.actor
    }

    /// Refuses whoever does not say why they look at somebody who is strictly confidential. What they tell themselves in this
    /// same request needs no reason, and a broken glass has one.
    ///
    /// # Errors
    /// [`AppError::ReasonMissing`]; the store's.
    pub async fn demand_reason(&self, engine: &Engine, record: &Record) -> Result<(), AppError> {
        let excused = self.asker.reason.is_some() || self.glass.is_some() || self.words == Words::TheirOwn;
        if excused || !is_strictly_confidential(record) {
            return Ok(());
        }
        let scope = policy::scope(self.asker.actor, Operation::ReadReferral)?;
        let knows = match Insight::of(record.referral(), scope.agencies()) {
            Insight::Whole => true,
            // To ask would tell them what was registered after their part had ended.
            Insight::Past(past) => past.person_stands(&events::log(&engine.db, record).await?),
        };
        match knows {
            true => Err(AppError::ReasonMissing),
            false => Ok(()),
        }
    }

    /// Hands in that they look at this referral.
    ///
    /// # Errors
    /// Hidden, when the policy has not let them in to it; as for [`Viewing::demand_reason`] and [`Ledger::begin`].
    pub async fn begin(&self, engine: &Engine, record: &Record) -> Result<Begun, AppError> {
        self.ledger.begin(vec![self.row(engine, record).await?]).await
    }

    /// That they look at this referral, to be handed in with others.
    ///
    /// # Errors
    /// Hidden, when the policy has not let them in to it; as for [`Viewing::demand_reason`].
    pub async fn row(&self, engine: &Engine, record: &Record) -> Result<Row, AppError> {
        self.demand_reason(engine, record).await?;
        let referral = record.referral();
        let permit = match self.glass {
            Some(permit) => permit,
            None => policy::permit(self.asker.actor, Operation::ReadReferral, referral)
                .map_err(|_hidden| Refusal::not_found())?,
        };
        let ended = self.glass.is_none() && !Insight::of(referral, &[permit.agency()]).is_whole();
        // What is erased takes no words any more; that somebody looked at what is left is still to be known.
        let reason = self.asker.reason.filter(|_| record.erased_at().is_none()).cloned();
        let look = Look::at_referral(&permit, referral.id, self.at)
            .after_the_part_ended(ended)
            .because(reason);
        let look = match self.glass {
            Some(_) => look.through_glass(),
            None => look,
        };
        Ok(Row::at_referral(record, look, engine.now(), self.asker.request_id)?)
    }

    /// Writes down that they look at this referral.
    ///
    /// # Errors
    /// As for [`Viewing::begin`].
    pub async fn log(&self, engine: &Engine, record: &Record) -> Result<Logged, AppError> {
        self.begin(engine, record).await?.logged().await
    }

    /// Writes down that somebody looked for a youth, and found these referrals, or none.
    ///
    /// # Errors
    /// Denied, when no role of theirs lets them; as for [`Ledger::begin`].
    pub async fn log_hits(&self, engine: &Engine, found: &[ReferralId]) -> Result<Logged, AppError> {
        let permit = policy::permit_search(self.asker.actor)?;
        let row = |referral| {
            Row::new(
                Look::at_hit(&permit, referral, self.at),
                engine.now(),
                self.asker.request_id,
            )
        };
        let rows = match found {
            [] => vec![row(None)],
            found => found.iter().map(|referral| row(Some(*referral))).collect(),
        };
        self.ledger.log(rows).await
    }
}

/// Whether the youth has the address protection under which every look needs a reason.
pub(in crate::app) fn is_strictly_confidential(record: &Record) -> bool {
    let person = record.person(Unseen::Decide);
    person.is_some_and(|person| person.address_protection.0 == AddressProtection::StrictlyConfidential)
}
