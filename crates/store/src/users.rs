//! People who work with referrals, and what they are in which agency. Their rights come from here at each request, never
//! from a token.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::command::Colleague;
use stafett_workflow::policy::{Actor, Membership};
use stafett_workflow::vocabulary::{Language, Role};
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::digests;
use crate::entity::{membership, session, user};
use crate::error::StoreError;
use crate::map;
use crate::sessions::SessionId;

/// A person who works with referrals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What they sign in with, unique.
    pub username: String,
    /// What they are called.
    pub display_name: String,
    /// Their address.
    pub email: Option<String>,
    /// The language in which they are answered.
    pub language: Language,
    /// Rises to end every session of theirs at once.
    pub session_epoch: i32,
    /// Whether they may sign in.
    pub active: bool,
    /// Counts changes of the account, from 1; the ETag.
    pub version: u32,
    /// Until when the password that was handed out is good: it must be changed first. `None` for one of their own.
    pub password_expires_at: Option<DateTime<Utc>>,
    /// When they were entered.
    pub created_at: DateTime<Utc>,
    /// When they were changed last.
    pub updated_at: DateTime<Utc>,
}

/// What signing in needs.
#[derive(Clone)]
pub struct Credentials {
    /// The person.
    pub user: User,
    /// The PHC string of their password, if they have one here.
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user.id)
            .finish_non_exhaustive()
    }
}

/// One person, by their id.
///
/// # Errors
/// When the database does not answer.
pub async fn find(on: &impl Handle, id: UserId) -> Result<Option<User>, StoreError> {
    user::Entity::find_by_id(id.0)
        .one(&on.executor())
        .await?
        .map(User::try_from)
        .transpose()
}

/// One person with their password, by the name that they sign in with.
///
/// # Errors
/// When the database does not answer.
pub async fn credentials(on: &impl Handle, username: &str) -> Result<Option<Credentials>, StoreError> {
    if !map::is_name(username) {
        return Ok(None);
    }
    let row = user::Entity::find()
        .filter(user::Column::Username.eq(username))
        .one(&on.executor())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let password_hash = row.password_hash.clone();
    Ok(Some(Credentials {
        user: User::try_from(row)?,
        password_hash,
    }))
}

/// Keeps the accounts of those with this role, wherever they have it, as they are until the transaction ends: of two who would
/// close each other's, the second sees what the first has done.
///
/// # Errors
/// [`StoreError::Busy`] when another takes too long.
pub async fn lock_holders(tx: &Tx, role: Role) -> Result<(), StoreError> {
    // On SQLite the transaction has the whole database to itself already.
    if tx.backend() == DbBackend::Postgres {
        let sql = "SELECT u.id FROM users u WHERE u.id IN (SELECT m.user_id FROM memberships m WHERE m.role = $1) \
                   ORDER BY u.id FOR NO KEY UPDATE";
        let values = [role.as_str().into()];
        tx.executor().query_all_raw(tx.statement(sql, values)).await?;
    }
    Ok(())
}

/// Whether anybody else than `but` is active and has this role, in this agency or across all.
///
/// # Errors
/// When the database does not answer.
pub async fn others_with(on: &impl Handle, role: Membership, but: UserId) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) AS number FROM memberships m JOIN users u ON u.id = m.user_id \
               WHERE u.active AND u.id <> $1 AND m.role = $2 AND ($3 IS NULL OR m.agency_id = $3)";
    let values = [
        but.0.into(),
        role.role.as_str().into(),
        role.agency.map(|agency| agency.0).into(),
    ];
    let row = on.executor().query_one_raw(on.statement(sql, values)).await?;
    let number = row.map(|row| row.try_get::<i64>("", "number")).transpose()?;
    Ok(number.unwrap_or_default() > 0)
}

/// Somebody with all that the policy must know of them, as the database has it now. `None` when there is nobody with this
/// id; whether they are active and their sessions still count is for the caller to see.
///
/// # Errors
/// When the database does not answer.
pub async fn actor(on: &impl Handle, id: UserId) -> Result<Option<(User, Actor)>, StoreError> {
    let Some(user) = find(on, id).await? else {
        return Ok(None);
    };
    Ok(Some(with_rights(on, user).await?))
}

/// The same for whoever comes in a session; `None` also when the session has ended, or is not theirs.
///
/// # Errors
/// When the database does not answer.
pub async fn actor_in(on: &impl Handle, id: UserId, session: SessionId) -> Result<Option<(User, Actor)>, StoreError> {
    let found = session::Entity::find_by_id(session.0)
        .filter(session::Column::UserId.eq(id.0))
        .filter(session::Column::EndedAt.is_null())
        .find_also_related(user::Entity)
        .one(&on.executor())
        .await?;
    match found {
        Some((_, Some(row))) => Ok(Some(with_rights(on, User::try_from(row)?).await?)),
        _ => Ok(None),
    }
}

async fn with_rights(on: &impl Handle, user: User) -> Result<(User, Actor), StoreError> {
    let id = user.id;
    let actor = Actor {
        user: id,
        language: user.language,
        memberships: memberships(on, id).await?,
    };
    Ok((user, actor))
}

/// What one person is, and where.
///
/// # Errors
/// When the database does not answer.
pub async fn memberships(on: &impl Handle, id: UserId) -> Result<Vec<Membership>, StoreError> {
    let rows = membership::Entity::find()
        .filter(membership::Column::UserId.eq(id.0))
        .order_by_asc(membership::Column::Id)
        .all(&on.executor())
        .await?;
    rows.into_iter().map(Membership::try_from).collect()
}

/// The active person whom an input names by id or by the name that they sign in with, and where they do casework.
///
/// # Errors
/// When the database does not answer.
pub async fn colleague(on: &impl Handle, name: &str) -> Result<Option<Colleague>, StoreError> {
    if !map::is_name(name) {
        return Ok(None);
    }
    let query = match Uuid::parse_str(name) {
        Ok(id) => user::Entity::find_by_id(id),
        Err(_not_an_id) => user::Entity::find().filter(user::Column::Username.eq(name)),
    };
    let Some(row) = query.filter(user::Column::Active.eq(true)).one(&on.executor()).await? else {
        return Ok(None);
    };
    let user = UserId(row.id);
    let actor = Actor {
        user,
        language: Language::default(),
        memberships: memberships(on, user).await?,
    };
    let agencies = actor
        .agencies()
        .into_iter()
        .filter(|agency| actor.does_casework_in(*agency))
        .collect();
    Ok(Some(Colleague { user, agencies }))
}

/// What these people are called.
///
/// # Errors
/// When the database does not answer.
pub async fn names(
    on: &impl Handle,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<BTreeMap<UserId, String>, StoreError> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::DisplayName])
        .filter(user::Column::Id.is_in(ids))
        .into_tuple()
        .all(&on.executor())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (UserId(id), name)).collect())
}

/// The people of an agency with their roles, in the order of their names.
///
/// # Errors
/// When the database does not answer.
pub async fn of_agency(on: &impl Handle, agency: AgencyId) -> Result<Vec<(User, Vec<Role>)>, StoreError> {
    let roles = membership::Entity::find()
        .filter(membership::Column::AgencyId.eq(agency.0))
        .all(&on.executor())
        .await?;
    let mut by_user: BTreeMap<Uuid, Vec<Role>> = BTreeMap::new();
    for row in roles {
        let user = row.user_id;
        by_user.entry(user).or_default().push(Membership::try_from(row)?.role);
    }
    let rows = user::Entity::find()
        .filter(user::Column::Id.is_in(by_user.keys().copied()))
        .order_by_asc(user::Column::DisplayName)
        .order_by_asc(user::Column::Id)
        .all(&on.executor())
        .await?;
    rows.into_iter()
        .map(|row| {
            let roles = by_user.remove(&row.id).unwrap_or_default();
            Ok((User::try_from(row)?, roles))
        })
        .collect()
}

/// Everybody with what they are, in the order of their names. For whoever runs the machine.
///
/// # Errors
/// When the database does not answer.
pub async fn everybody(on: &impl Handle) -> Result<Vec<(User, Vec<Membership>)>, StoreError> {
    let mut by_user: BTreeMap<Uuid, Vec<Membership>> = BTreeMap::new();
    let held = membership::Entity::find()
        .order_by_asc(membership::Column::Id)
        .all(&on.executor())
        .await?;
    for row in held {
        by_user.entry(row.user_id).or_default().push(Membership::try_from(row)?);
    }
    let rows = user::Entity::find()
        .order_by_asc(user::Column::DisplayName)
        .order_by_asc(user::Column::Id)
        .all(&on.executor())
        .await?;
    rows.into_iter()
        .map(|row| {
            let memberships = by_user.remove(&row.id).unwrap_or_default();
            Ok((User::try_from(row)?, memberships))
        })
        .collect()
}

/// Enters a person.
///
/// # Errors
/// [`StoreError::Conflict`] when the username is taken.
pub async fn insert(tx: &Tx, user: &User, password_hash: Option<&str>) -> Result<(), StoreError> {
    let row = user::ActiveModel {
        id: Set(user.id.0),
        username: Set(user.username.clone()),
        display_name: Set(user.display_name.clone()),
        email: Set(user.email.clone()),
        language: Set(user.language.as_str().to_owned()),
        password_hash: Set(password_hash.map(str::to_owned)),
        session_epoch: Set(user.session_epoch),
        active: Set(user.active),
        version: Set(map::stored_count("user", "version", user.version)?),
        password_expires_at: Set(user.password_expires_at.map(map::micros)),
        created_at: Set(map::micros(user.created_at)),
        updated_at: Set(map::micros(user.updated_at)),
    };
    user::Entity::insert(row).exec_without_returning(&tx.executor()).await?;
    Ok(())
}

/// Changes a person whose version was one less than it says now: name, address, language, whether they are active, until
/// when a password that was handed out is good. `false` when somebody else was faster, or there is nobody with this id.
///
/// # Errors
/// [`StoreError::Conflict`] when the username is taken.
pub async fn update(tx: &Tx, user: &User) -> Result<bool, StoreError> {
    let before = map::stored_count("user", "version", user.version.saturating_sub(1))?;
    let row = user::ActiveModel {
        username: Set(user.username.clone()),
        display_name: Set(user.display_name.clone()),
        email: Set(user.email.clone()),
        language: Set(user.language.as_str().to_owned()),
        active: Set(user.active),
        version: Set(map::stored_count("user", "version", user.version)?),
        password_expires_at: Set(user.password_expires_at.map(map::micros)),
        updated_at: Set(map::micros(user.updated_at)),
        ..Default::default()
    };
    let done = user::Entity::update_many()
        .set(row)
        .filter(user::Column::Id.eq(user.id.0))
        .filter(user::Column::Version.eq(before))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Whether somebody is still as they were recognised: active, and with no session ended since. Nobody changes that before the
/// transaction has ended.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(tx: &Tx, user: &User) -> Result<bool, StoreError> {
    // Writes what stands there: that takes the row, and waits for whoever has it.
    let done = user::Entity::update_many()
        .col_expr(user::Column::SessionEpoch, Expr::col(user::Column::SessionEpoch))
        .filter(user::Column::Id.eq(user.id.0))
        .filter(user::Column::SessionEpoch.eq(user.session_epoch))
        .filter(user::Column::Active.eq(true))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Gives a person another password, or none, and ends all their sessions. `false` when there is nobody with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn set_password(
    tx: &Tx,
    id: UserId,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = user::Entity::update_many()
        .col_expr(
            user::Column::PasswordHash,
            Expr::value(password_hash.map(str::to_owned)),
        )
        .col_expr(user::Column::SessionEpoch, Expr::col(user::Column::SessionEpoch).add(1))
        .col_expr(user::Column::UpdatedAt, Expr::value(map::micros(now)))
        .filter(user::Column::Id.eq(id.0))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Ends all sessions of a person at once, on every device. `false` when there is nobody with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn end_sessions(tx: &Tx, id: UserId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done = user::Entity::update_many()
        .col_expr(user::Column::SessionEpoch, Expr::col(user::Column::SessionEpoch).add(1))
        .col_expr(user::Column::UpdatedAt, Expr::value(map::micros(now)))
        .filter(user::Column::Id.eq(id.0))
        .exec(&tx.executor())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Gives a person a role. `false` when they have it already.
///
/// # Errors
/// [`StoreError::Refused`] when the role needs an agency, or the person or agency does not exist.
pub async fn grant(tx: &Tx, id: UserId, membership: Membership) -> Result<bool, StoreError> {
    let sql = "INSERT INTO memberships (id, user_id, agency_id, role) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let values = [
        Uuid::now_v7().into(),
        id.0.into(),
        membership.agency.map(|agency| agency.0).into(),
        membership.role.as_str().into(),
    ];
    Ok(tx
        .executor()
        .execute_raw(tx.statement(sql, values))
        .await?
        .rows_affected()
        == 1)
}

/// Takes a role from a person. `false` when they do not have it.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw(tx: &Tx, id: UserId, membership: Membership) -> Result<bool, StoreError> {
    let agency = match membership.agency {
        Some(agency) => membership::Column::AgencyId.eq(agency.0),
        None => membership::Column::AgencyId.is_null(),
    };
    let done = membership::Entity::delete_many()
        .filter(membership::Column::UserId.eq(id.0))
        .filter(membership::Column::Role.eq(membership.role.as_str()))
        .filter(agency)
        .exec(&tx.executor())
        .await?;
    digests::forgo(tx, id).await?;
    Ok(done.rows_affected == 1)
}

impl TryFrom<user::Model> for User {
    type Error = StoreError;

    fn try_from(row: user::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: UserId(row.id),
            language: map::language(format_args!("user {}", row.id), &row.language)?,
            username: row.username,
            display_name: row.display_name,
            email: row.email,
            version: map::count(format_args!("user {}", row.id), "version", row.version)?,
            password_expires_at: row.password_expires_at,
            session_epoch: row.session_epoch,
            active: row.active,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl TryFrom<membership::Model> for Membership {
    type Error = StoreError;

    fn try_from(row: membership::Model) -> Result<Self, StoreError> {
        let role = map::code(format_args!("membership {}", row.id), "role", &row.role)?;
        Ok(Self {
            agency: row.agency_id.map(AgencyId),
            role,
        })
    }
}
