//! Who has looked at what is told of a youth.
//!
//! A look is in the log, for good, before anything is shown. [`Looks`] writes those of people who only read: what comes in while
//! a commit is on its way goes into the next one together, and whoever comes alone waits for nobody. [`within`] writes a look
//! into the transaction of a change, whose answer leaves after the commit. Both give a [`Logged`], and what is sealed opens to
//! whoever shows one ([`Sight`]); nothing else makes one.
//!
//! A row holds who, for which agency, in which role, at what, why and when: codes, ids and times. A reason in words lies sealed
//! in `texts` under the youth's key and goes with it; that somebody looked stays.

mod flags;
mod list;
mod writer;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use stafett_workflow::agency::{AgencyId, CaseId, ReferralId, UserId};
use stafett_workflow::look::{Look, LookedAt, Why};
use stafett_workflow::policy::Relation;
use stafett_workflow::vocabulary::Role;
use uuid::Uuid;

use crate::connect::{Tx, sealed::Handle as _};
use crate::entity::{look, text};
use crate::error::StoreError;
use crate::map::micros;
use crate::referrals::Record;

pub use flags::{Review, find, flags, judged, of_person, review, reviews, unjudged};
pub use list::{Cursor, Flagged, LookQuery, of_agency, of_referral};
pub use writer::{Looks, Pending};

/// The kind of text that a reason of a look is; no field of an input has this name.
pub(crate) const REASON: &str = "look-reason";

/// The receipt of looks that are in the log, or will be with the commit of the transaction in which they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logged {
    referrals: Vec<ReferralId>,
    cases: Vec<CaseId>,
}

impl Logged {
    /// Whether a look at this referral is in the log.
    #[must_use]
    pub fn covers(&self, referral: ReferralId) -> bool {
        self.referrals.contains(&referral)
    }

    /// Whether a look at this case is.
    #[must_use]
    pub fn covers_case(&self, case: CaseId) -> bool {
        self.cases.contains(&case)
    }

    fn of(rows: &[Row]) -> Self {
        Self {
            referrals: rows.iter().filter_map(|row| row.look.referral()).collect(),
            cases: rows.iter().filter_map(|row| row.look.case()).collect(),
        }
    }
}

/// What the program itself opens words for, without showing them to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// To decide by the rules whether something may be done, and to carry on what stands already.
    Decide,
    /// To find out whether two referrals are about the same youth.
    Compare,
    /// To judge whether a look was unusual.
    Judge,
    /// To try the program itself.
    Test,
}

/// By what right somebody opens what is told of a youth: because it is in the log that they look, or because nobody does.
#[derive(Debug, Clone, Copy)]
pub enum Sight<'a> {
    /// Somebody looks, and that is in the log.
    Logged(&'a Logged),
    /// Nobody looks.
    Unseen(Unseen),
}

impl<'a> From<&'a Logged> for Sight<'a> {
    fn from(logged: &'a Logged) -> Self {
        Self::Logged(logged)
    }
}

impl From<Unseen> for Sight<'_> {
    fn from(unseen: Unseen) -> Self {
        Self::Unseen(unseen)
    }
}

impl Sight<'_> {
    /// Whether it opens what is told in this referral. A receipt for another one does not.
    pub(crate) fn opens(self, referral: ReferralId) -> bool {
        match self {
            Self::Logged(logged) => logged.covers(referral),
            Self::Unseen(_) => true,
        }
    }

    /// Whether it opens the reasons that were given in this case.
    pub(crate) fn opens_case(self, case: CaseId) -> bool {
        match self {
            Self::Logged(logged) => logged.covers_case(case),
            Self::Unseen(_) => true,
        }
    }
}

/// A look on its way into the log.
#[derive(Debug)]
pub struct Row {
    id: Uuid,
    look: Look,
    at: DateTime<Utc>,
    request_id: Option<String>,
    /// The reason as its text's row, sealed.
    reason: Option<text::ActiveModel>,
}

impl Row {
    /// A look at a referral, by whoever was let in to it. A reason is sealed under the youth's key.
    ///
    /// # Errors
    /// [`StoreError::Erased`] when there is a reason and the key is destroyed.
    pub fn at_referral(
        record: &Record,
        look: Look,
        at: DateTime<Utc>,
        request_id: Option<&str>,
    ) -> Result<Self, StoreError> {
        let reason = match look.reason() {
            Some(reason) => Some(sealed(record, reason.words(), REASON, &look, at)?),
            None => None,
        };
        Ok(Self {
            reason,
            ..Self::new(look, at, request_id)
        })
    }

    /// A look at a case, at one referral that a list or a search names, or at nothing that was found. It carries no reason.
    #[must_use]
    pub fn new(look: Look, at: DateTime<Utc>, request_id: Option<&str>) -> Self {
        Self {
            id: Uuid::now_v7(),
            look: look.because(None),
            at,
            request_id: request_id.map(str::to_owned),
            reason: None,
        }
    }

    fn split(self) -> (look::ActiveModel, Option<text::ActiveModel>) {
        let Self {
            id,
            look,
            at,
            request_id,
            reason,
        } = self;
        let reason_text_id = reason.as_ref().and_then(|text| match &text.id {
            Set(id) => Some(*id),
            _ => None,
        });
        let row = look::ActiveModel {
            id: Set(id),
            at: Set(micros(at)),
            user_id: Set(look.user().0),
            agency_id: Set(look.agency().0),
            role: Set(look.role().as_str().to_owned()),
            relation: Set(look.relation().as_str().to_owned()),
            part_ended: Set(look.part_ended()),
            looked_at: Set(look.at().as_str().to_owned()),
            why: Set(look.why().as_str().to_owned()),
            referral_id: Set(look.referral().map(|referral| referral.0)),
            case_id: Set(look.case().map(|case| case.0)),
            reason_text_id: Set(reason_text_id),
            request_id: Set(request_id),
            judged_at: Set(None),
        };
        (row, reason)
    }
}

/// A text that goes with a look, on its way into the database.
fn sealed(
    record: &Record,
    words: &str,
    kind: &str,
    look: &Look,
    at: DateTime<Utc>,
) -> Result<text::ActiveModel, StoreError> {
    let id = Uuid::now_v7();
    Ok(text::ActiveModel {
        id: Set(id),
        person_id: Set(None),
        referral_id: Set(Some(record.referral().id.0)),
        handoff_id: Set(None),
        kind: Set(kind.to_owned()),
        sealed: Set(record.key().seal_text(id, words)?),
        key_id: Set(Some(record.owner())),
        author_id: Set(Some(look.user().0)),
        author_agency_id: Set(Some(look.agency().0)),
        created_at: Set(micros(at)),
        case_id: Set(None),
    })
}

/// Writes looks into the transaction of a change: they are in the log when its answer leaves.
///
/// # Errors
/// When the database does not answer.
pub async fn within(tx: &Tx, rows: Vec<Row>) -> Result<Logged, StoreError> {
    let logged = Logged::of(&rows);
    let (looks, reasons): (Vec<_>, Vec<_>) = rows.into_iter().map(Row::split).unzip();
    let reasons: Vec<_> = reasons.into_iter().flatten().collect();
    if !reasons.is_empty() {
        text::Entity::insert_many(reasons)
            .exec_without_returning(&tx.executor())
            .await?;
    }
    if !looks.is_empty() {
        look::Entity::insert_many(looks)
            .exec_without_returning(&tx.executor())
            .await?;
    }
    Ok(logged)
}

/// One look as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookRow {
    /// The row.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub user: UserId,
    /// For which agency.
    pub agency: AgencyId,
    /// In which role.
    pub role: Role,
    /// How the agency stood to it then.
    pub relation: Relation,
    /// Whether its part had ended.
    pub part_ended: bool,
    /// At what.
    pub looked_at: LookedAt,
    /// Why they could.
    pub why: Why,
    /// At which referral.
    pub referral: Option<ReferralId>,
    /// At which case.
    pub case: Option<CaseId>,
    /// Where the reason lies that they gave.
    pub reason: Option<stafett_workflow::agency::TextId>,
    /// The request, as it stands in the logs.
    pub request_id: Option<String>,
}
