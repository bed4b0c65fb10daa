//! From TOML to a sound [`Table`], or to sentences that say where and what to mend.

use serde::Deserialize;
use toml::Spanned;

use super::check;
use super::table::{
    Assigned, Conditions, Decision, District, Hit, ReceiverRule, Rule, Table, TogetherText, WarningText, Way,
};
use crate::definition::{DefinitionError, Library, Place};
use crate::law;
use crate::vocabulary::{LegalBasisCode, Text};

impl Table {
    /// Reads a table and refuses one that could send somebody astray. The workflows that it names are `library`'s.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place in `source`; `file` only names it. What is not TOML, or has a word that
    /// does not exist, is told alone, for the rest cannot be read then.
    ///
    /// ```
    /// use stafett_workflow::{definition, routing::Table};
    ///
    /// let library = definition::builtin().unwrap();
    /// let wrong = Table::parse("mine.toml", "id = \"mine\"\nverzion = 1", &library).unwrap_err();
    /// assert!(wrong[0].to_string().starts_with("mine.toml:2:1: unknown field `verzion`"));
    /// ```
    pub fn parse(file: &str, source: &str, library: &Library) -> Result<Self, Vec<DefinitionError>> {
        let place = Place { file, source };
        let raw: RawTable = toml::from_str(source)
            .map_err(|error| vec![place.error(error.span().map_or(0, |span| span.start), error.message())])?;
        let mut errors = Vec::new();
        let table = raw.resolve(&place, &mut errors);
        if errors.is_empty() {
            let findings = check::findings(&table, library).into_iter();
            errors.extend(findings.map(|finding| {
                let at = if finding.of_rule {
                    rule_at(source, &finding.near)
                } else {
                    place.find(&finding.near)
                };
                place.error(at, &finding.message)
            }));
        }
        if errors.is_empty() { Ok(table) } else { Err(errors) }
    }
}

/// Where a rule's id is written: receivers and warnings may have the same name, and stand before.
fn rule_at(source: &str, id: &str) -> usize {
    let rules = source.find("[[decisions").unwrap_or(0);
    let below = source.get(rules..).unwrap_or_default();
    rules + below.find(&format!("id = \"{id}\"")).map_or(0, |at| at + "id = ".len())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    id: String,
    version: u16,
    title: Text,
    municipality: String,
    municipality_name: String,
    #[serde(default)]
    districts: Vec<District>,
    #[serde(default)]
    assigned: Vec<Assigned>,
    #[serde(default)]
    warnings: Vec<WarningText>,
    receivers: Vec<ReceiverRule>,
    #[serde(default)]
    together: Vec<TogetherText>,
    decisions: Vec<RawDecision>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDecision {
    id: String,
    title: Text,
    hit: Hit,
    #[serde(default)]
    otherwise: bool,
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    #[serde(default)]
    when: Conditions,
    receiver: Spanned<String>,
    workflow: Option<String>,
    #[serde(default)]
    contact: bool,
    #[serde(default)]
    legal_bases: Vec<LegalBasisCode>,
    reason: Text,
    #[serde(default)]
    warnings: Vec<Spanned<String>>,
    #[serde(default)]
    references: Vec<Spanned<String>>,
    together: Option<Spanned<String>>,
}

/// Collects names that stand nowhere.
struct Names<'a> {
    place: &'a Place<'a>,
    errors: &'a mut Vec<DefinitionError>,
}

impl Names<'_> {
    fn known(&mut self, what: &str, name: Spanned<String>, among: &[String]) -> String {
        if !among.contains(name.get_ref()) {
            let message = format!(
                "there is no {what} {:?} in this table; there is: {}",
                name.get_ref(),
                among.join(", ")
            );
            self.errors.push(self.place.error(name.span().start, &message));
        }
        name.into_inner()
    }

    /// What a rule rests on stands in one place for the whole product.
    fn in_the_register(&mut self, references: Vec<Spanned<String>>) -> Vec<String> {
        for reference in &references {
            if law::versions(reference.get_ref()).next().is_none() {
                let message = format!(
                    "the register of legal rules knows nothing at {:?}; write the reference as the register does (`GET /legal-rules`), or leave it out",
                    reference.get_ref()
                );
                self.errors.push(self.place.error(reference.span().start, &message));
            }
        }
        references.into_iter().map(Spanned::into_inner).collect()
    }

    fn all(&mut self, what: &str, names: Vec<Spanned<String>>, among: &[String]) -> Vec<String> {
        names.into_iter().map(|name| self.known(what, name, among)).collect()
    }
}

impl RawTable {
    fn resolve(self, place: &Place<'_>, errors: &mut Vec<DefinitionError>) -> Table {
        let receivers: Vec<String> = self.receivers.iter().map(|receiver| receiver.id.clone()).collect();
        let warnings: Vec<String> = self.warnings.iter().map(|warning| warning.id.clone()).collect();
        let together: Vec<String> = self.together.iter().map(|group| group.id.clone()).collect();
        let mut names = Names { place, errors };
        let mut rule = |raw: RawRule| {
            let way = match (raw.workflow, raw.contact) {
                (Some(workflow), false) => Way::Refer(workflow),
                (None, true) => Way::Contact,
                (Some(_), true) | (None, false) => {
                    names.errors.push(names.place.error(
                        raw.id.span().start,
                        "say either on which workflow (workflow = \"…\") or that the youth is only shown the way (contact = true)",
                    ));
                    Way::Contact
                }
            };
            for named in [raw.when.open.as_ref(), raw.when.closed.as_ref()].into_iter().flatten() {
                if !receivers.contains(named) {
                    let message = format!(
                        "there is no receiver {named:?} in this table; there is: {}",
                        receivers.join(", ")
                    );
                    names.errors.push(names.place.error(raw.id.span().start, &message));
                }
            }
            Rule {
                id: raw.id.into_inner(),
                when: raw.when,
                receiver: names.known("receiver", raw.receiver, &receivers),
                way,
                legal_bases: raw.legal_bases,
                reason: raw.reason,
                warnings: names.all("warning", raw.warnings, &warnings),
                references: names.in_the_register(raw.references),
                together: raw.together.map(|group| names.known("together", group, &together)),
            }
        };
        let decisions = self
            .decisions
            .into_iter()
            .map(|raw| Decision {
                id: raw.id,
                title: raw.title,
                hit: raw.hit,
                otherwise: raw.otherwise,
                rules: raw.rules.into_iter().map(&mut rule).collect(),
            })
            .collect::<Vec<Decision>>();
        let rests_on = |legal_ref: &str| {
            let mut rules = decisions.iter().flat_map(|decision| &decision.rules);
            rules.any(|rule| rule.references.iter().any(|cited| cited == legal_ref))
        };
        let references = law::rules()
            .iter()
            .filter(|rule| rests_on(&rule.legal_ref))
            .cloned()
            .collect();
        Table {
            id: self.id,
            version: self.version,
            title: self.title,
            municipality: self.municipality,
            municipality_name: self.municipality_name,
            districts: self.districts,
            assigned: self.assigned,
            references,
            warnings: self.warnings,
            receivers: self.receivers,
            together: self.together,
            decisions,
        }
    }
}
