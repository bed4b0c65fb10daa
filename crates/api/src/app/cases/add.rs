//! One more referral in a case: a new one about the same youth, or one that exists.

use stafett_store::cases::{self, Outcome};
use stafett_store::looks::Unseen;
use stafett_store::referrals::{self, Name as ReferralName, Record};
use stafett_store::{Tx, agencies};
use stafett_workflow::Refusal;
use stafett_workflow::case::decide::{admit, attach};
use stafett_workflow::case::{Case, Member};
use stafett_workflow::person::Person;
use stafett_workflow::policy::{self, Actor, Operation, Scope};
use stafett_workflow::refusal::{FieldError, Rule};
use stafett_workflow::vocabulary::CaseAction;

use super::{
    CaseView, NO_YOUTH, Name, Render, already_in_a_case, context, lock, member_of, members, replayed_about,
    unknown_referral, write_referral,
};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::{Viewing, Words};
use crate::app::persons::likely_duplicates;
use crate::app::referrals::reading::reading;
use crate::app::referrals::{Answered, Asker, NewDraft, Repeatable, claim, keep};

/// What comes into the case.
pub enum Addition {
    /// A new referral, about the case's youth.
    New(Box<NewDraft>),
    /// One that exists.
    Attach(ReferralName),
}

/// Puts one more referral into a case.
///
/// # Errors
/// Hidden, no part in it, not open, what the engine says of a new referral; the errors of an idempotency key; the store's.
#[allow(
    clippy::too_many_arguments,
    reason = "each is one part of the request, named by its type"
)]
pub async fn add(
    engine: &Engine,
    asker: Asker<'_>,
    scope: &Scope,
    name: Name,
    addition: &Addition,
    digest: &str,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<CaseView>, AppError> {
    // One more need is told without looking: a phone sends it days later.
    let words = match addition {
        Addition::New(_) => Words::TheirOwn,
        Addition::Attach(_) => Words::Anybodys,
    };
    let tx = engine.db.write_tx().await?;
    let claimed = match claim(&tx, engine, asker, repeatable).await? {
        Ok(claimed) => claimed,
        Err(answer) => return replayed_about(tx, engine, asker, scope, Some(name), answer).await,
    };
    let record = lock(&tx, scope, name).await?;
    let members = members(engine, &tx, &record).await?;
    admit(record.case(), &members, CaseAction::AddReferral, asker.actor)?;
    let referral = match addition {
        Addition::New(draft) => write_new(engine, &tx, asker, (record.case(), &members), draft, digest).await?,
        Addition::Attach(name) => {
            let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
            referrals::lock(&tx, &scope, *name)
                .await?
                .ok_or_else(|| Refusal::of_fields(vec![unknown_referral("/attach".to_owned())]))?
        }
    };
    if referral.erased_at().is_some() {
        return Err(AppError::Erased);
    }
    let newcomer = [member_of(engine, &referral)];
    let nobody = stafett_workflow::agency::Agencies::default();
    let context = context(engine, asker.actor, &nobody, None);
    let mut decision = attach(record.case(), &members, &newcomer, &context)?;
    if matches!(addition, Addition::Attach(_)) {
        decision = decision.told_to_parties(&newcomer);
    }
    let record = match cases::commit(&tx, &decision, asker.request_id).await? {
        Outcome::Stored(record) => record,
        Outcome::InAnotherCase(_) => return Err(already_in_a_case()),
        Outcome::Stale => return Err(AppError::internal("a locked case was changed by somebody else")),
    };
    let viewing = Viewing::changing(&tx, asker).showing(words);
    let mut view = CaseView::load(engine, &tx, &viewing, scope, &record).await?;
    view.added = Some(referral.referral().id);
    if matches!(addition, Addition::New(_)) {
        view.warnings = likely_duplicates(engine, &tx, asker, &referral).await?;
        let ours: Vec<_> = view.case.referrals().collect();
        view.warnings.retain(|duplicate| !ours.contains(&duplicate.id));
    }
    keep(&tx, engine, claimed, NO_YOUTH, || render(&view)).await?;
    tx.commit().await?;
    engine.bell.ring();
    Ok(Answered::Now(view))
}

/// Refuses as [`add`] would before it looks at the body.
///
/// # Errors
/// Hidden, no part in it or not open; the store's.
pub async fn precheck(engine: &Engine, actor: &Actor, scope: &Scope, name: Name) -> Result<(), AppError> {
    let record = cases::find(&engine.db, scope, name)
        .await?
        .ok_or_else(Refusal::not_found)?;
    let record = match record.case().merged_into {
        Some(into) => cases::find(&engine.db, scope, Name::Id(into))
            .await?
            .ok_or_else(Refusal::not_found)?,
        None => record,
    };
    let members = members(engine, &engine.db, &record).await?;
    admit(record.case(), &members, CaseAction::AddReferral, actor)?;
    Ok(())
}

async fn write_new(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    (case, members): (&Case, &[Member]),
    draft: &NewDraft,
    digest: &str,
) -> Result<Record, AppError> {
    let draft = NewDraft {
        person: Some(person(engine, tx, asker, (case, members), &draft.sender).await?),
        ..draft.clone()
    };
    write_referral(engine, tx, asker, &draft, digest, "").await
}

/// The youth as the sending agency knows them: from its own newest referral of the case. What others were told stays with
/// them.
async fn person(
    engine: &Engine,
    tx: &Tx,
    asker: Asker<'_>,
    (case, members): (&Case, &[Member]),
    sender: &str,
) -> Result<Person, AppError> {
    let agencies = agencies::facts(tx, &[], &[sender]).await?;
    let sender = agencies.by_name(sender).ok_or_else(|| {
        Refusal::of_fields(vec![FieldError::new(
            "/sender",
            "unknown-agency",
            "Enheten finnes ikke.",
            "There is no such agency.",
        )])
    })?;
    let scope = policy::scope(asker.actor, Operation::ReadReferral)?;
    let mut newest: Option<Record> = None;
    for member in members {
        if case.referrals().any(|ours| ours == member.referral.id) && member.referral.is_open_to(sender.id) {
            let found = referrals::find(tx, &scope, ReferralName::Id(member.referral.id)).await?;
            newest = found
                .filter(Record::is_about_somebody)
                .into_iter()
                .chain(newest)
                .max_by_key(Record::created_at);
        }
    }
    let known = match newest {
        None => None,
        Some(record) => {
            let shown = reading(engine, tx, record.referral(), &[sender.id]).await?;
            shown
                .disclose(record.person(Unseen::Decide), &record.content(Unseen::Decide))
                .person()
                .cloned()
        }
    };
    known.ok_or_else(|| {
        Refusal::new(
            Rule::NotYours,
            "Avsenderen har ingen del i en formidling i saken.",
            "The sender has no part in a referral of the case.",
        )
        .into()
    })
}
