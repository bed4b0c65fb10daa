//! What must be true at the end. A figure counts only when it is.

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};
use stafett_api::app::reconcile;
use stafett_workflow::definition;

use crate::error::Error;
use crate::prepare;
use crate::stage::{ACCEPTED, REFERRALS, Stage};

/// How often something was confirmed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Confirmed {
    /// Referrals written.
    pub(crate) created: u64,
    /// Hand-offs accepted.
    pub(crate) accepted: u64,
}

/// Holds both databases against what was confirmed, and ours against all laws. Tells how many referrals were walked.
pub(crate) async fn verify(stage: &Stage, ours: Confirmed, raw: Confirmed) -> Result<u64, Error> {
    for (side, url, confirmed) in [
        ("Stafett", stage.home.database().url(), ours),
        ("pgbench", stage.raw_url.clone(), raw),
    ] {
        let mut connection = prepare::connect(&url).await?;
        for (what, query, before, confirmed) in [
            ("accepted hand-offs", ACCEPTED, stage.accepted, confirmed.accepted),
            ("referrals", REFERRALS, stage.referrals, confirmed.created),
        ] {
            let stored = number(&mut connection, query).await? - before;
            if i64::try_from(confirmed) != Ok(stored) {
                return Err(Error::Void(format!(
                    "{side} has confirmed {confirmed} {what} and stored {stored}"
                )));
            }
        }
    }
    walk(stage).await
}

/// The same walk as `stafett reconcile`: the laws, the replay of every log, the outbox and the lists.
async fn walk(stage: &Stage) -> Result<u64, Error> {
    let store = |error: stafett_store::StoreError| Error::Setup(format!("the database cannot be walked: {error}"));
    let library = definition::builtin().map_err(|error| Error::Setup(error.to_string()))?;
    let db = stage.home.unlocked().await;
    let report = reconcile::run(&db, &library).await.map_err(store)?;
    db.close().await.map_err(store)?;
    if let Some(finding) = report.findings.first() {
        let number = report.findings.len();
        return Err(Error::Void(format!(
            "{number} findings in what was stored, the first: {finding:?}"
        )));
    }
    if report.counts.notices_dead > 0 {
        return Err(Error::Void(format!(
            "{} notices could not be delivered",
            report.counts.notices_dead
        )));
    }
    Ok(report.counts.referrals)
}

async fn number(connection: &mut PgConnection, query: &'static str) -> Result<i64, Error> {
    let row = connection
        .fetch_one(AssertSqlSafe(query))
        .await
        .map_err(Error::database("count"))?;
    Ok(row.get(0))
}
