//! What must hold of the files beyond their form.

use stafett_workflow::definition::{Definition, Library};
use stafett_workflow::vocabulary::{AgencyKind, LegalBasisCode};

use super::{Deed, Place, SITUATIONS, STORIES, Scenario, Situation, Step, Story, Whom, wrong};
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
            let known = matches!(name, "first" | "receiver" | "basis")
                || self.phrases.get(name).is_some_and(|all| !all.is_empty());
            if !known {
                return Err(format!("there is no phrase @{name}"));
            }
        }
        Ok(())
    }
}
