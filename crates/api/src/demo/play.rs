//! Plays stories: real commands through the real engine, in simulated time that ends now.
//!
//! Nothing is written here. What comes out are decisions, and only the engine makes those, so the demo can hold nothing
//! that could not have happened.

mod take;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::calendar::{Calendar, local_date};
use stafett_workflow::command::{Consent, LegalBasis};
use stafett_workflow::content::Content;
use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::identifier::{Identifier, IdentifierKind};
use stafett_workflow::person::{Person, Protection, Whereabouts};
use stafett_workflow::reference::Reference;
use stafett_workflow::vocabulary::{AddressProtection, AgencyKind, Urgency};
use stafett_workflow::{Decision, Referral};

use super::dice::Dice;
use super::numbers::number_for;
use super::scenario::{Delay, Identified, Place, Scenario, Situation, Story, Whom};
use super::world::{Agency, World};
use super::{DemoError, Progress};
use take::{Stage, Take};

/// How often the beginning of a story is moved to bring its end to where it belongs.
const PASSES: usize = 10;

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
}

/// Everything that plays need.
#[derive(Debug)]
pub struct Player<'a> {
    world: &'a World,
    library: &'a Library,
    scenario: &'a Scenario,
    calendar: Calendar,
    now: DateTime<Utc>,
}

/// One story with everything chosen that time does not change.
struct Cast<'a> {
    story: &'a Story,
    definition: &'a Arc<Definition>,
    sender: &'a Agency,
    receiver: &'a Agency,
    next: &'a Agency,
    coordinator: Option<AgencyId>,
    person: Option<Person>,
    content: Content,
    basis: LegalBasis,
    urgency: Urgency,
    reference: Reference,
    /// How long the last step lies back, drawn once: for a story that is over, in hours.
    rest: Rest,
    dice: Dice,
}

/// How long ago the last step was.
enum Rest {
    /// A share of the limit that runs since then.
    Share(f64),
    /// So long.
    Span(TimeDelta),
}

impl<'a> Player<'a> {
    /// Ready to play up to `now`.
    #[must_use]
    pub fn new(world: &'a World, library: &'a Library, scenario: &'a Scenario, now: DateTime<Utc>) -> Self {
        Self {
            world,
            library,
            scenario,
            calendar: Calendar::default(),
            now,
        }
    }

    /// Plays so many referrals: each story once, then by weight.
    ///
    /// # Errors
    /// [`DemoError`] when the engine refuses a step or no time fits: a slip in the files, which tests would find.
    pub fn play(&self, referrals: u32, told: &dyn Fn(Progress)) -> Result<Vec<Played>, DemoError> {
        let mut references = BTreeSet::new();
        let mut played_in: BTreeMap<&str, u32> = BTreeMap::new();
        let mut plays = Vec::new();
        let mut order = Dice::seeded(self.scenario.seed, "order");
        for number in 0..referrals {
            told(Progress::Playing {
                done: number,
                of: referrals,
            });
            let stories = &self.scenario.stories;
            let in_turn = usize::try_from(number).ok().and_then(|number| stories.get(number));
            let Some(story) = in_turn.or_else(|| order.weigh(stories, |story| story.weight)) else {
                break;
            };
            let mut dice = Dice::seeded(self.scenario.seed, &format!("referral {number}"));
            let situation = self.situation(story, &mut played_in, &mut dice)?;
            let reference = loop {
                let reference = Reference::from_random(dice.word());
                if references.insert(reference) {
                    break reference;
                }
            };
            let cast = self.cast(story, situation, reference, referrals, dice)?;
            let mut take = self.place(&cast)?;
            Stage::new(self, &cast, false).run_clocks(&mut take, self.now);
            plays.push(Played {
                story: story.name.clone(),
                definition: Arc::clone(cast.definition),
                person: cast.person,
                content: cast.content,
                decisions: take.decisions,
            });
        }
        Ok(plays)
    }

    /// One that fits and has been played least, so that a small demo shows as many as it can.
    fn situation<'s>(
        &self,
        story: &'s Story,
        played_in: &mut BTreeMap<&'s str, u32>,
        dice: &mut Dice,
    ) -> Result<&'s Situation, DemoError>
    where
        'a: 's,
    {
        let fitting: Vec<_> = self.scenario.fitting(story).collect();
        let times = |situation: &&Situation| played_in.get(situation.id.as_str()).copied().unwrap_or_default();
        let fewest = fitting.iter().map(times).min().unwrap_or_default();
        let fresh: Vec<_> = fitting
            .into_iter()
            .filter(|situation| times(situation) == fewest)
            .collect();
        let situation = *dice.pick(&fresh).ok_or_else(|| stuck(story, "no situation fits"))?;
        *played_in.entry(&situation.id).or_default() += 1;
        Ok(situation)
    }

    fn cast(
        &self,
        story: &'a Story,
        situation: &Situation,
        reference: Reference,
        referrals: u32,
        mut dice: Dice,
    ) -> Result<Cast<'a>, DemoError> {
        let definition = self.library.newest(&story.workflow);
        let definition = definition.ok_or_else(|| stuck(story, "its workflow does not exist"))?;
        let places = self.scenario.places.iter();
        let possible: Vec<_> = places
            .filter(|place| story.place.is_none() || place.district == story.place)
            .collect();
        let place = dice.weigh(&possible, |place| place.weight);
        let place = *place.ok_or_else(|| stuck(story, "nobody stays there"))?;
        let [sender, receiver, next] = self.parties(story, situation, place, &mut dice)?;
        let (age, identifier) = self.age(situation, &mut dice);
        let consent = situation.basis.consent.as_ref();
        let basis = LegalBasis {
            code: situation.basis.code,
            reason: situation.basis.reason.clone(),
            consent: consent.map(|given| Consent {
                by: given.by,
                age,
                scope: given.scope.clone(),
            }),
        };
        let content = Content {
            needs: situation.needs.clone(),
            summary: Some(situation.summary.trim().to_owned()),
            informed: Some(situation.informed.clone()),
        };
        let person = self.person(situation, place, age, identifier, &mut dice);
        let person = (!situation.anonymous).then_some(person);
        let coordinator = self.coordinator(person.as_ref(), sender);
        let rest = self.rest(story, referrals, &mut dice);
        Ok(Cast {
            story,
            definition,
            sender,
            receiver,
            next,
            coordinator,
            person,
            content,
            basis,
            urgency: situation.urgency,
            reference,
            rest,
            dice,
        })
    }

    /// Who sends, who receives, and who does next: three different agencies.
    fn parties(
        &self,
        story: &Story,
        situation: &Situation,
        place: &Place,
        dice: &mut Dice,
    ) -> Result<[&'a Agency; 3], DemoError> {
        let usual = situation.senders.first();
        let often = |sender: &Whom| if Some(sender) == usual { 3 } else { 1 };
        let sender = dice.weigh(&situation.senders, often);
        let sender = sender.ok_or_else(|| stuck(story, "nobody sends it"))?;
        let (receiver, next) = match situation.receiver.misdirected().filter(|_| story.misdirected) {
            Some(elsewhere) => (elsewhere, &situation.receiver),
            None => (situation.receiver.clone(), &situation.next),
        };
        let mut taken: Vec<AgencyId> = Vec::new();
        let mut choose = |whom: &Whom| {
            let meant = self.world.agencies.iter().filter(|agency| whom.means(agency, place));
            let free: Vec<_> = meant.filter(|agency| !taken.contains(&agency.facts.id)).collect();
            let chosen = dice.pick(&free).copied();
            let chosen = chosen.ok_or_else(|| stuck(story, &format!("{whom:?} is nobody")))?;
            taken.push(chosen.facts.id);
            Ok::<_, DemoError>(chosen)
        };
        Ok([choose(sender)?, choose(&receiver)?, choose(next)?])
    }

    /// The municipality where the youth is staying, else the sender's: as the server finds it.
    fn coordinator(&self, person: Option<&Person>, sender: &Agency) -> Option<AgencyId> {
        let staying = person.and_then(|person| person.whereabouts.as_ref());
        let staying = staying.map(|place| &place.municipality);
        [staying, sender.municipality.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|municipality| {
                let mut agencies = self.world.agencies.iter();
                agencies.find(|agency| {
                    agency.facts.kind == AgencyKind::Municipality && agency.municipality.as_ref() == Some(municipality)
                })
            })
            .map(|agency| agency.facts.id)
    }

    /// How old they are now, and the number that goes with it for most.
    fn age(&self, situation: &Situation, dice: &mut Dice) -> (u8, Option<Identifier>) {
        let (youngest, oldest) = situation.ages;
        let age = youngest + u8::try_from(dice.word() % u64::from(oldest - youngest + 1)).unwrap_or_default();
        let Identified { share, d_numbers } = self.scenario.identified;
        let kind = if dice.share() < d_numbers {
            IdentifierKind::DNumber
        } else {
            IdentifierKind::Fnr
        };
        let number = number_for(kind, age, local_date(self.now), dice);
        (age, number.filter(|_| dice.share() < share))
    }

    fn person(
        &self,
        situation: &Situation,
        place: &Place,
        age: u8,
        identifier: Option<Identifier>,
        dice: &mut Dice,
    ) -> Person {
        let people = &self.scenario.people;
        let spoken = if situation.languages.is_empty() {
            &people.languages
        } else {
            &situation.languages
        };
        let language = dice.pick(spoken).cloned();
        let person = Person {
            alias: dice.pick(&people.aliases).cloned(),
            name: None,
            estimated_age: Some(age),
            identifier,
            whereabouts: Some(Whereabouts {
                municipality: place.municipality.clone(),
                district: place.district.clone(),
            }),
            residence_status: None,
            flags: situation.flags.clone(),
            interpreter: language.as_deref().is_some_and(|language| language != "nb"),
            language,
            address_protection: Protection(situation.protection.unwrap_or(AddressProtection::None)),
        };
        person.without_protected_address()
    }

    fn rest(&self, story: &Story, referrals: u32, dice: &mut Dice) -> Rest {
        match story.rest {
            Some(Delay::Share(low, high)) => Rest::Share(dice.between(low, high)),
            Some(Delay::Hours(low, high)) => Rest::Span(hours(dice.between(low, high))),
            None => {
                let longest = self.scenario.period.days(referrals) * 24.0;
                // Drawn until the month is busy enough; after that many quiet ones any will do.
                let mut rest = hours(dice.between(2.0, longest));
                for _ in 0..40 {
                    let month = usize::try_from((self.now - rest).month0()).unwrap_or_default();
                    if dice.share() < self.scenario.months.get(month).copied().unwrap_or(1.0) {
                        break;
                    }
                    rest = hours(dice.between(2.0, longest));
                }
                Rest::Span(rest)
            }
        }
    }

    /// Finds a beginning from which the story ends when it should: people keep to their opening hours if that can be, and
    /// otherwise somebody has worked late.
    fn place(&self, cast: &Cast<'_>) -> Result<Take, DemoError> {
        let mut best: Option<(TimeDelta, Take)> = None;
        for keep_hours in [true, false] {
            let stage = Stage::new(self, cast, keep_hours);
            let mut start = self.now - TimeDelta::days(20);
            for _ in 0..PASSES {
                let take = stage.perform(start)?;
                let gap = cast.due_end(&take, self.now) - take.end();
                if self.is_as_told(cast, &take) && best.as_ref().is_none_or(|(smallest, _)| gap.abs() < *smallest) {
                    best = Some((gap.abs(), take));
                }
                if gap.abs() < TimeDelta::minutes(1) {
                    break;
                }
                start += gap;
            }
            if best.as_ref().is_some_and(|(gap, take)| *gap <= cast.tolerance(take)) {
                break;
            }
        }
        best.map(|(_, take)| take)
            .ok_or_else(|| stuck(cast.story, "no time fits"))
    }

    /// Whether it ends in the past, where the story says, and late only if the story says so.
    fn is_as_told(&self, cast: &Cast<'_>, take: &Take) -> bool {
        let is_late = take.referral().running_clocks().any(|clock| clock.is_overdue(self.now));
        let late = cast.story.rest.is_some_and(|rest| rest.is_late());
        take.end() < self.now && is_late == late
    }
}

impl Cast<'_> {
    /// When the last step should have been.
    fn due_end(&self, take: &Take, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.rest {
            Rest::Span(span) => now - span,
            Rest::Share(share) => now - part(take.left(), share),
        }
    }

    /// How far off that may be before opening hours give way.
    fn tolerance(&self, take: &Take) -> TimeDelta {
        match self.rest {
            Rest::Span(_) => TimeDelta::days(2),
            Rest::Share(_) => part(take.left(), 0.15),
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

fn stuck(story: &Story, what: &str) -> DemoError {
    DemoError::Stuck {
        story: story.name.clone(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests;
