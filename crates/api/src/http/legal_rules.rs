//! `/legal-rules`: the statutes behind limits and legal bases, each with the time in which it holds.

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use stafett_workflow::law::{self, LegalRule};
use stafett_workflow::vocabulary::Language;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::extract::{Query, Speaks};
use super::paging::{Cursor, Limit, Page};
use crate::auth::permission::{ReadWorkflows, Scoped};
use crate::problem::Problem;

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_legal_rules);
}

/// Which rules.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LegalRulesQuery {
    /// Only those that hold on this day.
    on: Option<NaiveDate>,
    /// Only those at this reference, as clocks and legal bases name it.
    #[serde(rename = "ref")]
    legal_ref: Option<String>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// One rule of law.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LegalRuleOut {
    /// Its id in the register.
    id: &'static str,
    /// Where it stands, as clocks and legal bases name it.
    legal_ref: &'static str,
    /// What it is about.
    title: &'static str,
    /// What it asks, in plain words; the statute itself counts.
    text: &'static str,
    /// The first day on which it holds, where that is known.
    valid_from: Option<NaiveDate>,
    /// The last day on which it holds; null while no end is known.
    valid_to: Option<NaiveDate>,
}

impl LegalRuleOut {
    fn of(rule: &'static LegalRule, language: Language) -> Self {
        Self {
            id: &rule.id,
            legal_ref: &rule.legal_ref,
            title: rule.title.in_language(language),
            text: rule.text.in_language(language),
            valid_from: rule.validity.from,
            valid_to: rule.validity.to,
        }
    }
}

/// List the legal rules
///
/// What the limits and legal bases rest on, in plain words, with the time in which each holds. It informs; it is no legal
/// advice.
#[utoipa::path(
    tag = "Workflows",
    operation_id = "listLegalRules",
    params(LegalRulesQuery),
    responses((status = 200, description = "A page of rules", body = Page<LegalRuleOut>, example = json!({
        "items": [{
            "id": "review-of-report",
            "legalRef": "bvl § 2-1",
            "title": "Gjennomgang av bekymringsmelding",
            "text": "Barnevernet går gjennom meldingen snarest og senest innen én uke.",
            "validFrom": "2023-01-01",
            "validTo": null
        }],
        "nextCursor": null
    })))
)]
#[get("/legal-rules")]
async fn list_legal_rules(
    _reader: Scoped<ReadWorkflows>,
    request: HttpRequest,
    query: Query<LegalRulesQuery>,
    language: Speaks,
) -> Result<HttpResponse, Problem> {
    let asked = query.0;
    let after = asked
        .cursor
        .as_ref()
        .map(Cursor::position::<usize>)
        .transpose()?
        .unwrap_or(0);
    let wanted = |rule: &&LegalRule| {
        asked.on.is_none_or(|day| rule.validity.holds_on(day))
            && asked
                .legal_ref
                .as_ref()
                .is_none_or(|legal_ref| rule.legal_ref == *legal_ref)
    };
    let limit = usize::from(asked.limit.get());
    let mut rules = law::rules().iter().filter(wanted).skip(after);
    let items: Vec<_> = rules
        .by_ref()
        .take(limit)
        .map(|rule| LegalRuleOut::of(rule, language.0))
        .collect();
    let next = rules.next().map(|_more| Cursor::after(&(after + limit)));
    Ok(Page::new(items, next).respond(&request))
}
