//! Hints that two agencies follow the same youth: found by the blind index, told to each side without the other.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Value};
use stafett_workflow::agency::{AgencyId, ReferralId, TextId, UserId};
use stafett_workflow::hint::{Asked, Hint, Side};
use stafett_workflow::look::StatedReason;
use stafett_workflow::policy::Scope;
use uuid::Uuid;

use crate::connect::{Handle, Tx, sealed::Handle as _};
use crate::entity::{hint, text};
use crate::error::StoreError;
use crate::map::{self, micros};
use crate::page::Page;
use crate::referrals::{Record, placeholder};

/// The kind of text that a reason is; no field of an input has this name.
const REASON: &str = "hint-reason";

/// A hint as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHint {
    /// The hint.
    pub hint: Hint,
    /// Where the reason of whoever asked lies.
    pub reason: Option<TextId>,
}

/// Finds up to `limit` pairs of agencies that hold running referrals about the same number without knowing of each other's, and
/// that have no hint yet.
///
/// # Errors
/// [`StoreError::Refused`] within a lesser scope than the system's; when the database does not answer.
pub async fn unfound(on: &impl Handle, scope: &Scope, limit: u32) -> Result<Vec<[Side; 2]>, StoreError> {
    if !scope.is_all() {
        return Err(StoreError::Refused {
            rule: "only the system itself compares all persons".to_owned(),
        });
    }
    let runs = |table: &str| format!("{table}.state NOT IN ('draft', 'completed', 'revoked', 'entered-in-error')");
    let stranger = |referral: &str, agency: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = {referral}.id AND p.agency_id = {agency}.custodian_id)"
        )
    };
    let sql = format!(
        "SELECT a.id AS one, a.custodian_id AS one_agency, b.id AS other, b.custodian_id AS other_agency, ka.digest \
         FROM person_keys ka JOIN person_keys kb ON kb.digest = ka.digest AND kb.kind = 'identifier' \
         JOIN referrals a ON a.person_id = ka.person_id JOIN referrals b ON b.person_id = kb.person_id \
         WHERE ka.kind = 'identifier' AND a.id < b.id AND a.custodian_id <> b.custodian_id AND {} AND {} AND {} AND {} \
         AND NOT EXISTS (SELECT 1 FROM duplicate_hints h JOIN referrals x ON x.id = h.one_referral_id \
         JOIN person_keys kx ON kx.person_id = x.person_id AND kx.kind = 'identifier' WHERE kx.digest = ka.digest \
         AND ((h.one_agency_id = a.custodian_id AND h.other_agency_id = b.custodian_id) \
         OR (h.one_agency_id = b.custodian_id AND h.other_agency_id = a.custodian_id))) ORDER BY a.id, b.id LIMIT $1",
        runs("a"),
        runs("b"),
        stranger("a", "b"),
        stranger("b", "a"),
    );
    let rows = on
        .executor()
        .query_all_raw(on.statement(&sql, [i64::from(limit).into()]))
        .await?;
    let mut known: BTreeSet<(String, [Uuid; 2])> = BTreeSet::new();
    let mut found = Vec::new();
    for row in rows {
        let (one, other): (Uuid, Uuid) = (row.try_get("", "one_agency")?, row.try_get("", "other_agency")?);
        let mut agencies = [one, other];
        agencies.sort_unstable();
        if !known.insert((row.try_get("", "digest")?, agencies)) {
            continue; // two referrals of the same two are one hint
        }
        let side = |agency, referral| Side {
            agency: AgencyId(agency),
            referral: ReferralId(referral),
        };
        found.push([
            side(one, row.try_get("", "one")?),
            side(other, row.try_get("", "other")?),
        ]);
    }
    Ok(found)
}

/// Writes a new hint. `false` when there is one about these two referrals.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(tx: &Tx, hint: &Hint) -> Result<bool, StoreError> {
    let [one, other] = hint.sides;
    let sql = "INSERT INTO duplicate_hints (id, one_agency_id, one_referral_id, other_agency_id, other_referral_id, found_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (one_referral_id, other_referral_id) DO NOTHING";
    let values = [
        hint.id.into(),
        one.agency.0.into(),
        one.referral.0.into(),
        other.agency.0.into(),
        other.referral.0.into(),
        micros(hint.found_at).into(),
    ];
    let done = tx.executor().execute_raw(tx.statement(sql, values)).await?;
    Ok(done.rows_affected() == 1)
}

/// A page of the hints that concern an agency, the newest first, after the hint `after`.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn of_agency(
    on: &impl Handle,
    agency: AgencyId,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Page<StoredHint, (DateTime<Utc>, Uuid)>, StoreError> {
    let mut values: Vec<Value> = vec![agency.0.into()];
    let mut beyond = String::new();
    if let Some((at, id)) = after {
        let (at, id) = (placeholder(micros(at), &mut values), placeholder(id, &mut values));
        beyond = format!("AND (h.found_at, h.id) < ({at}, {id})");
    }
    let rows = placeholder(i64::from(limit) + 1, &mut values);
    let sql = format!(
        "SELECT h.* FROM duplicate_hints h WHERE (h.one_agency_id = $1 OR h.other_agency_id = $1) {beyond} \
         ORDER BY h.found_at DESC, h.id DESC LIMIT {rows}"
    );
    let found = select(on, &sql, values).await?;
    Ok(Page::cut(found, limit, |last| (last.hint.found_at, last.hint.id)))
}

/// One hint that concerns an agency, for a decision: whoever else decides about it waits.
///
/// # Errors
/// As for [`of_agency`].
pub async fn lock(tx: &Tx, agency: AgencyId, id: Uuid) -> Result<Option<StoredHint>, StoreError> {
    let lock = match tx.backend() {
        DbBackend::Postgres => "FOR UPDATE",
        _sqlite => "",
    };
    let sql = format!(
        "SELECT h.* FROM duplicate_hints h WHERE h.id = $1 AND (h.one_agency_id = $2 OR h.other_agency_id = $2) {lock}"
    );
    Ok(select(tx, &sql, vec![id.into(), agency.0.into()]).await?.pop())
}

/// Stores what has come of a hint.
///
/// # Errors
/// When the database does not answer.
pub async fn update(tx: &Tx, stored: &StoredHint) -> Result<(), StoreError> {
    let hint = &stored.hint;
    let row = hint::ActiveModel {
        id: Set(hint.id),
        asking_agency_id: Set(hint.asked.map(|asked| asked.agency.0)),
        asked_by_id: Set(hint.asked.map(|asked| asked.by.0)),
        asked_at: Set(hint.asked.map(|asked| micros(asked.at))),
        basis: Set(hint.asked.map(|asked| asked.basis.as_str().to_owned())),
        reason_text_id: Set(stored.reason.map(|reason| reason.0)),
        answered_by_id: Set(hint.answered.and_then(|(by, ..)| by).map(|by| by.0)),
        answered_at: Set(hint.answered.map(|(_, at, _)| micros(at))),
        accepted: Set(hint.answered.map(|(_, _, accepts)| accepts)),
        ..Default::default()
    };
    hint::Entity::update(row).exec(&tx.executor()).await?;
    Ok(())
}

/// Writes the reason of whoever asks, sealed under the key of whoever their own referral tells of.
///
/// # Errors
/// [`StoreError::Erased`] when that is destroyed; when the database does not answer.
pub async fn reason(
    tx: &Tx,
    record: &Record,
    reason: &StatedReason,
    by: UserId,
    agency: AgencyId,
    now: DateTime<Utc>,
) -> Result<TextId, StoreError> {
    let id = Uuid::now_v7();
    let row = text::ActiveModel {
        id: Set(id),
        person_id: Set(None),
        referral_id: Set(Some(record.referral().id.0)),
        handoff_id: Set(None),
        kind: Set(REASON.to_owned()),
        sealed: Set(record.key().seal_text(id, reason.words())?),
        key_id: Set(Some(record.owner())),
        author_id: Set(Some(by.0)),
        author_agency_id: Set(Some(agency.0)),
        created_at: Set(micros(now)),
        case_id: Set(None),
    };
    tx.written().texts(std::slice::from_ref(&row));
    text::Entity::insert(row).exec_without_returning(&tx.executor()).await?;
    Ok(TextId(id))
}

async fn select(on: &impl Handle, sql: &str, values: Vec<Value>) -> Result<Vec<StoredHint>, StoreError> {
    let rows = hint::Model::find_by_statement(on.statement(sql, values))
        .all(&on.executor())
        .await?;
    rows.into_iter().map(StoredHint::try_from).collect()
}

impl TryFrom<hint::Model> for StoredHint {
    type Error = StoreError;

    fn try_from(row: hint::Model) -> Result<Self, StoreError> {
        let name = format!("hint {}", row.id);
        let basis = map::optional_code(&name, "basis", row.basis.as_deref())?;
        let asked = match (row.asking_agency_id, row.asked_by_id, row.asked_at, basis) {
            (Some(agency), Some(by), Some(at), Some(basis)) => Some(Asked {
                agency: AgencyId(agency),
                by: UserId(by),
                at,
                basis,
            }),
            _ => None,
        };
        let side = |agency, referral| Side {
            agency: AgencyId(agency),
            referral: ReferralId(referral),
        };
        Ok(Self {
            hint: Hint {
                id: row.id,
                sides: [
                    side(row.one_agency_id, row.one_referral_id),
                    side(row.other_agency_id, row.other_referral_id),
                ],
                found_at: row.found_at,
                asked,
                answered: row
                    .answered_at
                    .zip(row.accepted)
                    .map(|(at, accepts)| (row.answered_by_id.map(UserId), at, accepts)),
            },
            reason: row.reason_text_id.map(TextId),
        })
    }
}
