//! Who did what to what, when. Written in the transaction that does it; never anything about the youth.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::EntityTrait;
use serde_json::Value;
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::vocabulary::Role;
use uuid::Uuid;

use crate::connect::{Tx, sealed::Handle as _};
use crate::entity::audit;
use crate::error::StoreError;
use crate::map::micros;

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// Who, or nobody when the system did it.
    pub actor: Option<UserId>,
    /// For which agency.
    pub agency: Option<AgencyId>,
    /// In which role.
    pub role: Option<Role>,
    /// What was done, kebab-case.
    pub action: &'a str,
    /// To what kind of thing, kebab-case.
    pub object_kind: &'a str,
    /// To which one.
    pub object: Option<Uuid>,
    /// The request that asked for it, as it stands in the logs.
    pub request_id: Option<&'a str>,
    /// What else proves it: codes, ids, versions. Never a name, a text or anything about the youth.
    pub body: Value,
}

/// Writes one entry, with what the transaction has written to logs and sealed since the entry before: whoever proves the entry
/// later proves that as well.
///
/// # Errors
/// When the database does not answer.
pub async fn record(tx: &Tx, entry: &Entry<'_>) -> Result<(), StoreError> {
    let row = audit::ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(micros(entry.at)),
        actor_id: Set(entry.actor.map(|actor| actor.0)),
        agency_id: Set(entry.agency.map(|agency| agency.0)),
        role: Set(entry.role.map(|role| role.as_str().to_owned())),
        action: Set(entry.action.to_owned()),
        object_kind: Set(entry.object_kind.to_owned()),
        object_id: Set(entry.object),
        request_id: Set(entry.request_id.map(str::to_owned)),
        body: Set(entry.body.clone()),
        written: Set(tx.written().take()),
        // Whoever seals it gives it one.
        number: NotSet,
    };
    audit::Entity::insert(row)
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}
