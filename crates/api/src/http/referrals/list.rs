//! `GET /referrals`: the work lists.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use stafett_store::referrals::{Cursor as Place, ReferralBox, ReferralQuery, Snoozed, Sort};
use stafett_store::{agencies, users};
use stafett_workflow::agency::{AgencyId, UserId};
use stafett_workflow::refusal::FieldError;
use stafett_workflow::vocabulary::{HandoffState, ReferralState, Urgency};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::examples;
use super::output::{self, ReferralRow};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::list;
use crate::app::setup::deputies;
use crate::auth::permission::{ListReferrals, Permission, Scoped};
use crate::http::extract::{Query, Speaks};
use crate::http::paging::{Limit, Page};
use crate::problem::{ErrorCode, Problem};

/// Registers the operation.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_referrals);
}

/// Which referrals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// `inbox`: open hand-offs to us. `sent`: handed off by us. `custody`: we hold the baton. `all` (usual): whatever we
    /// may know of.
    #[serde(rename = "box", default)]
    #[param(inline)]
    in_box: BoxParam,
    /// States of the referral or of its current hand-off, separated by commas.
    #[param(example = "sent,acknowledged")]
    state: Option<String>,
    /// `emergency`, `urgent` or `routine`.
    #[param(value_type = Option<String>)]
    urgency: Option<Urgency>,
    /// Only those with (or without) a clock past its limit.
    overdue: Option<bool>,
    /// `me`, with those for whom I stand in just now, or a person's id.
    assignee: Option<String>,
    /// A workflow's id.
    workflow: Option<String>,
    /// Another party, by slug or id.
    agency: Option<String>,
    /// The beginning of a reference.
    q: Option<String>,
    /// `true`: only what I have put aside. `false`: all but that. Both, when it is left out.
    snoozed: Option<bool>,
    /// `due` (usual: the shortest limit first) or `created` (the newest first).
    #[serde(default)]
    #[param(inline)]
    sort: SortParam,
    /// 1 to 100; usually 50.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum BoxParam {
    Inbox,
    Sent,
    Custody,
    #[default]
    All,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum SortParam {
    #[default]
    Due,
    Created,
}

/// List referrals
///
/// The work lists. A row holds the least that one needs to choose, and nothing of the youth.
#[utoipa::path(
    tag = "Referrals",
    operation_id = "listReferrals",
    params(ListParams),
    responses((status = 200, description = "A page", body = Page<ReferralRow>, example = json!(examples::page())))
)]
#[get("/referrals")]
async fn list_referrals(
    request: HttpRequest,
    may: Scoped<ListReferrals>,
    language: Speaks,
    engine: web::Data<Engine>,
    params: Query<ListParams>,
) -> Result<HttpResponse, Problem> {
    let query = params.0.into_query(&engine, &may).await?;
    let listed = list::list(&engine, &query, may.caller.actor.user).await?;
    let title = |key: &_| {
        list::definition(&engine, key)
            .map(|found| found.title.in_language(language.0).to_owned())
            .unwrap_or_default()
    };
    let rows = output::rows(&listed, title);
    Ok(Page::at(rows, listed.next.map(|place| place.to_string())).respond(&request))
}

impl ListParams {
    async fn into_query<P: Permission>(self, engine: &Engine, may: &Scoped<P>) -> Result<ReferralQuery, Problem> {
        let sort = match self.sort {
            SortParam::Due => Sort::Due,
            SortParam::Created => Sort::Created,
        };
        let after: Option<Place> = self
            .cursor
            .map(|cursor| cursor.parse())
            .transpose()
            .map_err(|_not_ours| AppError::Cursor)?;
        if after.is_some_and(|after| after.sort() != sort) {
            return Err(AppError::Cursor.into());
        }
        let (states, handoff_states) = states(self.state.as_deref())?;
        let agency = match &self.agency {
            None => None,
            // An agency that does not exist has no referrals, but silence would look like an empty list.
            Some(name) => Some(agency_named(engine, name).await?),
        };
        let assignee = match self.assignee.as_deref() {
            None => None,
            Some("me") => Some(may.caller.actor.user),
            Some(name) => Some(person_named(engine, name).await?),
        };
        let standing_in = match self.assignee.as_deref() {
            Some("me") => deputies::stands_in_for(&engine.db, may.caller.actor.user, engine.now()).await?,
            Some(_) | None => Vec::new(),
        };
        Ok(ReferralQuery {
            standing_in,
            scope: may.scope.clone(),
            in_box: match self.in_box {
                BoxParam::Inbox => ReferralBox::Inbox,
                BoxParam::Sent => ReferralBox::Sent,
                BoxParam::Custody => ReferralBox::Custody,
                BoxParam::All => ReferralBox::All,
            },
            states,
            handoff_states,
            urgency: self.urgency,
            overdue: self.overdue.map(|overdue| (overdue, engine.now())),
            assignee,
            workflow: self.workflow,
            agency,
            reference: self.q,
            snoozed: self.snoozed.map(|wanted| Snoozed {
                by: may.caller.actor.user,
                at: engine.now(),
                wanted,
            }),
            sort,
            after,
            limit: u32::from(self.limit.get()),
        })
    }
}

/// A code may be a state of the referral, of the hand-off, or of both.
fn states(given: Option<&str>) -> Result<(Vec<ReferralState>, Vec<HandoffState>), Problem> {
    let (mut referral, mut handoff) = (Vec::new(), Vec::new());
    for code in given
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|code| !code.is_empty())
    {
        match (code.parse::<HandoffState>(), code.parse::<ReferralState>()) {
            (Ok(state), _) => handoff.push(state),
            (_, Ok(state)) => referral.push(state),
            (Err(unknown), Err(others)) => {
                let allowed = others
                    .allowed
                    .into_iter()
                    .chain(unknown.allowed)
                    .collect::<Vec<_>>()
                    .join(", ");
                return Err(wrong_parameter(
                    "state",
                    "unknown-code",
                    &format!("Velg blant: {allowed}."),
                    &format!("Choose among: {allowed}."),
                ));
            }
        }
    }
    Ok((referral, handoff))
}

async fn agency_named(engine: &Engine, name: &str) -> Result<AgencyId, Problem> {
    let found = agencies::find(&engine.db, name).await?;
    found.map(|agency| agency.id).ok_or_else(|| {
        wrong_parameter(
            "agency",
            "unknown-agency",
            "Enheten finnes ikke.",
            "There is no such agency.",
        )
    })
}

async fn person_named(engine: &Engine, name: &str) -> Result<UserId, Problem> {
    let found = match Uuid::parse_str(name) {
        Ok(id) => users::find(&engine.db, UserId(id)).await?,
        Err(_not_an_id) => None,
    };
    found.map(|user| user.id).ok_or_else(|| {
        wrong_parameter(
            "assignee",
            "unknown-person",
            "Personen finnes ikke.",
            "There is no such person.",
        )
    })
}

fn wrong_parameter(name: &str, code: &'static str, nb: &str, en: &str) -> Problem {
    Problem::field(
        ErrorCode::InvalidInput,
        FieldError::new(format!("?{name}"), code, nb, en),
    )
}
