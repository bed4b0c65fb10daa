//! The life of a referral, one file for each thing that people do with it.

pub mod attachment;
pub mod bulk;
pub mod create;
pub mod edit;
pub mod facts;
pub mod keeping;
pub mod known;
pub mod list;
pub mod message;
pub mod person;
pub mod read;
pub mod reading;
pub mod search;
pub mod snooze;
pub mod time_spent;
pub mod timeline;
pub mod transition;
pub mod view;

use stafett_store::idempotency::{self, Answer, Claim, Claimed, Key};
use stafett_store::referrals::Record;
use stafett_store::{StoreError, Tx, referrals};
use stafett_workflow::Refusal;
use stafett_workflow::agency::ReferralId;
use stafett_workflow::command::{DraftTerms, LegalBasis};
use stafett_workflow::content::{Content, Informed};
use stafett_workflow::insight::Insight;
use stafett_workflow::look::{LookedAt, StatedReason};
use stafett_workflow::person::Person;
use stafett_workflow::policy::{Actor, Scope};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{Need, Urgency};
use uuid::Uuid;

pub use stafett_store::referrals::Name;
pub use view::View;

use super::{AppError, IdempotencyKey};
use crate::app::engine::Engine;
use crate::app::looks::{Viewing, Words};

/// How long an answer is kept for those who ask again.
const ANSWERS_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// A referral as somebody writes it; every field valid by itself.
#[derive(Clone)]
pub struct NewDraft {
    /// The workflow's id.
    pub workflow: String,
    /// The sender, by slug or id.
    pub sender: String,
    /// The receiver, by slug or id.
    pub receiver: Option<String>,
    /// The youth.
    pub person: Option<Person>,
    /// What the sender tells.
    pub content: Content,
    /// How urgent.
    pub urgency: Urgency,
    /// The legal basis.
    pub basis: Option<LegalBasis>,
    /// What it grew out of.
    pub parent: Option<Name>,
    /// Whether to send at once.
    pub send: bool,
}

/// A change of a draft: `None` leaves as it is, `Some(None)` takes away.
#[derive(Clone, Default)]
pub struct Patch {
    /// The receiver, by slug or id.
    pub receiver: Option<Option<String>>,
    /// The youth.
    pub person: Option<Option<Person>>,
    /// What the youth needs.
    pub needs: Option<Vec<Need>>,
    /// How urgent.
    pub urgency: Option<Urgency>,
    /// The legal basis.
    pub basis: Option<Option<LegalBasis>>,
    /// Who has been told.
    pub informed: Option<Option<Informed>>,
    /// What has happened.
    pub summary: Option<Option<String>>,
}

impl NewDraft {
    fn terms(&self) -> DraftTerms {
        DraftTerms {
            urgency: self.urgency,
            receiver: self.receiver.clone(),
            basis: self.basis.clone(),
        }
    }
}

/// Who asks, and in which request.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// The request's id, as it stands in the logs.
    pub request_id: Option<&'a str>,
    /// Why they look, where they said so.
    pub reason: Option<&'a StatedReason>,
}

impl<'a> Asker<'a> {
    /// Somebody who said no reason, for what shows no youth.
    #[must_use]
    pub const fn without_reason(actor: &'a Actor, request_id: Option<&'a str>) -> Self {
        Self {
            actor,
            request_id,
            reason: None,
        }
    }
}

/// The name in an address: an id, or a reference as people write it down.
#[must_use]
pub fn parse_name(name: &str) -> Option<Name> {
    match Uuid::parse_str(name) {
        Ok(id) => Some(Name::Id(ReferralId(id))),
        Err(_not_an_id) => name.parse::<Reference>().ok().map(Name::Reference),
    }
}

/// A request that its client may repeat.
pub struct Repeatable<'a> {
    /// The client's key.
    pub key: &'a IdempotencyKey,
    /// A digest of all that the answer depends on.
    pub request_hash: String,
}

/// What a use case answers: something new, or word for word what was answered before.
pub enum Answered<T> {
    /// Done now.
    Now(T),
    /// Done before.
    Replayed(Answer),
}

/// Turns a view into the answer as it is written out, so that it can be kept in the same transaction.
pub type Render<'a> = &'a (dyn Fn(&View) -> Answer + Sync);

/// Claims the request's key, if it has one.
pub(in crate::app) async fn claim(
    tx: &Tx,
    engine: &Engine,
    asker: Asker<'_>,
    repeatable: Option<&Repeatable<'_>>,
) -> Result<Result<Option<Claimed>, Answer>, AppError> {
    let Some(repeatable) = repeatable else {
        return Ok(Ok(None));
    };
    let key = Key {
        owner: asker.actor.user.0,
        key: repeatable.key.as_str(),
        request_hash: &repeatable.request_hash,
    };
    match idempotency::claim(tx, key, engine.now(), ANSWERS_KEPT).await {
        Ok(Claim::First(claimed)) => Ok(Ok(Some(claimed))),
        Ok(Claim::Repeated(answer)) => Ok(Err(answer)),
        Ok(Claim::Reused) => Err(AppError::KeyReused),
        Err(StoreError::Busy(_)) => Err(AppError::KeyInProgress),
        Err(error) => Err(error.into()),
    }
}

/// What a replayed request answers: what it was told the first time. Nothing was written, so nothing is committed.
pub(in crate::app) async fn replayed<T>(tx: Tx, answer: Answer) -> Result<Answered<T>, AppError> {
    tx.rollback().await?;
    Ok(Answered::Replayed(answer))
}

/// What a replayed request about a referral answers: what it was told the first time, as long as whoever asks may still know
/// of the referral and of what was told. That they see it again is written down.
async fn replayed_about<T>(
    tx: Tx,
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Option<Name>,
    answer: Answer,
) -> Result<Answered<T>, AppError> {
    let (answered, record) = repeated(tx, scope, name, answer).await?;
    if let Some(record) = record {
        Viewing::reading(engine, asker, LookedAt::Change)
            // Why they look was asked when it was told them first.
            .showing(Words::TheirOwn)
            .log(engine, &record)
            .await?;
    }
    Ok(answered)
}

/// The same of an answer that tells nothing of the youth; with the referral, if it is about one.
async fn repeated<T>(
    tx: Tx,
    scope: &Scope,
    name: Option<Name>,
    answer: Answer,
) -> Result<(Answered<T>, Option<Record>), AppError> {
    let record = match name {
        None => None,
        Some(name) => {
            let record = referrals::find(&tx, scope, name)
                .await?
                .ok_or_else(Refusal::not_found)?;
            if let Insight::Past(past) = Insight::of(record.referral(), scope.agencies())
                && !past.keeps()
            {
                return Err(Refusal::not_found().into());
            }
            Some(record)
        }
    };
    Ok((replayed(tx, answer).await?, record))
}

/// The referral to whose making an answer led.
fn made(answer: &Answer) -> Option<Name> {
    parse_name(answer.location.as_deref()?.rsplit('/').next()?)
}

/// Keeps the answer under the claimed key, if there is one. It may tell of the youth in `about`, and of nobody else.
pub(in crate::app) async fn keep(
    tx: &Tx,
    engine: &Engine,
    claimed: Option<Claimed>,
    about: Option<&Record>,
    answer: impl FnOnce() -> Answer,
) -> Result<(), AppError> {
    if let Some(claimed) = claimed {
        claimed.answer(tx, &answer(), about, engine.now()).await?;
    }
    Ok(())
}
