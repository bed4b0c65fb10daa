//! Changing a draft.

use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Outcome, Record};
use stafett_store::{agencies, persons, texts};
use stafett_workflow::Refusal;
use stafett_workflow::command::{DraftTerms, LegalBasis};
use stafett_workflow::content::Content;
use stafett_workflow::decide::admit_edit;
use stafett_workflow::person::Person;
use stafett_workflow::policy::{Actor, Scope};
use stafett_workflow::vocabulary::AddressProtection;

use super::facts::Facts;
use super::{Asker, Name, Patch, View};
use crate::app::engine::Engine;
use crate::app::looks::{Viewing, Words};
use crate::app::{AppError, Precondition};

/// Changes the draft `name`, if it is still the version that the caller believes it to be.
///
/// # Errors
/// Hidden, stale, not the sender's, no longer a draft, or something in it is not right; the store's.
pub async fn edit(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    precondition: &Precondition,
    patch: Patch,
) -> Result<View, AppError> {
    let tx = engine.db.write_tx().await?;
    let record = referrals::lock(&tx, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let referral = record.referral();
    precondition.check(referral.id, referral.version)?;
    admit_edit(referral, asker.actor)?;
    let definition = engine.definition(&referral.workflow)?;
    let (person, content, terms) = apply(&tx, &record, patch).await?;
    let words = Words::before(&record);
    let faults = content.check();
    if !faults.is_empty() {
        return Err(Refusal::of_fields(faults).into());
    }
    let names: Vec<&str> = terms.receiver.as_deref().into_iter().collect();
    let facts = Facts {
        subject: person.as_ref().map(Person::subject).unwrap_or_default(),
        outline: content.outline(),
        agencies: agencies::facts(&tx, &referral.parties(), &names).await?,
        ..Facts::default()
    };
    let context = facts.context(engine, asker.actor);
    let decision = stafett_workflow::edit(&definition, referral, &terms, &context)?;
    let (id, current) = (referral.id, referral.version + 1);
    let outcome = referrals::edit(&tx, record, &decision, person.as_ref(), &content, asker.request_id).await?;
    let Outcome::Stored(record) = outcome else {
        return Err(AppError::Stale { referral: id, current });
    };
    if let Some(person) = record.person(Unseen::Decide) {
        if person.address_protection.0 == AddressProtection::StrictlyConfidential {
            // What was answered while the place still stood there.
            texts::forget_place(&tx, &record).await?;
        }
        persons::index(&tx, &record, &engine.index.of_person(person)).await?;
    }
    let viewing = Viewing::changing(&tx, asker).showing(words);
    let view = View::load(engine, &tx, &viewing, *record).await?;
    tx.commit().await?;
    // Another urgency is another limit, and it may be up before the one that the clocks wait for.
    engine.bell.clocks.ring();
    engine.bell.changes.ring();
    Ok(view)
}

/// Refuses as [`edit`] would before it looks at the patch; of one that is not even `readable`, whose the draft is was not asked.
///
/// # Errors
/// Hidden, stale, not the sender's or no longer a draft; the store's.
pub async fn precheck(
    engine: &Engine,
    actor: &Actor,
    scope: &Scope,
    name: Name,
    precondition: &Precondition,
    readable: bool,
) -> Result<(), AppError> {
    let record = referrals::find(&engine.db, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let referral = record.referral();
    precondition.check(referral.id, referral.version)?;
    if readable {
        admit_edit(referral, actor)?;
    }
    Ok(())
}

/// The draft after the patch: what is left out stays.
async fn apply(
    tx: &stafett_store::Tx,
    record: &Record,
    patch: Patch,
) -> Result<(Option<Person>, Content, DraftTerms), AppError> {
    let referral = record.referral();
    let draft = referral.current_handoff();
    let before = draft.map(|draft| draft.terms.clone()).unwrap_or_default();
    let content = record.content(Unseen::Decide).into_owned();
    let basis = match patch.basis {
        Some(given) => given,
        None => match before.basis_text {
            Some(id) => texts::by_ids(tx, record, &[id], Unseen::Decide)
                .await?
                .pop()
                .and_then(|text| stored_basis(&text.body?)),
            None => None,
        },
    };
    let terms = DraftTerms {
        urgency: patch.urgency.unwrap_or(referral.urgency),
        receiver: patch
            .receiver
            .unwrap_or_else(|| before.receiver.map(|receiver| receiver.to_string())),
        basis,
    };
    let person = patch.person.unwrap_or_else(|| record.person(Unseen::Decide).cloned());
    let content = Content {
        needs: patch.needs.unwrap_or(content.needs),
        summary: patch.summary.unwrap_or(content.summary),
        informed: patch.informed.unwrap_or(content.informed),
    };
    Ok((person, content, terms))
}

fn stored_basis(text: &str) -> Option<LegalBasis> {
    serde_json::from_str(text).ok()
}
