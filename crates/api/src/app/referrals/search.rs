//! Looking for referrals about one youth, by a number or by what they are called. Every search is written down before it is
//! answered: that somebody looked tells something too.

use serde_json::json;
use stafett_store::audit;
use stafett_store::persons::{KeyKind, PersonKey};
use stafett_store::referrals::{self, Cursor};
use stafett_workflow::identifier::Identifier;
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::{FieldError, Refusal};

use super::Asker;
use super::list::{Listed, listed};
use crate::app::AppError;
use crate::app::engine::Engine;

/// By what to look.
#[derive(Clone)]
pub enum By {
    /// A number.
    Identifier(Identifier),
    /// What somebody is called.
    Alias(String),
}

/// A page of the referrals within the scope about the youth, the newest first.
///
/// # Errors
/// A name of which nothing is left; the store's.
pub async fn search(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    by: &By,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Listed, AppError> {
    let key = match by {
        By::Identifier(identifier) => engine.index.of_identifier(identifier),
        By::Alias(alias) => engine.index.of_alias(alias).ok_or_else(empty)?,
    };
    let page = referrals::search(&engine.db, scope, &key, after, limit).await?;
    note(engine, asker, scope, &key, page.items.len()).await?;
    listed(engine, scope, page).await
}

async fn note(engine: &Engine, asker: Asker<'_>, scope: &Scope, key: &PersonKey, found: usize) -> Result<(), AppError> {
    let by = match key.kind {
        KeyKind::Identifier => "identifier",
        KeyKind::Alias => "alias",
    };
    let tx = engine.db.write_tx().await?;
    let entry = audit::Entry {
        at: engine.now(),
        actor: Some(asker.actor.user),
        agency: scope.agencies().first().copied(),
        role: None,
        action: "search",
        object_kind: "referral",
        object: None,
        request_id: asker.request_id,
        body: json!({ "by": by, "found": found }),
    };
    audit::record(&tx, &entry).await?;
    Ok(tx.commit().await?)
}

fn empty() -> AppError {
    Refusal::of_fields(vec![FieldError::new(
        "/alias",
        "required",
        "Skriv minst én bokstav eller ett siffer.",
        "Write at least one letter or digit.",
    )])
    .into()
}
