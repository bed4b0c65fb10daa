//! What lies in a case: the referrals of one youth, who coordinates them, and what becomes of that.

use std::collections::BTreeMap;

use serde::Deserialize;
use stafett_workflow::vocabulary::{CapacityNote, CapacityStatus, CaseAction, Need};

use super::Delay;

/// Several referrals about one youth, and somebody who coordinates them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseStory {
    /// What it is called.
    pub name: String,
    /// How often it happens in a demo of the usual size; once where there is room for it at all.
    #[serde(default = "once")]
    pub times: u32,
    /// Only for those who are staying in this district.
    pub place: Option<String>,
    /// Its referrals and how it is opened.
    pub file: CaseFile,
    /// What becomes of it, in order.
    #[serde(default)]
    pub steps: Vec<CaseStep>,
    /// The same youth, registered once more by somebody who did not know.
    pub twin: Option<CaseFile>,
}

/// Referrals that are gathered in one case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The referrals, the one that begins first.
    pub referrals: Vec<CaseReferral>,
    /// How long after the first referral it is opened.
    pub opens: Delay,
    /// By whom, as they sign in; else by somebody at the first referral's sender.
    pub opened_by: Option<String>,
    /// Needs that are seen and that none of the referrals is for.
    #[serde(default)]
    pub needs: Vec<Need>,
}

/// One referral of a case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseReferral {
    /// What happens with it.
    pub story: String,
    /// What the youth is in.
    pub situation: String,
    /// Who sends it, where that is not whoever sent the first.
    pub sender: Option<String>,
    /// How long after the first one it is written. The first one has none; one that has keeps to its story as far as
    /// there has been time.
    pub after: Option<Delay>,
}

/// One thing that somebody does with a case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseStep {
    /// What.
    #[serde(rename = "do")]
    pub action: CaseAction,
    /// How long after the step before it; a share is one of the time until now.
    pub after: Delay,
    /// By whom, as they sign in, where it is not somebody of the agency whose turn it is.
    pub by: Option<String>,
    /// To whom the coordination is offered.
    pub to: Option<String>,
    /// Why: text, or an @name.
    pub reason: Option<String>,
    /// Needs that are added.
    #[serde(default)]
    pub needs: Vec<Need>,
}

/// Somebody is away, and somebody stands in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Who is away, as they sign in.
    pub user: String,
    /// Who stands in.
    pub deputy: String,
    /// From which day to which, counted from now.
    pub days: (i32, i32),
}

/// What a unit has said of its capacity.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityReport {
    /// Which unit.
    pub agency: String,
    /// For which need; none: for all of it.
    pub need: Option<Need>,
    /// Whether it has room.
    pub status: CapacityStatus,
    /// How many places are free.
    pub free: Option<u16>,
    /// What it adds.
    pub note: Option<CapacityNote>,
    /// How many hours ago it said so.
    pub hours_ago: u32,
}

impl CaseStory {
    /// All its referrals, the twin's last.
    pub fn referrals(&self) -> impl Iterator<Item = &CaseReferral> {
        let twin = self.twin.iter().flat_map(|twin| &twin.referrals);
        self.file.referrals.iter().chain(twin)
    }

    /// How many.
    #[must_use]
    pub fn size(&self) -> u32 {
        u32::try_from(self.referrals().count()).unwrap_or(u32::MAX)
    }
}

/// How often each case happens in a demo of `referrals`, in which `stories` are played alone: every case once as long as there
/// is room, and then as often as in a demo of the usual size.
#[must_use]
pub fn often(cases: &[CaseStory], referrals: u32, stories: u32, usual: u32) -> Vec<(&CaseStory, u32)> {
    let mut room = referrals.saturating_sub(stories);
    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
    let scaled = |times: u32| (u64::from(times) * u64::from(referrals)).div_ceil(u64::from(usual.max(1)));
    let rounds = cases.iter().map(|case| scaled(case.times)).max().unwrap_or_default();
    for round in 0..rounds {
        for (place, case) in cases.iter().enumerate() {
            if round < scaled(case.times) && case.size() <= room {
                room -= case.size();
                *counts.entry(place).or_default() += 1;
            }
        }
    }
    let of = |place: &usize| counts.get(place).copied().unwrap_or_default();
    cases
        .iter()
        .enumerate()
        .map(|(place, case)| (case, of(&place)))
        .collect()
}

const fn once() -> u32 {
    1
}
