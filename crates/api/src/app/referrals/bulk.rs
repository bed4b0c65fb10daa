//! The same action on several referrals, each decided and stored for itself.
//!
//! Many hands lie in one request, and one that is refused must not hold the others back: each referral has a transaction and a
//! verdict of its own. A request that comes again finds under its key what has been done of it, item by item, so that it is
//! finished and never done twice, wherever the line or the server broke.

use stafett_store::Tx;
use stafett_store::idempotency::Answer;
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::Refusal;
use stafett_workflow::{Command, Referral};

use super::transition::{Target, carry_out, find};
use super::{Answered, Asker, Repeatable, claim, keep, parse_name, repeated};
use crate::app::engine::Engine;
use crate::app::{AppError, IdempotencyKey, Precondition};

/// One referral of several.
#[derive(Debug, Clone)]
pub struct Item {
    /// Which, as the caller wrote it.
    pub name: String,
    /// In which version they believe it to be.
    pub version: u32,
}

/// What has become of one.
pub type Done = Result<Referral, AppError>;

/// Writes one verdict out.
pub type RenderItem<'a> = &'a dyn Fn(&Item, Done) -> Answer;

/// Writes the whole answer out, from the verdicts.
pub type RenderAll<'a> = &'a dyn Fn(Vec<Answer>) -> Answer;

/// Several referrals and what is to be done with each.
pub struct Bulk<'a> {
    /// What.
    pub command: &'a Command,
    /// With which.
    pub items: &'a [Item],
    /// Within what the caller may know.
    pub scope: &'a Scope,
}

/// Takes the action on each, in the order of the list.
///
/// # Errors
/// Those of the idempotency key only; whatever is wrong with an item stands in its verdict.
pub async fn transition(
    engine: &Engine,
    asker: Asker<'_>,
    bulk: &Bulk<'_>,
    repeatable: Option<&Repeatable<'_>>,
    render: RenderItem<'_>,
    all: RenderAll<'_>,
) -> Result<Answered<Answer>, AppError> {
    // The key of the whole says only that all has been done; what was done of each, that one's own key tells.
    let tx = engine.db.write_tx().await?;
    let before = claim(&tx, engine, asker, repeatable).await?;
    tx.rollback().await?;
    let mut verdicts = Vec::with_capacity(bulk.items.len());
    for (place, item) in bulk.items.iter().enumerate() {
        let key = repeatable.map(|whole| whole.key.part(place)).transpose()?;
        let own = key.as_ref().zip(repeatable).map(|(key, whole)| Repeatable {
            key,
            request_hash: whole.request_hash.clone(),
        });
        verdicts.push(one(engine, asker, bulk, item, own.as_ref(), render).await?);
    }
    engine.bell.ring();
    let passing = verdicts.iter().any(|verdict| verdict.status >= 500);
    let answer = all(verdicts);
    if before.is_err() {
        return Ok(Answered::Replayed(answer));
    }
    // What failed for want of the database may be tried again with the same key.
    if !passing {
        let tx = engine.db.write_tx().await?;
        if let Ok(claimed) = claim(&tx, engine, asker, repeatable).await? {
            keep(&tx, engine, claimed, None, || DONE).await?;
        }
        tx.commit().await?;
    }
    Ok(Answered::Now(answer))
}

/// What is kept under the key of the whole.
const DONE: Answer = Answer {
    status: 204,
    etag: None,
    location: None,
    body: None,
};

async fn one(
    engine: &Engine,
    asker: Asker<'_>,
    bulk: &Bulk<'_>,
    item: &Item,
    repeatable: Option<&Repeatable<'_>>,
    render: RenderItem<'_>,
) -> Result<Answer, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return told_again(tx, bulk, item, answer, render).await,
    };
    let done = async {
        let target = Target {
            name: parse_name(&item.name).ok_or_else(Refusal::not_found)?,
            scope: bulk.scope,
            precondition: &Precondition::Versions(vec![item.version]),
        };
        let record = find(&tx, &target).await?;
        let record = carry_out(engine, &tx, asker, record, bulk.command).await?;
        Ok(record.referral().clone())
    }
    .await;
    if done.is_ok() {
        let answer = render(item, done);
        keep(&tx, engine, claimed, None, || answer.clone()).await?;
        tx.commit().await?;
        return Ok(answer);
    }
    tx.rollback().await?;
    let answer = render(item, done);
    if answer.status >= 500 {
        return Ok(answer);
    }
    // A refusal is an answer too: whoever asks again gets the same one.
    let tx = engine.db.write_tx().await?;
    match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => {
            keep(&tx, engine, claimed, None, || answer.clone()).await?;
            tx.commit().await?;
            Ok(answer)
        }
        Err(first) => told_again(tx, bulk, item, first, render).await,
    }
}

/// The verdict of a request that comes again: as it was told, as long as whoever asks may still know of the referral.
async fn told_again(
    tx: Tx,
    bulk: &Bulk<'_>,
    item: &Item,
    answer: Answer,
    render: RenderItem<'_>,
) -> Result<Answer, AppError> {
    let name = parse_name(&item.name);
    match repeated::<Answer>(tx, bulk.scope, name, answer).await {
        // A verdict tells nothing of the youth, so it is no look at them.
        Ok((Answered::Now(answer) | Answered::Replayed(answer), _)) => Ok(answer),
        Err(hidden @ AppError::Refused(_)) => Ok(render(item, Err(hidden))),
        Err(other) => Err(other),
    }
}

impl IdempotencyKey {
    /// The key of one part of a request.
    fn part(&self, place: usize) -> Result<Self, AppError> {
        use sha2::{Digest, Sha256};
        let digest = hex::encode(Sha256::digest(self.as_str()));
        format!("part-{place}-of-{digest}").parse().map_err(AppError::internal)
    }
}
