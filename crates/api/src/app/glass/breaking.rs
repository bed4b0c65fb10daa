//! Breaking the glass.

use stafett_store::idempotency::Answer;
use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Name, Outcome, Record};
use stafett_store::{Tx, agencies, as_the_system, glasses, persons};
use stafett_workflow::Refusal;
use stafett_workflow::decide::glass_step;
use stafett_workflow::event::By;
use stafett_workflow::glass::{Glass, GlassStep, takes_part_already};
use stafett_workflow::identifier::Identifier;
use stafett_workflow::look::{LookedAt, StatedReason};
use stafett_workflow::policy::{self, Operation, Permit, Scope, SystemTask};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::AddressProtection;
use uuid::Uuid;

use super::answer::{Concern, concern};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::referrals::facts::Facts;
use crate::app::referrals::{Answered, Asker, Repeatable, claim, keep, replayed};

/// By what the referral is found: exactly.
#[derive(Clone)]
pub enum ByWhat {
    /// Its reference, or its id.
    Name(Name),
    /// The youth's number.
    Identifier(Identifier),
}

/// What somebody asks for.
#[derive(Clone)]
pub struct Request {
    /// By what.
    pub by: ByWhat,
    /// For which agency of theirs, by slug or id.
    pub agency: String,
    /// Why.
    pub reason: StatedReason,
}

/// Writes the answer out, so that it can be kept in the same transaction.
pub type Render<'a> = &'a (dyn Fn(&Concern) -> Answer + Sync);

/// Breaks the glass before one referral, in one commit with the notices to those whose it is. A miss is written down too.
///
/// # Errors
/// Denied; hidden, when there is no such referral; when the caller takes part in it already; when it is erased; the errors of an
/// idempotency key; the store's.
pub async fn break_glass(
    engine: &Engine,
    asker: Asker<'_>,
    wanted: &Request,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<Concern>, AppError> {
    // Until the glass is broken, the database too shows nothing of what lies behind it.
    let tx = as_the_system(SystemTask::BreakGlass, engine.db.write_tx()).await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed(tx, answer).await,
    };
    let agency = agencies::find(&tx, &wanted.agency).await?.ok_or_else(unknown_agency)?;
    let permit = policy::permit_break_glass(asker.actor, agency.id)?;
    let Some(record) = find(engine, &tx, &wanted.by).await? else {
        // Somebody who tries one number after the other stands in the log with each.
        let miss = Viewing {
            at: LookedAt::Search,
            ..Viewing::changing(&tx, asker)
        };
        miss.log_hits(engine, &[]).await?;
        tx.commit().await?;
        return Err(Refusal::not_found().into());
    };
    let own = policy::scope(asker.actor, Operation::ReadReferral)?;
    if own.agencies().iter().any(|agency| record.referral().knows(*agency)) {
        return Err(takes_part_already().into());
    }
    if record.erased_at().is_some() {
        return Err(AppError::Erased);
    }
    let stored = store(engine, &tx, asker, record, permit, &wanted.reason).await?;
    let concern = concern(engine, &tx, stored).await?;
    keep(&tx, engine, claimed, None, || render(&concern)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(concern))
}

async fn store(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    record: Record,
    permit: Permit,
    reason: &StatedReason,
) -> Result<glasses::StoredGlass, AppError> {
    let referral = record.referral();
    let by = By {
        user: permit.user(),
        agency: permit.agency(),
        role: permit.role(),
    };
    let sender = referral.current_handoff().map_or(referral.originator, |leg| leg.sender);
    let protection = record
        .person(Unseen::Decide)
        .map_or(AddressProtection::None, |person| person.address_protection.0);
    let owners = [sender, referral.custodian];
    let (id, now) = (Uuid::now_v7(), engine.now());
    let glass = Glass::broken(id, referral.id, by, owners, protection, engine.glass, now);
    let step = match glass.needs_second {
        true => GlassStep::Asked,
        false => GlassStep::Broken,
    };
    let stored = glasses::insert(tx, &record, &glass, reason).await?;
    let definition = engine.definition(&referral.workflow)?;
    let facts = Facts::of(&record);
    let context = facts.context(engine, asker.actor);
    let decision = glass_step(&definition, referral, &context, permit, &glass, step);
    match referrals::commit(tx, record, &decision, asker.request_id).await? {
        Outcome::Stored(_) => Ok(stored),
        Outcome::Stale => Err(AppError::internal("a locked referral was changed by somebody else")),
    }
}

/// The referral, if it was ever sent: a draft is nobody's but its writer's.
async fn find(engine: &Engine, tx: &Tx, by: &ByWhat) -> Result<Option<Record>, AppError> {
    let scope = Scope::for_system(SystemTask::BreakGlass);
    let name = match by {
        ByWhat::Name(name) => *name,
        ByWhat::Identifier(identifier) => {
            let key = engine.index.of_identifier(identifier);
            match persons::newest(tx, &scope, &key).await? {
                Some(id) => Name::Id(id),
                None => return Ok(None),
            }
        }
    };
    let record = referrals::lock(tx, &scope, name).await?;
    Ok(record.filter(|record| record.referral().handoffs.iter().any(|leg| leg.is_sent())))
}

fn unknown_agency() -> AppError {
    AppError::Fields(vec![FieldError::new(
        "/agency",
        "unknown-agency",
        "Enheten finnes ikke.",
        "There is no such agency.",
    )])
}
