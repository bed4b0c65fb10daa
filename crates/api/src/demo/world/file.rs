//! `demo/oslo.toml` as it is written, where agencies of one kind share a model.

use std::collections::BTreeMap;

use serde::Deserialize;
use stafett_workflow::agency::AgencyFacts;
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::vocabulary::{AgencyKind, Language, Role};

use super::{Agency, Personas, Service, wrong};
use crate::demo::DemoError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    hours: BTreeMap<String, OpeningHours>,
    models: BTreeMap<String, Model>,
    pub(super) agencies: Vec<Written>,
    pub(super) personas: Personas<Persona>,
}

/// What agencies of one kind have in common.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    kind: AgencyKind,
    hours: String,
    #[serde(default)]
    services: Vec<Service>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) slug: String,
    name: String,
    like: Option<String>,
    kind: Option<AgencyKind>,
    hours: Option<String>,
    parent: Option<String>,
    /// Who takes for it while it is closed: an agency that stands before it.
    out_of_hours: Option<String>,
    municipality: Option<String>,
    district: Option<String>,
    /// More districts, and whole municipalities.
    #[serde(default)]
    also_serves: Vec<String>,
    public_tasks: Option<bool>,
    #[serde(default)]
    language: Language,
    #[serde(default)]
    services: Vec<Service>,
    #[serde(default)]
    pub(super) staff: BTreeMap<Role, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Persona {
    pub(super) username: String,
    pub(super) name: String,
    pub(super) agency: Option<String>,
    pub(super) role: Role,
}

impl File {
    pub(super) fn agency(&self, written: &Written, known: &[Agency]) -> Result<Agency, DemoError> {
        let slug = &written.slug;
        let model = match &written.like {
            Some(like) => Some(
                self.models
                    .get(like)
                    .ok_or_else(|| wrong(format!("{slug} is like {like}, which is no model")))?,
            ),
            None => None,
        };
        let kind = written.kind.or(model.map(|model| model.kind));
        let kind = kind.ok_or_else(|| wrong(format!("{slug} has neither kind nor like")))?;
        let hours = written.hours.as_deref().or(model.map(|model| model.hours.as_str()));
        let hours = hours.and_then(|name| self.hours.get(name));
        let services = match model {
            Some(model) if written.services.is_empty() => &model.services,
            _ => &written.services,
        };
        let non_profit = matches!(kind, AgencyKind::Ngo | AgencyKind::UserOrganisation);
        if non_profit != written.public_tasks.is_some() {
            return Err(wrong(format!(
                "{slug}: public_tasks must be said of organisations, and of them only"
            )));
        }
        Ok(Agency {
            facts: AgencyFacts {
                id: Agency::id(slug),
                slug: slug.clone(),
                kind,
                public_tasks: written.public_tasks.unwrap_or(true),
                active: true,
                hours: hours.cloned(),
            },
            name: written.name.clone(),
            parent: written
                .parent
                .as_deref()
                .map(|parent| Ok::<_, DemoError>(named(known, parent)?.facts.id))
                .transpose()?,
            out_of_hours: written
                .out_of_hours
                .as_deref()
                .map(|stand_in| Ok::<_, DemoError>(named(known, stand_in)?.facts.id))
                .transpose()?,
            municipality: written.municipality.clone(),
            district: written.district.clone(),
            also_serves: written.also_serves.clone(),
            language: written.language,
            mailbox: format!("post@{slug}.example"),
            hours: hours
                .cloned()
                .ok_or_else(|| wrong(format!("{slug} has no opening hours; see [hours]")))?,
            services: services.clone(),
        })
    }
}

pub(super) fn named<'a>(known: &'a [Agency], slug: &str) -> Result<&'a Agency, DemoError> {
    let found = known.iter().find(|agency| agency.facts.slug == slug);
    found.ok_or_else(|| {
        wrong(format!(
            "the agency {slug} is named before it is described, or not at all"
        ))
    })
}
