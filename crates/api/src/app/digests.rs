//! The daily digests: what waits, for those who have asked to be told every morning. Each sees in theirs what they would see in
//! their lists, and of that references and deadlines alone.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, Timelike as _, Utc};
use chrono_tz::Europe::Oslo;
use stafett_store::digests::{self, Content, Line};
use stafett_store::preferences::{self, Ended};
use stafett_store::referrals::{self, ReferralBox, ReferralQuery};
use stafett_store::{audit, users};
use stafett_workflow::agency::{ReferralId, UserId};
use stafett_workflow::policy::{self, Operation};
use stafett_workflow::vocabulary::{HandoffState, ReferralState};
use uuid::Uuid;

use super::AppError;
use super::engine::Engine;
use super::reports::period::midnight;

/// From this hour on in Oslo.
const MORNING: u32 = 7;
const BATCH: u32 = 100;
/// So many are named.
const NAMED: usize = 10;

/// Writes down the digest of the day for everybody who wishes one and has none yet. Tells how many there were to write.
///
/// # Errors
/// The store's.
pub async fn make(engine: &Engine) -> Result<u64, AppError> {
    let now = engine.now();
    let local = now.with_timezone(&Oslo);
    if local.hour() < MORNING {
        return Ok(0);
    }
    let (day, mut made) = (local.date_naive(), 0);
    loop {
        let readers = digests::wanting(&engine.db, day, BATCH).await?;
        if readers.is_empty() {
            break;
        }
        for reader in readers {
            let content = match gather(engine, reader, now).await {
                Ok(content) => content,
                Err(AppError::Store(error)) if error.is_transient() => return Err(error.into()),
                // What cannot be understood of one person's lists keeps nobody else from theirs.
                Err(error) => {
                    tracing::error!(user.id = %reader, %error, "a digest cannot be made");
                    Content::default()
                }
            };
            let tx = engine.db.write_tx().await?;
            made += u64::from(digests::insert(&tx, reader, day, &content, now).await?);
            tx.commit().await?;
        }
    }
    Ok(made)
}

/// Ends the digests of whoever got this one. `false` when it has been forgotten, and with it whose it was.
///
/// # Errors
/// The store's.
pub async fn unsubscribe(engine: &Engine, digest: Uuid, request_id: Option<&str>) -> Result<bool, AppError> {
    let tx = engine.db.write_tx().await?;
    let Some(reader) = digests::reader(&tx, digest).await? else {
        tx.rollback().await?;
        return Ok(false);
    };
    let ended = preferences::end_digest(&tx, reader, Ended::Unsubscribed, engine.now()).await?;
    if ended {
        let entry = audit::Entry {
            at: engine.now(),
            actor: None,
            agency: None,
            role: None,
            action: "digest-unsubscribed",
            object_kind: "user",
            object: Some(reader.0),
            request_id,
            body: serde_json::json!({ "digest": digest }),
        };
        audit::record(&tx, &entry).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What is known of one referral in a digest.
struct Waiting {
    reference: String,
    due_at: Option<DateTime<Utc>>,
    mine: bool,
}

async fn gather(engine: &Engine, reader: UserId, now: DateTime<Utc>) -> Result<Content, AppError> {
    let Some((_, actor)) = users::actor(&engine.db, reader).await? else {
        return Ok(Content::default());
    };
    // Who may see no list is told nothing of one.
    let Ok(scope) = policy::scope(&actor, Operation::ListReferrals) else {
        return Ok(Content::default());
    };
    let mut all: BTreeMap<ReferralId, Waiting> = BTreeMap::new();
    let asked = ReferralQuery {
        handoff_states: vec![HandoffState::Sent, HandoffState::Acknowledged],
        ..ReferralQuery::of(scope.clone(), ReferralBox::Inbox, BATCH)
    };
    let to_answer = collect(engine, reader, asked, &mut all).await?;
    let held = ReferralQuery {
        states: vec![
            ReferralState::Active,
            ReferralState::OnHold,
            ReferralState::AllocationDisputed,
        ],
        ..ReferralQuery::of(scope, ReferralBox::Custody, BATCH)
    };
    let held = collect(engine, reader, held, &mut all).await?;
    let tomorrow = now.with_timezone(&Oslo).date_naive().checked_add_days(Days::new(1));
    let tonight = tomorrow.and_then(midnight).unwrap_or(now);
    let due = |within: &dyn Fn(DateTime<Utc>) -> bool| {
        number(all.values().filter(|one| one.due_at.is_some_and(within)).count())
    };
    let mut content = Content {
        to_answer,
        held,
        mine: number(all.values().filter(|one| one.mine).count()),
        overdue: due(&|at| at < now),
        today: due(&|at| at >= now && at <= tonight),
        lines: Vec::new(),
    };
    let dated = all.into_values().filter_map(|one| {
        Some(Line {
            reference: one.reference,
            due_at: one.due_at?,
        })
    });
    content.lines = dated.collect();
    content
        .lines
        .sort_by(|one, other| (one.due_at, &one.reference).cmp(&(other.due_at, &other.reference)));
    content.lines.truncate(NAMED);
    Ok(content)
}

/// Walks a whole list. Tells how long it is.
async fn collect(
    engine: &Engine,
    reader: UserId,
    mut query: ReferralQuery,
    all: &mut BTreeMap<ReferralId, Waiting>,
) -> Result<u32, AppError> {
    let mut length = 0;
    loop {
        let page = referrals::list(&engine.db, &query).await?;
        length += page.items.len();
        for line in page.items {
            let waiting = Waiting {
                reference: line.reference.to_string(),
                due_at: line.next_due,
                mine: line.handoff.assignee == Some(reader),
            };
            all.insert(line.id, waiting);
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(number(length)),
        }
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
