//! The life of a referral, one file for each thing that people do with it.

pub mod bulk;
pub mod create;
pub mod edit;
pub mod facts;
pub mod list;
pub mod message;
pub mod person;
pub mod read;
pub mod search;
pub mod snooze;
pub mod timeline;
pub mod transition;
pub mod view;

use stafett_store::idempotency::{self, Answer, Claim, Claimed, Key};
use stafett_store::{StoreError, Tx};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::command::{DraftTerms, LegalBasis};
use stafett_workflow::content::{Content, Informed};
use stafett_workflow::person::Person;
use stafett_workflow::policy::Actor;
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{Need, Urgency};
use uuid::Uuid;

pub use stafett_store::referrals::Name;
pub use view::View;

use super::{AppError, IdempotencyKey};
use crate::app::engine::Engine;

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
    pub request_hash: &'a str,
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
        request_hash: repeatable.request_hash,
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

/// Keeps the answer under the claimed key, if there is one.
pub(in crate::app) async fn keep(
    tx: &Tx,
    engine: &Engine,
    claimed: Option<Claimed>,
    answer: impl FnOnce() -> Answer,
) -> Result<(), AppError> {
    if let Some(claimed) = claimed {
        claimed.answer(tx, &answer(), engine.now()).await?;
    }
    Ok(())
}
