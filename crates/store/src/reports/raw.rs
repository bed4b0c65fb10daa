//! The logs behind the figures, for whoever counts them anew.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::event::Event;
use stafett_workflow::policy::Scope;
use stafett_workflow::vocabulary::Need;
use uuid::Uuid;

use super::needs::needed;
use crate::connect::Handle;
use crate::entity::event;
use crate::error::StoreError;
use crate::events::to_event;
use crate::referrals::{placeholder, within};

/// What there is of one referral beside what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Which.
    pub id: ReferralId,
    /// What is needed, which stands in no log.
    pub needs: Vec<Need>,
    /// Its log, in order.
    pub log: Vec<Event>,
}

/// Up to `limit` referrals within the scope with their logs, in the order of their ids, after the id `after`.
///
/// # Errors
/// As for [`super::each_sent`].
pub async fn raw(
    on: &impl Handle,
    scope: &Scope,
    after: Option<ReferralId>,
    limit: u32,
) -> Result<Vec<Raw>, StoreError> {
    let mut values = vec![after.map_or(Uuid::nil(), |after| after.0).into()];
    let Some(within) = within(scope, &mut values) else {
        return Ok(Vec::new());
    };
    let limit = placeholder(i64::from(limit), &mut values);
    let sql = format!(
        "SELECT r.id, CAST(r.needs AS TEXT) AS needs FROM referrals r WHERE r.id > $1 AND {within} ORDER BY r.id LIMIT {limit}"
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let mut raw = rows
        .iter()
        .map(|row| {
            Ok(Raw {
                id: ReferralId(row.try_get("", "id")?),
                needs: needed(row)?,
                log: Vec::new(),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let events = event::Entity::find()
        .filter(event::Column::ReferralId.is_in(raw.iter().map(|raw| raw.id.0)))
        .order_by_asc(event::Column::ReferralId)
        .order_by_asc(event::Column::Seq)
        .all(&on.executor())
        .await?;
    for row in events {
        let id = ReferralId(row.referral_id);
        let event = to_event(row)?;
        if let Ok(place) = raw.binary_search_by_key(&id, |raw| raw.id)
            && let Some(raw) = raw.get_mut(place)
        {
            raw.log.push(event);
        }
    }
    Ok(raw)
}
