//! What this installation is: a few facts that are written once.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::{agency, instance, user};
use crate::error::StoreError;

/// The fact `key`, if it has been written.
///
/// # Errors
/// When the database does not answer.
pub async fn get(on: &impl Handle, key: &str) -> Result<Option<String>, StoreError> {
    Ok(instance::Entity::find_by_id(key)
        .one(&on.executor())
        .await?
        .map(|row| row.value))
}

/// Whether nobody has entered an agency or a person yet.
///
/// # Errors
/// When the database does not answer.
pub async fn is_untouched(on: &impl Handle) -> Result<bool, StoreError> {
    let on = &on.executor();
    let agency = agency::Entity::find().select_only().column(agency::Column::Id);
    let user = user::Entity::find().select_only().column(user::Column::Id);
    Ok(agency.into_tuple::<Uuid>().one(on).await?.is_none() && user.into_tuple::<Uuid>().one(on).await?.is_none())
}

/// Writes the fact `key`, unless it is already there, and returns what holds now.
///
/// # Errors
/// When the database does not answer.
pub async fn establish(tx: &Tx, key: &str, value: &str) -> Result<String, StoreError> {
    let row = instance::ActiveModel {
        key: Set(key.to_owned()),
        value: Set(value.to_owned()),
    };
    instance::Entity::insert(row)
        .on_conflict(OnConflict::column(instance::Column::Key).do_nothing().to_owned())
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(get(tx, key).await?.unwrap_or_else(|| value.to_owned()))
}

/// Takes the fact `key` away, if it still is `value`.
///
/// # Errors
/// When the database does not answer.
pub async fn take_away(tx: &Tx, key: &str, value: &str) -> Result<(), StoreError> {
    instance::Entity::delete_many()
        .filter(instance::Column::Key.eq(key))
        .filter(instance::Column::Value.eq(value))
        .exec(&tx.executor())
        .await?;
    Ok(())
}

/// Writes the fact `key`, in place of what it was.
///
/// # Errors
/// When the database does not answer.
pub async fn put(tx: &Tx, key: &str, value: &str) -> Result<(), StoreError> {
    let row = instance::ActiveModel {
        key: Set(key.to_owned()),
        value: Set(value.to_owned()),
    };
    instance::Entity::insert(row)
        .on_conflict(
            OnConflict::column(instance::Column::Key)
                .update_column(instance::Column::Value)
                .to_owned(),
        )
        .exec_without_returning(&tx.executor())
        .await?;
    Ok(())
}
