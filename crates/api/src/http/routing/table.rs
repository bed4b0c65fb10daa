//! The routing table with its words.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};
use stafett_workflow::routing::{Conditions, Rule, Table, Totality};
use stafett_workflow::vocabulary::{
    AgeBand, AgencyKind, Code, Language, LegalBasisCode, Need, ResidenceStatus, Text, Urgency,
};
use utoipa::ToSchema;

use crate::http::schema;

/// The rules in force.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoutingTable {
    id: String,
    version: u16,
    title: String,
    /// The municipality that it is written for.
    municipality: String,
    /// That municipality's districts with services of their own.
    districts: Vec<RoutingDistrict>,
    /// Its areas without, and who serves them.
    assigned: Vec<RoutingAssigned>,
    /// What the rules rest on.
    references: Vec<RoutingReference>,
    /// Whom rules name.
    receivers: Vec<RoutingReceiver>,
    /// The decisions in order.
    decisions: Vec<RoutingDecision>,
    /// How many combinations of age, place, need, residence, urgency, hour and sender were tried.
    combinations: u64,
    /// Those for which there is nobody, in words; empty when there is none.
    gaps: Vec<String>,
}

/// A district.
#[derive(Debug, Serialize, ToSchema)]
struct RoutingDistrict {
    code: String,
    name: String,
}

/// An area that another district serves.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RoutingAssigned {
    district: String,
    name: String,
    served_by: String,
}

/// A statute or regulation, as the register of legal rules has it; see `listLegalRules`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RoutingReference {
    /// Its id in the register.
    id: String,
    /// Where it stands, as rules name it.
    cite: String,
    text: String,
    /// The first day; null where it is not known.
    valid_from: Option<NaiveDate>,
    /// The last day; null: still in force.
    valid_to: Option<NaiveDate>,
}

/// Whom a rule names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RoutingReceiver {
    id: String,
    title: String,
    #[schema(schema_with = schema::agency_kinds)]
    kinds: Vec<AgencyKind>,
    /// `local`, `municipality` or `nearest`.
    reach: &'static str,
    round_the_clock: bool,
    /// Only whoever offers what is needed, to that age.
    offering: bool,
    /// What to do when there is none.
    missing: Option<String>,
}

/// One question that the table settles.
#[derive(Debug, Serialize, ToSchema)]
struct RoutingDecision {
    id: String,
    title: String,
    /// `first`: the first rule that applies and finds somebody; `collect`: all of them.
    hit: &'static str,
    /// Asked only when no earlier decision found anybody.
    otherwise: bool,
    rules: Vec<RoutingRule>,
}

/// One rule.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RoutingRule {
    id: String,
    when: RoutingWhen,
    /// The id of a receiver.
    receiver: String,
    /// The workflow; null: the youth is shown the way.
    workflow: Option<String>,
    #[schema(schema_with = schema::legal_bases)]
    legal_bases: Vec<LegalBasisCode>,
    reason: String,
    warnings: Vec<String>,
    /// Each the `cite` of a reference.
    references: Vec<String>,
    together: Option<String>,
}

/// When a rule applies. Null admits everything.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RoutingWhen {
    ages: Option<Vec<&'static str>>,
    #[schema(schema_with = schema::nullable::needs)]
    needs: Option<Vec<Need>>,
    places: Option<Vec<&'static str>>,
    #[schema(schema_with = schema::nullable::residence_statuses)]
    residence: Option<Vec<ResidenceStatus>>,
    #[schema(schema_with = schema::nullable::urgencies)]
    urgencies: Option<Vec<Urgency>>,
    #[schema(schema_with = schema::nullable::agency_kinds)]
    senders: Option<Vec<AgencyKind>>,
    /// A receiver that must be open.
    open: Option<String>,
    /// A receiver that must be closed.
    closed: Option<String>,
}

impl RoutingTable {
    /// The table in one language.
    #[must_use]
    pub fn of(table: &Table, totality: &Totality, language: Language) -> Self {
        let say = |text: &Text| text.in_language(language).to_owned();
        Self {
            id: table.id.clone(),
            version: table.version,
            title: say(&table.title),
            municipality: table.municipality.clone(),
            districts: table
                .districts
                .iter()
                .map(|district| RoutingDistrict {
                    code: district.code.clone(),
                    name: district.name.clone(),
                })
                .collect(),
            assigned: table
                .assigned
                .iter()
                .map(|assigned| RoutingAssigned {
                    district: assigned.district.clone(),
                    name: say(&assigned.name),
                    served_by: assigned.served_by.clone(),
                })
                .collect(),
            references: table
                .references
                .iter()
                .map(|reference| RoutingReference {
                    id: reference.id.clone(),
                    cite: reference.legal_ref.clone(),
                    text: say(&reference.text),
                    valid_from: reference.validity.from,
                    valid_to: reference.validity.to,
                })
                .collect(),
            receivers: table
                .receivers
                .iter()
                .map(|receiver| RoutingReceiver {
                    id: receiver.id.clone(),
                    title: say(&receiver.title),
                    kinds: receiver.kinds.clone(),
                    reach: receiver.reach.as_str(),
                    round_the_clock: receiver.round_the_clock,
                    offering: receiver.offering,
                    missing: receiver.missing.as_ref().map(say),
                })
                .collect(),
            decisions: table
                .decisions
                .iter()
                .map(|decision| RoutingDecision {
                    id: decision.id.clone(),
                    title: say(&decision.title),
                    hit: decision.hit.as_str(),
                    otherwise: decision.otherwise,
                    rules: decision
                        .rules
                        .iter()
                        .map(|rule| RoutingRule::of(rule, language))
                        .collect(),
                })
                .collect(),
            combinations: totality.combinations,
            gaps: totality.gaps.iter().map(|gap| gap.text(language)).collect(),
        }
    }
}

impl RoutingRule {
    fn of(rule: &Rule, language: Language) -> Self {
        Self {
            id: rule.id.clone(),
            when: RoutingWhen::of(&rule.when),
            receiver: rule.receiver.clone(),
            workflow: rule.way.workflow().map(str::to_owned),
            legal_bases: rule.legal_bases.clone(),
            reason: rule.reason.in_language(language).to_owned(),
            warnings: rule.warnings.clone(),
            references: rule.references.clone(),
            together: rule.together.clone(),
        }
    }
}

impl RoutingWhen {
    fn of(when: &Conditions) -> Self {
        let ages = |ages: &Vec<AgeBand>| ages.iter().map(|age| Code::as_str(*age)).collect();
        Self {
            ages: when.ages.as_ref().map(ages),
            needs: when.needs.clone(),
            places: when
                .places
                .as_ref()
                .map(|places| places.iter().map(|place| place.as_str()).collect()),
            residence: when.residence.clone(),
            urgencies: when.urgencies.clone(),
            senders: when.senders.clone(),
            open: when.open.clone(),
            closed: when.closed.clone(),
        }
    }
}

/// A table cut short.
pub(super) fn example() -> Value {
    json!({
        "id": "oslo",
        "version": 1,
        "title": "Oslo: hvem tar imot",
        "municipality": "0301",
        "districts": [{ "code": "030101", "name": "Gamle Oslo" }],
        "assigned": [{ "district": "030116", "name": "Sentrum", "servedBy": "030104" }],
        "references": [{
            "id": "child-welfare-at-all-times",
            "cite": "bvl § 15-3",
            "text": "Barnevernet skal kunne nås hele døgnet.",
            "validFrom": "2023-01-01",
            "validTo": null
        }],
        "receivers": [{
            "id": "child-welfare-on-call",
            "title": "barnevernvakten",
            "kinds": ["child-welfare"],
            "reach": "municipality",
            "roundTheClock": true,
            "offering": false,
            "missing": "Ring Alarmtelefonen for barn og unge 116 111."
        }],
        "decisions": [{
            "id": "child-welfare",
            "title": "Skal barnevernet vite det?",
            "hit": "collect",
            "otherwise": false,
            "rules": [{
                "id": "child-out-of-hours",
                "when": {
                    "ages": ["0-11", "12-14", "15", "16-17", "unknown"], "needs": ["violence"], "places": null,
                    "residence": null, "urgencies": ["urgent", "routine"], "senders": null, "open": null,
                    "closed": "child-welfare"
                },
                "receiver": "child-welfare-on-call",
                "workflow": "concern-report",
                "legalBases": ["duty-to-report", "consent"],
                "reason": "Barneverntjenesten er stengt nå. Barnevernvakten er åpen.",
                "warnings": ["duty-is-personal"],
                "references": ["bvl § 13-2", "bvl § 15-3"],
                "together": null
            }]
        }],
        "combinations": 17_000_000,
        "gaps": []
    })
}
