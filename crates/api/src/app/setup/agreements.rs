//! What agencies have agreed between them. Each speaks for itself: nobody makes an agreement for another agency, not even
//! whoever runs the installation.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;
use stafett_store::agencies as directory;
use stafett_store::agreements::{self, AgreementQuery};
use stafett_store::idempotency::Answer;
use stafett_store::{Handle, Page, Tx, outbox};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyFacts, AgencyId, AgreementId};
use stafett_workflow::agreement::{self, Agreement, Change, Circumstances, Limits, Proposal, Status};
use stafett_workflow::law::Validity;
use stafett_workflow::policy::{Operation, SetupPermit, Verdict};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::Notice;
use uuid::Uuid;

use super::{Authority, Note, Right, named};
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::referrals::{Answered, Repeatable, claim, keep, replayed};
use crate::app::{AppError, Precondition};

/// An agreement as somebody writes it.
#[derive(Debug, Clone)]
pub struct NewAgreement {
    /// Who sends, by slug or id.
    pub sender: String,
    /// Who receives, by slug or id.
    pub receiver: String,
    /// How the agencies call it.
    pub reference: String,
    /// The limits, not yet judged.
    pub limits: BTreeMap<String, BTreeMap<String, String>>,
    /// The first day on which it counts.
    pub valid_from: NaiveDate,
    /// The last one, if it has one.
    pub valid_to: Option<NaiveDate>,
}

/// An agreement with what its reader may see and do.
#[derive(Debug)]
pub struct Shown {
    /// As it is stored.
    pub agreement: Agreement,
    /// Whether it counts for what is sent now.
    pub in_force: bool,
    /// What the reader may do with it now.
    pub actions: Vec<Change>,
    /// What agencies and people are called.
    pub names: Names,
}

/// A page with what its reader may see and do.
pub type ShownPage = Page<Shown, AgreementId>;

/// Writes the answer out, so that it can be kept in the same transaction.
pub type Render<'a> = &'a (dyn Fn(&Shown) -> Answer + Sync);

/// The agreements of an agency, on either side, the newest first.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn list(
    engine: &Engine,
    authority: Authority<'_>,
    agency: &str,
    status: Option<Status>,
    after: Option<AgreementId>,
    limit: u32,
) -> Result<ShownPage, AppError> {
    let agency = named(&engine.db, agency).await?;
    authority.over(Operation::ReadAgreements, &agency)?;
    let query = AgreementQuery {
        agency: agency.id,
        status,
        after,
        limit,
    };
    let page = agreements::list(&engine.db, &query).await?;
    let permit = speaks(authority, &agency).ok();
    let items = show(engine, &engine.db, page.items, permit).await?;
    Ok(Page { items, next: page.next })
}

/// One version of an agreement.
///
/// # Errors
/// Hidden, denied; the store's.
pub async fn find(engine: &Engine, authority: Authority<'_>, agency: &str, id: AgreementId) -> Result<Shown, AppError> {
    let agency = named(&engine.db, agency).await?;
    let agreement = of_agency(&engine.db, authority, &agency, id).await?;
    let permit = speaks(authority, &agency).ok();
    one(engine, &engine.db, agreement, permit).await
}

/// Proposes an agreement, or a new version of one.
///
/// # Errors
/// Hidden, denied; a proposal waits already; the fields at fault; the errors of an idempotency key; the store's.
pub async fn propose(
    engine: &Engine,
    authority: Authority<'_>,
    agency: &str,
    new: &NewAgreement,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<Shown>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match authority {
        Authority::Operator => None,
        Authority::Person(asker) => match claim(&tx, engine, asker, repeatable).await? {
            Ok(claimed) => claimed,
            Err(answer) => return replayed(tx, answer).await,
        },
    };
    let agency = named(&tx, agency).await?;
    let permit = speaks(authority, &agency)?;
    let agencies = directory::facts(&tx, &[], &[&new.sender, &new.receiver]).await?;
    let party = |name: &str| agencies.by_name(name).filter(|facts| facts.active);
    let (sender, receiver) = (party(&new.sender), party(&new.receiver));
    let limits = Limits::read(&new.limits);
    let (Some(sender), Some(receiver), Ok(limits)) = (sender, receiver, &limits) else {
        return Err(AppError::Fields(misread(sender, receiver, limits)));
    };
    let proposal = Proposal {
        sender: sender.id,
        receiver: receiver.id,
        reference: new.reference.trim().to_owned(),
        limits: limits.clone(),
        validity: Validity {
            from: Some(new.valid_from),
            to: new.valid_to,
        },
    };
    let circumstances = Circumstances {
        now: engine.now(),
        calendar: engine.calendar,
        known: &agreements::between(&tx, sender.id, receiver.id).await?,
        sender_hours: sender.hours.as_ref(),
        receiver_hours: receiver.hours.as_ref(),
    };
    let id = AgreementId(Uuid::now_v7());
    let proposed = agreement::propose(id, proposal, &permit, &circumstances)?;
    agreements::insert(&tx, &proposed).await?;
    note(engine, &tx, authority, permit, "agreement-proposed", &agency, &proposed).await?;
    tell(engine, &tx, &proposed, permit, Notice::AgreementProposed).await?;
    let shown = one(engine, &tx, proposed, Some(permit)).await?;
    keep(&tx, engine, claimed, None, || render(&shown)).await?;
    tx.commit().await?;
    engine.bell.mail.ring();
    Ok(Answered::Now(shown))
}

/// Which version of an agreement is changed, and in which revision the caller believes it to be.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// For which party, by slug or id.
    pub agency: &'a str,
    /// Which.
    pub id: AgreementId,
    /// In which revision.
    pub precondition: &'a Precondition,
}

/// Approves, rejects, withdraws or ends one.
///
/// # Errors
/// Hidden, stale, denied; not theirs to do; not possible now; the errors of an idempotency key; the store's.
pub async fn change(
    engine: &Engine,
    authority: Authority<'_>,
    target: Target<'_>,
    change: Change,
    repeatable: Option<&Repeatable<'_>>,
    render: Render<'_>,
) -> Result<Answered<Shown>, AppError> {
    let tx = engine.db.write_tx().await?;
    let claimed = match authority {
        Authority::Operator => None,
        Authority::Person(asker) => match claim(&tx, engine, asker, repeatable).await? {
            Ok(claimed) => claimed,
            Err(answer) => return replayed(tx, answer).await,
        },
    };
    let (agency, agreement, permit) = admitted(&tx, authority, target).await?;
    let changed = agreement.change(change, &permit, engine.now())?;
    if !agreements::update(&tx, &changed).await? {
        // On PostgreSQL two may have read the same revision; the second finds that the first was faster.
        return Err(AppError::StaleAt {
            place: place_of(&agency, changed.id),
            current: changed.revision,
        });
    }
    let action = match change {
        Change::Approve => "agreement-approved",
        Change::Reject => "agreement-rejected",
        Change::Withdraw => "agreement-withdrawn",
        Change::End => "agreement-ended",
    };
    note(engine, &tx, authority, permit, action, &agency, &changed).await?;
    tell(engine, &tx, &changed, permit, Agreement::told_of(change)).await?;
    let shown = one(engine, &tx, changed, Some(permit)).await?;
    keep(&tx, engine, claimed, None, || render(&shown)).await?;
    tx.commit().await?;
    engine.bell.mail.ring();
    Ok(Answered::Now(shown))
}

/// Refuses as [`change`] would before it looks at the input.
///
/// # Errors
/// Hidden, stale, denied; the store's.
pub async fn precheck(engine: &Engine, authority: Authority<'_>, target: Target<'_>) -> Result<(), AppError> {
    admitted(&engine.db, authority, target).await.map(drop)
}

async fn admitted(
    on: &impl Handle,
    authority: Authority<'_>,
    target: Target<'_>,
) -> Result<(directory::Agency, Agreement, SetupPermit), AppError> {
    let agency = named(on, target.agency).await?;
    let agreement = of_agency(on, authority, &agency, target.id).await?;
    target
        .precondition
        .check_at(place_of(&agency, agreement.id), agreement.revision)?;
    let permit = speaks(authority, &agency)?;
    Ok((agency, agreement, permit))
}

/// Who speaks for an agency.
fn speaks(authority: Authority<'_>, agency: &directory::Agency) -> Result<SetupPermit, AppError> {
    match authority.over(Operation::ManageAgreements, agency)? {
        Right::Person(permit) => Ok(permit),
        Right::Operator => Err(AppError::Denied(Verdict::Forbidden)),
    }
}

/// One that the agency has a part in; whatever others have agreed does not exist here.
async fn of_agency(
    on: &impl Handle,
    authority: Authority<'_>,
    agency: &directory::Agency,
    id: AgreementId,
) -> Result<Agreement, AppError> {
    authority.over(Operation::ReadAgreements, agency)?;
    let found = agreements::find(on, id).await?;
    Ok(found
        .filter(|agreement| agreement.is_party(agency.id))
        .ok_or_else(Refusal::not_found)?)
}

/// What of a proposal cannot be read.
fn misread(
    sender: Option<&AgencyFacts>,
    receiver: Option<&AgencyFacts>,
    limits: Result<Limits, Vec<FieldError>>,
) -> Vec<FieldError> {
    let missing = [("/sender", sender.is_none()), ("/receiver", receiver.is_none())];
    let unknown = missing.into_iter().filter(|(_, missing)| *missing).map(|(pointer, _)| {
        FieldError::new(
            pointer,
            "unknown-agency",
            "Velg en enhet som er i bruk.",
            "Choose an agency that takes part.",
        )
    });
    unknown.chain(limits.err().into_iter().flatten()).collect()
}

async fn one(
    engine: &Engine,
    on: &impl Handle,
    agreement: Agreement,
    permit: Option<SetupPermit>,
) -> Result<Shown, AppError> {
    let shown = show(engine, on, vec![agreement], permit).await?.pop();
    shown.ok_or_else(|| AppError::internal("an agreement was lost on the way"))
}

/// With what is in force now between the same agencies, in one query, and the names.
async fn show(
    engine: &Engine,
    on: &impl Handle,
    found: Vec<Agreement>,
    permit: Option<SetupPermit>,
) -> Result<Vec<Shown>, AppError> {
    let parties = |agreement: &Agreement| [agreement.sender, agreement.receiver];
    let agencies: Vec<AgencyId> = found.iter().flat_map(parties).collect();
    let approved = agreements::approved_among(on, agencies).await?;
    let now = engine.now();
    let mut shown = Vec::with_capacity(found.len());
    for agreement in found {
        let words = [Some(agreement.proposed), agreement.answered, agreement.ended];
        let people = words.into_iter().flatten().map(|word| word.user);
        let in_force = agreement::applying(&approved, agreement.sender, agreement.receiver, now);
        shown.push(Shown {
            in_force: in_force.is_some_and(|applying| applying.id == agreement.id),
            actions: permit.map_or_else(Vec::new, |permit| agreement.available(&permit, now)),
            names: Names::load(on, parties(&agreement), people).await?,
            agreement,
        });
    }
    Ok(shown)
}

/// The other party hears of it, in the same commit.
async fn tell(
    engine: &Engine,
    tx: &Tx,
    agreement: &Agreement,
    permit: SetupPermit,
    notice: Notice,
) -> Result<(), AppError> {
    let to = agreement.other(permit.agency());
    Ok(outbox::tell_of_agreement(tx, agreement.id, notice, to, engine.now()).await?)
}

fn place_of(agency: &directory::Agency, id: AgreementId) -> String {
    format!("agencies/{}/agreements/{id}", agency.slug)
}

async fn note(
    engine: &Engine,
    tx: &Tx,
    authority: Authority<'_>,
    permit: SetupPermit,
    action: &str,
    agency: &directory::Agency,
    agreement: &Agreement,
) -> Result<(), AppError> {
    let note = Note {
        action,
        kind: "agreement",
        object: agreement.id.0,
        agency,
        body: json!({
            "number": agreement.number,
            "revision": agreement.revision,
            "sender": agreement.sender,
            "receiver": agreement.receiver,
            "limits": agreement.limits,
            "validFrom": agreement.validity.from,
            "validTo": agreement.validity.to,
        }),
    };
    authority.note(tx, Right::Person(permit), note, engine.now()).await
}
