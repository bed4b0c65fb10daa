//! Everything stored, held against the laws: the referrals, their logs, the outbox, and what the lists are made from.
//!
//! The walk reads what is committed while others go on writing, so a referral may change between two reads. Whatever
//! looks wrong is therefore looked at once more under the referral's lock, and counts only if it is wrong there too.

mod cases;
pub mod files;
mod rules;
mod setup;

use std::collections::BTreeSet;

use stafett_store::reconcile::{self, Beside};
use stafett_store::referrals::{self, Name, Record};
use stafett_store::{Db, StoreError, incidents, outbox};
use stafett_workflow::agency::{AgencyId, ReferralId};
use stafett_workflow::definition::Library;
use stafett_workflow::policy::{Scope, SystemTask};
use stafett_workflow::reference::Reference;

pub use cases::{CaseFinding, CaseRule};
pub use files::{FileFinding, FileRule};
pub use rules::Rule;
pub use setup::{SetupFinding, SetupRule};

/// So many referrals are read at a time.
const BATCH: u32 = 250;

/// What the walk has seen.
#[derive(Debug, Default)]
pub struct Report {
    /// How many of each thing there are.
    pub counts: Counts,
    /// What is wrong, in the order of the referrals' ids.
    pub findings: Vec<Finding>,
    /// What is wrong with cases, in the order of their ids.
    pub cases: Vec<CaseFinding>,
    /// What is wrong with what agencies keep, by agency.
    pub setup: Vec<SetupFinding>,
    /// What is wrong with files; whoever has their store adds it, see [`files::walk`].
    pub files: Vec<FileFinding>,
}

impl Report {
    /// Whether all is well.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.findings.is_empty() && self.cases.is_empty() && self.setup.is_empty() && self.files.is_empty()
    }
}

/// How many of each thing there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Referrals.
    pub referrals: u64,
    /// Cases.
    pub cases: u64,
    /// Entries of the referrals' logs.
    pub events: u64,
    /// Hand-offs that were sent.
    pub sent: u64,
    /// Of these, those on their way.
    pub open: u64,
    /// Of these, those that are over.
    pub ended: u64,
    /// Of these, those whose receipt was acknowledged.
    pub acknowledged: u64,
    /// Notices that wait or are under way.
    pub notices_pending: u64,
    /// Notices that a mail server took.
    pub notices_sent: u64,
    /// Notices that cannot be delivered.
    pub notices_dead: u64,
    /// Notices that have not arrived and that nobody has taken in hand.
    pub incidents_open: u64,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// With which referral; of a key, with the id of its owner.
    pub referral: ReferralId,
    /// Its short name, when it can be read.
    pub reference: Option<Reference>,
    /// What should be.
    pub rule: Rule,
    /// What is instead, where more can be said.
    pub detail: Option<String>,
}

/// How far a walk looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What is stored, and whether the log gives it.
    Stored,
    /// Besides, every step of every log: the laws after it, and who was told.
    EveryStep,
}

/// Walks through everything. Changes nothing.
///
/// # Errors
/// When the database does not answer. A row that cannot be understood is a finding.
pub async fn run(db: &Db, library: &Library) -> Result<Report, StoreError> {
    walk(db, library, Depth::Stored).await
}

/// The same, as deep as is asked for.
///
/// # Errors
/// As for [`run`].
pub async fn walk(db: &Db, library: &Library, depth: Depth) -> Result<Report, StoreError> {
    let walk = Walk {
        db,
        library,
        depth,
        scope: Scope::for_system(SystemTask::Reconcile),
    };
    let mut report = Report::default();
    let mut after = None;
    loop {
        let ids = reconcile::ids(db, &walk.scope, after, BATCH).await?;
        let Some(last) = ids.last().copied() else { break };
        walk.batch(after, &ids, &mut report).await?;
        after = Some(last);
    }
    let keys = reconcile::keys_without_owner(db).await?;
    let found = reconcile::erased_but_indexed(db).await?;
    let (keys, found) = (keys.into_iter(), found.into_iter());
    let about_owners = keys
        .map(|owner| (owner, Rule::KeyHasOwner))
        .chain(found.map(|owner| (owner, Rule::ErasedIsNotFound)));
    report.findings.extend(about_owners.map(|(owner, rule)| Finding {
        referral: ReferralId(owner),
        reference: None,
        rule,
        detail: None,
    }));
    let forgotten = incidents::forgotten(db).await?.into_iter();
    report.findings.extend(forgotten.map(|(notice, referral)| Finding {
        referral: referral.unwrap_or(ReferralId(notice)),
        reference: None,
        rule: Rule::UndeliveredIsATask,
        detail: Some(format!("notice {notice}")),
    }));
    report.counts.incidents_open = incidents::open_count(db).await?;
    (report.counts.cases, report.cases) = cases::walk(db, &walk.scope).await?;
    report.setup = setup::walk(db).await?;
    let notices = outbox::counts(db).await?;
    report.counts.notices_pending = notices.pending;
    report.counts.notices_sent = notices.sent;
    report.counts.notices_dead = notices.dead;
    report.findings.sort_by_key(|finding| finding.referral);
    Ok(report)
}

struct Walk<'a> {
    db: &'a Db,
    library: &'a Library,
    depth: Depth,
    scope: Scope,
}

impl Walk<'_> {
    async fn batch(
        &self,
        after: Option<ReferralId>,
        ids: &[ReferralId],
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let records = self.read(after, ids, report).await?;
        let unknown = reconcile::unknown_agencies(self.db, records.iter().flat_map(named)).await?;
        let beside = reconcile::beside(self.db, &records).await?;
        for (record, beside) in records.iter().zip(&beside) {
            report.counts.add(record, beside);
            if !self.broken(record, beside, &unknown).is_empty() {
                self.look_again(record, report).await?;
            }
        }
        Ok(())
    }

    fn broken(&self, record: &Record, beside: &Beside, unknown: &BTreeSet<AgencyId>) -> rules::Broken {
        let mut broken = rules::broken(self.library, record, beside, unknown);
        if self.depth == Depth::EveryStep {
            broken.extend(rules::deep(self.library, record, beside));
        }
        broken
    }

    /// The referrals with these ids; one that cannot be read must not hide the others.
    async fn read(
        &self,
        after: Option<ReferralId>,
        ids: &[ReferralId],
        report: &mut Report,
    ) -> Result<Vec<Record>, StoreError> {
        let limit = u32::try_from(ids.len()).unwrap_or(BATCH);
        let mut records = match referrals::sweep(self.db, &self.scope, after, limit).await {
            Ok(records) => records,
            Err(StoreError::Corrupt { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        // Others may have been written meanwhile and come instead; they are in the next batch or in the next walk.
        records.retain(|record| ids.contains(&record.referral().id));
        for id in ids {
            if records.iter().any(|record| record.referral().id == *id) {
                continue;
            }
            let unreadable = match referrals::find(self.db, &self.scope, Name::Id(*id)).await {
                Ok(Some(record)) => {
                    records.push(record);
                    continue;
                }
                Ok(None) => "what it tells is missing".to_owned(),
                Err(error @ StoreError::Corrupt { .. }) => error.to_string(),
                Err(error) => return Err(error),
            };
            report.counts.referrals += 1;
            report.findings.push(Finding {
                referral: *id,
                reference: None,
                rule: Rule::Readable,
                detail: Some(unreadable),
            });
        }
        Ok(records)
    }

    /// Under its lock a referral stands still.
    async fn look_again(&self, seen: &Record, report: &mut Report) -> Result<(), StoreError> {
        let tx = self.db.write_tx().await?;
        let id = seen.referral().id;
        let record = referrals::lock(&tx, &self.scope, Name::Id(id)).await?;
        let records: Vec<Record> = record.into_iter().collect();
        let unknown = reconcile::unknown_agencies(&tx, records.iter().flat_map(named)).await?;
        let beside = reconcile::beside(&tx, &records).await?;
        for (record, beside) in records.iter().zip(&beside) {
            let reference = Some(record.referral().reference);
            let broken = self.broken(record, beside, &unknown);
            let finding = |(rule, detail)| Finding {
                referral: id,
                reference,
                rule,
                detail,
            };
            report.findings.extend(broken.into_iter().map(finding));
        }
        tx.rollback().await
    }
}

/// The agencies that the referral is nothing without.
fn named(record: &Record) -> BTreeSet<AgencyId> {
    let referral = record.referral();
    let mut agencies = BTreeSet::from([referral.originator, referral.custodian]);
    agencies.extend(
        referral
            .handoffs
            .iter()
            .flat_map(|handoff| [Some(handoff.sender), handoff.terms.receiver])
            .flatten(),
    );
    agencies
}

impl Counts {
    fn add(&mut self, record: &Record, beside: &Beside) {
        self.referrals += 1;
        self.events += beside.log.as_ref().map_or(0, |log| log.len() as u64);
        for handoff in record.referral().handoffs.iter().filter(|handoff| handoff.is_sent()) {
            self.sent += 1;
            self.open += u64::from(handoff.is_open());
            self.ended += u64::from(handoff.times.ended.is_some());
            self.acknowledged += u64::from(handoff.times.acknowledged.is_some());
        }
    }
}
