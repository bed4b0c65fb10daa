//! Plays stories: real commands through the real engine, in simulated time that ends now.
//!
//! Nothing is written here. What comes out are decisions, and only the engine makes those, so the demo can hold nothing
//! that could not have happened.
//!
//! What waits for somebody is played first, for its end is given: it lies so long ago. What is over begins in the months in
//! which the year is still short of referrals.

mod cases;
mod cast;
mod keep;
mod take;
mod year;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use stafett_workflow::calendar::Calendar;
use stafett_workflow::content::Content;
use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::disclosure;
use stafett_workflow::person::Person;
use stafett_workflow::reference::Reference;
use stafett_workflow::{Decision, Referral};

use super::dice::Dice;
use super::scenario::{Scenario, Story, often};
use super::world::World;
use super::{DemoError, Progress};
use cast::Cast;
use take::{Stage, Take};
use year::Year;

pub use cases::{Move, PlayedCase};

/// How often the beginning of a story is moved to bring its end to where it belongs.
const PASSES: usize = 10;
/// How long before now whatever is over must have ended.
const OVER: TimeDelta = TimeDelta::hours(2);

/// All that has happened.
#[derive(Debug, Clone, Default)]
pub struct Happened {
    /// The referrals.
    pub referrals: Vec<Played>,
    /// The cases in which some of them lie.
    pub cases: Vec<PlayedCase>,
}

/// One referral with everything that led to where it stands.
#[derive(Debug, Clone)]
pub struct Played {
    /// The story's name.
    pub story: String,
    /// The workflow that it runs on.
    pub definition: Arc<Definition>,
    /// The youth, unless nobody is told who it is.
    pub person: Option<Person>,
    /// What the sender tells.
    pub content: Content,
    /// What was decided, in order; the first one creates the referral.
    pub decisions: Vec<Decision>,
}

impl Played {
    /// Where it stands.
    #[must_use]
    pub fn referral(&self) -> Option<&Referral> {
        self.decisions.last().map(Decision::next)
    }

    /// When it was written.
    #[must_use]
    pub fn begun(&self) -> Option<DateTime<Utc>> {
        self.decisions.first().and_then(happened_at)
    }

    /// Where it stood at a time.
    #[must_use]
    pub fn as_of(&self, at: DateTime<Utc>) -> Option<&Referral> {
        let before = |decision: &&Decision| happened_at(decision).is_some_and(|happened| happened <= at);
        self.decisions.iter().take_while(before).last().map(Decision::next)
    }
}

/// When something was decided.
#[must_use]
pub fn happened_at(decision: &Decision) -> Option<DateTime<Utc>> {
    decision.events().first().map(|event| event.at)
}

/// Everything that plays need.
#[derive(Debug)]
pub struct Player<'a> {
    world: &'a World,
    library: &'a Library,
    scenario: &'a Scenario,
    calendar: Calendar,
    disclosure: &'a disclosure::Table,
    now: DateTime<Utc>,
}

/// How long ago the last step was.
#[derive(Debug, Clone, Copy)]
enum Rest {
    /// A share of the limit that runs since then.
    Share(f64),
    /// So long.
    Span(TimeDelta),
}

/// Stories that are cast, and by their numbers those of them that have been placed.
type Placing<'a> = (Vec<Cast<'a>>, BTreeMap<usize, Take>);

/// What has been used up while a year is played.
struct Progressing<'t> {
    year: Year,
    references: BTreeSet<Reference>,
    told: &'t dyn Fn(Progress),
    done: u32,
    of: u32,
}

impl Progressing<'_> {
    /// A reference that nobody else has.
    fn reference(&mut self, dice: &mut Dice) -> Reference {
        loop {
            let reference = Reference::from_random(dice.word());
            if self.references.insert(reference) {
                return reference;
            }
        }
    }

    fn one_more(&mut self) {
        self.done += 1;
        (self.told)(Progress::Playing {
            done: self.done,
            of: self.of,
        });
    }
}

impl<'a> Player<'a> {
    /// Ready to play up to `now`.
    #[must_use]
    pub fn new(
        world: &'a World,
        library: &'a Library,
        disclosure: &'a disclosure::Table,
        scenario: &'a Scenario,
        calendar: Calendar,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            world,
            library,
            disclosure,
            scenario,
            calendar,
            now,
        }
    }

    /// Plays so many referrals: each story once, each case once, and then by weight.
    ///
    /// # Errors
    /// [`DemoError`] when the engine refuses a step or no time fits: a slip in the files, which tests would find.
    pub fn play(&self, referrals: u32, told: &dyn Fn(Progress)) -> Result<Happened, DemoError> {
        let stories = u32::try_from(self.scenario.stories.len()).unwrap_or(u32::MAX);
        let cases = often(&self.scenario.cases, referrals, stories, self.scenario.referrals);
        let in_cases: u32 = cases.iter().map(|(case, times)| case.size() * times).sum();
        let mut progress = Progressing {
            year: Year::new(self.scenario, self.now, referrals),
            references: BTreeSet::new(),
            told,
            done: 0,
            of: referrals,
        };
        let (casts, mut takes) = self.alone(referrals - in_cases, &mut progress)?;
        let mut gathered = Vec::new();
        for (case, times) in cases {
            for time in 0..times {
                gathered.push(self.play_case(case, time, &mut progress)?);
            }
        }
        for (number, cast) in casts.iter().enumerate().filter(|(_, cast)| cast.rest.is_none()) {
            takes.insert(number, self.place(cast, &mut progress.year)?);
            progress.one_more();
        }
        let mut happened = Happened::default();
        for (cast, (_, take)) in casts.into_iter().zip(takes) {
            happened.referrals.push(self.played(cast, take));
        }
        for (referrals, case) in gathered {
            happened.cases.push(case.behind(happened.referrals.len()));
            happened.referrals.extend(referrals);
        }
        Ok(happened)
    }

    /// Those that lie in no case, with everything chosen but the time; those that wait for somebody are placed as well. No more
    /// of these begin than this month has room for, beyond one of each.
    fn alone(&self, referrals: u32, progress: &mut Progressing<'_>) -> Result<Placing<'a>, DemoError> {
        let mut played_in: BTreeMap<&str, u32> = BTreeMap::new();
        let mut order = Dice::seeded(self.scenario.seed, "order");
        let stories = &self.scenario.stories;
        let mut casts: Vec<Cast<'a>> = Vec::new();
        let mut takes = BTreeMap::new();
        for number in 0..referrals {
            let in_turn = usize::try_from(number).ok().and_then(|number| stories.get(number));
            let is_full = progress.year.is_full();
            let weight = |story: &Story| {
                if is_full && story.rest.is_some() {
                    0
                } else {
                    story.weight
                }
            };
            let Some(story) = in_turn.or_else(|| order.weigh(stories, weight)) else {
                break;
            };
            let mut dice = Dice::seeded(self.scenario.seed, &format!("referral {number}"));
            let situation = self.situation(story, &mut played_in, &mut dice)?;
            let reference = progress.reference(&mut dice);
            let youth = self.youth(&[situation], story.place.as_ref(), &mut dice);
            let youth = youth.ok_or_else(|| stuck(&story.name, "nobody stays there"))?;
            let cast = self.cast(story, situation, &youth, None, reference, dice)?;
            if cast.rest.is_some() {
                takes.insert(casts.len(), self.place(&cast, &mut progress.year)?);
                progress.one_more();
            }
            casts.push(cast);
        }
        Ok((casts, takes))
    }

    fn played(&self, cast: Cast<'_>, mut take: Take) -> Played {
        Stage::new(self, &cast, false).run_clocks(&mut take, self.now);
        Played {
            story: cast.story.name.clone(),
            definition: Arc::clone(cast.definition),
            person: cast.person,
            content: cast.content,
            decisions: take.decisions,
        }
    }

    /// Finds a beginning for a story, and tells the year of it.
    fn place(&self, cast: &Cast<'_>, year: &mut Year) -> Result<Take, DemoError> {
        let take = match cast.rest {
            Some(rest) => self.place_end(cast, rest)?,
            None => self.place_beginning(cast, year)?,
        };
        year.note(take.begun());
        Ok(take)
    }

    /// A beginning from which the story ends when it should: people keep to their opening hours if that can be, and
    /// otherwise somebody has worked late.
    fn place_end(&self, cast: &Cast<'_>, rest: Rest) -> Result<Take, DemoError> {
        let mut best: Option<(TimeDelta, Take)> = None;
        for keep_hours in [true, false] {
            let stage = Stage::new(self, cast, keep_hours);
            let mut start = self.now - TimeDelta::days(20);
            for _ in 0..PASSES {
                let take = stage.perform(start)?;
                let gap = rest.due_end(&take, self.now) - take.end();
                if self.is_as_told(cast, &take) && best.as_ref().is_none_or(|(smallest, _)| gap.abs() < *smallest) {
                    best = Some((gap.abs(), take));
                }
                if gap.abs() < TimeDelta::minutes(1) {
                    break;
                }
                start += gap;
            }
            if best.as_ref().is_some_and(|(gap, take)| *gap <= rest.tolerance(take)) {
                break;
            }
        }
        best.map(|(_, take)| take)
            .ok_or_else(|| stuck(&cast.story.name, "no time fits"))
    }

    /// A beginning in a month that is short of referrals, early enough that the story is over by now.
    fn place_beginning(&self, cast: &Cast<'_>, year: &Year) -> Result<Take, DemoError> {
        let stage = Stage::new(self, cast, true);
        let mut dice = cast.dice.clone();
        let mut latest = self.now - OVER;
        for _ in 0..PASSES {
            let start = year.draw(latest, &mut dice);
            let take = stage.perform(start)?;
            let over = take.end() + OVER - self.now;
            if over <= TimeDelta::zero() && self.is_as_told(cast, &take) {
                return Ok(take);
            }
            // Who waits for an opening takes longer from another beginning, so a day is left beside.
            latest = start - over.max(TimeDelta::zero()) - TimeDelta::days(1);
        }
        Err(stuck(&cast.story.name, "no time fits"))
    }

    /// Whether it ends in the past, where the story says, and late only if the story says so.
    fn is_as_told(&self, cast: &Cast<'_>, take: &Take) -> bool {
        let is_late = take.referral().running_clocks().any(|clock| clock.is_overdue(self.now));
        let late = cast.story.rest.is_some_and(|rest| rest.is_late());
        take.end() < self.now && is_late == late
    }
}

impl Rest {
    /// When the last step should have been.
    fn due_end(self, take: &Take, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Span(span) => now - span,
            Self::Share(share) => now - part(take.left(), share),
        }
    }

    /// How far off that may be before opening hours give way.
    fn tolerance(self, take: &Take) -> TimeDelta {
        match self {
            Self::Span(_) => TimeDelta::days(2),
            Self::Share(_) => part(take.left(), 0.15),
        }
    }
}

fn hours(count: f64) -> TimeDelta {
    part(TimeDelta::hours(1), count)
}

/// A share of a span, in whole seconds.
fn part(span: TimeDelta, share: f64) -> TimeDelta {
    TimeDelta::seconds((span.num_seconds() as f64 * share) as i64)
}

fn stuck(story: &str, what: &str) -> DemoError {
    DemoError::Stuck {
        story: story.to_owned(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests;
