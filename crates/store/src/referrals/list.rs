//! The work lists: pages of referrals with the hand-off that counts now.
//!
//! Each agency of the scope is a walk along an index that stops after a page; the walks are merged. So a page costs the same
//! at any depth, however many referrals there are.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Value};
use stafett_workflow::agency::{AgencyId, ReferralId, UserId};
use stafett_workflow::policy::Scope;
use stafett_workflow::reference::Reference;
use stafett_workflow::referral::{Handoff, WorkflowKey};
use stafett_workflow::vocabulary::{HandoffState, Need, ReferralState, Urgency};

use super::cursor::Cursor;
use super::{circle, known, placeholder, row};
use crate::connect::Handle;
use crate::entity::{handoff, referral};
use crate::error::StoreError;
use crate::map::{self, never};
use crate::page::Page;
use crate::snoozes;

/// Which part of what the scope may know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferralBox {
    /// Sent to one of the scope's agencies, and the hand-off not yet over.
    Inbox,
    /// One of the scope's agencies has sent a hand-off of it.
    Sent,
    /// One of the scope's agencies holds the baton, drafts included.
    Custody,
    /// Everything.
    All,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The earliest running deadline first; those without one last.
    Due,
    /// The newest first.
    Created,
}

/// Which referrals to list.
#[derive(Debug, Clone)]
pub struct ReferralQuery {
    /// What the reader may know of.
    pub scope: Scope,
    /// Which part of it.
    pub in_box: ReferralBox,
    /// In one of these states, or with the current hand-off in one of those below; none of both means any.
    pub states: Vec<ReferralState>,
    /// With the current hand-off in one of these states.
    pub handoff_states: Vec<HandoffState>,
    /// With this urgency.
    pub urgency: Option<Urgency>,
    /// With, or without, a running deadline before this time.
    pub overdue: Option<(bool, DateTime<Utc>)>,
    /// With this person responsible for the current hand-off.
    pub assignee: Option<UserId>,
    /// Or with one of these for whom they stand in, each in one agency; counts only beside `assignee`.
    pub standing_in: Vec<(UserId, AgencyId)>,
    /// On this workflow, in any version.
    pub workflow: Option<String>,
    /// With this agency as originator, custodian, or party to the current hand-off.
    pub agency: Option<AgencyId>,
    /// With a reference that begins like this, as people write it.
    pub reference: Option<String>,
    /// Only what somebody has put aside in their own lists, or only what they have not.
    pub snoozed: Option<Snoozed>,
    /// In which order.
    pub sort: Sort,
    /// Those after this row.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

impl ReferralQuery {
    /// All that lies in a box, what is due first on top; whoever wants less says so.
    #[must_use]
    pub const fn of(scope: Scope, in_box: ReferralBox, limit: u32) -> Self {
        Self {
            scope,
            in_box,
            states: Vec::new(),
            handoff_states: Vec::new(),
            urgency: None,
            overdue: None,
            assignee: None,
            standing_in: Vec::new(),
            workflow: None,
            agency: None,
            reference: None,
            snoozed: None,
            sort: Sort::Due,
            after: None,
            limit,
        }
    }
}

/// What one reader has put aside, or all but that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snoozed {
    /// Whose it is.
    pub by: UserId,
    /// As it is at this time.
    pub at: DateTime<Utc>,
    /// Whether to list it, or what is left without it.
    pub wanted: bool,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The referral.
    pub id: ReferralId,
    /// Its short name.
    pub reference: Reference,
    /// The definition on which it runs.
    pub workflow: WorkflowKey,
    /// Where it stands.
    pub state: ReferralState,
    /// Who wrote it.
    pub originator: AgencyId,
    /// Who holds the baton.
    pub custodian: AgencyId,
    /// How urgent it is.
    pub urgency: Urgency,
    /// What the youth needs.
    pub needs: Vec<Need>,
    /// The current hand-off.
    pub handoff: Handoff,
    /// When the first running clock is up.
    pub next_due: Option<DateTime<Utc>>,
    /// Its version.
    pub version: u32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When anything about it was stored last.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
}

/// A page of a work list.
///
/// # Errors
/// When the database does not answer, or what it holds cannot be understood.
pub async fn list(on: &impl Handle, query: &ReferralQuery) -> Result<Page<Line, Cursor>, StoreError> {
    let parts = parts(query);
    // What runs comes first; the others have no deadline and stand together in one order.
    let running = parts.iter().filter(|part| **part == Part::Running);
    if parts.len() > 1 && running.clone().next().is_some() {
        let page = page(on, query, running).await?;
        if page.next.is_some() {
            return Ok(page);
        }
    }
    page(on, query, parts.iter()).await
}

async fn page<'a>(
    on: &impl Handle,
    query: &ReferralQuery,
    parts: impl Iterator<Item = &'a Part> + Clone,
) -> Result<Page<Line, Cursor>, StoreError> {
    let mut values = Vec::new();
    let Some(walks) = walks(query, parts, &mut values) else {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    };
    let (direction, limit) = (
        direction(query.sort),
        placeholder(i64::from(query.limit) + 1, &mut values),
    );
    let sql = format!(
        "SELECT r.*, page.k AS place_key, {} FROM (SELECT * FROM ({walks}) walks ORDER BY k {direction}, id {direction} LIMIT {limit}) page \
         JOIN referrals r ON r.id = page.id JOIN handoffs h ON h.referral_id = r.id AND h.ordinal = r.current_ordinal \
         ORDER BY page.k {direction}, page.id {direction}",
        handoff_columns()
    );
    let rows = on.executor().query_all_raw(on.statement(&sql, values)).await?;
    let mut lines = rows.iter().map(Line::try_from).collect::<Result<Vec<_>, _>>()?;
    if query.sort == Sort::Due {
        // Whose part has ended knows of no deadline that runs now.
        for (line, row) in lines.iter_mut().zip(&rows) {
            let key: DateTime<Utc> = row.try_get("", "place_key")?;
            line.next_due = (key < never()).then_some(key);
        }
    }
    Ok(Page::cut(lines, query.limit, |last| Cursor::at(query.sort, last)))
}

/// A walk for each part and agency of the scope, merged; a referral that two of them know of comes once. `None` when there
/// is nothing to walk along.
fn walks<'a>(
    query: &ReferralQuery,
    parts: impl Iterator<Item = &'a Part> + Clone,
    values: &mut Vec<Value>,
) -> Option<String> {
    let agencies: Vec<_> = match query.scope.is_all() {
        true => vec![None],
        false => query.scope.agencies().iter().copied().map(Some).collect(),
    };
    let mut walks = Vec::new();
    for agency in agencies {
        for part in parts.clone() {
            walks.push(format!("SELECT * FROM ({}) walk", walk(query, *part, agency, values)));
        }
    }
    (!walks.is_empty()).then(|| walks.join(" UNION "))
}

/// What one walk covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All of the box.
    Whole,
    /// What still runs.
    Running,
    /// What has ended. No clock runs there, so the order of deadlines is the order of ids.
    Ended,
    /// What runs or has ended, of those whose part in it has: it stands as they knew it, without a deadline.
    Past,
}

/// In the order in which a list has them. By deadline, what runs and what has ended lie in two indexes, and the many that
/// have ended cost nothing until somebody pages that far.
fn parts(query: &ReferralQuery) -> Vec<Part> {
    if query.sort == Sort::Created || matches!(query.in_box, ReferralBox::Inbox | ReferralBox::Custody) {
        return vec![Part::Whole];
    }
    let any = query.states.is_empty() || !query.handoff_states.is_empty();
    let late = matches!(query.overdue, Some((true, _)));
    let running = any || query.states.iter().any(|state| !state.is_end());
    let ended = !late && (any || query.states.iter().any(|state| state.is_end()));
    let past = !late && query.in_box == ReferralBox::All && !query.scope.is_all();
    let parts = [(Part::Running, running), (Part::Ended, ended), (Part::Past, past)];
    parts
        .into_iter()
        .filter(|(_, wanted)| *wanted)
        .map(|(part, _)| part)
        .collect()
}

fn walk(query: &ReferralQuery, part: Part, agency: Option<AgencyId>, values: &mut Vec<Value>) -> String {
    let mut conditions = Vec::new();
    let (from, key, id) = source(query, part, agency, &mut conditions, values);
    let by_handoff = filters(query, agency, &mut conditions, values);
    if !query.scope.is_all() {
        conditions.push(circle(&query.scope, values));
    }
    match query.after {
        Some(after) if matches!(part, Part::Whole | Part::Running) => {
            let beyond = match query.sort {
                Sort::Due => ">",
                Sort::Created => "<",
            };
            let (at, after) = (placeholder(after.key(), values), placeholder(after.id(), values));
            conditions.push(format!("({key}, {id}) {beyond} ({at}, {after})"));
        }
        Some(after) if after.key() >= never() => conditions.push(format!("{id} > {}", placeholder(after.id(), values))),
        Some(_) | None => {}
    }
    let join = match (by_handoff, knows(query, agency)) {
        (false, _) => "",
        (true, false) => "JOIN handoffs h ON h.referral_id = r.id AND h.ordinal = r.current_ordinal",
        (true, true) => {
            "JOIN handoffs h ON h.referral_id = r.id AND CASE WHEN p.known_handoff_id IS NULL \
             THEN h.ordinal = r.current_ordinal ELSE h.id = p.known_handoff_id END"
        }
    };
    let condition = match conditions.is_empty() {
        true => "1 = 1".to_owned(),
        false => conditions.join(" AND "),
    };
    let direction = direction(query.sort);
    let order = match part {
        Part::Ended | Part::Past => id.to_owned(),
        Part::Whole | Part::Running => format!("{key} {direction}, {id} {direction}"),
    };
    let limit = placeholder(i64::from(query.limit) + 1, values);
    let key = match part {
        Part::Past => placeholder(never(), values),
        Part::Whole | Part::Running | Part::Ended => key.to_owned(),
    };
    format!("SELECT {key} AS k, {id} AS id FROM {from} {join} WHERE {condition} ORDER BY {order} LIMIT {limit}")
}

/// The tables to walk along, and the columns of the order.
fn source(
    query: &ReferralQuery,
    part: Part,
    agency: Option<AgencyId>,
    conditions: &mut Vec<String>,
    values: &mut Vec<Value>,
) -> (&'static str, &'static str, &'static str) {
    match part {
        Part::Whole => {}
        Part::Running => conditions.push("r.closed_at IS NULL".to_owned()),
        Part::Ended => conditions.push("r.closed_at IS NOT NULL".to_owned()),
        Part::Past => conditions.push("p.known_state IS NOT NULL".to_owned()),
    }
    if knows(query, agency) {
        let none = |values: &mut Vec<Value>| known::none_sees_it_whole(query.scope.agencies(), values);
        match part {
            Part::Running | Part::Ended => conditions.push("p.known_state IS NULL".to_owned()),
            Part::Past => conditions.push(none(values)),
            Part::Whole => conditions.push(format!("(p.known_state IS NULL OR {})", none(values))),
        }
    }
    let mut is_agency = |column: &str| match agency {
        Some(agency) => format!("{column} = {}", placeholder(agency.0, values)),
        None => format!("{column} IS NOT NULL"),
    };
    let own = match query.sort {
        Sort::Due => ("referrals r", "r.next_due_at", "r.id"),
        Sort::Created => ("referrals r", "r.created_at", "r.id"),
    };
    match (query.in_box, agency) {
        (ReferralBox::Inbox, _) => {
            conditions.push(is_agency("r.receiver_id"));
            own
        }
        (ReferralBox::Custody, _) => {
            conditions.push(is_agency("r.custodian_id"));
            conditions.push("r.closed_at IS NULL".to_owned());
            own
        }
        (ReferralBox::All, None) => own,
        (ReferralBox::Sent, None) => {
            conditions.push("EXISTS (SELECT 1 FROM parties p WHERE p.referral_id = r.id AND p.sent)".to_owned());
            own
        }
        (ReferralBox::Sent | ReferralBox::All, Some(_)) => {
            conditions.push(is_agency("p.agency_id"));
            conditions.push("p.referral_id = r.id".to_owned());
            if query.in_box == ReferralBox::Sent {
                conditions.push("p.sent".to_owned());
            }
            match part {
                // SQLite keeps the order of a cross join: along what runs, by deadline, and a look at each party.
                Part::Running => ("referrals r CROSS JOIN parties p", "r.next_due_at", "r.id"),
                Part::Ended | Part::Past => ("parties p CROSS JOIN referrals r", "r.next_due_at", "p.referral_id"),
                Part::Whole => ("parties p CROSS JOIN referrals r", "p.created_at", "p.referral_id"),
            }
        }
    }
}

/// Whether the walk goes by what a party knows, which is less than all once its part has ended. Whoever sends, is asked or has the
/// baton knows all.
fn knows(query: &ReferralQuery, agency: Option<AgencyId>) -> bool {
    query.in_box == ReferralBox::All && agency.is_some()
}

/// Adds the reader's filters; tells whether one of them is about the hand-off.
fn filters(
    query: &ReferralQuery,
    agency: Option<AgencyId>,
    conditions: &mut Vec<String>,
    values: &mut Vec<Value>,
) -> bool {
    let (state, handoff_state, custodian) = match knows(query, agency) {
        true => (
            "COALESCE(p.known_state, r.state)",
            "COALESCE(p.known_handoff_state, h.state)",
            "COALESCE(p.known_custodian_id, r.custodian_id)",
        ),
        false => ("r.state", "h.state", "r.custodian_id"),
    };
    let mut by_handoff = false;
    let mut any_state = Vec::new();
    if !query.states.is_empty() {
        let states: Vec<_> = query
            .states
            .iter()
            .map(|state| placeholder(state.as_str(), values))
            .collect();
        any_state.push(format!("{state} IN ({})", states.join(", ")));
    }
    if !query.handoff_states.is_empty() {
        let states: Vec<_> = query
            .handoff_states
            .iter()
            .map(|state| placeholder(state.as_str(), values))
            .collect();
        any_state.push(format!("{handoff_state} IN ({})", states.join(", ")));
        by_handoff = true;
    }
    if !any_state.is_empty() {
        conditions.push(format!("({})", any_state.join(" OR ")));
    }
    if let Some(urgency) = query.urgency {
        conditions.push(format!("r.urgency = {}", placeholder(urgency.as_str(), values)));
    }
    if let Some((overdue, now)) = query.overdue {
        let compare = if overdue { "<" } else { ">=" };
        let late = format!("r.next_due_at {compare} {}", placeholder(map::micros(now), values));
        conditions.push(match (knows(query, agency), overdue) {
            (false, _) => late,
            (true, true) => format!("({late} AND p.known_state IS NULL)"),
            (true, false) => format!("({late} OR p.known_state IS NOT NULL)"),
        });
    }
    if let Some(workflow) = &query.workflow {
        conditions.push(format!("r.workflow_id = {}", placeholder(workflow.as_str(), values)));
    }
    if let Some(reference) = &query.reference {
        conditions.push(format!(
            "r.reference LIKE {}",
            placeholder(reference_pattern(reference), values)
        ));
    }
    if let Some(assignee) = query.assignee {
        let mut anybody = vec![format!("h.assignee_id = {}", placeholder(assignee.0, values))];
        for (absent, agency) in &query.standing_in {
            let (absent, agency) = (placeholder(absent.0, values), placeholder(agency.0, values));
            anybody.push(format!(
                "(h.assignee_id = {absent} AND h.receiver_id = {agency} AND h.open)"
            ));
        }
        let anybody = anybody.join(" OR ");
        conditions.push(match knows(query, agency) {
            // Who has it now is nothing that they know.
            true => format!("(p.known_state IS NULL AND ({anybody}))"),
            false => format!("({anybody})"),
        });
        by_handoff = true;
    }
    if let Some(Snoozed { by, at, wanted }) = query.snoozed {
        let aside = snoozes::aside("s.referral_id", by, at, values);
        let is = if wanted { "IN" } else { "NOT IN" };
        conditions.push(format!("r.id {is} ({aside})"));
    }
    if let Some(party) = query.agency {
        let columns = ["r.originator_id", custodian, "h.sender_id", "h.receiver_id"];
        let any: Vec<_> = columns
            .iter()
            .map(|column| format!("{column} = {}", placeholder(party.0, values)))
            .collect();
        conditions.push(format!("({})", any.join(" OR ")));
        by_handoff = true;
    }
    by_handoff
}

/// The beginning of a reference as it is stored: capitals, look-alikes as digits, a dash after the fourth symbol. What has
/// no symbol at all begins no reference.
pub(crate) fn reference_pattern(written: &str) -> String {
    let symbols =
        written
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|character| match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            });
    let mut pattern = String::new();
    for (place, symbol) in symbols.enumerate() {
        if place == 4 {
            pattern.push('-');
        }
        pattern.push(symbol);
    }
    if pattern.is_empty() { pattern } else { pattern + "%" }
}

const fn direction(sort: Sort) -> &'static str {
    match sort {
        Sort::Due => "ASC",
        Sort::Created => "DESC",
    }
}

/// The hand-off's columns under names that the referral does not have.
pub(super) fn handoff_columns() -> String {
    use sea_orm::{IdenStatic, Iterable};
    handoff::Column::iter()
        .map(|column| format!("h.{0} AS h_{0}", column.as_str()))
        .collect::<Vec<_>>()
        .join(", ")
}

impl TryFrom<&QueryResult> for Line {
    type Error = StoreError;

    fn try_from(result: &QueryResult) -> Result<Self, StoreError> {
        let head = referral::Model::from_query_result(result, "")?;
        let name = format!("referral {}", head.id);
        Ok(Self {
            id: ReferralId(head.id),
            reference: row::reference(&head)?,
            workflow: row::workflow(&head)?,
            state: map::code(&name, "state", &head.state)?,
            originator: AgencyId(head.originator_id),
            custodian: AgencyId(head.custodian_id),
            urgency: map::code(&name, "urgency", &head.urgency)?,
            handoff: row::to_handoff(handoff::Model::from_query_result(result, "h_")?)?,
            next_due: (head.next_due_at < never()).then_some(head.next_due_at),
            version: map::count(&name, "version", head.version)?,
            needs: map::json(&name, "needs", head.needs)?,
            created_at: head.created_at,
            updated_at: head.updated_at,
            closed_at: head.closed_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_by_its_beginning_as_people_write_it() {
        assert_eq!(reference_pattern("k7qf 2"), "K7QF-2%");
        assert_eq!(reference_pattern("k7ol"), "K701%");
        assert_eq!(reference_pattern("%_"), "");
    }
}
