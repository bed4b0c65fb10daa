//! The same figures counted anew, from the logs alone.
//!
//! The reports are made by the database from tables that hold what the decisions came to. Here every log of the agency is read and
//! counted by [`stafett_workflow::recount`], which shares nothing with that way but the questions. What stands in no log is taken as
//! it is stored: which needs a referral is about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use stafett_store::reports::{self, AnswerLimits, Raw};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::recount::{Course, Leg};
use stafett_workflow::vocabulary::Answer;

use super::ageing::{BANDS, Band};
use super::overview::{FigureName, Gathered, Questions, REPORTS, Value, days, limit_of, pair, slug};
use crate::app::AppError;
use crate::app::engine::Engine;
use crate::app::referrals::view::Names;

/// So many logs are read at once.
const AT_ONCE: u32 = 500;

/// Two figures that should be one.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Which.
    pub name: FigureName,
    /// What the reports say; nothing where they have no such figure.
    pub told: Option<Value>,
    /// What the logs say.
    pub counted: Option<Value>,
}

/// What was counted anew.
#[derive(Debug)]
pub struct Recounted {
    /// The figures.
    pub figures: BTreeMap<FigureName, Value>,
    /// How many logs they were counted from.
    pub referrals: u64,
}

/// Counts anew.
///
/// # Errors
/// The store's; [`AppError::Internal`] when a log does not begin with the creation.
pub async fn recount(engine: &Engine, questions: &Questions) -> Result<Recounted, AppError> {
    let mut counting = Counting::default();
    let (mut after, mut referrals) = (None, 0);
    loop {
        let batch = reports::raw(&engine.db, &questions.scope, after, AT_ONCE).await?;
        let Some(last) = batch.last() else { break };
        after = Some(last.id);
        for raw in &batch {
            let course = Course::of(&raw.log)
                .ok_or_else(|| AppError::internal(format!("the log of referral {} has no beginning", raw.id)))?;
            counting.add(&course, raw, questions);
            referrals += 1;
        }
    }
    let names = Names::load(&engine.db, counting.agencies.iter().copied(), []).await?;
    Ok(Recounted {
        figures: counting.figures(&names),
        referrals,
    })
}

/// Where the two ways differ, in the order of the reports.
#[must_use]
pub fn differences(told: &BTreeMap<FigureName, Value>, counted: &BTreeMap<FigureName, Value>) -> Vec<Difference> {
    let names: BTreeSet<&FigureName> = told.keys().chain(counted.keys()).collect();
    let mut found: Vec<_> = names
        .into_iter()
        .map(|name| Difference {
            name: name.clone(),
            told: told.get(name).copied(),
            counted: counted.get(name).copied(),
        })
        .filter(|difference| difference.told != difference.counted)
        .collect();
    let place = |report| REPORTS.iter().position(|one| *one == report);
    found.sort_by_key(|difference| place(difference.name.report));
    found
}

#[derive(Debug, Default)]
struct Counting {
    agencies: BTreeSet<AgencyId>,
    times: BTreeMap<AgencyId, Times>,
    ages: BTreeMap<(AgencyId, Band), u64>,
    missed: BTreeMap<(AgencyId, String, String), u64>,
    flow: BTreeMap<(AgencyId, AgencyId), BTreeMap<Answer, u64>>,
    needs: BTreeMap<&'static str, BTreeMap<Answer, u64>>,
    unmet: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Default)]
struct Times {
    answered: Vec<TimeDelta>,
    unanswered: Vec<TimeDelta>,
    withdrawn: Vec<TimeDelta>,
    within: u64,
    late: u64,
}

impl Counting {
    fn add(&mut self, course: &Course, raw: &Raw, questions: &Questions) {
        let agency = questions.agency.id;
        let (from, until) = (questions.flow.from, questions.flow.until);
        let mut in_period = false;
        for leg in course.legs.iter().filter(|leg| leg.counts()) {
            let (Some(sent), Some(receiver)) = (leg.sent, leg.receiver) else {
                continue;
            };
            let mine = leg.sender == agency || receiver == agency;
            if !mine || sent < from || sent >= until {
                continue;
            }
            in_period = true;
            self.agencies.extend([leg.sender, receiver]);
            let answer = leg.answer();
            *self
                .flow
                .entry((leg.sender, receiver))
                .or_default()
                .entry(answer)
                .or_default() += 1;
            let due = first_due(course, leg, sent, &questions.sent.limits);
            let times = self.times.entry(receiver).or_default();
            times.add(leg, sent, due, questions.waiting.as_of);
            // From whom it was taken back does not hear what it was about.
            if leg.sender == agency || !leg.is_taken_back() {
                for need in &raw.needs {
                    *self.needs.entry(need.as_str()).or_default().entry(answer).or_default() += 1;
                }
            }
        }
        let ended = course.is_over() && !course.revoked;
        if in_period && course.is_whole_to(agency) && !ended && !course.legs.iter().any(Leg::is_taken) {
            for need in &raw.needs {
                *self.unmet.entry(need.as_str()).or_default() += 1;
            }
        }
        self.add_age(course, questions);
        self.add_missed(course, questions);
    }

    fn add_age(&mut self, course: &Course, questions: &Questions) {
        let agency = questions.agency.id;
        let Some(current) = course.current().filter(|_| !course.is_over()) else {
            return;
        };
        let (Some(_), Some(receiver), Some(first)) = (current.sent, current.receiver, course.first_sent()) else {
            return;
        };
        let asked = receiver == agency && course.is_whole_to(agency);
        if asked || course.originator == agency || current.sender == agency || course.holder == agency {
            let age = questions.waiting.as_of - first;
            if let Some(band) = BANDS.iter().find(|band| band.has(age)) {
                self.agencies.insert(receiver);
                *self.ages.entry((receiver, *band)).or_default() += 1;
            }
        }
    }

    fn add_missed(&mut self, course: &Course, questions: &Questions) {
        let agency = questions.agency.id;
        for limit in &course.limits {
            if !limit.runs() || limit.due >= questions.overdue.due_before {
                continue;
            }
            let Some(leg) = course.leg(limit.leg) else { continue };
            let asked = leg.sent.is_some() && leg.receiver == Some(agency) && course.is_whole_to(agency);
            if asked || leg.sender == agency || course.holder == agency {
                self.agencies.insert(course.holder);
                let key = (course.holder, course.workflow.id.clone(), limit.name.clone());
                *self.missed.entry(key).or_default() += 1;
            }
        }
    }

    fn figures(self, names: &Names) -> BTreeMap<FigureName, Value> {
        let mut gathered = Gathered::default();
        for (receiver, times) in self.times {
            times.gather(&slug(names, receiver), &mut gathered);
        }
        for ((receiver, band), count) in self.ages {
            gathered.count(REPORTS[1], &slug(names, receiver), &days(&band), count);
        }
        for ((holder, workflow, clock), count) in self.missed {
            gathered.count(REPORTS[2], &limit_of(names, holder, &workflow, &clock), "missed", count);
        }
        for ((sender, receiver), answers) in self.flow {
            let of = pair(names, sender, receiver);
            gathered.count(REPORTS[3], &of, "sent", answers.values().sum());
            for (answer, count) in answers {
                gathered.count(REPORTS[3], &of, answer.as_str(), count);
            }
        }
        for (need, answers) in self.needs {
            for (answer, count) in answers {
                gathered.count(REPORTS[4], need, answer.as_str(), count);
            }
        }
        for (need, count) in self.unmet {
            gathered.count(REPORTS[4], need, "unmet", count);
        }
        gathered.done()
    }
}

impl Times {
    fn add(&mut self, leg: &Leg, sent: DateTime<Utc>, due: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let answered = leg.answered();
        let known = answered.or(leg.ended).unwrap_or(now);
        let waits = match (answered, leg.ended) {
            (Some(_), _) => &mut self.answered,
            (None, Some(_)) => &mut self.withdrawn,
            (None, None) => &mut self.unanswered,
        };
        waits.push((known - sent).max(TimeDelta::zero()));
        match due {
            Some(due) if known > due => self.late += 1,
            Some(_) if answered.is_some() => self.within += 1,
            Some(_) | None => {}
        }
    }

    fn gather(self, of: &str, gathered: &mut Gathered) {
        let [answered, unanswered, withdrawn] = [&self.answered, &self.unanswered, &self.withdrawn]
            .map(|waits| u64::try_from(waits.len()).unwrap_or(u64::MAX));
        let report = REPORTS[0];
        gathered.count(report, of, "sent", answered + unanswered + withdrawn);
        gathered.count(report, of, "answered", answered);
        gathered.count(report, of, "unanswered", unanswered);
        gathered.count(report, of, "withdrawn", withdrawn);
        gathered.count(report, of, "within-limit", self.within);
        gathered.count(report, of, "late", self.late);
        gathered.minutes(report, of, "median", self.quantile(0.5));
        gathered.minutes(report, of, "p90", self.quantile(0.1));
    }

    /// The shortest time after which at most this share still waits, by the product-limit estimate written out: for each time at
    /// which an answer came, those of the waits that were at least so long.
    fn quantile(&self, rest: f64) -> Option<TimeDelta> {
        let times: BTreeSet<TimeDelta> = self.answered.iter().copied().collect();
        let all = || self.answered.iter().chain(&self.unanswered).chain(&self.withdrawn);
        let mut waiting = 1.0;
        for at in times {
            let at_risk = count(all().filter(|wait| **wait >= at));
            let came = count(self.answered.iter().filter(|wait| **wait == at));
            waiting *= 1.0 - came / at_risk;
            if waiting <= rest + 1e-9 {
                return Some(at);
            }
        }
        None
    }
}

fn count<T>(of: impl Iterator<Item = T>) -> f64 {
    of.fold(0.0, |sum, _| sum + 1.0)
}

/// When the answer to a leg was due first: by the limits that bound it and do not stand still.
fn first_due(course: &Course, leg: &Leg, sent: DateTime<Utc>, limits: &[AnswerLimits]) -> Option<DateTime<Utc>> {
    let names = &limits.iter().find(|limit| limit.workflow == course.workflow)?.clocks;
    let binds = course.limits.iter().filter(|limit| {
        limit.leg == leg.id && limit.started >= sent && (limit.stopped || !limit.paused) && names.contains(&limit.name)
    });
    binds.map(|limit| limit.due).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_are_those_of_the_reports() {
        use crate::app::reports::survival::Waits;

        let hours = |hours: &[i64]| hours.iter().map(|hour| TimeDelta::hours(*hour)).collect::<Vec<_>>();
        for (answered, unanswered, withdrawn) in [
            (hours(&[2, 30]), hours(&[48, 48]), hours(&[1])),
            (hours(&[1, 1, 2, 3, 5, 8, 13]), hours(&[]), hours(&[])),
            (hours(&[4]), hours(&[9, 9, 9]), hours(&[4])),
            (hours(&[]), hours(&[3]), hours(&[])),
        ] {
            let mut waits = Waits::default();
            answered.iter().for_each(|wait| waits.answered_after(*wait));
            unanswered
                .iter()
                .chain(&withdrawn)
                .for_each(|wait| waits.unanswered_for(*wait));
            let survival = waits.survival();
            let times = Times {
                answered,
                unanswered,
                withdrawn,
                ..Times::default()
            };
            assert_eq!(times.quantile(0.5), survival.quantile(50), "{times:?}");
            assert_eq!(times.quantile(0.1), survival.quantile(90), "{times:?}");
        }
    }

    #[test]
    fn a_figure_that_only_one_way_has_differs() {
        let name = |figure: &str| FigureName {
            report: REPORTS[0],
            of: "barnevernvakten".to_owned(),
            figure: figure.to_owned(),
        };
        let told = BTreeMap::from([(name("sent"), Value::Count(3)), (name("late"), Value::Count(1))]);
        let counted = BTreeMap::from([(name("sent"), Value::Count(3)), (name("within"), Value::Count(1))]);
        let found = differences(&told, &counted);
        let names: Vec<_> = found
            .iter()
            .map(|one| (one.name.figure.as_str(), one.told, one.counted))
            .collect();
        assert_eq!(
            names,
            [
                ("late", Some(Value::Count(1)), None),
                ("within", None, Some(Value::Count(1)))
            ]
        );
    }
}
