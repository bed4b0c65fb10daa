//! What must hold when people and their roles are changed.

use stafett_store::agencies::Agency;
use stafett_store::users::{self, User};
use stafett_store::{Tx, agencies};
use stafett_workflow::agency::UserId;
use stafett_workflow::person::{check_line, is_unseen_control};
use stafett_workflow::policy::{Membership, Operation};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Role;
use uuid::Uuid;

use super::agencies::bad_address;
use super::staff::Member;
use super::{Authority, Right};
use crate::app::AppError;

const LONGEST_NAME: usize = 200;

/// Somebody before and after.
pub(super) struct Change<'a> {
    pub(super) agency: &'a Agency,
    pub(super) before: &'a Member,
    pub(super) after: &'a Member,
    pub(super) resets_password: bool,
}

/// Whether a change may be made with this right.
///
/// # Errors
/// [`AppError::OwnRoles`], [`AppError::OnlySystemAdmin`], [`AppError::LastAdministrator`]; the store's.
pub(super) async fn admit(
    tx: &Tx,
    authority: Authority<'_>,
    right: Right,
    change: &Change<'_>,
) -> Result<(), AppError> {
    not_to_oneself(authority, change)?;
    roles_given(right, &change.before.roles, &change.after.roles)?;
    account_untouched(tx, authority, right, change).await?;
    somebody_left(tx, authority, right, change).await
}

/// Whoever administers cannot read a referral, and so must not be able to let themselves in: nobody gives themselves a role.
/// Dropping one is always theirs.
fn not_to_oneself(authority: Authority<'_>, change: &Change<'_>) -> Result<(), AppError> {
    let gains = change
        .after
        .roles
        .iter()
        .enumerate()
        .filter(|(_, role)| !change.before.roles.contains(role))
        .map(|(place, _)| own(&format!("/roles/{place}")));
    let gains: Vec<_> = gains.collect();
    match authority.user() == Some(change.before.user.id) && !gains.is_empty() {
        true => Err(AppError::OwnRoles(gains)),
        false => Ok(()),
    }
}

/// Whether each role that comes or goes may be given with this right.
///
/// # Errors
/// [`AppError::OnlySystemAdmin`] with the roles.
pub(super) fn roles_given(right: Right, before: &[Role], after: &[Role]) -> Result<(), AppError> {
    let given = after
        .iter()
        .enumerate()
        .filter(|(_, role)| !before.contains(role) && !right.may_give(**role))
        .map(|(place, _)| reserved(&format!("/roles/{place}")));
    let taken = before
        .iter()
        .filter(|role| !after.contains(role) && !right.may_give(**role))
        .map(|_| reserved("/roles"));
    let reserved: Vec<_> = given.chain(taken).collect();
    match reserved.is_empty() {
        true => Ok(()),
        false => Err(AppError::OnlySystemAdmin(reserved)),
    }
}

/// An account is changed by whoever administers all of it. Else the administrator of one agency could give somebody of
/// another a new password, and be them there.
async fn account_untouched(
    tx: &Tx,
    authority: Authority<'_>,
    right: Right,
    change: &Change<'_>,
) -> Result<(), AppError> {
    let (before, after) = (&change.before.user, &change.after.user);
    let fields = [
        ("/displayName", before.display_name != after.display_name),
        ("/email", before.email != after.email),
        ("/language", before.language != after.language),
        ("/active", before.active != after.active),
        ("/resetPassword", change.resets_password),
    ];
    let fields: Vec<_> = fields.into_iter().filter(|(_, touched)| *touched).collect();
    if fields.is_empty() || right.is_of_installation() {
        return Ok(());
    }
    for membership in users::memberships(tx, before.id).await? {
        if !administers(tx, authority, right, membership).await? {
            let fields = fields.into_iter().map(|(pointer, _)| works_elsewhere(pointer));
            return Err(AppError::OnlySystemAdmin(fields.collect()));
        }
    }
    Ok(())
}

async fn administers(
    tx: &Tx,
    authority: Authority<'_>,
    right: Right,
    membership: Membership,
) -> Result<bool, AppError> {
    let Some(agency) = membership.agency.filter(|_| right.may_give(membership.role)) else {
        return Ok(false);
    };
    let agency = agencies::find(tx, &agency.to_string()).await?;
    Ok(agency.is_some_and(|agency| authority.over(Operation::ManageStaff, &agency).is_ok()))
}

/// Nobody takes their own administration away by accident, nor the last one's.
async fn somebody_left(tx: &Tx, authority: Authority<'_>, right: Right, change: &Change<'_>) -> Result<(), AppError> {
    let Authority::Person(_) = authority else { return Ok(()) };
    let user = change.before.user.id;
    let closes = change.before.user.active && !change.after.user.active;
    let loses = |role: Role| change.before.roles.contains(&role) && (closes || !change.after.roles.contains(&role));
    let itself = authority.user() == Some(user);
    if loses(Role::AgencyAdmin) {
        let others = has_others(tx, Role::AgencyAdmin, Some(change.agency), user).await?;
        if itself || (!others && !right.is_of_installation()) {
            return Err(AppError::LastAdministrator);
        }
    }
    let across = users::memberships(tx, user)
        .await?
        .iter()
        .any(|membership| membership.role == Role::SystemAdmin);
    let goes = loses(Role::SystemAdmin) || (closes && across);
    if goes {
        users::lock_holders(tx, Role::SystemAdmin).await?;
    }
    if goes && (itself || !has_others(tx, Role::SystemAdmin, None, user).await?) {
        return Err(AppError::LastAdministrator);
    }
    Ok(())
}

async fn has_others(tx: &Tx, role: Role, agency: Option<&Agency>, but: UserId) -> Result<bool, AppError> {
    let membership = Membership {
        agency: agency.map(|agency| agency.id),
        role,
    };
    Ok(users::others_with(tx, membership, but).await?)
}

/// What is wrong with an account by itself.
#[must_use]
pub(super) fn account(user: &User) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let is_word = !user.username.is_empty()
        && user.username.len() <= LONGEST_NAME
        && !user
            .username
            .contains(|c: char| c.is_whitespace() || is_unseen_control(c))
        && Uuid::parse_str(&user.username).is_err();
    if !is_word {
        faults.push(FieldError::new(
            "/username",
            "invalid-value",
            "Et brukernavn er ett ord som ikke er en id.",
            "A username is one word that is no id.",
        ));
    }
    faults.extend(check_line("/displayName", &user.display_name, LONGEST_NAME));
    faults.extend(user.email.as_deref().and_then(|address| bad_address("/email", address)));
    faults
}

fn reserved(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "only-system-admin",
        "Rollen gjelder på tvers av enheter og gis av systemadministratoren.",
        "The role reaches across agencies and is given by the system administrator.",
    )
}

fn own(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "own-roles",
        "Ingen gir seg selv en rolle. Be en annen administrator.",
        "Nobody gives themselves a role. Ask another administrator.",
    )
}

fn works_elsewhere(pointer: &str) -> FieldError {
    FieldError::new(
        pointer,
        "only-system-admin",
        "Personen har også roller utenfor enhetene dine. Du kan endre rollene her; kontoen endres av systemadministratoren.",
        "The person also has roles outside your agencies. You can change the roles here; the account is changed by the system administrator.",
    )
}
