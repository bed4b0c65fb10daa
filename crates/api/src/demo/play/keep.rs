//! Keeps one case: who opens it around which referrals, who coordinates, and what becomes of it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use stafett_workflow::agency::{Agencies, AgencyId, CaseId};
use stafett_workflow::case::decide::{attach, change_needs, merge, open, transition};
use stafett_workflow::case::{Case, CaseCommand, CaseContext, CaseDecision, CaseRelation, Member, NewCase};
use stafett_workflow::policy::Actor;
use stafett_workflow::reference::CaseReference;
use stafett_workflow::vocabulary::{CaseAction, Role};
use stafett_workflow::{Decision, Refusal};

use super::super::DemoError;
use super::super::dice::Dice;
use super::super::scenario::{CaseFile, CaseStep, CaseStory};
use super::super::world::Staff;
use super::cases::Move;
use super::{Played, Player, stuck};

/// How soon a referral that is written later is put into the case.
const SOON: TimeDelta = TimeDelta::minutes(4);

/// Something that will happen to a case at a time.
enum Planned<'s> {
    Attach(usize),
    Step(&'s CaseStep),
}

/// One file as it is kept: which referrals are to lie in it, and what has been decided.
pub(super) struct Folder<'f> {
    file: &'f CaseFile,
    /// The places of its referrals among all of the case's.
    own: Vec<usize>,
    case: Option<Case>,
    dice: Dice,
}

impl<'f> Folder<'f> {
    pub(super) const fn new(file: &'f CaseFile, own: Vec<usize>, dice: Dice) -> Self {
        Self {
            file,
            own,
            case: None,
            dice,
        }
    }
}

/// Whoever writes down what happens to one case and its twin.
pub(super) struct Keeper<'k, 'a> {
    player: &'k Player<'a>,
    story: &'k CaseStory,
    agencies: Agencies,
    played: &'k [Played],
    moves: Vec<Move>,
}

impl<'k, 'a> Keeper<'k, 'a> {
    /// Ready to keep what lies in `folders`, which hold some of `played`.
    pub(super) fn new(player: &'k Player<'a>, story: &'k CaseStory, played: &'k [Played]) -> Self {
        Self {
            player,
            story,
            agencies: player.world.facts(),
            played,
            moves: Vec::new(),
        }
    }

    /// All that happens to a case and its twin, in order.
    pub(super) fn keep(mut self, folders: &mut [Folder<'_>]) -> Result<Vec<Move>, DemoError> {
        self.write_all(folders)?;
        self.moves.sort_by_key(Move::at);
        Ok(self.moves)
    }

    fn write_all(&mut self, folders: &mut [Folder<'_>]) -> Result<(), DemoError> {
        let mut merged_from = None;
        if let [_, twin] = folders {
            let opened = self.open(twin)?;
            merged_from = Some(self.attach_later(twin, opened)?);
        }
        let [own, rest @ ..] = folders else { return Ok(()) };
        let opened = self.open(own)?;
        let mut planned: Vec<(DateTime<Utc>, Planned<'_>)> = Vec::new();
        for (at, place) in self.to_come(own, opened) {
            planned.push((at, Planned::Attach(place)));
        }
        let mut last = opened;
        for step in &self.story.steps {
            let from = match step.action {
                CaseAction::Close => self.all_over().map_or(self.player.now, |over| over.max(last)),
                CaseAction::Merge => merged_from.map_or(last, |twin: DateTime<Utc>| twin.max(last)),
                _ => last,
            };
            if from >= self.player.now {
                break; // something still goes on
            }
            last = from + self.player.wait(step.after, from, &mut own.dice);
            planned.push((last, Planned::Step(step)));
        }
        planned.sort_by_key(|(at, _)| *at);
        for (at, what) in planned.into_iter().filter(|(at, _)| *at < self.player.now) {
            match (what, &mut *rest) {
                (Planned::Attach(place), _) => self.attach(own, place, at)?,
                (Planned::Step(step), [twin]) if step.action == CaseAction::Merge => self.merge(own, twin, step, at)?,
                (Planned::Step(step), _) => self.step(own, step, at)?,
            }
        }
        Ok(())
    }

    /// Those of its referrals that do not lie in the case yet, and when they are put into it.
    fn to_come(&self, folder: &Folder<'_>, opened: DateTime<Utc>) -> Vec<(DateTime<Utc>, usize)> {
        let there: Vec<_> = folder.case.iter().flat_map(Case::referrals).collect();
        let is_there = |played: &Played| played.referral().is_some_and(|referral| there.contains(&referral.id));
        let to_come = folder.own.iter().filter_map(|place| {
            let played = self.played.get(*place).filter(|played| !is_there(played))?;
            Some((played.begun()?.max(opened) + SOON, *place))
        });
        let mut to_come: Vec<_> = to_come.collect();
        to_come.sort_unstable();
        to_come
    }

    /// When the last of all referrals ended, if all have.
    fn all_over(&self) -> Option<DateTime<Utc>> {
        let over = |played: &Played| {
            let last = played.decisions.last().filter(|last| last.next().state.is_end())?;
            super::happened_at(last)
        };
        let ends: Option<Vec<_>> = self.played.iter().map(over).collect();
        ends.and_then(|ends| ends.into_iter().max())
    }

    /// Opens a case around those of its referrals that there are by then, and in which whoever opens it has a part.
    fn open(&mut self, folder: &mut Folder<'_>) -> Result<DateTime<Utc>, DemoError> {
        let first = folder.own.first().and_then(|place| self.played.get(*place));
        let first = first.ok_or_else(|| self.stuck("it has no referral"))?;
        let begun = first
            .begun()
            .ok_or_else(|| self.stuck("its first referral never began"))?;
        let longest = self.player.now - TimeDelta::minutes(2);
        let at = (begun + self.player.wait(folder.file.opens, begun, &mut folder.dice)).min(longest);
        let sender = first
            .decisions
            .first()
            .and_then(Decision::permit)
            .map(|permit| permit.agency());
        let person = match &folder.file.opened_by {
            Some(name) => self.player.world.person(name),
            None => sender.and_then(|agency| self.caseworker(agency)),
        };
        let person = person.ok_or_else(|| self.stuck("nobody opens it"))?;
        let agency = person
            .membership
            .agency
            .and_then(|id| self.player.world.agency_by_id(id));
        let coordinator = agency.ok_or_else(|| self.stuck("whoever opens it works nowhere"))?;
        let new = NewCase {
            id: CaseId(folder.dice.uuid(at)),
            reference: CaseReference::from_random(folder.dice.word()),
            coordinator: coordinator.facts.slug.clone(),
            needs: folder.file.needs.clone(),
        };
        let mut members = self.members(folder.own.iter(), at);
        members.retain(|member| has_part(coordinator.facts.id, member));
        let actor = person.actor();
        let decision = open(&new, &members, &self.context(&actor, at, &mut folder.dice));
        let decision = self.decided(decision)?.told_to_parties(&members);
        self.write(folder, decision);
        Ok(at)
    }

    /// Puts those of its referrals into a case that were written after it was opened; tells when the last was.
    fn attach_later(&mut self, folder: &mut Folder<'_>, opened: DateTime<Utc>) -> Result<DateTime<Utc>, DemoError> {
        let mut last = opened;
        for (at, place) in self.to_come(folder, opened) {
            last = last.max(at);
            self.attach(folder, place, at)?;
        }
        Ok(last)
    }

    /// By whoever wrote it, if they take part in the case already, else by whoever got it.
    fn attach(&mut self, folder: &mut Folder<'_>, place: usize, at: DateTime<Utc>) -> Result<(), DemoError> {
        let (case, members) = self.case(folder, at)?;
        let newcomers = self.members([place].iter(), at);
        let newcomer = newcomers
            .first()
            .ok_or_else(|| self.stuck("a referral is not there yet"))?;
        let receiver = newcomer
            .referral
            .current_handoff()
            .and_then(|current| current.terms.receiver);
        let knows = |agency: &AgencyId| case.standing(*agency, &members) != CaseRelation::Outsider;
        let agency = [Some(newcomer.referral.originator), receiver]
            .into_iter()
            .flatten()
            .find(knows);
        let person = agency.and_then(|agency| self.caseworker(agency));
        let actor = person
            .ok_or_else(|| self.stuck("nobody can put a referral into it"))?
            .actor();
        let decision = attach(&case, &members, &newcomers, &self.context(&actor, at, &mut folder.dice));
        let decision = self.decided(decision)?.told_to_parties(&newcomers);
        self.write(folder, decision);
        Ok(())
    }

    fn step(&mut self, folder: &mut Folder<'_>, step: &CaseStep, at: DateTime<Utc>) -> Result<(), DemoError> {
        let (case, members) = self.case(folder, at)?;
        let answers = matches!(
            step.action,
            CaseAction::AcceptCoordination | CaseAction::DeclineCoordination
        );
        let asked = case.proposal.map(|proposal| proposal.to).filter(|_| answers);
        let actor = self.actor(step, asked.unwrap_or(case.coordinator))?;
        let reason = step
            .reason
            .as_deref()
            .map(|text| self.player.say(text, &mut folder.dice));
        let context = self.context(&actor, at, &mut folder.dice);
        let decision = match step.action {
            CaseAction::ChangeNeeds => change_needs(&case, &members, &step.needs, &[], &context),
            action => {
                let command = CaseCommand {
                    action,
                    agency: step.to.clone(),
                    person: (action == CaseAction::AssignCoordinator).then(|| "me".to_owned()),
                    reason,
                };
                transition(&case, &members, &command, &context)
            }
        };
        let decision = self.decided(decision)?;
        self.write(folder, decision);
        Ok(())
    }

    /// The twin turns out to be the same youth.
    fn merge(
        &mut self,
        own: &mut Folder<'_>,
        twin: &mut Folder<'_>,
        step: &CaseStep,
        at: DateTime<Utc>,
    ) -> Result<(), DemoError> {
        let (survivor, its_members) = self.case(own, at)?;
        let (absorbed, other_members) = self.case(twin, at)?;
        let actor = self.actor(step, absorbed.coordinator)?;
        let reason = self
            .player
            .say(step.reason.as_deref().unwrap_or_default(), &mut own.dice);
        let context = self.context(&actor, at, &mut own.dice);
        let decisions = merge(
            (&survivor, &its_members),
            (&absorbed, &other_members),
            &reason,
            &context,
        );
        let (kept, gone) = self.decided(decisions)?;
        own.case = Some(kept.next().clone());
        own.own.append(&mut twin.own);
        twin.case = Some(gone.next().clone());
        self.moves.push(Move::Merge(Box::new(kept), Box::new(gone)));
        Ok(())
    }

    fn write(&mut self, folder: &mut Folder<'_>, decision: CaseDecision) {
        folder.case = Some(decision.next().clone());
        self.moves.push(Move::One(Box::new(decision)));
    }

    /// The case and its referrals as they are at a time.
    fn case(&self, folder: &Folder<'_>, at: DateTime<Utc>) -> Result<(Case, Vec<Member>), DemoError> {
        let case = folder.case.clone().ok_or_else(|| self.stuck("it is not open"))?;
        let lies_in_it = |place: &&usize| {
            let referral = self.played.get(**place).and_then(Played::referral);
            referral.is_some_and(|referral| case.referrals().any(|ours| ours == referral.id))
        };
        let members = self.members(folder.own.iter().filter(lies_in_it), at);
        Ok((case, members))
    }

    fn members<'p>(&self, places: impl Iterator<Item = &'p usize>, at: DateTime<Utc>) -> Vec<Member> {
        places
            .filter_map(|place| self.played.get(*place))
            .filter_map(|played| {
                Some(Member {
                    referral: played.as_of(at)?.clone(),
                    needs: played.content.needs.clone(),
                    others_see: Arc::clone(&played.definition).others_see,
                    about_somebody: played.person.is_some(),
                })
            })
            .collect()
    }

    /// Whoever the step names, else somebody at the agency whose turn it is.
    fn actor(&self, step: &CaseStep, agency: AgencyId) -> Result<Actor, DemoError> {
        let leads: Vec<&Staff> = self
            .player
            .world
            .people
            .iter()
            .filter(|person| person.membership.role == Role::Lead)
            .collect();
        let lead = || {
            leads
                .iter()
                .find(|person| person.membership.agency == Some(agency))
                .copied()
        };
        let person = match (&step.by, step.action) {
            (Some(name), _) => self.player.world.person(name),
            (None, CaseAction::Merge) => lead(),
            (None, _) => self.caseworker(agency),
        };
        Ok(person.ok_or_else(|| self.stuck("nobody can do it"))?.actor())
    }

    /// The one who works on it there.
    fn caseworker(&self, agency: AgencyId) -> Option<&Staff> {
        let people: Vec<_> = self.player.world.caseworkers(agency).collect();
        let first = self.played.first().and_then(Played::referral)?;
        self.player
            .one_for(&format!("{} at {agency}", first.reference), &people)
    }

    fn context<'c>(&'c self, actor: &'c Actor, at: DateTime<Utc>, dice: &mut Dice) -> CaseContext<'c> {
        CaseContext {
            now: at,
            id: dice.uuid(at),
            actor,
            agencies: &self.agencies,
            colleague: None,
        }
    }

    fn decided<T>(&self, decision: Result<T, Refusal>) -> Result<T, DemoError> {
        decision.map_err(|refusal| self.stuck(&refusal.to_string()))
    }

    fn stuck(&self, what: &str) -> DemoError {
        stuck(&self.story.name, what)
    }
}

/// Whether an agency sent it, received it or has the baton.
fn has_part(agency: AgencyId, member: &Member) -> bool {
    let referral = &member.referral;
    let current = referral.current_handoff();
    referral.originator == agency
        || referral.custodian == agency
        || current.is_some_and(|current| current.sender == agency || current.terms.receiver == Some(agency))
}
