//! Looking for referrals about one youth, by a number or by what they are called. Every search is written down before it is
//! answered: that somebody looked tells something too.

use stafett_store::looks::Unseen;
use stafett_store::persons::KeyKind;
use stafett_store::referrals::{self, Cursor, Line};
use stafett_workflow::agency::ReferralId;
use stafett_workflow::disclosure::Field;
use stafett_workflow::identifier::Identifier;
use stafett_workflow::look::LookedAt;
use stafett_workflow::policy::Scope;
use stafett_workflow::refusal::{FieldError, Refusal};

use super::Asker;
use super::list::{Listed, listed};
use super::reading::retain_known;
use super::view::as_known_together;
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;

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
    let mut page = referrals::search(&engine.db, scope, &key, after, limit).await?;
    keep_told(engine, scope, field_of(key.kind), &mut page.items).await?;
    let found: Vec<ReferralId> = page.items.iter().map(|line| line.id).collect();
    let viewing = Viewing::reading(engine, asker, LookedAt::Search);
    viewing.log_hits(engine, &found).await?;
    listed(engine, scope, page).await
}

/// Which piece of what was told a key is made of.
pub(in crate::app) const fn field_of(kind: KeyKind) -> Field {
    match kind {
        KeyKind::Identifier => Field::IdentityNumber,
        KeyKind::Alias => Field::Alias,
    }
}

/// Leaves out whom a correction has made findable after the reader's part had ended: they were never told that name or number.
/// Nor does whoever may not know a number find out by asking whether it is this one.
async fn keep_told(engine: &Engine, scope: &Scope, field: Field, lines: &mut Vec<Line>) -> Result<(), AppError> {
    let found: Vec<_> = lines.iter().map(|line| line.id).collect();
    let records = referrals::several(&engine.db, scope, &found).await?;
    let mut known = as_known_together(&engine.db, scope, records).await?;
    retain_known(engine, &engine.db, &mut known, scope.agencies(), field).await?;
    let told = |line: &Line| {
        known
            .iter()
            .any(|one| one.referral().id == line.id && one.person(Unseen::Compare).is_some())
    };
    lines.retain(told);
    Ok(())
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
