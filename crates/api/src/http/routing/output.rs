//! Suggestions as they are answered.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use stafett_workflow::routing::{Answer, Place, Suggestion, Table, Warning};
use stafett_workflow::vocabulary::{AgencyKind, Code, Language, LegalBasisCode, Need, Text, Urgency};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::referrals::reading::told;
use crate::http::capacity::CapacityOut;
use crate::http::referrals::output::{AgencyOut, ClockAgreement, WithheldOut};
use crate::http::schema;

/// Receivers in order, and what is missing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suggestions {
    /// The time that this is true of.
    at: DateTime<Utc>,
    #[schema(schema_with = schema::urgency)]
    urgency: Urgency,
    /// Where the youth stays, as the table understands it.
    place: RoutingPlace,
    /// The receivers, best first.
    items: Vec<SuggestionOut>,
    /// Which of them belong together: one referral to each, in one case.
    together: Vec<TogetherOut>,
    /// Receivers that should be there and are not in the directory, each with what to do instead.
    missing: Vec<MissingOut>,
    /// Needs for which there is nobody at all.
    uncovered: Vec<UncoveredOut>,
    /// What to mind whoever is chosen.
    warnings: Vec<RoutingWarningOut>,
    /// The table that says so.
    table: TableKey,
}

/// A place and who serves it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RoutingPlace {
    /// `district`, `assigned` (another district serves it), `other-municipality` or `unknown`.
    kind: &'static str,
    name: String,
    /// The municipality that serves it.
    municipality: String,
    /// The district that serves it.
    district: Option<String>,
    /// That district's name, when it is not the place's own.
    served_by: Option<String>,
}

/// One receiver.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SuggestionOut {
    agency: SuggestedAgency,
    /// `refer`, or `contact`: the youth is shown the way, and nothing about them is sent.
    way: &'static str,
    /// The workflow, with `refer`.
    workflow: Option<SuggestedWorkflow>,
    /// Which of the needs it answers.
    #[schema(schema_with = schema::needs)]
    needs: Vec<Need>,
    /// What it offers against them.
    services: Vec<String>,
    /// Why.
    reason: String,
    /// The admissible legal bases, the one that fits best first.
    legal_bases: Vec<SuggestedBasis>,
    /// The limit that runs out first once it is sent.
    clock: Option<SuggestedClock>,
    /// Whether somebody is there at that time; null when the hours are not known.
    open: Option<bool>,
    /// When somebody is there next, if nobody is then.
    opens_at: Option<DateTime<Utc>>,
    /// What it has said of its capacity; null when it has said nothing.
    capacity: Option<CapacityOut>,
    /// What to mind.
    warnings: Vec<RoutingWarningOut>,
    /// What it rests on, as one cites it.
    legal_refs: Vec<String>,
    /// Which of `together` it belongs to.
    together: Option<String>,
    /// The agency that is closed then and has named this one to take for it.
    stands_in_for: Option<AgencyOut>,
    /// The rule of the table.
    rule: String,
}

/// An agency that may receive.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestedAgency {
    id: Uuid,
    slug: String,
    name: String,
    #[schema(schema_with = schema::agency_kind)]
    kind: AgencyKind,
    /// The kind in words.
    title: &'static str,
}

/// A workflow.
#[derive(Debug, Serialize, ToSchema)]
struct SuggestedWorkflow {
    id: String,
    version: u16,
}

/// A legal basis that holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SuggestedBasis {
    #[schema(schema_with = schema::legal_basis)]
    code: LegalBasisCode,
    title: &'static str,
    legal_ref: &'static str,
    /// Whether it fits best.
    best: bool,
    /// What would not reach the receiver on it.
    withheld: Vec<WithheldOut>,
}

/// A limit that will run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SuggestedClock {
    id: String,
    title: String,
    /// How long, in words.
    limit: String,
    /// Until when, if it is sent at `at`.
    due_at: DateTime<Utc>,
    legal_ref: Option<String>,
    /// The agreement between the sender and this receiver that sets it, when one does and the caller works for the sender.
    agreement: Option<ClockAgreement>,
}

/// Something to mind.
#[derive(Debug, Serialize, ToSchema)]
struct RoutingWarningOut {
    /// Stable, kebab-case.
    code: String,
    text: String,
}

/// Several at once.
#[derive(Debug, Serialize, ToSchema)]
struct TogetherOut {
    id: String,
    text: String,
}

/// A receiver that is not in the directory.
#[derive(Debug, Serialize, ToSchema)]
struct MissingOut {
    /// What it is.
    receiver: String,
    /// What to do instead.
    advice: String,
    /// The rule of the table.
    rule: String,
}

/// A need for which there is nobody.
#[derive(Debug, Serialize, ToSchema)]
struct UncoveredOut {
    #[schema(schema_with = schema::need)]
    need: Need,
    text: String,
}

/// Which table, in which version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TableKey {
    id: String,
    version: u16,
}

impl Suggestions {
    /// The answer in one language.
    #[must_use]
    pub fn of(answer: &Answer, table: &Table, at: DateTime<Utc>, urgency: Urgency, language: Language) -> Self {
        let say = |text: &Text| text.in_language(language).to_owned();
        Self {
            at,
            urgency,
            place: RoutingPlace::of(&answer.place, language),
            items: answer
                .suggestions
                .iter()
                .map(|suggestion| SuggestionOut::of(suggestion, language))
                .collect(),
            together: answer
                .together
                .iter()
                .map(|group| TogetherOut {
                    id: group.id.clone(),
                    text: say(&group.text),
                })
                .collect(),
            missing: answer
                .missing
                .iter()
                .map(|missing| MissingOut {
                    receiver: say(&missing.receiver),
                    advice: say(&missing.advice),
                    rule: missing.rule.clone(),
                })
                .collect(),
            uncovered: answer
                .uncovered
                .iter()
                .map(|(need, text)| UncoveredOut {
                    need: *need,
                    text: say(text),
                })
                .collect(),
            warnings: warnings(&answer.warnings, language),
            table: TableKey::of(table),
        }
    }
}

impl TableKey {
    pub(super) fn of(table: &Table) -> Self {
        Self {
            id: table.id.clone(),
            version: table.version,
        }
    }
}

impl RoutingPlace {
    fn of(place: &Place, language: Language) -> Self {
        Self {
            kind: place.kind.as_str(),
            name: place.name.in_language(language).to_owned(),
            municipality: place.municipality.clone(),
            district: place.district.clone(),
            served_by: place.served_by.clone(),
        }
    }
}

impl SuggestionOut {
    fn of(suggestion: &Suggestion, language: Language) -> Self {
        let say = |text: &Text| text.in_language(language).to_owned();
        Self {
            agency: SuggestedAgency {
                id: suggestion.agency.0,
                slug: suggestion.slug.clone(),
                name: suggestion.name.clone(),
                kind: suggestion.kind,
                title: suggestion.kind.title(language),
            },
            way: if suggestion.workflow.is_some() {
                "refer"
            } else {
                "contact"
            },
            workflow: suggestion.workflow.as_ref().map(|key| SuggestedWorkflow {
                id: key.id.clone(),
                version: key.version,
            }),
            needs: suggestion.needs.clone(),
            services: suggestion.services.iter().map(say).collect(),
            reason: say(&suggestion.reason),
            legal_bases: suggestion
                .bases
                .iter()
                .map(|basis| SuggestedBasis {
                    code: basis.code,
                    title: basis.code.title(language),
                    legal_ref: basis.code.reference(),
                    best: basis.best,
                    withheld: basis
                        .kept_back
                        .iter()
                        .map(|(field, rule)| WithheldOut::of(&told(*field, rule), language))
                        .collect(),
                })
                .collect(),
            clock: suggestion.clock.as_ref().map(|clock| SuggestedClock {
                id: clock.id.clone(),
                title: say(&clock.title),
                limit: clock.limit.text(language),
                due_at: clock.due,
                legal_ref: clock.legal_ref.clone(),
                agreement: clock
                    .agreement
                    .as_ref()
                    .map(|(id, reference)| ClockAgreement::new(*id, reference.clone(), language)),
            }),
            open: suggestion.open,
            opens_at: suggestion.opens_at,
            capacity: suggestion
                .capacity
                .map(|now| CapacityOut::new(&now.said, now.status, now.age, language)),
            warnings: warnings(&suggestion.warnings, language),
            legal_refs: suggestion.references.clone(),
            together: suggestion.together.clone(),
            stands_in_for: suggestion
                .stands_in_for
                .as_ref()
                .map(|closed| AgencyOut::named(closed.agency, &closed.slug, &closed.name)),
            rule: suggestion.rule.clone(),
        }
    }
}

fn warnings(warnings: &[Warning], language: Language) -> Vec<RoutingWarningOut> {
    warnings
        .iter()
        .map(|warning| RoutingWarningOut {
            code: warning.code.clone(),
            text: warning.text.in_language(language).to_owned(),
        })
        .collect()
}

/// An answer cut short.
pub(super) fn example() -> Value {
    json!({
        "at": "2026-11-25T00:30:00Z",
        "urgency": "emergency",
        "place": {
            "kind": "district", "name": "Grünerløkka", "municipality": "0301", "district": "030102", "servedBy": null
        },
        "items": [{
            "agency": {
                "id": "019ab3f0-5c1e-7d20-9a55-0c9d5f1f6a02",
                "slug": "barnevernvakten",
                "name": "Barnevernvakten",
                "kind": "child-welfare",
                "title": "barnevern"
            },
            "way": "refer",
            "workflow": { "id": "concern-report", "version": 1 },
            "needs": ["shelter"],
            "services": ["Et trygt sted i natt"],
            "reason": "Akutt og under 18 år: barnevernvakten er åpen hele døgnet og kan handle nå.",
            "legalBases": [{
                "code": "duty-to-report",
                "title": "meldeplikt",
                "legalRef": "bvl § 13-2; hpl § 33; sosialtjl § 45",
                "best": true,
                "withheld": []
            }],
            "clock": {
                "id": "review",
                "title": "Gjennomgang av meldingen",
                "limit": "1 time",
                "dueAt": "2026-11-25T01:30:00Z",
                "legalRef": "bvl § 2-1",
                "agreement": null
            },
            "open": true,
            "opensAt": null,
            "capacity": null,
            "warnings": [{
                "code": "duty-is-personal",
                "text": "Meldeplikten er din egen. Ingen leder kan stanse eller utsette meldingen."
            }],
            "legalRefs": ["bvl § 13-2", "bvl § 15-3"],
            "together": null,
            "standsInFor": null,
            "rule": "child-emergency"
        }],
        "together": [],
        "missing": [],
        "uncovered": [],
        "warnings": [],
        "table": { "id": "oslo", "version": 1 }
    })
}
