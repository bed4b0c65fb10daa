//! Opening a case: around referrals that exist, with new ones, or both, in one transaction. All of it, or nothing.

use stafett_store::cases::{self, Creation};
use stafett_store::idempotency::Answer;
use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Name as ReferralName, Record};
use stafett_store::{Tx, agencies};
use stafett_workflow::agency::CaseId;
use stafett_workflow::case::{Member, NewCase, decide};
use stafett_workflow::person::Person;
use stafett_workflow::policy::{self, Operation};
use stafett_workflow::reference::CaseReference;
use stafett_workflow::refusal::{FieldError, Refusal};
use stafett_workflow::vocabulary::Need;
use uuid::Uuid;

use super::{
    CaseView, NO_YOUTH, Name, Render, already_in_a_case, context, member_of, parse_name, replayed_about,
    unknown_referral, write_referral,
};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::{Viewing, Words};
use crate::app::persons::likely_duplicates;
use crate::app::referrals::reading::reading;
use crate::app::referrals::{Answered, Asker, NewDraft, Repeatable, claim, keep};

/// How often another reference is drawn when one is taken.
const DRAWS: usize = 8;

/// A case as somebody opens it; every field valid by itself.
#[derive(Clone)]
pub struct NewCaseDraft {
    /// Who coordinates, by slug or id.
    pub coordinator: String,
    /// Needs beside those of the referrals.
    pub needs: Vec<Need>,
    /// Referrals that exist and become part of it.
    pub attach: Vec<ReferralName>,
    /// The youth, when none of these tells.
    pub person: Option<Person>,
    /// Referrals that are written with it.
    pub referrals: Vec<NewDraft>,
}

/// Opens a case. `digest` is the digest of the request's body.
///
/// # Errors
/// [`AppError::Refused`] by the engine; the errors of an idempotency key; the store's.
pub async fn open(
    engine: &Engine,
    asker: Asker<'_>,
    draft: &NewCaseDraft,
    digest: &str,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<CaseView>, AppError> {
    let words = match draft.attach.is_empty() {
        true => Words::TheirOwn,
        false => Words::Anybodys,
    };
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => {
            let scope = policy::scope(asker.actor, Operation::ReadCase)?;
            let name = made(&answer);
            return replayed_about(tx, engine, asker, &scope, name, answer).await;
        }
    };
    let attached = attached(&tx, asker, &draft.attach).await?;
    let person = person(engine, &tx, asker, draft, &attached).await?;
    let mut written = Vec::with_capacity(draft.referrals.len());
    for (place, referral) in draft.referrals.iter().enumerate() {
        let referral = NewDraft {
            person: person.clone(),
            ..referral.clone()
        };
        let at = format!("/referrals/{place}");
        written.push(write_referral(engine, &tx, asker, &referral, digest, &at).await?);
    }
    let old: Vec<Member> = attached.iter().map(|record| member_of(engine, record)).collect();
    let new: Vec<Member> = written.iter().map(|record| member_of(engine, record)).collect();
    let record = store(engine, &tx, asker, draft, &old, &new).await?;
    let scope = policy::scope(asker.actor, Operation::ReadCase)?;
    let viewing = Viewing::changing(&tx, asker).showing(words);
    let mut view = CaseView::load(engine, &tx, &viewing, &scope, &record).await?;
    for record in &written {
        let found = likely_duplicates(engine, &tx, asker, record).await?;
        for duplicate in found {
            let ours = view.case.referrals().any(|ours| ours == duplicate.id);
            if !ours && !view.warnings.contains(&duplicate) {
                view.warnings.push(duplicate);
            }
        }
    }
    keep(&tx, engine, claimed, NO_YOUTH, || render(&view)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(view))
}

async fn store(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    draft: &NewCaseDraft,
    old: &[Member],
    new: &[Member],
) -> Result<cases::CaseRecord, AppError> {
    let agencies = agencies::facts(tx, &[], &[draft.coordinator.as_str()]).await?;
    let context = context(engine, asker.actor, &agencies, None);
    let all: Vec<Member> = old.iter().chain(new).cloned().collect();
    for _ in 0..DRAWS {
        let case = NewCase {
            id: CaseId(Uuid::now_v7()),
            reference: CaseReference::from_random(rand::random()),
            coordinator: draft.coordinator.clone(),
            needs: draft.needs.clone(),
        };
        // Whoever receives a new referral hears of that; who has had one longer hears that it lies in a case now.
        let decision = decide::open(&case, &all, &context)?.told_to_parties(old);
        match cases::open(tx, &decision, asker.request_id).await? {
            Creation::Stored(record) => return Ok(record),
            Creation::InAnotherCase(_) => return Err(already_in_a_case()),
            Creation::ReferenceTaken => {}
        }
    }
    Err(AppError::internal("every reference that was drawn is taken"))
}

/// The case to whose making an answer led.
fn made(answer: &Answer) -> Option<Name> {
    parse_name(answer.location.as_deref()?.rsplit('/').next()?)
}

/// The referrals that exist, locked in the order of their ids, so that two who want the same ones do not wait for each other.
async fn attached(tx: &Tx, asker: Asker<'_>, names: &[ReferralName]) -> Result<Vec<Record>, AppError> {
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let mut ids = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        let found = referrals::find(tx, &scope, *name).await?;
        let found = found.ok_or_else(|| Refusal::of_fields(vec![unknown_referral(format!("/attach/{place}"))]))?;
        ids.push(found.referral().id);
    }
    ids.sort_unstable();
    ids.dedup();
    let mut records = Vec::with_capacity(ids.len());
    for id in ids {
        records.extend(referrals::lock(tx, &scope, ReferralName::Id(id)).await?);
    }
    if records.iter().any(|record| record.erased_at().is_some()) {
        return Err(AppError::Erased);
    }
    Ok(records)
}

/// The youth of the new referrals: as one of the others tells, else as given.
async fn person(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    draft: &NewCaseDraft,
    attached: &[Record],
) -> Result<Option<Person>, AppError> {
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let mut known = None;
    for record in attached {
        if known.is_none() {
            let shown = reading(engine, tx, record.referral(), scope.agencies()).await?;
            known = shown
                .disclose(record.person(Unseen::Decide), &record.content(Unseen::Decide))
                .person()
                .cloned();
        }
    }
    let fault = match (&known, &draft.person) {
        (Some(_), Some(_)) => Some(FieldError::new(
            "/person",
            "unexpected",
            "Hvem den unge er, står i formidlingen som legges i saken.",
            "Who the youth is stands in the referral that is put into the case.",
        )),
        (None, None) if !draft.referrals.is_empty() => Some(FieldError::required("/person")),
        (None, Some(_)) if draft.referrals.is_empty() => Some(FieldError::new(
            "/person",
            "unexpected",
            "Den unge registreres med en formidling.",
            "The youth is registered with a referral.",
        )),
        _ => None,
    };
    match fault {
        Some(fault) => Err(Refusal::of_fields(vec![fault]).into()),
        None => Ok(known.or_else(|| draft.person.clone())),
    }
}
