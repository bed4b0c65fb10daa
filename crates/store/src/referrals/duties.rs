//! What would be left lying if an agency or a person went away. Told by number and reference only, to whoever sets agencies
//! up; nothing of a youth stands here.

use sea_orm::{ConnectionTrait, Value};
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::policy::SetupPermit;

use crate::connect::Handle;
use crate::error::StoreError;

/// What an agency still answers for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Referrals whose baton it holds.
    pub batons: u64,
    /// Hand-offs that wait in its inbox or are under way there.
    pub handoffs: u64,
    /// Disputes that it must decide.
    pub disputes: u64,
}

impl Held {
    /// Whether nothing is left.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.batons == 0 && self.handoffs == 0 && self.disputes == 0
    }
}

/// What an agency still answers for.
///
/// # Errors
/// When the database does not answer.
pub async fn held_by(on: &impl Handle, agency: AgencyId) -> Result<Held, StoreError> {
    let count = async |condition: &str| {
        let sql = format!("SELECT COUNT(*) AS number FROM referrals WHERE {condition} AND closed_at IS NULL");
        let row = on
            .executor()
            .query_one_raw(on.statement(&sql, [agency.0.into()]))
            .await?;
        let number = row.map(|row| row.try_get::<i64>("", "number")).transpose()?;
        Ok::<_, StoreError>(u64::try_from(number.unwrap_or_default()).unwrap_or_default())
    };
    Ok(Held {
        batons: count("custodian_id = $1").await?,
        handoffs: count("receiver_id = $1").await?,
        disputes: count("coordinator_id = $1 AND disputed_since IS NOT NULL").await?,
    })
}

/// The references of the open hand-offs for which a person is responsible in the agency of the permit, at most `most`, and
/// how many there are.
///
/// # Errors
/// When the database does not answer.
pub async fn assigned_to(
    on: &impl Handle,
    permit: &SetupPermit,
    user: UserId,
    most: u32,
) -> Result<(u64, Vec<String>), StoreError> {
    let from = "FROM handoffs h JOIN referrals r ON r.id = h.referral_id \
                WHERE h.open AND h.assignee_id = $1 AND h.receiver_id = $2";
    let whose: [Value; 2] = [user.0.into(), permit.agency().0.into()];
    let count = format!("SELECT COUNT(*) AS number {from}");
    let row = on.executor().query_one_raw(on.statement(&count, whose.clone())).await?;
    let number = row.map(|row| row.try_get::<i64>("", "number")).transpose()?;
    let sql = format!("SELECT r.reference {from} ORDER BY r.next_due_at, r.id LIMIT {most}");
    let rows = on.executor().query_all_raw(on.statement(&sql, whose)).await?;
    let references = rows
        .iter()
        .map(|row| row.try_get("", "reference"))
        .collect::<Result<_, _>>()?;
    Ok((
        u64::try_from(number.unwrap_or_default()).unwrap_or_default(),
        references,
    ))
}
