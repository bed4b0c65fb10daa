//! Writing a referral, and sending it at once when it is asked for.
//!
//! Two doors lead here: `POST`, which may carry an idempotency key, and `PUT` with an id that the client made, which is how
//! a phone sends after days without coverage. However often a phone repeats itself, there is one referral.

use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Creation, Name, Particulars, Record};
use stafett_store::{Tx, agencies, agreements, persons};
use stafett_workflow::NewReferral;
use stafett_workflow::agency::ReferralId;
use stafett_workflow::person::Person;
use stafett_workflow::policy::{self, Operation};
use stafett_workflow::reference::Reference;
use stafett_workflow::refusal::{FieldError, Refusal, Rule};
use uuid::Uuid;

use super::facts::Facts;
use super::{Answered, Asker, NewDraft, Render, Repeatable, View, claim, keep, made, replayed_about};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::{Viewing, Words};
use crate::app::persons::likely_duplicates;

/// How often another reference is drawn when one is taken. With 33 million of them, once is rare already.
const DRAWS: usize = 8;

/// By which door a referral comes in.
pub enum Door<'a> {
    /// The server makes the id.
    Post(Option<Repeatable<'a>>),
    /// The client made it.
    Put(ReferralId),
}

/// Writes a referral. `digest` is the digest of the request's body, by which a repeated `PUT` is recognised.
///
/// # Errors
/// [`AppError::Refused`] by the engine; [`AppError::AlreadyStored`] and [`AppError::Taken`] for a `PUT`; the errors of an
/// idempotency key; the store's.
pub async fn create(
    engine: &Engine,
    asker: Asker<'_>,
    draft: &NewDraft,
    digest: &str,
    door: Door<'_>,
    render: Render<'_>,
) -> Result<Answered<View>, AppError> {
    let tx = engine.db.write_tx().await?;
    let (id, repeatable) = match &door {
        Door::Post(repeatable) => (ReferralId(Uuid::now_v7()), repeatable.as_ref()),
        Door::Put(id) => (*id, None),
    };
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => {
            let scope = policy::scope(asker.actor, Operation::ReadReferral).map_err(|_verdict| Refusal::not_found())?;
            let name = made(&answer);
            return replayed_about(tx, engine, asker, &scope, name, answer).await;
        }
    };
    let Some(record) = write(engine, &tx, asker, draft, digest, id).await? else {
        return Err(already_there(&tx, asker, id, digest).await?);
    };
    let warnings = likely_duplicates(engine, &tx, asker, &record).await?;
    let viewing = Viewing::changing(&tx, asker).showing(Words::TheirOwn);
    let mut view = View::load(engine, &tx, &viewing, record).await?;
    view.warnings = warnings;
    keep(&tx, engine, claimed, Some(&view.record), || render(&view)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(view))
}

/// Takes the decision and stores it, within the caller's transaction; `None` when the id is taken.
///
/// # Errors
/// As for [`create`].
pub async fn write(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    draft: &NewDraft,
    digest: &str,
    id: ReferralId,
) -> Result<Option<Record>, AppError> {
    let definition = engine
        .library
        .newest(&draft.workflow)
        .ok_or_else(|| unknown_workflow(engine))?;
    let names: Vec<&str> = std::iter::once(draft.sender.as_str())
        .chain(draft.receiver.as_deref())
        .collect();
    let agencies = agencies::hold(tx, &[], &names).await?;
    let agreements = match draft.send {
        true => agreements::approved_among(tx, agencies.ids()).await?,
        false => Vec::new(), // they count from when it is sent
    };
    let facts = Facts {
        subject: draft.person.as_ref().map(Person::subject).unwrap_or_default(),
        outline: draft.content.outline(),
        agencies,
        agreements,
        ..Facts::default()
    };
    let context = facts.context(engine, asker.actor);
    let particulars = Particulars {
        person: draft.person.as_ref(),
        content: &draft.content,
        parent: parent(tx, asker, draft).await?,
        digest,
    };
    for _ in 0..DRAWS {
        let new = NewReferral {
            id,
            reference: Reference::from_random(rand::random()),
            sender: draft.sender.clone(),
            draft: draft.terms(),
            send: draft.send,
        };
        let decision = stafett_workflow::create(definition, &new, &context)?;
        match referrals::create(tx, &decision, &particulars, asker.request_id).await? {
            Creation::Stored(record) => {
                if let Some(person) = record.person(Unseen::Decide) {
                    persons::index(tx, &record, &engine.index.of_person(person)).await?;
                }
                return Ok(Some(*record));
            }
            Creation::IdTaken => return Ok(None),
            Creation::ReferenceTaken => {}
        }
    }
    Err(AppError::internal("every reference that was drawn is taken"))
}

/// 412 only when the same sender stored the same body under this id; whatever else lies there is nobody's business.
async fn already_there(tx: &Tx, asker: Asker<'_>, id: ReferralId, digest: &str) -> Result<AppError, AppError> {
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let stored = referrals::find(tx, &scope, Name::Id(id))
        .await?
        .filter(|record| asker.actor.does_casework_in(record.referral().originator));
    Ok(match stored {
        Some(record) if record.was_made_by(tx, digest).await? => AppError::AlreadyStored {
            referral: id,
            current: record.referral().version,
        },
        _ => AppError::Taken,
    })
}

/// A parent is one that the writer may know of; whether others exist is nobody's business.
async fn parent(tx: &Tx, asker: Asker<'_>, draft: &NewDraft) -> Result<Option<ReferralId>, AppError> {
    let Some(name) = draft.parent else { return Ok(None) };
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let found = referrals::find(tx, &scope, name).await?;
    found
        .map(|record| Some(record.referral().id))
        .ok_or_else(|| Refusal::of_fields(vec![unknown_parent()]).into())
}

/// A parent that the writer does not know of.
#[must_use]
pub fn unknown_parent() -> FieldError {
    FieldError::new(
        "/parent",
        "unknown-referral",
        "Det finnes ingen slik formidling som du har tilgang til.",
        "There is no such referral that you have access to.",
    )
}

fn unknown_workflow(engine: &Engine) -> AppError {
    let mut ids: Vec<&str> = engine
        .library
        .iter()
        .map(|definition| definition.key.id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let known = ids.join(", ");
    let field = FieldError::new(
        "/workflow",
        "unknown-code",
        format!("Velg en av: {known}."),
        format!("Choose one of: {known}."),
    );
    Refusal::of_field(Rule::UnknownWorkflow, field).into()
}
