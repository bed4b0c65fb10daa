//! Figures for leads: how long answers take, which limits are missed, which way hand-offs go, and what nobody takes.
//!
//! The figures are made here, from one narrow walk through the rows, so that they are the same on both databases. No
//! figure holds anything about a person, and each comes with the query of the list behind it, where one may see that.

pub mod ageing;
pub mod agreement;
pub mod control;
pub mod coverage;
pub mod figures;
pub mod flow;
pub mod outreach;
pub mod overdue;
pub mod overview;
pub mod period;
pub mod recount;
pub mod response_chart;
pub mod response_times;
pub mod survival;

use std::collections::BTreeSet;

use stafett_store::agencies;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::definition::Library;
use stafett_workflow::refusal::FieldError;

use super::AppError;
use super::engine::Engine;

/// What a report can be grouped by.
pub trait Dimension: Copy + Ord + 'static {
    /// All of them, in the order of the columns.
    const ALL: &'static [Self];

    /// As it is written in a query.
    fn as_str(self) -> &'static str;
}

/// What a query asks to group by: names with commas between them, each once.
///
/// # Errors
/// When there is none, or one is unknown or comes twice; tells which there are.
pub fn grouping<D: Dimension>(given: Option<&str>, usual: &[D]) -> Result<BTreeSet<D>, FieldError> {
    let Some(given) = given else {
        return Ok(usual.iter().copied().collect());
    };
    let mut chosen = BTreeSet::new();
    for name in given.split(',').map(str::trim) {
        let found = D::ALL.iter().copied().find(|dimension| dimension.as_str() == name);
        if !found.is_some_and(|dimension| chosen.insert(dimension)) {
            let known = D::ALL
                .iter()
                .map(|dimension| dimension.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(FieldError::new(
                "?groupBy",
                "unknown-grouping",
                format!("Grupper etter en eller flere av: {known}, hver én gang, med komma mellom."),
                format!("Group by one or more of: {known}, each once, with commas between them."),
            ));
        }
    }
    Ok(chosen)
}

/// So many groups are shown at most.
const MOST_GROUPS: usize = 2_000;

/// Whether there are too many groups to be read by anybody.
///
/// # Errors
/// When there are; tells what helps.
fn not_too_many(groups: usize) -> Result<(), AppError> {
    if groups <= MOST_GROUPS {
        return Ok(());
    }
    Err(AppError::Fields(vec![FieldError::new(
        "?groupBy",
        "too-many-groups",
        format!(
            "Det blir {groups} grupper; høyst {MOST_GROUPS} vises. Grupper etter færre, eller spør om færre formidlinger."
        ),
        format!(
            "That makes {groups} groups; at most {MOST_GROUPS} are shown. Group by fewer, or ask about fewer referrals."
        ),
    )]))
}

/// The agency that a filter names by its slug or its id.
async fn agency(engine: &Engine, parameter: &str, name: Option<&str>) -> Result<Option<AgencyId>, AppError> {
    let Some(name) = name else { return Ok(None) };
    let unknown = || {
        AppError::Fields(vec![FieldError::new(
            format!("?{parameter}"),
            "unknown-agency",
            "Enheten finnes ikke. Bruk slug eller id fra katalogen.",
            "There is no such agency. Use a slug or an id of the directory.",
        )])
    };
    agencies::find(&engine.db, name)
        .await?
        .map(|agency| Some(agency.id))
        .ok_or_else(unknown)
}

/// What is wrong with a filter that must be one of some names.
fn unknown_name(
    parameter: &str,
    code: &'static str,
    given: Option<&str>,
    known: &BTreeSet<&str>,
) -> Option<FieldError> {
    let given = given?;
    (!known.contains(given)).then(|| {
        let known = known.iter().copied().collect::<Vec<_>>().join(", ");
        FieldError::new(
            format!("?{parameter}"),
            code,
            format!("Skal være en av: {known}."),
            format!("Must be one of: {known}."),
        )
    })
}

/// What whoever sees across agencies may not ask for, who is told of one grouping only.
fn only_the_whole<D: Dimension>(parameter: &str, usual: &[D]) -> FieldError {
    let usual = usual
        .iter()
        .map(|dimension| dimension.as_str())
        .collect::<Vec<_>>()
        .join(",");
    FieldError::new(
        format!("?{parameter}"),
        "not-across-agencies",
        format!(
            "På tvers av enheter gis bare hele tabellen: from og to for en tredel av et år, uten utvalg, og groupBy={usual} der den grupperes."
        ),
        format!(
            "Across agencies only the whole table is given: from and to of a third of a year, nothing selected, and groupBy={usual} where it is grouped."
        ),
    )
}

fn workflow_ids(library: &Library) -> BTreeSet<&str> {
    library.iter().map(|definition| definition.key.id.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::response_times::By;
    use super::*;

    #[test]
    fn too_many_groups_are_refused() {
        assert!(not_too_many(MOST_GROUPS).is_ok());
        let AppError::Fields(wrong) = not_too_many(MOST_GROUPS + 1).unwrap_err() else {
            panic!("it is a parameter that is wrong");
        };
        assert_eq!(
            (wrong[0].pointer.as_str(), wrong[0].code),
            ("?groupBy", "too-many-groups")
        );
        assert!(
            wrong[0].detail.en.contains("2001 groups; at most 2000"),
            "{}",
            wrong[0].detail.en
        );
    }

    #[test]
    fn a_grouping_is_known_and_whole() {
        let usual = [By::Receiver, By::Workflow];
        let read = |given| grouping::<By>(given, &usual).map(|chosen| chosen.into_iter().collect::<Vec<_>>());
        assert_eq!(read(None), Ok(usual.to_vec()));
        assert_eq!(read(Some("urgency, receiver")), Ok(vec![By::Receiver, By::Urgency]));
        for wrong in ["", "receiver,", "receiver,receiver", "colour", "Receiver"] {
            let refused = read(Some(wrong)).unwrap_err();
            assert_eq!(
                (refused.pointer.as_str(), refused.code),
                ("?groupBy", "unknown-grouping")
            );
            assert!(
                refused.detail.en.contains("receiver, workflow, urgency"),
                "{}",
                refused.detail.en
            );
        }
    }
}
