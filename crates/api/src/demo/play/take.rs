//! One performance of a story from a given beginning.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Map, Value};
use stafett_workflow::agency::{Agencies, AgencyId, ReferralId};
use stafett_workflow::command::DraftTerms;
use stafett_workflow::decide::{Firing, fire, note_seen, post_message};
use stafett_workflow::definition::Party;
use stafett_workflow::event::Event;
use stafett_workflow::person::{Person, Subject};
use stafett_workflow::policy::Actor;
use stafett_workflow::vocabulary::Action;
use stafett_workflow::{Command, Context, Decision, NewReferral, Referral, create, decide};

use super::super::DemoError;
use super::super::dice::Dice;
use super::super::scenario::{By, Deed, Delay, Start, Step};
use super::super::world::{Staff, stable_id};
use super::cast::Cast;
use super::{Player, hours, part, stuck};

/// How late in the first hours of the day somebody gets to it, in hours.
const FIRST_THINGS: f64 = 0.9;

/// What a performance has led to.
pub(super) struct Take {
    pub(super) decisions: Vec<Decision>,
    referral: Referral,
    end: DateTime<Utc>,
}

impl Take {
    pub(super) const fn referral(&self) -> &Referral {
        &self.referral
    }

    /// When it was written.
    pub(super) fn begun(&self) -> DateTime<Utc> {
        let first = self.decisions.first().and_then(super::happened_at);
        first.unwrap_or(self.end)
    }

    /// When the last thing happened.
    pub(super) const fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// What is left of the running limit after the last thing that happened; some hours where none is.
    pub(super) fn left(&self) -> TimeDelta {
        let left = self.referral.next_due().map(|due| due - self.end);
        left.filter(|left| *left > TimeDelta::zero())
            .unwrap_or(TimeDelta::hours(6))
    }

    /// When the last thing was noted, by somebody or by a clock.
    fn clock_end(&self) -> DateTime<Utc> {
        let last = self.decisions.last().and_then(|decision| decision.events().last());
        last.map_or(self.end, |event| event.at.max(self.end))
    }

    /// The whole log so far: what it takes to undo.
    fn history(&self) -> Vec<Event> {
        self.decisions
            .iter()
            .flat_map(|decision| decision.events().iter().cloned())
            .collect()
    }

    fn add(&mut self, decision: Decision, at: DateTime<Utc>) {
        self.referral = decision.next().clone();
        self.decisions.push(decision);
        self.end = at;
    }
}

/// Where a story is performed, again and again from different beginnings.
pub(super) struct Stage<'s> {
    player: &'s Player<'s>,
    cast: &'s Cast<'s>,
    agencies: Agencies,
    /// Whether people wait until they open.
    keep_hours: bool,
}

impl<'s> Stage<'s> {
    pub(super) fn new(player: &'s Player<'_>, cast: &'s Cast<'_>, keep_hours: bool) -> Self {
        Self {
            player,
            cast,
            agencies: player.world.facts(),
            keep_hours,
        }
    }

    /// The whole story. Every throw of the dice is the same each time, so that moving the beginning moves everything.
    pub(super) fn perform(&self, start: DateTime<Utc>) -> Result<Take, DemoError> {
        let mut dice = self.cast.dice.clone();
        let mut take = self.begin(start, self.keep_hours, &mut dice)?;
        for step in &self.cast.story.steps {
            self.step(&mut take, step, None, &mut dice)?;
        }
        let ends_in = take.referral.current_handoff().map(|handoff| handoff.step.as_str());
        if ends_in != Some(&self.cast.story.ends_in) {
            return Err(self.stuck(&format!("it ends in {}", ends_in.unwrap_or("nothing"))));
        }
        if take.referral.state.is_end() == self.cast.story.rest.is_some() {
            return Err(self.stuck("a story has rest when somebody must act, and only then"));
        }
        Ok(take)
    }

    /// As much of the story as there is time for before `until`, from a beginning that is given: nobody waits for the morning with
    /// what belongs to something that they have just written.
    pub(super) fn perform_until(&self, start: DateTime<Utc>, until: DateTime<Utc>) -> Result<Take, DemoError> {
        let mut dice = self.cast.dice.clone();
        let mut take = self.begin(start, false, &mut dice)?;
        for step in &self.cast.story.steps {
            if !self.step(&mut take, step, Some(until), &mut dice)? {
                break;
            }
        }
        Ok(take)
    }

    fn begin(&self, start: DateTime<Utc>, waits: bool, dice: &mut Dice) -> Result<Take, DemoError> {
        let cast = self.cast;
        let opened = self.opened(cast.sender.facts.id, start, None, dice);
        let at = if waits { opened } else { start.trunc_subsecs(0) };
        let people: Vec<_> = self.player.world.caseworkers(cast.sender.facts.id).collect();
        let actor = self.one_of(&people, cast.sender.facts.id)?;
        let new = NewReferral {
            id: ReferralId(dice.uuid(at)),
            reference: cast.reference,
            sender: cast.sender.facts.slug.clone(),
            draft: DraftTerms {
                urgency: cast.urgency,
                receiver: Some(cast.receiver.facts.slug.clone()),
                basis: Some(cast.basis.clone()),
            },
            send: cast.story.starts == Start::Sent,
        };
        let decision = create(cast.definition, &new, &self.context(&actor, at, dice))
            .map_err(|refusal| self.stuck(&refusal.to_string()))?;
        Ok(Take {
            referral: decision.next().clone(),
            decisions: vec![decision],
            end: at,
        })
    }

    /// `false`, and nothing has happened, when it would be done only after `until`.
    fn step(
        &self,
        take: &mut Take,
        step: &Step,
        until: Option<DateTime<Utc>>,
        dice: &mut Dice,
    ) -> Result<bool, DemoError> {
        let (agency, actor) = self.who(take, step)?;
        let at = self.when(take, step, agency, dice);
        if until.is_some_and(|until| at >= until) {
            return Ok(false);
        }
        let opened_at = take.end + part(at - take.end, dice.between(0.4, 0.95));
        let receiver = take
            .referral
            .current_handoff()
            .and_then(|handoff| handoff.terms.receiver);
        if receiver == Some(agency) && step.deed != Deed::Look {
            self.run_clocks(take, opened_at);
            self.look(take, &actor, opened_at, dice);
        }
        self.run_clocks(take, at);
        match step.deed {
            Deed::Look => self.look(take, &actor, at, dice),
            Deed::Message => {
                let text = step
                    .input
                    .get("text")
                    .map(|text| self.say(text, dice))
                    .unwrap_or_default();
                let context = self.context(&actor, at, dice);
                let decision = post_message(self.cast.definition, &take.referral, &text, &context);
                take.add(decision.map_err(|refusal| self.stuck(&refusal.to_string()))?, at);
            }
            Deed::Take(action) => {
                let command = Command {
                    action,
                    input: self.input(step, dice)?,
                    note: None,
                };
                let history = if action == Action::Undo {
                    take.history()
                } else {
                    Vec::new()
                };
                let context = Context {
                    history: &history,
                    agreements: &[],
                    ..self.context(&actor, at, dice)
                };
                let decision = decide(self.cast.definition, &take.referral, &command, &context);
                take.add(decision.map_err(|refusal| self.stuck(&refusal.to_string()))?, at);
            }
        }
        Ok(true)
    }

    /// What the clocks told while nobody acted, each thing a minute after its time, as a server would have.
    pub(super) fn run_clocks(&self, take: &mut Take, until: DateTime<Utc>) {
        while let Some(at) = take
            .referral
            .next_fire()
            .map(|next| next.max(take.clock_end()) + TimeDelta::minutes(1))
        {
            if at >= until {
                break;
            }
            let firing = Firing {
                now: at,
                // Not from the dice: how often clocks fire depends on the beginning, which is moved.
                id: stable_id(&format!(
                    "clocks of {} at {}",
                    self.cast.reference, take.referral.event_seq
                )),
                coordinator: self.cast.coordinator,
                calendar: &self.player.calendar,
            };
            let Some(decision) = fire(self.cast.definition, &take.referral, &firing) else {
                break;
            };
            take.referral = decision.next().clone();
            take.decisions.push(decision);
        }
    }

    /// Opens it for the first time, if nobody of the receiver has.
    fn look(&self, take: &mut Take, actor: &Actor, at: DateTime<Utc>, dice: &mut Dice) {
        let at = at.trunc_subsecs(0).max(take.clock_end());
        if let Some(decision) = note_seen(self.cast.definition, &take.referral, &self.context(actor, at, dice)) {
            take.add(decision, at);
        }
    }

    /// Who does it: somebody at the agency that the transition names.
    fn who(&self, take: &Take, step: &Step) -> Result<(AgencyId, Actor), DemoError> {
        if step.deed == Deed::Take(Action::Undo) {
            // Only whoever did the last thing can take it back.
            let last = take.decisions.iter().rev().find_map(Decision::permit);
            let last = last.ok_or_else(|| self.stuck("there is nothing to undo"))?;
            let person = self.player.world.people.iter().find(|person| person.id == last.user());
            let person = person.ok_or_else(|| self.stuck("nobody did the last thing"))?;
            return Ok((last.agency(), person.actor()));
        }
        let agency = self.whose_turn(&take.referral, step)?;
        let world = self.player.world;
        let people: Vec<_> = match step.deed {
            Deed::Take(Action::Allocate) => world.coordinators(agency).collect(),
            Deed::Take(_) | Deed::Look | Deed::Message => world.caseworkers(agency).collect(),
        };
        Ok((agency, self.one_of(&people, agency)?))
    }

    /// Which agency does it.
    fn whose_turn(&self, referral: &Referral, step: &Step) -> Result<AgencyId, DemoError> {
        let current = referral.current_handoff();
        let current = current.ok_or_else(|| self.stuck("there is no hand-off"))?;
        let nobody = |what| move || self.stuck(what);
        let receiver = current.terms.receiver.ok_or_else(nobody("nobody receives it"));
        match step.by {
            Some(By::Receiver) => return receiver,
            Some(By::Forwarder) => return current.forwarded_by.ok_or_else(nobody("nobody has sent it on")),
            None => {}
        }
        let action = match step.deed {
            Deed::Look => return receiver,
            Deed::Message => return Ok(referral.custodian),
            Deed::Take(action) => action,
        };
        let transition = self.cast.definition.transition(action, &current.step);
        match transition.map(|transition| transition.party) {
            Some(Party::Sender | Party::Either | Party::Earlier) => Ok(current.sender),
            Some(Party::Receiver) => receiver,
            Some(Party::Custodian) => Ok(referral.custodian),
            Some(Party::Coordinator) => referral.coordinator.ok_or_else(nobody("no municipality decides")),
            None => Err(self.stuck(&format!("{action} cannot be done in {}", current.step))),
        }
    }

    /// The one who works on it there: the same person all along.
    fn one_of(&self, people: &[&Staff], agency: AgencyId) -> Result<Actor, DemoError> {
        let purpose = format!("{} at {agency}", self.cast.reference);
        let person = self.player.one_for(&purpose, people);
        Ok(person.ok_or_else(|| self.stuck("nobody works there"))?.actor())
    }

    /// When it is done.
    fn when(&self, take: &Take, step: &Step, agency: AgencyId, dice: &mut Dice) -> DateTime<Utc> {
        let due = take.referral.next_due();
        let wanted = match step.after {
            Delay::Share(low, high) => take.end + part(take.left(), dice.between(low, high)),
            Delay::Hours(low, high) => take.end + hours(dice.between(low, high)),
        };
        if step.deed == Deed::Take(Action::Undo) {
            return wanted.trunc_subsecs(0); // whoever was there a moment ago still is
        }
        let in_time = due.filter(|due| wanted <= *due);
        self.opened(agency, wanted, in_time, dice)
    }

    /// The same time, or soon after opening where the agency is closed then; but never so that a limit is missed by it.
    fn opened(
        &self,
        agency: AgencyId,
        wanted: DateTime<Utc>,
        limit: Option<DateTime<Utc>>,
        dice: &mut Dice,
    ) -> DateTime<Utc> {
        let wanted = wanted.trunc_subsecs(0);
        let first_things = hours(dice.between(0.0, FIRST_THINGS));
        let hours = self.player.world.agency_by_id(agency).map(|agency| &agency.hours);
        let opening = hours
            .and_then(|hours| hours.next_opening(wanted))
            .filter(|_| self.keep_hours);
        match opening {
            Some(opening) if opening > wanted => {
                let soon = (opening + first_things).trunc_subsecs(0);
                if limit.is_some_and(|limit| soon > limit) {
                    wanted
                } else {
                    soon
                }
            }
            _ => wanted,
        }
    }

    fn input(&self, step: &Step, dice: &mut Dice) -> Result<Map<String, Value>, DemoError> {
        let mut input = Map::new();
        for (field, written) in &step.input {
            let value = match written.as_str() {
                "@first" => Value::from(self.cast.receiver.facts.slug.clone()),
                "@receiver" => Value::from(self.cast.next.facts.slug.clone()),
                "@third" => {
                    let third = self.cast.third.ok_or_else(|| self.stuck("there is no third agency"))?;
                    Value::from(third.facts.slug.clone())
                }
                "@basis" => serde_json::to_value(&self.cast.basis).map_err(|error| self.stuck(&error.to_string()))?,
                text => Value::from(self.say(text, dice)),
            };
            input.insert(field.clone(), value);
        }
        Ok(input)
    }

    /// One of the wordings of an @name; other text as it is.
    fn say(&self, text: &str, dice: &mut Dice) -> String {
        self.player.say(text, dice)
    }

    fn context<'c>(&'c self, actor: &'c Actor, at: DateTime<Utc>, dice: &mut Dice) -> Context<'c> {
        Context {
            now: at,
            id: dice.uuid(at),
            actor,
            subject: self.cast.person.as_ref().map_or_else(Subject::default, Person::subject),
            outline: self.cast.content.outline(),
            disclosure: self.player.disclosure,
            agencies: &self.agencies,
            colleague: None,
            coordinator: self.cast.coordinator,
            history: &[],
            agreements: &[],
            calendar: &self.player.calendar,
        }
    }

    fn stuck(&self, what: &str) -> DemoError {
        stuck(&self.cast.story.name, what)
    }
}

impl Player<'_> {
    /// One of the wordings of an @name; other text as it is.
    pub(super) fn say(&self, text: &str, dice: &mut Dice) -> String {
        let wordings = text.strip_prefix('@').and_then(|name| self.scenario.phrases.get(name));
        wordings
            .and_then(|wordings| dice.pick(wordings))
            .cloned()
            .unwrap_or_else(|| text.to_owned())
    }

    /// One of these people: the same for the same purpose.
    pub(super) fn one_for<'p>(&self, purpose: &str, people: &[&'p Staff]) -> Option<&'p Staff> {
        Dice::seeded(self.scenario.seed, purpose).pick(people).copied()
    }
}
