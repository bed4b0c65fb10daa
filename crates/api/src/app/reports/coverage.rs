//! The map of what nobody takes: for each need who may take it by the routing table, who did, who declined it for which reason, and
//! what nobody has taken.
//!
//! The routing table is asked about every age, place and residence status, for it knows nobody in particular. What was done in
//! practice is counted by need and by receiver only: the age, the place and the status of a youth lie sealed, and nothing sealed is
//! opened for a figure. A hand-off about several needs counts for each of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use stafett_store::Page;
use stafett_store::reports::{self, FlowQuery, Unmet};
use stafett_workflow::agency::{AgencyId, ReferralId};
use stafett_workflow::calendar::local_date;
use stafett_workflow::person::Whereabouts;
use stafett_workflow::refusal::FieldError;
use stafett_workflow::routing::takers::{self, Cell, LeftOut, Part};
use stafett_workflow::vocabulary::{Answer, Code, Need, ResidenceStatus};

use super::figures::{Answers, Figure, Tally, masked_alone};
use super::flow::{self, Listed, Reason, Reasons, listed, open_reasons};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;
use crate::app::routing::directory;

/// The map.
#[derive(Debug)]
pub struct Report {
    /// A row for each need, those first that the most wait for.
    pub rows: Vec<Row>,
    /// Whom the routing table leaves out.
    pub left_out: Vec<LeftOut>,
    /// What the agencies in the rows are called.
    pub names: Names,
    /// When it stood so.
    pub as_of: DateTime<Utc>,
    /// Whether it goes across agencies, so that small figures are masked.
    pub across: bool,
}

/// One need.
#[derive(Debug)]
pub struct Row {
    /// Which.
    pub need: Need,
    /// Who may take it, by age.
    pub cells: Vec<Cell>,
    /// What came back of the hand-offs about it.
    pub answers: Answers,
    /// Who took it; not told across agencies.
    pub taken_by: Vec<(AgencyId, Figure)>,
    /// Why it came back; not told across agencies.
    pub reasons: Vec<Reason>,
    /// How many referrals about it nobody has taken.
    pub unmet: Figure,
}

/// Where the list of what nobody has taken goes on.
pub type AfterUnmet = (i64, DateTime<Utc>, ReferralId);

/// Which part of the map somebody looks at: a district, six digits, or a municipality, four; and a residence status.
///
/// # Errors
/// What is no such number.
pub fn part(area: Option<&str>, residence: Option<ResidenceStatus>) -> Result<Part, AppError> {
    let digits = area.map(|area| area.bytes().all(|byte| byte.is_ascii_digit()).then_some(area.len()));
    let stays = match (area, digits.flatten()) {
        (None, _) => None,
        (Some(area), Some(4)) => Some(Whereabouts {
            municipality: area.to_owned(),
            district: None,
        }),
        (Some(area), Some(6)) => Some(Whereabouts {
            municipality: area.chars().take(4).collect(),
            district: Some(area.to_owned()),
        }),
        (Some(_), _) => {
            return Err(AppError::Fields(vec![FieldError::new(
                "?area",
                "invalid-value",
                "Skal være nummeret til en bydel (seks sifre) eller en kommune (fire sifre).",
                "Must be the number of a district (six digits) or of a municipality (four digits).",
            )]));
        }
    };
    Ok(Part { stays, residence })
}

/// The map, with what was done with these hand-offs.
///
/// # Errors
/// The store's.
pub async fn report(engine: &Engine, query: &FlowQuery, part: &Part) -> Result<Report, AppError> {
    let across = query.scope.is_all();
    let now = engine.now();
    let directory = directory(&engine.db).await?;
    let map = takers::map(&engine.routing.table, &directory, local_date(now), part);
    let mut counted: BTreeMap<Need, Counted> = BTreeMap::new();
    for alike in reports::needs(&engine.db, query).await? {
        for need in alike
            .needs
            .iter()
            .filter(|need| query.need.is_none_or(|only| only == **need))
        {
            let counted = counted.entry(*need).or_default();
            counted.answers.add(alike.answer, alike.count);
            if alike.answer == Answer::Accepted {
                *counted.taken_by.entry(alike.receiver).or_default() += alike.count;
            }
            if let Some(code) = &alike.code {
                *counted.reasons.entry((alike.answer, code.clone())).or_default() += alike.count;
            }
        }
    }
    for (needs, count) in reports::unmet(&engine.db, query).await? {
        for need in needs {
            counted.entry(need).or_default().unmet += count;
        }
    }
    // Across agencies the sums of the flow are in sight of the same people.
    let whole = match across {
        true => Some(flow::total(engine, query).await?),
        false => None,
    };
    let mut cells = map.cells;
    let needs = Need::ALL
        .iter()
        .filter(|need| query.need.is_none_or(|only| only == **need));
    let mut rows: Vec<(u64, Row)> = needs
        .map(|need| {
            let counted = counted.remove(need).unwrap_or_default();
            let of_need = cells.extract_if(.., |cell| cell.need == *need).collect();
            (
                if across { 0 } else { counted.unmet },
                counted.row(*need, of_need, whole.as_ref()),
            )
        })
        .collect();
    // Across agencies the order would tell what the masks hide.
    rows.sort_by_key(|(unmet, _)| std::cmp::Reverse(*unmet));
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    let agencies = rows.iter().flat_map(|row| {
        let may = row.cells.iter().flat_map(|cell| cell.takers.iter().copied());
        may.chain(row.taken_by.iter().map(|(agency, _)| *agency))
    });
    let names = Names::load(&engine.db, agencies, []).await?;
    let left_out = map.left_out.into_iter();
    Ok(Report {
        rows,
        left_out: left_out
            .filter(|left_out| query.need.is_none_or(|need| left_out.needs.contains(&need)))
            .collect(),
        names,
        as_of: query.as_of.unwrap_or(now),
        across,
    })
}

/// A need as it is counted.
#[derive(Debug, Default)]
struct Counted {
    answers: Tally,
    taken_by: BTreeMap<AgencyId, u64>,
    reasons: Reasons,
    unmet: u64,
}

impl Counted {
    /// `whole` are the sums of all needs that whoever sees across agencies has in sight.
    fn row(self, need: Need, cells: Vec<Cell>, whole: Option<&Answers>) -> Row {
        let Some(whole) = whole else {
            return Row {
                need,
                cells,
                answers: self.answers.open(),
                taken_by: self
                    .taken_by
                    .into_iter()
                    .map(|(agency, count)| (agency, Some(count)))
                    .collect(),
                reasons: open_reasons(&self.reasons),
                unmet: Some(self.unmet),
            };
        };
        Row {
            need,
            cells,
            answers: self.answers.masked_below(whole),
            // These would lie beside who took how much from whom and why it came back, and narrow that down.
            taken_by: Vec::new(),
            reasons: Vec::new(),
            unmet: masked_alone(self.unmet),
        }
    }
}

/// A page of the referrals that nobody has taken.
///
/// # Errors
/// The store's.
pub async fn unmet(
    engine: &Engine,
    query: &FlowQuery,
    after: Option<AfterUnmet>,
    limit: u32,
) -> Result<Listed<Unmet, AfterUnmet>, AppError> {
    let page: Page<Unmet, AfterUnmet> = reports::unmet_page(&engine.db, query, after, limit).await?;
    let agencies: Vec<_> = page.items.iter().map(|unmet| unmet.line.holder).collect();
    listed(engine, page, agencies).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_a_district_or_a_municipality() {
        let stays =
            |area| part(Some(area), None).map(|part| part.stays.map(|stays| (stays.municipality, stays.district)));
        assert_eq!(stays("0301").unwrap(), Some(("0301".to_owned(), None)));
        assert_eq!(
            stays("030102").unwrap(),
            Some(("0301".to_owned(), Some("030102".to_owned())))
        );
        for wrong in ["", "30", "Oslo", "03010", "030x02"] {
            assert!(stays(wrong).is_err(), "{wrong}");
        }
    }
}
