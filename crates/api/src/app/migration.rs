//! Running referrals go over to another version of their workflow, all of them or none.
//!
//! Every one is tried first. Where a single one has a step without a place in the new version nothing moves, and the list says
//! which. Each is then moved under its own lock and in its own transaction, as an entry of its log.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use stafett_store::referrals::{self, Name, Outcome, Record};
use stafett_store::{Db, agencies, agreements};
use stafett_workflow::Definition;
use stafett_workflow::agency::{AgencyId, ReferralId};
use stafett_workflow::calendar::Calendar;
use stafett_workflow::decide::{Effect, Images, Moving, NoImage, migrate};
use stafett_workflow::disclosure;
use stafett_workflow::policy::{Scope, SystemTask};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::ReferralState;
use uuid::Uuid;

use super::AppError;

/// So many are read at a time.
const BATCH: u32 = 250;

/// From which version to which.
#[derive(Debug, Clone)]
pub struct Route {
    /// On which they run.
    pub from: Arc<Definition>,
    /// On which they are to run.
    pub to: Arc<Definition>,
    /// Steps that take the place of others.
    pub images: Images,
    /// What may flow to whom.
    pub disclosure: Arc<disclosure::Table>,
    /// The working days by which limits count.
    pub calendar: Calendar,
}

/// What becomes of one referral.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its id.
    pub id: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// Where it stands.
    pub state: ReferralState,
    /// At which step.
    pub step: String,
    /// Who holds the baton.
    pub custodian: AgencyId,
    /// What changes for it, or why it cannot go over.
    pub verdict: Result<Effect, NoImage>,
}

/// What became of all.
#[derive(Debug, Default)]
pub struct Moved {
    /// Every open referral on the old version, in the order of their ids.
    pub lines: Vec<Line>,
    /// Whether they have been moved.
    pub done: bool,
}

impl Moved {
    /// How many cannot go over.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.lines.iter().filter(|line| line.verdict.is_err()).count()
    }
}

/// Tries every open referral on the old version, and moves them when that is asked for and each has a place.
///
/// # Errors
/// The store's. What was moved before stays moved: the next call goes on with the rest.
pub async fn run(db: &Db, route: &Route, now: impl Fn() -> DateTime<Utc>, move_them: bool) -> Result<Moved, AppError> {
    let mut moved = Moved::default();
    for id in open(db, route).await? {
        moved.lines.extend(one(db, route, id, now(), false).await?);
    }
    if !move_them || moved.refused() > 0 {
        return Ok(moved);
    }
    for line in &mut moved.lines {
        if let Some(now) = one(db, route, line.id, now(), true).await? {
            *line = now;
        }
    }
    moved.done = moved.refused() == 0;
    Ok(moved)
}

/// The referrals that run on the old version and are not over.
async fn open(db: &Db, route: &Route) -> Result<Vec<ReferralId>, AppError> {
    let scope = Scope::for_system(SystemTask::MigrateReferrals);
    let (mut open, mut after) = (Vec::new(), None);
    loop {
        let records = referrals::sweep(db, &scope, after, BATCH).await?;
        let Some(last) = records.last() else { return Ok(open) };
        after = Some(last.referral().id);
        let concerned = records.iter().filter(|record| is_concerned(record, route));
        open.extend(concerned.map(|record| record.referral().id));
    }
}

fn is_concerned(record: &Record, route: &Route) -> bool {
    record.referral().workflow == route.from.key && !record.referral().state.is_end()
}

/// Tries or moves one; nothing, when it has ended or gone over meanwhile.
async fn one(
    db: &Db,
    route: &Route,
    id: ReferralId,
    now: DateTime<Utc>,
    commit: bool,
) -> Result<Option<Line>, AppError> {
    let tx = db.write_tx().await?;
    let scope = Scope::for_system(SystemTask::MigrateReferrals);
    let found = referrals::lock(&tx, &scope, Name::Id(id)).await?;
    let Some(record) = found.filter(|record| is_concerned(record, route)) else {
        tx.rollback().await?;
        return Ok(None);
    };
    let referral = record.referral();
    let agencies = agencies::hold(&tx, &referral.parties(), &[]).await?;
    let agreements = agreements::approved_among(&tx, agencies.ids()).await?;
    let moving = Moving {
        now,
        id: Uuid::now_v7(),
        agencies: &agencies,
        agreements: &agreements,
        disclosure: &route.disclosure,
        calendar: &route.calendar,
    };
    let decided = migrate(&route.from, &route.to, &route.images, referral, &moving);
    let mut line = Line {
        id,
        reference: referral.reference,
        state: referral.state,
        step: referral
            .current_handoff()
            .map(|current| current.step.clone())
            .unwrap_or_default(),
        custodian: referral.custodian,
        verdict: Ok(Effect::default()),
    };
    match decided {
        Err(no_image) => line.verdict = Err(no_image),
        Ok((decision, effect)) => {
            line.verdict = Ok(effect);
            if commit {
                match referrals::commit(&tx, record, &decision, None).await? {
                    Outcome::Stored(_) => {
                        tx.commit().await?;
                        return Ok(Some(line));
                    }
                    Outcome::Stale => return Err(AppError::internal("a referral changed under its lock")),
                }
            }
        }
    }
    tx.rollback().await?;
    Ok(Some(line))
}
