//! One referral as one person may see it: the record, the names in it, how far each notice has come, and what this person
//! may do now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use stafett_store::agencies::{self, AgencyName};
use stafett_store::deputies::{self, Deputy};
use stafett_store::outbox::{self, Receipt};
use stafett_store::referrals::{self, Name, Record};
use stafett_store::{Handle, StoreError, agreements, cases, events, texts, users};
use stafett_workflow::Refusal;
use stafett_workflow::agency::{AgencyId, AgreementId, CaseId, HandoffId, ReferralId, TextId, UserId};
use stafett_workflow::agreement::Agreement;
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::command::LegalBasis;
use stafett_workflow::decide::available;
use stafett_workflow::definition::{Definition, Transition};
use stafett_workflow::disclosure::{Disclosed, Field, Party};
use stafett_workflow::insight::{Insight, Past};
use stafett_workflow::policy::{self, Operation, Scope};
use stafett_workflow::reference::CaseReference;
use stafett_workflow::referral::Referral;
use stafett_workflow::vocabulary::Action;

use super::reading::{KeptBack, kept_back, reading_or_behind, reading_with};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::looks::Viewing;
use crate::app::persons::Duplicate;

/// One referral with everything that its answer shows.
pub struct View {
    /// As this person may know it, but for what was told: that is [`View::disclosed`], and no other room gets at this.
    pub(in crate::app) record: Record,
    /// What was told, as far as this person may know it.
    pub disclosed: Disclosed,
    /// What does not reach the receiver of each leg, or would not.
    pub kept_back: BTreeMap<HandoffId, Vec<KeptBack>>,
    /// The definition that it runs on.
    pub definition: Arc<Definition>,
    /// What agencies and people are called.
    pub names: Names,
    /// When its agencies are open, as far as they say so.
    pub hours: BTreeMap<AgencyId, OpeningHours>,
    /// The agreements that set limits of its clocks.
    pub agreements: BTreeMap<AgreementId, Agreement>,
    /// The legal basis of each hand-off, with its reason.
    pub bases: BTreeMap<TextId, LegalBasis>,
    /// How far each notice has come.
    pub receipts: Vec<Receipt>,
    /// Those of which this person may know each.
    pub told: Vec<Receipt>,
    /// What this person may do now.
    pub actions: Vec<Transition>,
    /// Who stands in for the person who is responsible, while they are away.
    pub deputy: Option<Deputy>,
    /// The referral that it grew out of, if this person may know of that one.
    pub parent: Option<ReferralId>,
    /// In which case it lies.
    pub case: Option<(CaseId, CaseReference)>,
    /// Referrals that this person may know of and that are probably about the same youth; found as it is written.
    pub warnings: Vec<Duplicate>,
    /// When it was looked at.
    pub now: DateTime<Utc>,
}

/// What agencies and people are called.
#[derive(Debug, Default)]
pub struct Names {
    agencies: BTreeMap<AgencyId, AgencyName>,
    people: BTreeMap<UserId, String>,
}

impl Names {
    /// Loads the names, in one query each.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(
        on: &impl Handle,
        agencies: impl IntoIterator<Item = AgencyId>,
        people: impl IntoIterator<Item = UserId>,
    ) -> Result<Self, StoreError> {
        let agencies: BTreeSet<AgencyId> = agencies.into_iter().collect();
        Ok(Self {
            agencies: agencies::names(on, agencies).await?,
            people: people_named(on, people).await?,
        })
    }

    /// The same with when the agencies are open, without a further query.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load_with_hours(
        on: &impl Handle,
        agencies: impl IntoIterator<Item = AgencyId>,
        people: impl IntoIterator<Item = UserId>,
    ) -> Result<(Self, BTreeMap<AgencyId, OpeningHours>), StoreError> {
        let (agencies, hours) = agencies::names_and_hours(on, agencies).await?;
        let people = people_named(on, people).await?;
        Ok((Self { agencies, people }, hours))
    }

    /// What an agency is called.
    #[must_use]
    pub fn agency(&self, id: AgencyId) -> Option<&AgencyName> {
        self.agencies.get(&id)
    }

    /// What decides what an agency may be told.
    #[must_use]
    pub fn party(&self, id: AgencyId) -> Option<Party> {
        self.agencies.get(&id)?.party
    }

    /// What a person is called.
    #[must_use]
    pub fn person(&self, id: UserId) -> Option<&str> {
        self.people.get(&id).map(String::as_str)
    }
}

async fn people_named(
    on: &impl Handle,
    people: impl IntoIterator<Item = UserId>,
) -> Result<BTreeMap<UserId, String>, StoreError> {
    let people: BTreeSet<UserId> = people.into_iter().collect();
    if people.is_empty() {
        return Ok(BTreeMap::new());
    }
    users::names(on, people).await
}

impl View {
    /// Gathers what belongs to a record, and writes down who looks at it meanwhile.
    ///
    /// # Errors
    /// When the database does not answer, the look cannot be logged, or the definition is missing.
    pub async fn load(
        engine: &Engine,
        on: &impl Handle,
        viewing: &Viewing<'_>,
        record: Record,
    ) -> Result<Self, AppError> {
        let look = viewing.begin(engine, &record).await?;
        let actor = viewing.actor();
        let definition = engine.definition(&record.referral().workflow)?;
        // Nothing can be added to what is erased.
        let is_whole = record.erased_at().is_none();
        let mut actions: Vec<Transition> = available(&definition, record.referral(), actor, engine.now())
            .into_iter()
            .filter(|_| is_whole)
            .map(|admitted| admitted.transition.clone())
            .collect();
        let scope = policy::scope(actor, Operation::ReadReferral).map_err(|_verdict| Refusal::not_found())?;
        let (record, past) = as_known(on, &scope, record).await?;
        if past.is_some() {
            // What else could be done would tell how it stands now.
            actions.retain(|transition| transition.action == Action::Undo);
        }
        let parent = match record.parent() {
            Some(parent) if referrals::is_within(on, &scope, Name::Id(parent)).await? => Some(parent),
            _ => None,
        };
        let referral = record.referral();
        let agencies = agencies_in(referral);
        let deputy = match referral
            .open_handoff()
            .and_then(|open| open.terms.receiver.zip(open.assignee))
        {
            Some((agency, user)) => deputies::standing_in(on, agency, user, engine.now()).await?,
            None => None,
        };
        let people = referral.handoffs.iter().filter_map(|handoff| handoff.assignee);
        let people = people.chain(deputy.as_ref().map(|absence| absence.deputy));
        let (names, hours) = Names::load_with_hours(on, agencies, people).await?;
        let agreed = referral.clocks.iter().filter_map(|clock| clock.agreement);
        let agreements = agreements::by_ids(on, agreed).await?;
        let receipts = outbox::receipts(on, &record).await?;
        let told = known_to(&scope, past.is_some(), &receipts);
        let basis_ids: Vec<TextId> = referral
            .handoffs
            .iter()
            .filter_map(|handoff| handoff.terms.basis_text)
            .collect();
        let logged = look.logged().await?;
        let reading = match &viewing.glass {
            None => reading_with(engine, referral, scope.agencies(), &names),
            behind => reading_or_behind(engine, on, referral, scope.agencies(), behind.as_ref()).await?,
        };
        let bases = texts::by_ids(on, &record, &basis_ids, &logged)
            .await?
            .into_iter()
            .filter_map(|text| {
                let basis = serde_json::from_str(&text.body?).ok()?;
                Some((text.id, reading.words(Field::Reason, basis)?))
            })
            .collect();
        let kept_back = kept_back(engine, referral, &names);
        // Whoever looks through a broken glass takes part in nothing, and sees no more than this referral.
        let case = match viewing.glass.is_none() && past.as_ref().is_none_or(Past::keeps) {
            true => cases::of_referral(on, &record).await?,
            false => None,
        };
        Ok(Self {
            disclosed: reading.disclose(record.person(&logged), &record.content(&logged)),
            kept_back,
            record,
            definition,
            names,
            hours,
            agreements,
            bases,
            receipts,
            told,
            actions,
            deputy,
            parent,
            case,
            warnings: Vec::new(),
            now: engine.now(),
        })
    }

    /// The relay's part.
    #[must_use]
    pub const fn referral(&self) -> &Referral {
        self.record.referral()
    }

    /// When all that was told was erased.
    #[must_use]
    pub const fn erased_at(&self) -> Option<DateTime<Utc>> {
        self.record.erased_at()
    }

    /// When it was written.
    #[must_use]
    pub const fn created_at(&self) -> DateTime<Utc> {
        self.record.created_at()
    }

    /// When anything about it was stored last.
    #[must_use]
    pub const fn updated_at(&self) -> DateTime<Utc> {
        self.record.updated_at()
    }
}

/// Whoever has no part any more sees what their own agency was told.
pub(super) fn known_to(scope: &Scope, is_past: bool, receipts: &[Receipt]) -> Vec<Receipt> {
    let known = |receipt: &&Receipt| !is_past || scope.agencies().contains(&receipt.agency);
    receipts.iter().filter(known).cloned().collect()
}

/// A record as far as the people within `scope` may know it, and what that is if it is not all.
///
/// # Errors
/// When the database does not answer; [`AppError::Internal`] when the log is not the referral's.
pub(super) async fn as_known(
    on: &impl Handle,
    scope: &Scope,
    record: Record,
) -> Result<(Record, Option<Past>), AppError> {
    let Insight::Past(past) = Insight::of(record.referral(), scope.agencies()) else {
        return Ok((record, None));
    };
    let log = events::log(on, &record).await?;
    let then = past.referral(record.referral(), &log).map_err(AppError::internal)?;
    Ok((record.reduced(&past, then, &log), Some(past)))
}

/// The same of several, with one look at all their logs.
///
/// # Errors
/// As for [`as_known`].
pub(in crate::app) async fn as_known_together(
    on: &impl Handle,
    scope: &Scope,
    records: Vec<Record>,
) -> Result<Vec<Record>, AppError> {
    let past = |record: &Record| Insight::of(record.referral(), scope.agencies());
    let reduced = records.iter().filter(|record| !past(record).is_whole());
    let mut logs = events::logs(on, reduced).await?;
    let known = records.into_iter().map(|record| {
        let Insight::Past(past) = past(&record) else {
            return Ok(record);
        };
        let log = logs.remove(&record.referral().id).unwrap_or_default();
        let then = past.referral(record.referral(), &log).map_err(AppError::internal)?;
        Ok(record.reduced(&past, then, &log))
    });
    known.collect()
}

fn agencies_in(referral: &Referral) -> Vec<AgencyId> {
    let mut ids = vec![referral.originator, referral.custodian];
    ids.extend(referral.coordinator);
    for handoff in &referral.handoffs {
        ids.push(handoff.sender);
        ids.extend(handoff.terms.receiver);
        ids.extend(handoff.forwarded_by);
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}
