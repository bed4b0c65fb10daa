//! Plays the referrals of a case, all about one youth, and then the case itself.

use chrono::{DateTime, TimeDelta, Utc};
use stafett_workflow::agency::AgencyId;
use stafett_workflow::case::{Case, CaseDecision};
use stafett_workflow::reference::Reference;

use super::super::DemoError;
use super::super::dice::Dice;
use super::super::scenario::{CaseFile, CaseReferral, CaseStory, Delay, Situation};
use super::cast::{Cast, Youth};
use super::keep::{Folder, Keeper};
use super::take::{Stage, Take};
use super::{Played, Player, Progressing, hours, part, stuck};

/// A case with everything that led to where it stands.
#[derive(Debug, Clone)]
pub struct PlayedCase {
    /// The story's name.
    pub story: String,
    /// What was decided, in order.
    pub moves: Vec<Move>,
    /// Its referrals, by their place in [`super::Happened::referrals`]; those of one that was merged into it too.
    pub referrals: Vec<usize>,
}

/// A decision about a case, or about two.
#[derive(Debug, Clone)]
pub enum Move {
    /// About one.
    One(Box<CaseDecision>),
    /// A merge: the one that stays, and the one that goes into it.
    Merge(Box<CaseDecision>, Box<CaseDecision>),
}

impl Move {
    /// The decision about the case that stays.
    #[must_use]
    pub fn decision(&self) -> &CaseDecision {
        match self {
            Self::One(decision) | Self::Merge(decision, _) => decision,
        }
    }

    /// When it was decided.
    #[must_use]
    pub fn at(&self) -> Option<DateTime<Utc>> {
        self.decision().events().first().map(|event| event.at)
    }
}

impl PlayedCase {
    /// The case as it stands.
    #[must_use]
    pub fn case(&self) -> Option<&Case> {
        self.moves.last().map(|last| last.decision().next())
    }

    /// The same, with so many referrals played before its own.
    pub(super) fn behind(mut self, others: usize) -> Self {
        for place in &mut self.referrals {
            *place += others;
        }
        self
    }
}

impl<'a> Player<'a> {
    /// The referrals of a case and the case itself, for the `time`th time.
    pub(super) fn play_case(
        &self,
        story: &'a CaseStory,
        time: u32,
        progress: &mut Progressing<'_>,
    ) -> Result<(Vec<Played>, PlayedCase), DemoError> {
        let purpose = format!("case {} {time}", story.name);
        let mut dice = Dice::seeded(self.scenario.seed, &purpose);
        // Before anything that the day has a part in, so that they are the same on any.
        let mut references: Vec<Reference> = story.referrals().map(|_| progress.reference(&mut dice)).collect();
        references.reverse();
        let situations: Vec<&Situation> = story
            .referrals()
            .filter_map(|referral| self.scenario.situation(&referral.situation))
            .collect();
        let youth = self.youth(&situations, story.place.as_ref(), &mut dice);
        let youth = youth.ok_or_else(|| stuck(&story.name, "nobody stays there"))?;
        let mut played = self.play_file(story, &story.file, &youth, None, (&mut dice, &mut references), progress)?;
        let begun = played.first().and_then(Played::begun);
        let own = (0..played.len()).collect();
        let folder_dice = |which: &str| Dice::seeded(self.scenario.seed, &format!("{purpose} {which}"));
        let mut folders = vec![Folder::new(&story.file, own, folder_dice("file"))];
        if let Some(twin) = &story.twin {
            let known_as = youth.registered_anew(&self.scenario.people.aliases, &mut dice);
            let theirs = self.play_file(story, twin, &known_as, begun, (&mut dice, &mut references), progress)?;
            let own = (played.len()..played.len() + theirs.len()).collect();
            played.extend(theirs);
            folders.push(Folder::new(twin, own, folder_dice("twin")));
        }
        let moves = Keeper::new(self, story, &played).keep(&mut folders)?;
        let referrals = (0..played.len()).collect();
        let name = story.name.clone();
        Ok((
            played,
            PlayedCase {
                story: name,
                moves,
                referrals,
            },
        ))
    }

    /// The referrals of one file. The first is placed as any story, or soon after `begun`; the others follow it.
    fn play_file(
        &self,
        story: &'a CaseStory,
        file: &'a CaseFile,
        youth: &Youth<'a>,
        begun: Option<DateTime<Utc>>,
        (dice, references): (&mut Dice, &mut Vec<Reference>),
        progress: &mut Progressing<'_>,
    ) -> Result<Vec<Played>, DemoError> {
        let mut played: Vec<Played> = Vec::new();
        let mut first: Option<(DateTime<Utc>, AgencyId)> = None;
        for referral in &file.referrals {
            let reference = references
                .pop()
                .ok_or_else(|| stuck(&story.name, "a reference is missing"))?;
            let cast = self.cast_in_case(story, referral, youth, first.map(|(_, sender)| sender), reference)?;
            let from = first.map(|(begun, _)| begun).or(begun);
            let take = match (from, referral.after) {
                (Some(from), after) => {
                    let after = after.unwrap_or(Delay::Share(0.1, 0.6));
                    // However recent the first one is, there is time for the others.
                    let longest = part(self.now - from, 0.5);
                    let take = self.follow(&cast, from + self.wait(after, from, dice).min(longest))?;
                    progress.year.note(take.begun());
                    take
                }
                (None, _) => self.place(&cast, &mut progress.year)?,
            };
            first = first.or(Some((take.begun(), cast.sender.facts.id)));
            played.push(self.played(cast, take));
            progress.one_more();
        }
        Ok(played)
    }

    fn cast_in_case(
        &self,
        story: &'a CaseStory,
        referral: &CaseReferral,
        youth: &Youth<'a>,
        first_sender: Option<AgencyId>,
        reference: Reference,
    ) -> Result<Cast<'a>, DemoError> {
        let missing = || stuck(&story.name, "a story or a situation is missing");
        let happens = self.scenario.story(&referral.story).ok_or_else(missing)?;
        let situation = self.scenario.situation(&referral.situation).ok_or_else(missing)?;
        let named = referral.sender.as_deref().and_then(|slug| self.world.agency(slug));
        let sender = named.map(|agency| agency.facts.id).or(first_sender);
        let own = Dice::seeded(self.scenario.seed, &format!("referral {reference}"));
        self.cast(happens, situation, youth, sender, reference, own)
    }

    /// A story from a given beginning, as far as it has come by now.
    fn follow(&self, cast: &Cast<'_>, start: DateTime<Utc>) -> Result<Take, DemoError> {
        let until = self.now - TimeDelta::minutes(1);
        let take = Stage::new(self, cast, true).perform_until(start, until)?;
        if take.end() < until {
            return Ok(take);
        }
        let take = Stage::new(self, cast, false).perform_until(start, until)?;
        match take.end() < until {
            true => Ok(take),
            false => Err(stuck(&cast.story.name, "it begins only now")),
        }
    }

    /// How long somebody takes from `from` on; a share is one of the time until now.
    pub(super) fn wait(&self, delay: Delay, from: DateTime<Utc>, dice: &mut Dice) -> TimeDelta {
        match delay {
            Delay::Share(low, high) => part(self.now - from, dice.between(low, high)),
            Delay::Hours(low, high) => hours(dice.between(low, high)),
        }
    }
}
