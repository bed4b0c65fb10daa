//! A scenario: who arrives when, and who answers how. One that somebody writes says only what differs from Oslo as it is.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use stafett_workflow::calendar::OpeningHours;
use stafett_workflow::vocabulary::{Need, Urgency};
use toml::{Table, Value};

use super::super::world::World;

const OSLO: &str = include_str!("../../../demo/city.toml");

/// A city and a stretch of time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// What it is called in the report.
    pub title: String,
    /// The same seed gives the same people.
    pub(super) seed: u64,
    pub(super) from: toml::value::Datetime,
    pub(super) days: u32,
    /// So many arrive in the whole time.
    pub(super) referrals: u32,
    /// Who sends.
    pub(super) sender: String,
    pub(super) months: Vec<f64>,
    pub(super) hours: Vec<f64>,
    pub(super) urgency: BTreeMap<Urgency, u32>,
    pub(super) ages: BTreeMap<String, u32>,
    pub(super) needs: BTreeMap<Need, u32>,
    pub(super) stays: BTreeMap<String, u32>,
    /// How those answer that are not named.
    pub(super) desk: Desk,
    /// How single agencies answer.
    #[serde(default)]
    pub(super) desks: BTreeMap<String, OwnDesk>,
}

/// How an agency answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Desk {
    /// So many people answer at a time.
    pub(super) people: u32,
    /// So many minutes of opening hours an answer takes one of them.
    pub(super) minutes: u32,
    /// The share of answers that are a no.
    pub(super) declines: f64,
}

/// What is different at one agency.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnDesk {
    pub(super) people: Option<u32>,
    pub(super) minutes: Option<u32>,
    pub(super) declines: Option<f64>,
    /// When it is open, in place of what the directory says.
    pub(super) hours: Option<Value>,
}

impl City {
    /// Oslo as it is.
    ///
    /// # Errors
    /// Never, as a test makes sure.
    pub fn oslo() -> Result<Self, String> {
        Self::read("city.toml", "")
    }

    /// Oslo with what this text says differently.
    ///
    /// # Errors
    /// What is wrong, in a sentence; `file` only names it.
    pub fn read(file: &str, source: &str) -> Result<Self, String> {
        let told = |error: toml::de::Error| format!("{file}: {}", error.to_string().trim_end().replace('\n', " "));
        let mut oslo: Table = toml::from_str(OSLO).map_err(told)?;
        let own: Table = toml::from_str(source).map_err(told)?;
        if !source.is_empty() && !own.contains_key("title") {
            oslo.insert("title".to_owned(), Value::String(file.to_owned()));
        }
        overlay(&mut oslo, own);
        Value::Table(oslo).try_into().map_err(told)
    }

    /// What is wrong with it in this world.
    ///
    /// # Errors
    /// The first thing, in a sentence.
    pub fn check(&self, world: &World) -> Result<(), String> {
        let positive =
            |share: &[f64]| share.iter().all(|one| one.is_finite() && *one >= 0.0) && share.iter().sum::<f64>() > 0.0;
        if self.days == 0 || self.days > 3_660 || self.first_day().is_none() {
            return Err("days: at least one day and at most ten years, from a date".to_owned());
        }
        if self.referrals > 1_000_000 {
            return Err("referrals: at most a million".to_owned());
        }
        if self.months.len() != 12 || !positive(&self.months) {
            return Err("months: 12 months, each with how busy it is".to_owned());
        }
        if self.hours.len() != 24 || !positive(&self.hours) {
            return Err("hours: 24 hours, each with how busy it is".to_owned());
        }
        if let Some(age) = self.ages.keys().find(|age| age.parse::<u8>().is_err()) {
            return Err(format!("ages: {age} is no age in whole years"));
        }
        if world.agency(&self.sender).is_none() {
            return Err(format!("sender: there is no agency {}", self.sender));
        }
        for agency in self.desks.keys() {
            if world.agency(agency).is_none() {
                return Err(format!("desks: there is no agency {agency}"));
            }
        }
        for agency in &world.agencies {
            let desk = self.desk_of(&agency.facts.slug);
            if desk.people == 0 || desk.minutes == 0 {
                return Err("desk: at least one person, who takes at least one minute".to_owned());
            }
            if !(0.0..=1.0).contains(&desk.declines) {
                return Err("desk: declines is a share from 0 to 1".to_owned());
            }
            self.hours_of(&agency.facts.slug)?;
        }
        Ok(())
    }

    pub(super) fn first_day(&self) -> Option<NaiveDate> {
        let date = self.from.date?;
        NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
    }

    pub(super) fn desk_of(&self, slug: &str) -> Desk {
        let own = self.desks.get(slug).cloned().unwrap_or_default();
        Desk {
            people: own.people.unwrap_or(self.desk.people),
            minutes: own.minutes.unwrap_or(self.desk.minutes),
            declines: own.declines.unwrap_or(self.desk.declines),
        }
    }

    /// When an agency is open by the scenario's word, if it says so.
    pub(super) fn hours_of(&self, slug: &str) -> Result<Option<OpeningHours>, String> {
        let Some(written) = self.desks.get(slug).and_then(|desk| desk.hours.clone()) else {
            return Ok(None);
        };
        let written = serde_json::to_value(written).map_err(|error| format!("desks.{slug}.hours: {error}"))?;
        let read = OpeningHours::read(&written);
        read.map(Some)
            .map_err(|fault| format!("desks.{slug}.hours: {}", fault.detail.en))
    }
}

fn overlay(base: &mut Table, own: Table) {
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            // Opening hours are said as a whole: a day that is not named is closed.
            (Some(Value::Table(below)), Value::Table(above)) if key != "hours" => overlay(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}
