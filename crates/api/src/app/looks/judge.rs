//! Judging looks: gathers what was known of each, lets the core say which rules it meets, and writes that down once. It runs
//! now and then, and whenever a lead asks, so that the list they see is up to date.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use stafett_store::looks::{self, LookRow, Unseen};
use stafett_store::referrals::{self, Record};
use stafett_store::{agencies, as_the_system, deputies, users};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::look::unusual::{self, Circumstances, MASS_FLOOR};
use stafett_workflow::policy::{Scope, SystemTask};
use uuid::Uuid;

use crate::app::AppError;
use crate::app::engine::Engine;

/// So many are judged in one transaction.
const BATCH: u32 = 200;
/// Somebody's own norm is that of so many days.
const NORM_DAYS: i64 = 28;

/// Judges whatever nobody has judged yet, of one agency or of all. Tells how many.
///
/// # Errors
/// The store's.
pub async fn judge(engine: &Engine, agency: Option<AgencyId>) -> Result<u64, AppError> {
    as_the_system(SystemTask::JudgeLooks, judge_all(engine, agency)).await
}

async fn judge_all(engine: &Engine, agency: Option<AgencyId>) -> Result<u64, AppError> {
    let scope = Scope::for_system(SystemTask::JudgeLooks);
    let mut all = 0;
    loop {
        let batch = looks::unjudged(&engine.db, &scope, agency, BATCH).await?;
        if batch.is_empty() {
            return Ok(all);
        }
        let known = Known::gather(engine, &scope, &batch).await?;
        let mut verdicts = Vec::with_capacity(batch.len());
        for look in &batch {
            verdicts.push(unusual::judge(&known.circumstances(engine, look).await?));
        }
        let tx = engine.db.write_tx().await?;
        for (look, rules) in batch.iter().zip(&verdicts) {
            looks::judged(&tx, look, rules, engine.now()).await?;
        }
        tx.commit().await?;
        all += batch.len() as u64;
    }
}

/// What is looked up once for many looks.
struct Known {
    names: BTreeMap<UserId, String>,
    hours: BTreeMap<AgencyId, OpeningHours>,
    records: BTreeMap<ReferralId, Record>,
}

impl Known {
    async fn gather(engine: &Engine, scope: &Scope, looks: &[LookRow]) -> Result<Self, AppError> {
        let people: BTreeSet<UserId> = looks.iter().map(|look| look.user).collect();
        let places: BTreeSet<AgencyId> = looks.iter().map(|look| look.agency).collect();
        let referrals: BTreeSet<ReferralId> = looks.iter().filter_map(|look| look.referral).collect();
        let referrals: Vec<ReferralId> = referrals.into_iter().collect();
        let records = referrals::several(&engine.db, scope, &referrals).await?;
        let (_, hours) = agencies::names_and_hours(&engine.db, places).await?;
        Ok(Self {
            names: users::names(&engine.db, people).await?,
            hours,
            records: records
                .into_iter()
                .map(|record| (record.referral().id, record))
                .collect(),
        })
    }

    async fn circumstances(&self, engine: &Engine, look: &LookRow) -> Result<Circumstances, AppError> {
        let (in_the_hour, usual) = self.pace(engine, look).await?;
        let open = self.hours.get(&look.agency).map(|hours| hours.is_open(look.at));
        let on_call = match open {
            Some(false) => deputies::covered_by(&engine.db, look.user, look.at)
                .await?
                .iter()
                .any(|absence| absence.agency == look.agency),
            Some(true) | None => false,
        };
        Ok(Circumstances {
            at: look.looked_at,
            relation: look.relation,
            part_ended: look.part_ended,
            in_the_hour,
            usual,
            same_name: self.same_name(look),
            open,
            on_call,
        })
    }

    fn same_name(&self, look: &LookRow) -> bool {
        let own = self.names.get(&look.user);
        let record = look.referral.and_then(|referral| self.records.get(&referral));
        let youth = record
            .and_then(|record| record.person(Unseen::Judge))
            .and_then(|person| person.name.as_deref());
        match (own, youth) {
            (Some(own), Some(youth)) => unusual::same_family_name(own, youth),
            (None, _) | (_, None) => false,
        }
    }

    /// How many different referrals in the hour, and how many are usual; the norm is looked up only where it matters.
    async fn pace(&self, engine: &Engine, look: &LookRow) -> Result<(u32, u32), AppError> {
        let who = (look.agency, look.user);
        let hour = looks::of_person(&engine.db, who, (look.at - TimeDelta::hours(1), look.at)).await?;
        // Of those of the same instant, the ones that come after this one do not count yet.
        let place = hour.iter().position(|(id, ..)| *id == look.id).unwrap_or(hour.len());
        let before = hour.get(..place).unwrap_or_default();
        let seen: BTreeSet<ReferralId> = before.iter().map(|(_, _, referral)| *referral).collect();
        // Only a look with which another referral comes in counts, so that reading its timeline is not one more.
        let is_new = look.referral.is_some_and(|referral| !seen.contains(&referral));
        let in_the_hour = different(seen).saturating_add(u32::from(is_new));
        if in_the_hour < MASS_FLOOR || !is_new {
            return Ok((in_the_hour.min(MASS_FLOOR - 1), 0));
        }
        let day = look.at - TimeDelta::days(1);
        let before = looks::of_person(&engine.db, who, (look.at - TimeDelta::days(NORM_DAYS), day)).await?;
        Ok((in_the_hour, unusual::usual(busiest(&before))))
    }
}

/// The busiest hour of each day on which there was any.
fn busiest(looks: &[(Uuid, DateTime<Utc>, ReferralId)]) -> Vec<u32> {
    let mut hours: BTreeMap<i64, BTreeSet<ReferralId>> = BTreeMap::new();
    for (_, at, referral) in looks {
        hours
            .entry(at.timestamp().div_euclid(3600))
            .or_default()
            .insert(*referral);
    }
    let mut days: BTreeMap<i64, u32> = BTreeMap::new();
    for (hour, referrals) in hours {
        let most = days.entry(hour.div_euclid(24)).or_default();
        *most = (*most).max(different(referrals));
    }
    days.into_values().collect()
}

fn different(referrals: impl IntoIterator<Item = ReferralId>) -> u32 {
    let referrals: BTreeSet<ReferralId> = referrals.into_iter().collect();
    u32::try_from(referrals.len()).unwrap_or(u32::MAX)
}
