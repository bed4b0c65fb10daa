//! Definitions of one's own: one person proposes a version, the checker looks at it, and another person takes it into use.
//!
//! What is in use is never changed. It counts for new referrals from the next start of the servers, as a version of the program
//! does; running ones stay on theirs.

use chrono::{DateTime, Utc};
use serde_json::json;
use stafett_store::definitions::{self, Kept, Standing};
use stafett_store::{Page, Tx, audit, users};
use stafett_workflow::agency::UserId;
use stafett_workflow::definition::{Change, DefinitionError, diff};
use stafett_workflow::disclosure::check::{self, Finding};
use stafett_workflow::refusal::{FieldError, Rule};
use stafett_workflow::vocabulary::{Role, Text};
use stafett_workflow::{Definition, Refusal};
use uuid::Uuid;

use super::AppError;
use super::engine::Engine;
use super::referrals::Asker;

/// What somebody answers to a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Take it into use.
    Approve,
    /// Do not.
    Reject,
    /// Take it back.
    Withdraw,
}

/// A definition of one's own with what its reader must know.
#[derive(Debug)]
pub struct Shown {
    /// As it is kept.
    pub kept: Kept,
    /// What it says.
    pub definition: Definition,
    /// What changes from the newest version in use, and which that is; none for a new workflow.
    pub changes: Option<(u16, Vec<Change>)>,
    /// What those are called who proposed and answered.
    pub proposer: Option<String>,
    /// Who answered.
    pub answerer: Option<String>,
    /// Whether this server runs new referrals on it.
    pub in_force: bool,
    /// What the reader may answer.
    pub actions: Vec<Answer>,
}

/// A page of them, the newest first.
///
/// # Errors
/// The store's.
pub async fn list(
    engine: &Engine,
    asker: Asker<'_>,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Page<Shown, Uuid>, AppError> {
    let page = definitions::list(&engine.db, before, limit).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for kept in page.items {
        items.push(show(engine, asker, kept).await?);
    }
    Ok(Page { items, next: page.next })
}

/// One of them.
///
/// # Errors
/// Hidden, when there is none; the store's.
pub async fn find(engine: &Engine, asker: Asker<'_>, id: Uuid) -> Result<Shown, AppError> {
    let kept = definitions::find(&engine.db, id)
        .await?
        .ok_or_else(Refusal::not_found)?;
    show(engine, asker, kept).await
}

/// Proposes a version.
///
/// # Errors
/// The findings of the checker as fields; [`AppError::Taken`] when this version is proposed or in use; the store's.
pub async fn propose(engine: &Engine, asker: Asker<'_>, source: &str) -> Result<Shown, AppError> {
    let definition = sound(engine, source)?;
    let key = definition.key.clone();
    if let Some(newest) = engine.library.newest(&key.id)
        && key.version <= newest.key.version
    {
        let next = newest.key.version.saturating_add(1);
        return Err(AppError::Fields(vec![FieldError::new(
            "/source",
            "invalid-value",
            format!(
                "Versjon {} er i bruk og endres aldri. Skriv version = {next}.",
                newest.key.version
            ),
            format!(
                "Version {} is in use and is never changed. Write version = {next}.",
                newest.key.version
            ),
        )]));
    }
    let kept = Kept {
        id: Uuid::now_v7(),
        key,
        source: source.to_owned(),
        standing: Standing::Proposed,
        proposed_by: Some(asker.actor.user),
        proposed_at: engine.now(),
        answered_by: None,
        answered_at: None,
    };
    let tx = engine.db.write_tx().await?;
    if !definitions::insert(&tx, &kept).await? {
        tx.rollback().await?;
        return Err(AppError::Taken);
    }
    note(&tx, asker, &kept, "propose-workflow", kept.proposed_at).await?;
    tx.commit().await?;
    show(engine, asker, kept).await
}

/// Answers a proposal: another person approves or rejects it, whoever proposed it takes it back.
///
/// # Errors
/// Hidden; not theirs to answer; answered already; the store's.
pub async fn answer(engine: &Engine, asker: Asker<'_>, id: Uuid, answer: Answer) -> Result<Shown, AppError> {
    let tx = engine.db.write_tx().await?;
    let kept = definitions::find(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    if !may(asker, &kept).contains(&answer) {
        tx.rollback().await?;
        return Err(refused(&kept).into());
    }
    let (standing, action) = match answer {
        Answer::Approve => (Standing::InUse, "approve-workflow"),
        Answer::Reject => (Standing::Rejected, "reject-workflow"),
        Answer::Withdraw => (Standing::Withdrawn, "withdraw-workflow"),
    };
    if answer == Answer::Approve {
        // The checker may know more than when it was proposed, and the table of what may flow be another.
        sound(engine, &kept.source)?;
    }
    let now = engine.now();
    if !definitions::answer(&tx, id, standing, asker.actor.user, now).await? {
        tx.rollback().await?;
        return Err(answered().into());
    }
    note(&tx, asker, &kept, action, now).await?;
    tx.commit().await?;
    find(engine, asker, id).await
}

/// The definition, if it can lose no referral and everything that it tells may flow. What does not fit the table would keep the
/// servers from starting once it is in use.
fn sound(engine: &Engine, source: &str) -> Result<Definition, AppError> {
    let definition = Definition::read("source", source).map_err(|errors| AppError::Fields(fields(&errors)))?;
    let mut found = check::of_definition(&engine.disclosure, &definition);
    if let Ok(library) = engine.library.with([definition.clone()]) {
        // With the routing as well, but for what it says of other definitions.
        let others = check::paths(&engine.disclosure, &engine.library, &engine.routing.table);
        found.extend(check::paths(&engine.disclosure, &library, &engine.routing.table));
        found.retain(|finding| !others.contains(finding));
    }
    let mut told = Vec::new();
    for Finding {
        message: Text { nb, en },
        ..
    } in found
    {
        let field = FieldError::new("/source", "disclosure-not-admitted", nb, en);
        if !told.contains(&field) {
            told.push(field);
        }
    }
    match told.is_empty() {
        true => Ok(definition),
        false => Err(AppError::Fields(told)),
    }
}

/// What somebody may answer now.
fn may(asker: Asker<'_>, kept: &Kept) -> Vec<Answer> {
    match (kept.standing, kept.proposed_by == Some(asker.actor.user)) {
        (Standing::Proposed, true) => vec![Answer::Withdraw],
        (Standing::Proposed, false) => vec![Answer::Approve, Answer::Reject],
        (Standing::InUse | Standing::Rejected | Standing::Withdrawn, _) => Vec::new(),
    }
}

fn refused(kept: &Kept) -> Refusal {
    if kept.standing != Standing::Proposed {
        return answered();
    }
    Refusal::new(
        Rule::NotYours,
        "Den som har foreslått en versjon, kan bare trekke den tilbake; en annen person godkjenner eller avviser den.",
        "Whoever has proposed a version can only take it back; another person approves or rejects it.",
    )
}

fn answered() -> Refusal {
    Refusal::new(
        Rule::ActionNotAllowedNow,
        "Forslaget er allerede besvart.",
        "The proposal has been answered already.",
    )
}

/// Each finding at the field, with its line.
fn fields(errors: &[DefinitionError]) -> Vec<FieldError> {
    let field = |error: &DefinitionError| {
        let Text { nb, en } = match error.finding.as_deref() {
            Some((_, story)) => story.clone(),
            None => Text::new(&*error.message, &*error.message),
        };
        let (line, column) = (error.line, error.column);
        FieldError::new(
            "/source",
            "invalid-value",
            format!("Linje {line}, tegn {column}: {nb}"),
            format!("Line {line}, column {column}: {en}"),
        )
    };
    errors.iter().take(100).map(field).collect()
}

async fn show(engine: &Engine, asker: Asker<'_>, kept: Kept) -> Result<Shown, AppError> {
    let definition = Definition::read("source", &kept.source).map_err(|errors| {
        AppError::internal(format!(
            "a kept definition is unsound: {:?}",
            errors.first().map(ToString::to_string)
        ))
    })?;
    let newest = engine
        .library
        .iter()
        .filter(|known| known.key.id == kept.key.id && known.key.version < kept.key.version);
    let newest = newest.max_by_key(|known| known.key.version);
    let people: Vec<UserId> = kept.proposed_by.into_iter().chain(kept.answered_by).collect();
    let names = users::names(&engine.db, people).await?;
    let name = |user: Option<UserId>| user.and_then(|user| names.get(&user).cloned());
    Ok(Shown {
        changes: newest.map(|newest| (newest.key.version, diff(newest, &definition))),
        proposer: name(kept.proposed_by),
        answerer: name(kept.answered_by),
        in_force: engine.library.get(&kept.key).is_some(),
        actions: may(asker, &kept),
        definition,
        kept,
    })
}

async fn note(tx: &Tx, asker: Asker<'_>, kept: &Kept, action: &str, at: DateTime<Utc>) -> Result<(), AppError> {
    let entry = audit::Entry {
        at,
        actor: Some(asker.actor.user),
        agency: None,
        role: Some(Role::SystemAdmin),
        action,
        object_kind: "workflow",
        object: Some(kept.id),
        request_id: asker.request_id,
        body: json!({ "workflow": kept.key.id, "version": kept.key.version }),
    };
    Ok(audit::record(tx, &entry).await?)
}
