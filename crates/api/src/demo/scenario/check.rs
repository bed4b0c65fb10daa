//! What must hold of the files beyond their form.

use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::vocabulary::{AgencyKind, LegalBasisCode};

use super::{
    CaseFile, CaseStory, Deed, Delay, Place, SITUATIONS, STORIES, Scenario, Situation, Step, Story, Whom, wrong,
};
use crate::demo::DemoError;
use crate::demo::world::World;

impl Scenario {
    pub(super) fn check_situation(
        &self,
        situation: &Situation,
        world: &World,
        library: &Library,
    ) -> Result<(), DemoError> {
        let fault = |what: String| Err(wrong(SITUATIONS.0, format!("the situation {}: {what}", situation.id)));
        let Some(definition) = library.newest(&situation.workflow) else {
            return fault(format!("there is no workflow {}", situation.workflow));
        };
        if situation.ages.0 > situation.ages.1 {
            return fault("the youngest is older than the oldest".to_owned());
        }
        if situation.basis.consent.is_some() != (situation.basis.code == LegalBasisCode::Consent) {
            return fault("a consent belongs to the basis consent, and to it alone".to_owned());
        }
        if situation.anonymous != (situation.basis.code == LegalBasisCode::AnonymousConsultation) {
            return fault("an anonymous consultation is anonymous, and nothing else is".to_owned());
        }
        let named = |whom: &Whom| matches!(whom, Whom::Named(_));
        for whom in situation
            .senders
            .iter()
            .chain([&situation.receiver, &situation.next])
            .filter(|whom| named(whom))
        {
            if !world
                .agencies
                .iter()
                .any(|agency| whom.means(agency, &Place::nowhere()))
            {
                return fault(format!("{whom:?} is no agency"));
            }
        }
        let alike = |one: &Whom| [&situation.receiver, &situation.next].contains(&one);
        if situation.receiver == situation.next || situation.senders.iter().any(alike) {
            return fault("nobody hands anything to themselves".to_owned());
        }
        let admitted = |whom: &Whom, kinds: &[AgencyKind]| {
            let places = self.places.iter();
            places
                .flat_map(|place| world.agencies.iter().filter(|agency| whom.means(agency, place)))
                .all(|agency| kinds.contains(&agency.facts.kind))
        };
        if let Some(sender) = situation
            .senders
            .iter()
            .find(|sender| !admitted(sender, &definition.senders))
        {
            return fault(format!("{sender:?} may not send this workflow"));
        }
        for receiver in [&situation.receiver, &situation.next] {
            if !admitted(receiver, &definition.receivers) {
                return fault(format!("{receiver:?} may not receive this workflow"));
            }
        }
        Ok(())
    }

    pub(super) fn check_story(&self, story: &Story, library: &Library) -> Result<(), DemoError> {
        let fault = |what: String| Err(wrong(STORIES.0, format!("the story “{}”: {what}", story.name)));
        let Some(definition) = library.newest(&story.workflow) else {
            return fault(format!("there is no workflow {}", story.workflow));
        };
        if definition.state(&story.ends_in).is_none() {
            return fault(format!("the workflow has no step {}", story.ends_in));
        }
        if let Some(unknown) = story
            .situations
            .iter()
            .find(|id| self.situations.iter().all(|known| known.id != **id))
        {
            return fault(format!("there is no situation {unknown}"));
        }
        if self.fitting(story).next().is_none() {
            return fault("no situation fits".to_owned());
        }
        for step in &story.steps {
            if let Err(what) = self.check_step(step, definition) {
                return fault(what);
            }
        }
        Ok(())
    }

    fn check_step(&self, step: &Step, definition: &Definition) -> Result<(), String> {
        if let Deed::Take(action) = step.deed
            && definition.any_transition(action).is_none()
        {
            return Err(format!("the workflow has no action {action}"));
        }
        for name in step.input.values().filter_map(|value| value.strip_prefix('@')) {
            let known = matches!(name, "first" | "receiver" | "third" | "basis")
                || self.phrases.get(name).is_some_and(|all| !all.is_empty());
            if !known {
                return Err(format!("there is no phrase @{name}"));
            }
        }
        Ok(())
    }

    pub(super) fn check_cases(&self, world: &World) -> Result<(), DemoError> {
        for case in &self.cases {
            let fault = |what: String| wrong(STORIES.0, format!("the case “{}”: {what}", case.name));
            for file in [Some(&case.file), case.twin.as_ref()].into_iter().flatten() {
                self.check_file(file, world).map_err(fault)?;
            }
            self.check_youth(case).map_err(fault)?;
            self.check_steps(case, world).map_err(fault)?;
        }
        Ok(())
    }

    fn check_file(&self, file: &CaseFile, world: &World) -> Result<(), String> {
        for (place, referral) in file.referrals.iter().enumerate() {
            let story = self
                .story(&referral.story)
                .ok_or_else(|| format!("there is no story “{}”", referral.story))?;
            let situation = self
                .situation(&referral.situation)
                .ok_or_else(|| format!("there is no situation {}", referral.situation))?;
            if situation.workflow != story.workflow {
                return Err(format!("{} does not fit the story “{}”", situation.id, story.name));
            }
            if situation.anonymous {
                return Err("what is about nobody in particular lies in no case".to_owned());
            }
            if referral
                .sender
                .as_ref()
                .is_some_and(|slug| world.agency(slug).is_none())
            {
                return Err("a sender is no agency".to_owned());
            }
            if (place == 0) != referral.after.is_none() {
                return Err("all but the first referral say how long after it they are written".to_owned());
            }
        }
        match (file.referrals.is_empty(), file.opened_by.as_deref()) {
            (true, _) => Err("a case begins with at least one referral".to_owned()),
            (false, Some(name)) => known(world, name),
            (false, None) => Ok(()),
        }
    }

    /// Somebody must be able to be in all that a case says they are in.
    fn check_youth(&self, case: &CaseStory) -> Result<(), String> {
        let situations = case
            .referrals()
            .filter_map(|referral| self.situation(&referral.situation));
        let ages = situations.fold((0, u8::MAX), |(low, high), situation| {
            (low.max(situation.ages.0), high.min(situation.ages.1))
        });
        if ages.0 > ages.1 {
            return Err("nobody is of an age for all its situations".to_owned());
        }
        let here = |district: &String| {
            self.places
                .iter()
                .any(|place| place.district.as_ref() == Some(district))
        };
        if case.place.as_ref().is_some_and(|district| !here(district)) {
            return Err("nobody stays there".to_owned());
        }
        Ok(())
    }

    fn check_steps(&self, case: &CaseStory, world: &World) -> Result<(), String> {
        let late = |delay: &Delay| delay.is_late();
        let delays = case.referrals().filter_map(|referral| referral.after.as_ref());
        if delays.chain(case.steps.iter().map(|step| &step.after)).any(late) {
            return Err("a share of the time until now is less than all of it".to_owned());
        }
        for step in &case.steps {
            let phrase = step.reason.as_deref().and_then(|reason| reason.strip_prefix('@'));
            if phrase.is_some_and(|name| !self.phrases.contains_key(name)) {
                return Err(format!("there is no phrase {:?}", step.reason));
            }
            if step.to.as_ref().is_some_and(|slug| world.agency(slug).is_none()) {
                return Err(format!("{:?} is no agency", step.to));
            }
            if let Some(name) = &step.by {
                known(world, name)?;
            }
        }
        Ok(())
    }

    /// Who is away, and who has said how much room there is.
    pub(super) fn check_setting(&self, world: &World) -> Result<(), DemoError> {
        for absence in &self.absences {
            for name in [&absence.user, &absence.deputy] {
                known(world, name).map_err(|what| wrong(STORIES.0, format!("an absence: {what}")))?;
            }
        }
        for report in &self.capacity {
            if world.agency(&report.agency).is_none() {
                return Err(wrong(STORIES.0, format!("capacity: {} is no agency", report.agency)));
            }
        }
        Ok(())
    }
}

fn known(world: &World, username: &str) -> Result<(), String> {
    match world.person(username) {
        Some(_) => Ok(()),
        None => Err(format!("nobody signs in as {username}")),
    }
}
