//! `/reports`: figures for leads. Every row carries the query of the list behind it, where one may see that.

pub mod ageing;
pub mod agreement;
pub mod coverage;
mod examples;
mod figures;
pub mod flow;
mod flow_lists;
pub(in crate::http) mod format;
pub mod outreach;
pub mod overdue;
pub mod response_chart;
pub mod response_times;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use stafett_workflow::agency::AgencyId;
use stafett_workflow::definition::Library;
use stafett_workflow::vocabulary::Language;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::BASE;
use crate::app::referrals::view::Names;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig) {
    config
        .configure(response_times::configure)
        .configure(response_chart::configure)
        .configure(overdue::configure)
        .configure(ageing::configure)
        .configure(agreement::configure)
        .configure(flow::configure)
        .configure(coverage::configure)
        .configure(outreach::configure);
}

/// A workflow, whatever the version.
#[derive(Debug, Serialize, ToSchema)]
struct ReportWorkflow {
    #[schema(example = "concern-report")]
    id: String,
    /// In the language of the caller.
    title: String,
}

impl ReportWorkflow {
    fn of(id: &str, library: &Library, language: Language) -> Self {
        let title = library
            .newest(id)
            .map_or(id, |definition| definition.title.in_language(language));
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
        }
    }
}

/// The address of a list with what it is narrowed to.
fn link(path: &str, parameters: impl IntoIterator<Item = (&'static str, Option<String>)>) -> String {
    let given = parameters
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(given)
        .finish();
    format!("{BASE}{path}?{query}")
}

/// Slug and name of an agency, for the cells of a table.
pub(in crate::http) fn called(names: &Names, agency: Option<AgencyId>) -> [String; 2] {
    let name = agency.and_then(|agency| names.agency(agency));
    name.map(|name| [name.slug.clone(), name.name.clone()])
        .unwrap_or_default()
}

/// An instant as it is written in an address; it reads back as itself.
pub(in crate::http) fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A length of time in minutes, to the hundredth.
pub(in crate::http) fn minutes(length: TimeDelta) -> f64 {
    rounded(length.as_seconds_f64() / 60.0, 100.0)
}

fn rounded(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_holds_what_is_given() {
        let instant = "2026-11-24T09:00:00.123456Z".parse().unwrap();
        let made = link(
            "/reports",
            [
                ("from", Some(written(instant))),
                ("receiver", None),
                ("clock", Some("a b".to_owned())),
            ],
        );
        assert_eq!(made, "/api/v1/reports?from=2026-11-24T09%3A00%3A00.123456Z&clock=a+b");
    }

    #[test]
    fn minutes_are_rounded() {
        assert!((minutes(TimeDelta::milliseconds(1_234)) - 0.02).abs() < f64::EPSILON);
        assert!((minutes(TimeDelta::hours(36)) - 2_160.0).abs() < f64::EPSILON);
    }
}
