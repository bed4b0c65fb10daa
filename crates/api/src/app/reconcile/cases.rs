//! Every case, held against the laws and against what stands beside it.

use stafett_store::reconcile::cases::{self, CaseBeside};
use stafett_store::{Db, StoreError};
use stafett_workflow::agency::CaseId;
use stafett_workflow::case::laws::{self, CaseLaw};
use stafett_workflow::case::replay;
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::CaseReference;
use stafett_workflow::vocabulary::{CaseState, Code, Language};

const BATCH: u32 = 250;

/// One rule of reconciliation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseRule {
    /// A law of cases themselves.
    Law(CaseLaw),
    /// What is stored can be understood.
    Readable,
    /// The log is whole and gives what is stored.
    LogReplays,
    /// Its referrals lie in it and in no other.
    ReferralsLieInIt,
    /// Those who may know of it are those who take part.
    PartiesAgree,
    /// The lists show it where it stands.
    ListsAgree,
    /// The reasons that were given lie sealed under its own key.
    WordsAreSealed,
    /// Its reasons are erased once all that its referrals told is.
    ErasedWithReferrals,
}

/// One thing that is wrong with a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFinding {
    /// With which.
    pub case: CaseId,
    /// Its short name, when it can be read.
    pub reference: Option<CaseReference>,
    /// What should be.
    pub rule: CaseRule,
}

impl CaseRule {
    /// As it is written for scripts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Law(law) => law.as_str(),
            Self::Readable => "case-readable",
            Self::LogReplays => "case-log-replays",
            Self::ReferralsLieInIt => "referrals-lie-in-it",
            Self::PartiesAgree => "case-parties-agree",
            Self::ListsAgree => "case-lists-agree",
            Self::WordsAreSealed => "case-words-are-sealed",
            Self::ErasedWithReferrals => "case-erased-with-referrals",
        }
    }

    /// What should be, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Law(law) => law.title(Language::En),
            Self::Readable => "What is stored of the case can be understood",
            Self::LogReplays => "The case's log gives what is stored",
            Self::ReferralsLieInIt => "The referrals of a case lie in it and in no other",
            Self::PartiesAgree => "Those who may know of the case are those who take part",
            Self::ListsAgree => "The lists show the case where it stands",
            Self::WordsAreSealed => "The reasons given in a case lie sealed under its own key",
            Self::ErasedWithReferrals => "A case's reasons are erased once all that its referrals told is",
        }
    }
}

/// Walks through all cases. Tells how many there are, and what is wrong. One that looks wrong is looked at once more in a
/// transaction that nobody writes beside, for others go on writing meanwhile.
pub(super) async fn walk(db: &Db, scope: &Scope) -> Result<(u64, Vec<CaseFinding>), StoreError> {
    let (mut count, mut findings, mut after) = (0, Vec::new(), None);
    loop {
        let ids = cases::ids(db, scope, after, BATCH).await?;
        let Some(last) = ids.last().copied() else { break };
        for id in ids {
            count += 1;
            if !broken(id, cases::beside(db, scope, id).await)?.is_empty() {
                let tx = db.write_tx().await?;
                stafett_store::cases::lock(&tx, scope, stafett_store::cases::Name::Id(id))
                    .await
                    .map(drop)
                    .or_else(unreadable)?;
                findings.extend(broken(id, cases::beside(&tx, scope, id).await)?);
                tx.rollback().await?;
            }
        }
        after = Some(last);
    }
    Ok((count, findings))
}

/// A row that cannot be understood is a finding, told where it is read.
fn unreadable(error: StoreError) -> Result<(), StoreError> {
    match error {
        StoreError::Corrupt { .. } => Ok(()),
        other => Err(other),
    }
}

fn broken(id: CaseId, read: Result<Option<CaseBeside>, StoreError>) -> Result<Vec<CaseFinding>, StoreError> {
    let beside = match read {
        Ok(Some(beside)) => beside,
        Ok(None) => return Ok(Vec::new()),
        Err(StoreError::Corrupt { .. }) => {
            return Ok(vec![CaseFinding {
                case: id,
                reference: None,
                rule: CaseRule::Readable,
            }]);
        }
        Err(error) => return Err(error),
    };
    let case = &beside.case;
    let merged = case.state == CaseState::Merged;
    let mut rules: Vec<CaseRule> = laws::broken(case).into_iter().map(CaseRule::Law).collect();
    let mut law = |rule, holds: bool| {
        if !holds {
            rules.push(rule);
        }
    };
    law(
        CaseRule::LogReplays,
        replay(id, &beside.log).is_ok_and(|replayed| replayed == *case),
    );
    // What was merged away has given its referrals away, and keeps those who knew of it then.
    law(
        CaseRule::ReferralsLieInIt,
        match merged {
            true => beside.lying.is_empty(),
            false => beside.lying == case.referrals().collect(),
        },
    );
    law(
        CaseRule::PartiesAgree,
        match merged {
            true => beside.parties.is_subset(&beside.taking_part),
            false => beside.parties == beside.taking_part,
        },
    );
    law(CaseRule::ListsAgree, beside.listed);
    law(CaseRule::WordsAreSealed, beside.unsealed.is_empty());
    law(CaseRule::ErasedWithReferrals, beside.erased_with_its_referrals);
    Ok(rules
        .into_iter()
        .map(|rule| CaseFinding {
            case: id,
            reference: Some(case.reference),
            rule,
        })
        .collect())
}
