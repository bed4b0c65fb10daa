//! The people of an agency: accounts, roles, passwords, and the way out.
//!
//! Nobody climbs by way of an agency: its administrator gives only the roles of an agency, only there, never to themselves, and
//! touches the account of somebody who also works elsewhere no more than a stranger does.

use secrecy::SecretString;
use serde_json::json;
use stafett_store::agencies::{self as directory, Agency};
use stafett_store::idempotency::Answer;
use stafett_store::referrals::assigned_to;
use stafett_store::users::{self, User};
use stafett_store::{Handle, Page, StoreError, Tx, sessions};
use stafett_workflow::Refusal;
use stafett_workflow::agency::UserId;
use stafett_workflow::policy::{Membership, Operation};
use stafett_workflow::vocabulary::{Language, Role};
use uuid::Uuid;

use super::staff_rules::{self, Change};
use super::{Authority, Note, Right, all_right, named, taken};
use crate::app::engine::Engine;
use crate::app::referrals::{Answered, Repeatable, claim, keep, replayed};
use crate::app::sign_in::normalise;
use crate::app::{AppError, Precondition};
use crate::auth::password::{OneTime, Passwords};

/// At most so many references of what somebody leaves behind are told.
const TOLD: u32 = 100;

/// Somebody of an agency.
#[derive(Debug, Clone)]
pub struct Member {
    /// Their account.
    pub user: User,
    /// What they are in this agency.
    pub roles: Vec<Role>,
}

/// Somebody about to get an account.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// What they will sign in with.
    pub username: String,
    /// What they are called.
    pub display_name: String,
    /// Their address.
    pub email: Option<String>,
    /// The language in which they are answered.
    pub language: Language,
    /// What they will be here.
    pub roles: Vec<Role>,
}

/// A change: `None` leaves as it is, `Some(None)` takes away.
#[derive(Debug, Clone, Default)]
pub struct MemberPatch {
    /// What they are called.
    pub display_name: Option<String>,
    /// Their address.
    pub email: Option<Option<String>>,
    /// The language in which they are answered.
    pub language: Option<Language>,
    /// Whether they may sign in.
    pub active: Option<bool>,
    /// What they are here from now on.
    pub roles: Option<Vec<Role>>,
    /// Whether to hand out a new password.
    pub reset_password: bool,
}

/// Which people of an agency.
#[derive(Debug, Clone, Default)]
pub struct StaffQuery {
    /// With this in their name, username or address.
    pub text: Option<String>,
    /// With this role.
    pub role: Option<Role>,
    /// Who may sign in, or not.
    pub active: Option<bool>,
    /// Those after this one.
    pub after: Option<(String, Uuid)>,
    /// At most so many.
    pub limit: usize,
}

/// What has become of somebody.
#[derive(Debug)]
pub struct Changed {
    /// They, as they are now.
    pub member: Member,
    /// The password that was handed out. It is told once and kept nowhere.
    pub password: Option<OneTime>,
    /// How many open hand-offs they leave to the unit, and the references of the most urgent.
    pub left: (u64, Vec<String>),
}

/// Writes the answer out, so that it can be kept in the same transaction. It gets nobody's password.
pub type Render<'a> = &'a (dyn Fn(&Member) -> Answer + Sync);

/// A page of the people of an agency, in the order of their names.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn list(
    engine: &Engine,
    authority: Authority<'_>,
    agency: &str,
    query: &StaffQuery,
) -> Result<Page<Member, (String, Uuid)>, AppError> {
    let agency = named(&engine.db, agency).await?;
    authority.over(Operation::ReadStaff, &agency)?;
    let position = |member: &Member| (member.user.display_name.clone(), member.user.id.0);
    // No agency is so large that its people would need a query of their own for each page, and names are compared as
    // people do, with Æ, Ø and Å, which not every database does.
    let people = users::of_agency(&engine.db, agency.id).await?;
    let mut members: Vec<_> = people
        .into_iter()
        .map(|(user, roles)| Member { user, roles })
        .filter(|member| query.admits(member))
        .collect();
    members.sort_by_key(position);
    members.retain(|member| query.after.as_ref().is_none_or(|after| position(member) > *after));
    let more = members.len() > query.limit;
    members.truncate(query.limit);
    let next = members.last().filter(|_| more).map(position);
    Ok(Page { items: members, next })
}

/// Somebody of an agency.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn find(engine: &Engine, authority: Authority<'_>, agency: &str, user: &str) -> Result<Member, AppError> {
    let agency = named(&engine.db, agency).await?;
    let right = authority.over(Operation::ReadStaff, &agency)?;
    member(&engine.db, &agency, user, right).await
}

/// Gives somebody an account, with a password that must be changed at the first sign-in.
///
/// # Errors
/// Hidden, denied; roles that are not theirs to give; the fields at fault; the errors of an idempotency key; the store's.
pub async fn create(
    engine: &Engine,
    passwords: &Passwords,
    authority: Authority<'_>,
    agency: &str,
    new: NewMember,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<Changed>, AppError> {
    // Hashing takes a while, and nothing may wait for it within a transaction.
    let password = OneTime::draw(engine.now());
    let hash = hash(passwords, password.secret.clone()).await?;
    let tx = engine.db.write_tx().await?;
    let claimed = match authority {
        Authority::Operator => None,
        Authority::Person(asker) => match claim(&tx, engine, asker, repeatable).await? {
            Ok(claimed) => claimed,
            Err(answer) => return replayed(tx, answer).await,
        },
    };
    let agency = named(&tx, agency).await?;
    let right = authority.over(Operation::ManageStaff, &agency)?;
    staff_rules::roles_given(right, &[], &new.roles)?;
    let now = engine.now();
    let user = User {
        id: UserId(Uuid::now_v7()),
        username: normalise(&new.username),
        display_name: new.display_name.trim().to_owned(),
        email: new.email,
        language: new.language,
        session_epoch: 1,
        active: true,
        version: 1,
        password_expires_at: Some(password.good_until),
        created_at: now,
        updated_at: now,
    };
    all_right(staff_rules::account(&user))?;
    users::insert(&tx, &user, Some(&hash))
        .await
        .map_err(|error| match error {
            StoreError::Conflict { .. } => AppError::Fields(vec![taken("/username")]),
            other => other.into(),
        })?;
    for role in &new.roles {
        grant(&tx, &user, &agency, *role).await?;
    }
    note(&tx, authority, right, "user-added", &agency, &user, &new.roles).await?;
    let member = Member { user, roles: new.roles };
    keep(&tx, engine, claimed, None, || render(&member)).await?;
    tx.commit().await?;
    Ok(Answered::Now(Changed {
        member,
        password: Some(password),
        left: (0, Vec::new()),
    }))
}

/// Changes somebody: their account, what they are here, whether they may sign in.
///
/// # Errors
/// Hidden, stale, denied; [`AppError::OnlySystemAdmin`] for what is not theirs; [`AppError::OwnRoles`];
/// [`AppError::LastAdministrator`]; the fields at fault; the store's.
pub async fn change(
    engine: &Engine,
    passwords: &Passwords,
    authority: Authority<'_>,
    whom: (&str, &str),
    precondition: &Precondition,
    patch: MemberPatch,
) -> Result<Changed, AppError> {
    let password = patch.reset_password.then(|| OneTime::draw(engine.now()));
    let hash = match &password {
        Some(password) => Some(hash(passwords, password.secret.clone()).await?),
        None => None,
    };
    let tx = engine.db.write_tx().await?;
    // Of two administrators who would take each other out, the second sees what the first has done.
    directory::lock(&tx, whom.0).await?;
    let (agency, right, before) = admitted(&tx, authority, whom, precondition).await?;
    let mut after = before.clone();
    after.user.display_name = patch
        .display_name
        .map_or(after.user.display_name, |name| name.trim().to_owned());
    after.user.email = patch.email.unwrap_or(after.user.email);
    after.user.language = patch.language.unwrap_or(after.user.language);
    after.user.active = patch.active.unwrap_or(after.user.active);
    after.roles = patch.roles.unwrap_or(after.roles);
    if let Some(password) = &password {
        after.user.password_expires_at = Some(password.good_until);
    }
    let change = Change {
        agency: &agency,
        before: &before,
        after: &after,
        resets_password: password.is_some(),
    };
    staff_rules::admit(&tx, authority, right, &change).await?;
    all_right(staff_rules::account(&after.user))?;
    settle(engine, &tx, &change).await?;
    if let Some(hash) = &hash {
        users::set_password(&tx, after.user.id, Some(hash), engine.now()).await?;
        sessions::end_all(&tx, after.user.id, engine.now()).await?;
    }
    after.user.version += 1;
    after.user.updated_at = engine.now();
    write(&tx, &after.user).await?;
    let left = left_behind(&tx, right, &before, &after).await?;
    let action = if before.user.active && !after.user.active {
        "user-closed"
    } else {
        "user-changed"
    };
    note(&tx, authority, right, action, &agency, &after.user, &after.roles).await?;
    tx.commit().await?;
    Ok(Changed {
        member: after,
        password,
        left,
    })
}

/// Takes somebody out of an agency. An account that is nobody's anywhere any more is closed.
///
/// # Errors
/// As for [`change`].
pub async fn remove(
    engine: &Engine,
    authority: Authority<'_>,
    whom: (&str, &str),
    precondition: &Precondition,
) -> Result<Changed, AppError> {
    let tx = engine.db.write_tx().await?;
    // Of two administrators who would take each other out, the second sees what the first has done.
    directory::lock(&tx, whom.0).await?;
    let (agency, right, before) = admitted(&tx, authority, whom, precondition).await?;
    let mut after = Member {
        user: before.user.clone(),
        roles: Vec::new(),
    };
    let change = Change {
        agency: &agency,
        before: &before,
        after: &after,
        resets_password: false,
    };
    staff_rules::admit(&tx, authority, right, &change).await?;
    settle(engine, &tx, &change).await?;
    if users::memberships(&tx, after.user.id).await?.is_empty() && after.user.active {
        after.user.active = false;
        users::end_sessions(&tx, after.user.id, engine.now()).await?;
        sessions::end_all(&tx, after.user.id, engine.now()).await?;
    }
    after.user.version += 1;
    after.user.updated_at = engine.now();
    write(&tx, &after.user).await?;
    let left = left_behind(&tx, right, &before, &after).await?;
    note(&tx, authority, right, "user-removed", &agency, &after.user, &[]).await?;
    tx.commit().await?;
    Ok(Changed {
        member: after,
        password: None,
        left,
    })
}

/// Refuses as a change would before it looks at the input.
///
/// # Errors
/// Hidden, stale, denied; the store's.
pub async fn precheck(
    engine: &Engine,
    authority: Authority<'_>,
    whom: (&str, &str),
    precondition: &Precondition,
) -> Result<(), AppError> {
    admitted(&engine.db, authority, whom, precondition).await.map(drop)
}

/// Who works in an agency is for its people to know, so their right comes before whether there is anybody of this name.
async fn admitted(
    on: &impl Handle,
    authority: Authority<'_>,
    (agency, user): (&str, &str),
    precondition: &Precondition,
) -> Result<(Agency, Right, Member), AppError> {
    let agency = named(on, agency).await?;
    let right = authority.over(Operation::ReadStaff, &agency)?;
    let member = member(on, &agency, user, right).await?;
    precondition.check_at(place(&agency, &member.user), member.user.version)?;
    let right = authority.over(Operation::ManageStaff, &agency)?;
    Ok((agency, right, member))
}

async fn member(on: &impl Handle, agency: &Agency, user: &str, right: Right) -> Result<Member, AppError> {
    let found = match Uuid::parse_str(user) {
        Ok(id) => users::find(on, UserId(id)).await?,
        Err(_not_an_id) => users::credentials(on, &normalise(user)).await?.map(|found| found.user),
    };
    let user = found.ok_or_else(Refusal::not_found)?;
    let memberships = users::memberships(on, user.id).await?;
    let roles: Vec<_> = memberships
        .iter()
        .filter(|membership| membership.agency == Some(agency.id))
        .map(|membership| membership.role)
        .collect();
    // Whoever runs the installation may take anybody into any agency.
    if roles.is_empty() && !right.is_of_installation() {
        return Err(Refusal::not_found().into());
    }
    Ok(Member { user, roles })
}

/// Writes the roles, and ends what must end at once.
async fn settle(engine: &Engine, tx: &Tx, change: &Change<'_>) -> Result<(), AppError> {
    let (before, after) = (change.before, change.after);
    for role in after.roles.iter().filter(|role| !before.roles.contains(role)) {
        grant(tx, &after.user, change.agency, *role).await?;
    }
    for role in before.roles.iter().filter(|role| !after.roles.contains(role)) {
        let membership = Membership {
            agency: Some(change.agency.id),
            role: *role,
        };
        users::withdraw(tx, after.user.id, membership).await?;
    }
    if before.user.active && !after.user.active {
        users::end_sessions(tx, after.user.id, engine.now()).await?;
        sessions::end_all(tx, after.user.id, engine.now()).await?;
    }
    Ok(())
}

async fn grant(tx: &Tx, user: &User, agency: &Agency, role: Role) -> Result<(), AppError> {
    let membership = Membership {
        agency: Some(agency.id),
        role,
    };
    users::grant(tx, user.id, membership).await?;
    Ok(())
}

async fn write(tx: &Tx, user: &User) -> Result<(), AppError> {
    match users::update(tx, user).await? {
        true => Ok(()),
        false => Err(AppError::StaleAt {
            place: format!("users/{}", user.id),
            current: user.version,
        }),
    }
}

/// What somebody who goes leaves to the unit: it stays assigned, so that the history is true, and a lead sees whose it was.
async fn left_behind(tx: &Tx, right: Right, before: &Member, after: &Member) -> Result<(u64, Vec<String>), AppError> {
    let works = |member: &Member| {
        let casework = [Role::Worker, Role::Lead, Role::Integration];
        member.user.active && member.roles.iter().any(|role| casework.contains(role))
    };
    match right {
        Right::Person(permit) if works(before) && !works(after) => {
            Ok(assigned_to(tx, &permit, after.user.id, TOLD).await?)
        }
        Right::Person(_) | Right::Operator => Ok((0, Vec::new())),
    }
}

async fn hash(passwords: &Passwords, password: SecretString) -> Result<String, AppError> {
    passwords.hash(password).await.map_err(AppError::internal)
}

fn place(agency: &Agency, user: &User) -> String {
    format!("agencies/{}/users/{}", agency.slug, user.id)
}

async fn note(
    tx: &Tx,
    authority: Authority<'_>,
    right: Right,
    action: &str,
    agency: &Agency,
    user: &User,
    roles: &[Role],
) -> Result<(), AppError> {
    let note = Note {
        action,
        kind: "user",
        object: user.id.0,
        agency,
        body: json!({
            "version": user.version,
            "active": user.active,
            "roles": roles,
            "passwordHandedOut": user.password_expires_at.is_some(),
        }),
    };
    authority.note(tx, right, note, user.updated_at).await
}

impl StaffQuery {
    fn admits(&self, member: &Member) -> bool {
        let by_text = self.text.as_ref().is_none_or(|text| {
            let text = text.trim().to_lowercase();
            let user = &member.user;
            [Some(&user.display_name), Some(&user.username), user.email.as_ref()]
                .into_iter()
                .flatten()
                .any(|field| field.to_lowercase().contains(&text))
        });
        by_text
            && self.role.is_none_or(|role| member.roles.contains(&role))
            && self.active.is_none_or(|active| member.user.active == active)
    }
}
