//! Correcting what was registered about the youth, after sending.

use stafett_store::idempotency::Answer;
use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Outcome};
use stafett_store::{persons, texts};
use stafett_workflow::Refusal;
use stafett_workflow::decide::{admit_rectify, rectify as decide};
use stafett_workflow::person::Person;
use stafett_workflow::policy::Actor;
use stafett_workflow::referral::Handoff;
use stafett_workflow::refusal::{FieldError, Rule};
use stafett_workflow::vocabulary::AddressProtection;

use super::facts::Facts;
use super::reading::reading;
use super::transition::Target;
use super::{Answered, Asker, Repeatable, View, claim, keep, replayed_about};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::{Viewing, Words};

/// What is right instead, and why.
#[derive(Clone)]
pub struct Correction {
    /// The youth as they should have been registered, whole.
    pub person: Person,
    /// Why.
    pub reason: String,
}

/// Corrects what is registered about the youth, if it still is the version that the caller believes it to be. What stood
/// before is kept, and whoever has received the referral is told that something was corrected.
///
/// # Errors
/// Hidden, stale, not theirs, still a draft, no reason; the errors of an idempotency key; the store's.
pub async fn rectify(
    engine: &Engine,
    asker: Asker<'_>,
    target: &Target<'_>,
    correction: &Correction,
    repeatable: Option<&Repeatable<'_>>,
    render: &(dyn Fn(&View) -> Answer + Sync),
) -> Result<Answered<View>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed_about(tx, engine, asker, target.scope, Some(target.name), answer).await,
    };
    let record = referrals::lock(&tx, target.scope, target.name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let referral = record.referral();
    target.precondition.check(referral.id, referral.version)?;
    admit_rectify(referral, asker.actor)?;
    if record.erased_at().is_some() {
        return Err(AppError::Erased);
    }
    let before = record.person(Unseen::Decide).ok_or_else(nobody)?;
    let words = Words::before(&record);
    // What is kept from them stays as it was: they cannot have meant to correct it.
    let known = reading(engine, &tx, referral, target.scope.agencies()).await?;
    let corrected = known
        .corrected(before, correction.person.clone())
        .without_protected_address();
    if *before == corrected {
        return Err(nothing_new());
    }
    let withdrawn = referral.handoffs.iter().any(Handoff::consent_withdrawn);
    if withdrawn && !corrected.given().without(before.given()).is_empty() {
        return Err(more_than_corrected());
    }
    let definition = engine.definition(&referral.workflow)?;
    let facts = Facts::of(&record);
    let context = facts.context(engine, asker.actor);
    let before = as_text(before, &corrected)?;
    let decision = decide(&definition, referral, &before, &correction.reason, &context)?;
    let (id, current) = (referral.id, referral.version + 1);
    let outcome = referrals::rectify(&tx, record, &decision, &corrected, asker.request_id).await?;
    let Outcome::Stored(record) = outcome else {
        return Err(AppError::Stale { referral: id, current });
    };
    if is_hidden(&corrected) {
        texts::forget_place(&tx, &record).await?;
    }
    persons::index(&tx, &record, &engine.index.of_person(&corrected)).await?;
    let viewing = Viewing::changing(&tx, asker).showing(words);
    let view = View::load(engine, &tx, &viewing, *record).await?;
    keep(&tx, engine, claimed, Some(&view.record), || render(&view)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(view))
}

/// Refuses as [`rectify`] would before it looks at the correction.
///
/// # Errors
/// Hidden, stale, not theirs or still a draft; the store's.
pub async fn precheck(engine: &Engine, actor: &Actor, target: &Target<'_>) -> Result<(), AppError> {
    let record = referrals::find(&engine.db, target.scope, target.name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let referral = record.referral();
    target.precondition.check(referral.id, referral.version)?;
    admit_rectify(referral, actor)?;
    if record.erased_at().is_some() {
        return Err(AppError::Erased);
    }
    Ok(())
}

/// The place of a strictly confidential person is not kept as what stood before either.
fn as_text(before: &Person, corrected: &Person) -> Result<String, AppError> {
    let mut kept = before.clone();
    if is_hidden(corrected) {
        kept.whereabouts = None;
    }
    serde_json::to_string(&kept).map_err(AppError::internal)
}

/// Whether nobody may learn where they stay.
fn is_hidden(person: &Person) -> bool {
    person.address_protection.0 == AddressProtection::StrictlyConfidential
}

fn nobody() -> AppError {
    Refusal::of_fields(vec![FieldError::new(
        "/person",
        "nobody-in-particular",
        "Formidlingen handler ikke om noen bestemt.",
        "The referral is about nobody in particular.",
    )])
    .into()
}

/// Whoever has received it hears of a correction, but of nothing more once the consent is gone.
fn more_than_corrected() -> AppError {
    Refusal::of_field(
        Rule::ConsentWithdrawn,
        FieldError::new(
            "/person",
            "consent-withdrawn",
            "Samtykket er trukket tilbake. Det som står, kan rettes, men ingenting kan føyes til.",
            "The consent was withdrawn. What stands can be corrected, but nothing can be added.",
        ),
    )
    .into()
}

fn nothing_new() -> AppError {
    Refusal::of_fields(vec![FieldError::new(
        "/person",
        "nothing-new",
        "Dette er det som allerede står.",
        "This is what stands there already.",
    )])
    .into()
}
