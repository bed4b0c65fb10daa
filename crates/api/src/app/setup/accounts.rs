//! Accounts by themselves, for whoever runs the machine: somebody is entered, closed, given a password, made something.
//!
//! The people of one agency are [`super::staff`]'s, with the rules that keep its administrators from letting themselves in. Nobody
//! at a keyboard of the machine is held by those, but what an account must look like and what ends with it is the same.

use serde_json::{Value, json};
use stafett_store::users::{self, User};
use stafett_store::{Db, StoreError, Tx, agencies, audit, sessions};
use stafett_workflow::Refusal;
use stafett_workflow::agency::UserId;
use stafett_workflow::policy::Membership;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{Language, Role};
use uuid::Uuid;

use super::staff_rules::account;
use super::{all_right, named, taken};
use crate::app::AppError;
use crate::app::sign_in::normalise;
use crate::clock::Clock;

/// Somebody about to be entered.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What they will sign in with.
    pub username: String,
    /// What they are called.
    pub display_name: String,
    /// Their address.
    pub email: Option<String>,
    /// The language in which they are answered.
    pub language: Language,
    /// What they are from the beginning.
    pub role: Option<RoleAt>,
}

/// A role, and where it is held: by the agency's short name or id.
#[derive(Debug, Clone)]
pub struct RoleAt {
    /// The role.
    pub role: Role,
    /// Where; roles across agencies may lack one.
    pub agency: Option<String>,
}

/// A change: what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountPatch {
    /// What they are called.
    pub display_name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// The language in which they are answered.
    pub language: Option<Language>,
    /// Whether they may sign in.
    pub active: Option<bool>,
}

/// Somebody with all that they are, each role with the short name of its agency.
#[derive(Debug, Clone)]
pub struct Account {
    /// Their account.
    pub user: User,
    /// What they are, and where.
    pub roles: Vec<(Role, Option<String>)>,
}

/// Everybody, or those of one agency, in the order of their names.
///
/// # Errors
/// Hidden, when there is no such agency; the store's.
pub async fn list(db: &Db, agency: Option<&str>) -> Result<Vec<Account>, AppError> {
    let within = match agency {
        Some(name) => Some(named(db, name).await?.id),
        None => None,
    };
    let people = users::everybody(db).await?;
    let held = people.iter().flat_map(|(_, memberships)| memberships);
    let names = agencies::names(db, held.filter_map(|membership| membership.agency)).await?;
    let here = |membership: &&Membership| within.is_none() || membership.agency == within;
    let people = people.into_iter().filter_map(|(user, memberships)| {
        let roles: Vec<_> = memberships
            .iter()
            .filter(here)
            .map(|membership| {
                let agency = membership.agency.and_then(|id| names.get(&id));
                (membership.role, agency.map(|name| name.slug.clone()))
            })
            .collect();
        (within.is_none() || !roles.is_empty()).then_some(Account { user, roles })
    });
    Ok(people.collect())
}

/// Enters somebody, without a password.
///
/// # Errors
/// The fields at fault; a role that needs an agency; the store's.
pub async fn add(db: &Db, new: NewAccount, clock: &dyn Clock) -> Result<User, AppError> {
    let now = clock.now();
    let user = User {
        id: UserId(Uuid::now_v7()),
        username: normalise(&new.username),
        display_name: new.display_name,
        email: new.email,
        language: new.language,
        session_epoch: 1,
        active: true,
        version: 1,
        password_expires_at: None,
        created_at: now,
        updated_at: now,
    };
    all_right(account(&user))?;
    let tx = db.write_tx().await?;
    users::insert(&tx, &user, None).await.map_err(|error| match error {
        StoreError::Conflict { .. } => AppError::Fields(vec![taken("/username")]),
        other => other.into(),
    })?;
    note(&tx, "user-added", user.id, json!({}), clock).await?;
    if let Some(role) = &new.role {
        give(&tx, user.id, role, clock).await?;
    }
    tx.commit().await?;
    Ok(user)
}

/// Changes somebody. Closing an account ends its sessions at once.
///
/// # Errors
/// Hidden; somebody else was faster; the fields at fault; the store's.
pub async fn change(db: &Db, username: &str, patch: AccountPatch, clock: &dyn Clock) -> Result<User, AppError> {
    let tx = db.write_tx().await?;
    let mut user = find(&tx, username).await?;
    let closes = user.active && patch.active == Some(false);
    user.display_name = patch.display_name.unwrap_or(user.display_name);
    user.email = patch.email.or(user.email);
    user.language = patch.language.unwrap_or(user.language);
    user.active = patch.active.unwrap_or(user.active);
    all_right(account(&user))?;
    save(&tx, &mut user, clock).await?;
    if closes {
        users::end_sessions(&tx, user.id, clock.now()).await?;
        sessions::end_all(&tx, user.id, clock.now()).await?;
    }
    note(&tx, "user-changed", user.id, json!({ "active": user.active }), clock).await?;
    tx.commit().await?;
    Ok(user)
}

/// Gives somebody a password of their own by its hash, which ends all their sessions.
///
/// # Errors
/// Hidden; somebody else was faster; the store's.
pub async fn set_password(db: &Db, username: &str, hash: &str, clock: &dyn Clock) -> Result<User, AppError> {
    let tx = db.write_tx().await?;
    let mut user = find(&tx, username).await?;
    // Whoever sits at the machine has typed it for the person, or is the person.
    user.password_expires_at = None;
    save(&tx, &mut user, clock).await?;
    users::set_password(&tx, user.id, Some(hash), clock.now()).await?;
    sessions::end_all(&tx, user.id, clock.now()).await?;
    note(&tx, "password-set", user.id, json!({}), clock).await?;
    tx.commit().await?;
    Ok(user)
}

/// Gives somebody a role; `false` when they have it.
///
/// # Errors
/// Hidden; a role that needs an agency; the store's.
pub async fn grant(db: &Db, username: &str, role: &RoleAt, clock: &dyn Clock) -> Result<(User, bool), AppError> {
    let tx = db.write_tx().await?;
    let user = find(&tx, username).await?;
    let new = give(&tx, user.id, role, clock).await?;
    tx.commit().await?;
    Ok((user, new))
}

/// Takes a role from somebody; `false` when they do not have it. It counts from their next request on.
///
/// # Errors
/// Hidden; the store's.
pub async fn withdraw(db: &Db, username: &str, role: &RoleAt, clock: &dyn Clock) -> Result<(User, bool), AppError> {
    let tx = db.write_tx().await?;
    let user = find(&tx, username).await?;
    let membership = membership(&tx, role).await?;
    let had = users::withdraw(&tx, user.id, membership).await?;
    if had {
        note(&tx, "role-withdrawn", user.id, body(membership), clock).await?;
    }
    tx.commit().await?;
    Ok((user, had))
}

async fn give(tx: &Tx, user: UserId, role: &RoleAt, clock: &dyn Clock) -> Result<bool, AppError> {
    let membership = membership(tx, role).await?;
    let new = users::grant(tx, user, membership).await.map_err(|error| match error {
        StoreError::Refused { .. } => AppError::Fields(vec![FieldError::new(
            "/agency",
            "required",
            "Rollen gjelder i en enhet. Si hvilken.",
            "The role is held in an agency. Say which.",
        )]),
        other => other.into(),
    })?;
    if new {
        note(tx, "role-granted", user, body(membership), clock).await?;
    }
    Ok(new)
}

async fn membership(tx: &Tx, role: &RoleAt) -> Result<Membership, AppError> {
    let agency = match &role.agency {
        Some(name) => Some(named(tx, name).await?.id),
        None => None,
    };
    Ok(Membership {
        agency,
        role: role.role,
    })
}

async fn find(tx: &Tx, username: &str) -> Result<User, AppError> {
    let found = users::credentials(tx, &normalise(username)).await?;
    Ok(found.map(|found| found.user).ok_or_else(Refusal::not_found)?)
}

async fn save(tx: &Tx, user: &mut User, clock: &dyn Clock) -> Result<(), AppError> {
    user.version += 1;
    user.updated_at = clock.now();
    match users::update(tx, user).await? {
        true => Ok(()),
        false => Err(AppError::StaleAt {
            place: format!("users/{}", user.id),
            current: user.version,
        }),
    }
}

fn body(membership: Membership) -> Value {
    json!({ "role": membership.role, "agency": membership.agency })
}

async fn note(tx: &Tx, action: &str, user: UserId, body: Value, clock: &dyn Clock) -> Result<(), AppError> {
    let entry = audit::Entry {
        at: clock.now(),
        actor: None,
        agency: None,
        role: None,
        action,
        object_kind: "user",
        object: Some(user.0),
        request_id: None,
        body,
    };
    Ok(audit::record(tx, &entry).await?)
}
