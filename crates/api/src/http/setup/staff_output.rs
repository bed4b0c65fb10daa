//! People of an agency as the API shows them.

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::setup::staff::{Changed, Member};
use crate::auth::password::OneTime;

/// Somebody of an agency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberOut {
    id: Uuid,
    /// What they sign in with.
    username: String,
    display_name: String,
    email: Option<String>,
    /// `nb` or `en`.
    language: &'static str,
    /// What they are in this agency.
    roles: Vec<&'static str>,
    /// Whether they may sign in.
    active: bool,
    /// Whether they have yet to make a password that was handed out their own.
    password_must_change: bool,
    /// Counts changes; the ETag.
    version: u32,
}

/// Somebody after a change, with what it has brought about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangedOut {
    #[serde(flatten)]
    member: MemberOut,
    /// The password to hand out, told this once. Null in the answer to a repeated request.
    one_time_password: Option<OneTimeOut>,
    /// What somebody who goes leaves to the unit. It stays assigned to them until a lead assigns it anew.
    left: LeftOut,
}

/// A password that is told once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OneTimeOut {
    password: String,
    /// Until when somebody can sign in with it.
    good_until: chrono::DateTime<chrono::Utc>,
}

/// Open hand-offs without anybody at work.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LeftOut {
    /// How many.
    count: u64,
    /// The references of the most urgent, at most 100.
    references: Vec<String>,
}

impl MemberOut {
    pub(super) fn of(member: &Member) -> Self {
        let user = &member.user;
        Self {
            id: user.id.0,
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            email: user.email.clone(),
            language: user.language.as_str(),
            roles: member.roles.iter().map(|role| role.as_str()).collect(),
            active: user.active,
            password_must_change: user.password_expires_at.is_some(),
            version: user.version,
        }
    }
}

impl ChangedOut {
    pub(super) fn of(changed: &Changed) -> Self {
        let (count, references) = changed.left.clone();
        Self {
            one_time_password: changed.password.as_ref().map(OneTimeOut::of),
            left: LeftOut { count, references },
            ..Self::without_password(&changed.member)
        }
    }

    /// What may be kept for those who ask again.
    pub(super) fn without_password(member: &Member) -> Self {
        Self {
            member: MemberOut::of(member),
            one_time_password: None,
            left: LeftOut {
                count: 0,
                references: Vec::new(),
            },
        }
    }
}

impl OneTimeOut {
    fn of(password: &OneTime) -> Self {
        Self {
            password: password.secret.expose_secret().to_owned(),
            good_until: password.good_until,
        }
    }
}

pub(super) fn member() -> Value {
    json!({
        "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6b09",
        "username": "siri.berg",
        "displayName": "Siri Berg",
        "email": "siri.berg@bydel.example",
        "language": "nb",
        "roles": ["worker"],
        "active": true,
        "passwordMustChange": true,
        "version": 1
    })
}

pub(super) fn changed() -> Value {
    let own = json!({
        "oneTimePassword": { "password": "k7qf-2m9x-bt4w-0ryh", "goodUntil": "2026-11-27T01:00:00Z" },
        "left": { "count": 0, "references": [] }
    });
    let members = [member(), own].into_iter().filter_map(|part| match part {
        Value::Object(members) => Some(members),
        _ => None,
    });
    Value::Object(members.flatten().collect())
}
