//! What must hold of what agencies keep themselves. Each rule is one query, which sees what was committed at one time.

use stafett_store::reconcile::setup::{self, Odd};
use stafett_store::{Db, StoreError};
use stafett_workflow::agency::AgencyId;

/// One rule of reconciliation about what an agency keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupRule {
    /// Reports of capacity are numbered without gaps and say one thing.
    CapacityIsTold,
    /// Somebody who is away has one deputy at a time, who is another person.
    OneStandsIn,
    /// An agreement in force was made by two people of two parties.
    TwoHaveAgreed,
}

impl SetupRule {
    /// As it is written for scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CapacityIsTold => "capacity-is-told",
            Self::OneStandsIn => "one-stands-in",
            Self::TwoHaveAgreed => "two-have-agreed",
        }
    }

    /// What should be, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::CapacityIsTold => "Reports of capacity are numbered without gaps and say one thing",
            Self::OneStandsIn => "Somebody who is away has one deputy at a time, who is another person",
            Self::TwoHaveAgreed => "An agreement in force was made by two people of two parties",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupFinding {
    /// Whose it is.
    pub agency: AgencyId,
    /// What should be.
    pub rule: SetupRule,
    /// What is instead.
    pub detail: Option<String>,
}

/// Everything that is wrong with what agencies keep.
pub(super) async fn walk(db: &Db) -> Result<Vec<SetupFinding>, StoreError> {
    let mut findings = Vec::new();
    for (rule, what, odd) in [
        (SetupRule::CapacityIsTold, "report", setup::capacity(db).await?),
        (SetupRule::OneStandsIn, "absence", setup::deputies(db).await?),
        (SetupRule::TwoHaveAgreed, "agreement", setup::agreements(db).await?),
    ] {
        findings.extend(odd.into_iter().map(|Odd { agency, id }| SetupFinding {
            agency,
            rule,
            detail: Some(format!("{what} {id}")),
        }));
    }
    Ok(findings)
}
