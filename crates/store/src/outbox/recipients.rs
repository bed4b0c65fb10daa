//! Who an agency's leads or administrators are, when a notice is for them, and who reads it while they are away; and what units
//! wish.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::agency::{AgencyId, HandoffId, UserId};
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::decide::NoticeIntent;
use stafett_workflow::referral::Referral;
use stafett_workflow::vocabulary::Role;

use crate::connect::{Tx, sealed::Handle as _};
use crate::deputies;
use crate::error::StoreError;
use crate::map::micros;
use crate::referrals::{placeholder, placeholders};

/// How a unit wishes to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    /// Whether somebody on call has an address of their own.
    pub(super) on_call: bool,
    /// Its opening hours, when it wishes that what can wait waits for them.
    pub(super) quiet: Option<OpeningHours>,
}

/// What these units wish; those that have said nothing are not among them.
pub(super) async fn reach(
    tx: &Tx,
    agencies: impl IntoIterator<Item = AgencyId>,
) -> Result<BTreeMap<AgencyId, Reach>, StoreError> {
    let mut agencies: Vec<_> = agencies.into_iter().collect();
    agencies.sort_unstable();
    agencies.dedup();
    let mut values = Vec::new();
    let list = placeholders(&agencies, &mut values);
    let sql = format!(
        "SELECT a.id, a.opening_hours, s.quiet_hours, \
         COALESCE(s.on_call, '') <> '' AND COALESCE(s.on_call, '') <> COALESCE(a.mailbox, '') AS on_call \
         FROM agencies a JOIN agency_settings s ON s.agency_id = a.id WHERE a.id IN ({list})"
    );
    let rows = tx.executor().query_all_raw(tx.statement(&sql, values)).await?;
    let mut reach = BTreeMap::new();
    for row in rows {
        let hours: Option<serde_json::Value> = row.try_get("", "opening_hours")?;
        let is_quiet: bool = row.try_get("", "quiet_hours")?;
        // Hours that cannot be read are no reason to keep quiet.
        let quiet = hours
            .filter(|_| is_quiet)
            .and_then(|hours| serde_json::from_value(hours).ok());
        let on_call = row.try_get("", "on_call")?;
        reach.insert(AgencyId(row.try_get("", "id")?), Reach { on_call, quiet });
    }
    Ok(reach)
}

/// The longest chain of people who are away at the same time; the set-up refuses rings.
const LONGEST_CHAIN: usize = 20;

/// One person to whom a notice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reader {
    /// Who.
    pub(crate) user: UserId,
    /// For whom they stand in.
    pub(crate) instead_of: Option<UserId>,
}

/// Somebody who is responsible for a hand-off and wishes a copy of what their unit is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Copy {
    /// Whoever reads it: they, or whoever stands in.
    pub(super) reader: Reader,
    /// Their unit.
    pub(super) agency: AgencyId,
}

/// Who wishes a copy, for the hand-offs that these notices are about. Whoever has left the unit gets none.
pub(super) async fn copies(
    tx: &Tx,
    referral: &Referral,
    notices: &[NoticeIntent],
    now: DateTime<Utc>,
) -> Result<BTreeMap<HandoffId, Copy>, StoreError> {
    let told = |leg: HandoffId, agency| {
        notices
            .iter()
            .any(|notice| notice.handoff == leg && notice.to == agency)
    };
    let legs = referral.handoffs.iter().filter_map(|leg| {
        let agency = leg.terms.receiver.filter(|agency| told(leg.id, *agency))?;
        Some((leg.id, leg.assignee?, agency))
    });
    let mut copies = BTreeMap::new();
    for (leg, assignee, agency) in legs {
        if wishes_copies(tx, assignee, agency).await? {
            let reader = reader_for(tx, agency, assignee, now).await?;
            copies.insert(leg, Copy { reader, agency });
        }
    }
    Ok(copies)
}

async fn wishes_copies(tx: &Tx, user: UserId, agency: AgencyId) -> Result<bool, StoreError> {
    let mut values: Vec<Value> = Vec::new();
    let (user, agency) = (placeholder(user.0, &mut values), placeholder(agency.0, &mut values));
    let sql = format!(
        "SELECT u.id FROM users u JOIN preferences p ON p.id = u.id WHERE u.id = {user} AND p.copies AND u.active \
         AND u.email IS NOT NULL AND u.email <> '' \
         AND EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.agency_id = {agency})"
    );
    let row = tx.executor().query_one_raw(tx.statement(&sql, values)).await?;
    Ok(row.is_some())
}

/// Those who have a role in an agency and an address of their own, and in place of those who are away whoever stands in. Where
/// nobody has an address, the unit's mailbox is told.
pub(super) async fn with_role(
    tx: &Tx,
    agency: AgencyId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Vec<Reader>, StoreError> {
    // Only of those who are away it is asked further who stands in.
    let sql = "SELECT DISTINCT u.id, EXISTS (SELECT 1 FROM deputies d WHERE d.agency_id = $1 AND d.user_id = u.id \
               AND d.starts_at <= $3 AND d.ends_at > $3) AS away FROM users u JOIN memberships m ON m.user_id = u.id \
               WHERE m.agency_id = $1 AND m.role = $2 AND u.active AND u.email IS NOT NULL AND u.email <> '' ORDER BY u.id";
    let rows = tx
        .executor()
        .query_all_raw(tx.statement(sql, [agency.0.into(), role.as_str().into(), micros(now).into()]))
        .await?;
    let mut readers: Vec<Reader> = Vec::with_capacity(rows.len());
    for row in rows {
        let user = UserId(row.try_get("", "id")?);
        let reader = match row.try_get("", "away")? {
            true => reader_for(tx, agency, user, now).await?,
            false => Reader { user, instead_of: None },
        };
        // Somebody who stands in for two, or for one beside their own, hears once.
        match readers.iter_mut().find(|known| known.user == reader.user) {
            Some(known) if reader.instead_of.is_none() => *known = reader,
            Some(_) => {}
            None => readers.push(reader),
        }
    }
    Ok(readers)
}

/// Whoever stands in for somebody in an agency now, along the chain of those who are away; themselves while they are there, or
/// when nobody who stands in can be written to.
async fn reader_for(tx: &Tx, agency: AgencyId, user: UserId, now: DateTime<Utc>) -> Result<Reader, StoreError> {
    let own = Reader { user, instead_of: None };
    let mut last = user;
    for _ in 0..LONGEST_CHAIN {
        let Some(absence) = deputies::standing_in(tx, agency, last, now).await? else {
            break;
        };
        last = absence.deputy;
    }
    if last == user || !has_address(tx, last).await? {
        return Ok(own);
    }
    Ok(Reader {
        user: last,
        instead_of: Some(user),
    })
}

async fn has_address(tx: &Tx, user: UserId) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM users WHERE id = $1 AND active AND email IS NOT NULL AND email <> ''";
    let row = tx.executor().query_one_raw(tx.statement(sql, [user.0.into()])).await?;
    Ok(row.is_some())
}
