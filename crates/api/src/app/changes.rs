//! What has changed, told at once to those who look on: ids and kinds, and nothing else.
//!
//! The logs are the source: whoever rings only says that there may be something to read, and what nobody rang for is found a little
//! later. So nothing is lost when a process dies between its commit and its ring, and several processes on one database need no
//! more than a word to each other. Each change is told to the agencies that may know the whole referral; those whose part in it has
//! ended are told nothing, as their lists show them nothing new.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use stafett_notify::Bell;
use stafett_store::changes::{self, Change};
use stafett_store::referrals::{self, Name};
use stafett_store::{Db, Ears, StoreError};
use stafett_workflow::agency::{AgencyId, ReferralId};
use stafett_workflow::insight::Insight;
use stafett_workflow::policy::{Scope, SystemTask};
use stafett_workflow::referral::Referral;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::AppError;
use crate::clock::{Clock as _, System};

/// Where processes on one database speak to each other.
const CHANNEL: &str = "stafett_changes";
/// Between two looks without a ring: another process may have died before it could say something.
const TICK: Duration = Duration::from_secs(2);
/// Without a look for so long, it hangs.
pub const STILL: Duration = Duration::from_secs(120);
/// Between two looks, however often somebody rings.
const BREATH: Duration = Duration::from_millis(30);
/// A commit may come so much later than the id of what it stores.
const LATE: TimeDelta = TimeDelta::seconds(10);
/// What is read in one go, and what somebody who comes back gets at most.
const BATCH: u32 = 1_000;
/// So many may look on at once.
const SEATS: usize = 2_000;
/// So far an onlooker may fall behind before they are told to read all anew.
const BEHIND: usize = 1_024;
/// Notices that one word to other processes names at most; a word holds 8 000 bytes.
const NAMED: usize = 150;

/// Something that has changed, and which agencies may know.
#[derive(Debug, Clone)]
pub struct Told {
    /// The entry of the log; none for a notice that has left.
    pub id: Option<Uuid>,
    /// What kind of fact; `notice-sent` for a notice that has left.
    pub kind: String,
    /// About which referral.
    pub referral: ReferralId,
    knows: Arc<BTreeSet<AgencyId>>,
}

impl Told {
    /// Whether the people within `scope` may know.
    #[must_use]
    pub fn is_for(&self, scope: &Scope) -> bool {
        scope.agencies().iter().any(|agency| self.knows.contains(agency))
    }
}

/// Where onlookers sit.
#[derive(Debug, Clone)]
pub struct Gallery {
    db: Db,
    all: broadcast::Sender<Arc<Told>>,
    seats: Arc<AtomicUsize>,
    closing: CancellationToken,
}

/// One onlooker's place; free again when it is dropped.
#[derive(Debug)]
pub struct Seat {
    /// What is told to all.
    pub all: broadcast::Receiver<Arc<Told>>,
    /// Ends with the server.
    pub closing: CancellationToken,
    seats: Arc<AtomicUsize>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What somebody has missed.
#[derive(Debug)]
pub enum Missed {
    /// This.
    All(Vec<Told>),
    /// So much that they better read everything anew.
    TooMuch,
}

impl Gallery {
    /// A place to look on from; none when all are taken.
    #[must_use]
    pub fn seat(&self) -> Option<Seat> {
        if self.seats.fetch_add(1, Ordering::Relaxed) >= SEATS {
            self.seats.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Seat {
            all: self.all.subscribe(),
            closing: self.closing.clone(),
            seats: Arc::clone(&self.seats),
        })
    }

    /// What somebody has missed who saw the entry `last` last. Some of it they may have seen already.
    ///
    /// # Errors
    /// The store's.
    pub async fn missed(&self, scope: &Scope, last: Uuid) -> Result<Missed, AppError> {
        let Some(made) = changes::made_at(last) else {
            return Ok(Missed::TooMuch);
        };
        let found = changes::after(&self.db, changes::first_id(made - LATE), BATCH).await?;
        if found.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(Missed::TooMuch);
        }
        let mut told = tellable(&self.db, found).await?;
        told.retain(|told| told.id != Some(last) && told.is_for(scope));
        Ok(Missed::All(told))
    }
}

/// Reads what has changed and tells it, until the server stops.
pub struct Crier {
    db: Db,
    bell: Bell,
    gallery: Gallery,
    sent: mpsc::UnboundedReceiver<BTreeSet<Uuid>>,
    /// Entries told lately, by which one that is read again is known.
    known: HashSet<Uuid>,
    /// By which this process knows its own words.
    own: String,
}

impl std::fmt::Debug for Crier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crier").finish_non_exhaustive()
    }
}

impl Crier {
    /// A crier who wakes at `bell` and hears of sent notices by `sent`.
    #[must_use]
    pub fn new(db: Db, bell: Bell, sent: mpsc::UnboundedReceiver<BTreeSet<Uuid>>, closing: CancellationToken) -> Self {
        let gallery = Gallery {
            db: db.clone(),
            all: broadcast::channel(BEHIND).0,
            seats: Arc::default(),
            closing,
        };
        Self {
            db,
            bell,
            gallery,
            sent,
            known: HashSet::new(),
            own: Uuid::now_v7().simple().to_string(),
        }
    }

    /// Where to look on from.
    #[must_use]
    pub fn gallery(&self) -> Gallery {
        self.gallery.clone()
    }

    /// Runs until the server stops.
    pub async fn run(mut self, beat: impl Fn() + Send) {
        let closing = self.gallery.closing.clone();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ears = self.listen().await;
        // What was there before is nobody's news.
        let mut from = first_now();
        loop {
            tokio::select! {
                () = closing.cancelled() => break,
                () = self.bell.rung() => self.say("look").await,
                Some(sent) = self.sent.recv() => self.pass_on(sent).await,
                words = hear(&mut ears) => self.heed(&words).await,
                _ = tick.tick() => {
                    if ears.is_none() {
                        ears = self.listen().await;
                    }
                }
            }
            beat();
            if self.gallery.all.receiver_count() == 0 {
                self.known.clear();
                from = first_now();
            } else if let Err(error) = self.tell_changes(&mut from).await {
                tracing::warn!(%error, "what has changed cannot be read; trying again");
            }
            sleep(BREATH).await;
        }
    }

    async fn listen(&self) -> Option<Ears> {
        match self.db.listen(CHANNEL).await {
            Ok(ears) => Some(ears),
            Err(error) => {
                tracing::warn!(%error, "other processes cannot be heard; changes of theirs show after some seconds");
                None
            }
        }
    }

    async fn say(&self, words: &str) {
        let words = format!("{} {words}", self.own);
        if let Err(error) = self.db.say(CHANNEL, &words).await {
            tracing::debug!(%error, "other processes were not told; they will look by themselves");
        }
    }

    /// Notices that have left from here: for our onlookers and for those of other processes.
    async fn pass_on(&mut self, mut sent: BTreeSet<Uuid>) {
        while let Ok(more) = self.sent.try_recv() {
            sent.extend(more);
        }
        let all: Vec<String> = sent.iter().map(Uuid::to_string).collect();
        for some in all.chunks(NAMED) {
            self.say(&format!("sent {}", some.join(" "))).await;
        }
        self.tell_sent(&sent).await;
    }

    /// What another process has said; what we have said ourselves we know.
    async fn heed(&self, words: &str) {
        let mut words = words.split_whitespace();
        if words.next() == Some(self.own.as_str()) || words.next() != Some("sent") {
            return;
        }
        let sent = words.filter_map(|word| Uuid::parse_str(word).ok()).collect();
        self.tell_sent(&sent).await;
    }

    async fn tell_sent(&self, sent: &BTreeSet<Uuid>) {
        if self.gallery.all.receiver_count() == 0 {
            return;
        }
        let told = async {
            let about = changes::of_notices(&self.db, sent).await?;
            knowing(&self.db, about).await
        };
        match told.await {
            Ok(known) => {
                for (referral, knows) in known {
                    self.cry(Told {
                        id: None,
                        kind: "notice-sent".to_owned(),
                        referral,
                        knows,
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "who was told cannot be read"),
        }
    }

    async fn tell_changes(&mut self, from: &mut Uuid) -> Result<(), AppError> {
        let read = changes::after(&self.db, *from, BATCH).await?;
        let is_all = read.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        let last = read.last().map(|change| change.id);
        let fresh: Vec<_> = read.into_iter().filter(|change| self.known.insert(change.id)).collect();
        for told in tellable(&self.db, fresh).await? {
            self.cry(told);
        }
        match last {
            Some(last) if !is_all => *from = last,
            _ => {
                let late = changes::first_id(System.now() - LATE);
                *from = late.max(*from);
                self.known.retain(|id| *id > late);
            }
        }
        Ok(())
    }

    fn cry(&self, told: Told) {
        // Nobody may be there to hear it.
        let _heard_by = self.gallery.all.send(Arc::new(told));
    }
}

/// Ids are made by the machine's own time, whatever the clock of the server says.
fn first_now() -> Uuid {
    changes::first_id(System.now() - TimeDelta::seconds(1))
}

async fn hear(ears: &mut Option<Ears>) -> String {
    let Some(open) = ears else {
        return std::future::pending().await;
    };
    match open.hear().await {
        Ok(words) => words,
        Err(_broken) => {
            *ears = None;
            String::new()
        }
    }
}

/// Each change with those who may know of it, in the order in which they were read.
async fn tellable(db: &Db, changes: Vec<Change>) -> Result<Vec<Told>, AppError> {
    let about = changes.iter().map(|change| change.referral).collect();
    let known = knowing(db, about).await?;
    let told = changes.into_iter().filter_map(|change| {
        Some(Told {
            id: Some(change.id),
            kind: change.kind,
            referral: change.referral,
            knows: Arc::clone(known.get(&change.referral)?),
        })
    });
    Ok(told.collect())
}

async fn knowing(
    db: &Db,
    referrals: BTreeSet<ReferralId>,
) -> Result<BTreeMap<ReferralId, Arc<BTreeSet<AgencyId>>>, AppError> {
    let scope = Scope::for_system(SystemTask::TellChanges);
    let mut known = BTreeMap::new();
    for id in referrals {
        match referrals::find(db, &scope, Name::Id(id)).await {
            Ok(Some(record)) => {
                known.insert(id, Arc::new(whole(record.referral())));
            }
            // Whoever cannot be named is told nothing; reconciliation finds what is wrong with it.
            Ok(None) | Err(StoreError::Corrupt { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(known)
}

/// The agencies that may know all of it.
fn whole(referral: &Referral) -> BTreeSet<AgencyId> {
    let parties = referral.parties().into_iter();
    parties
        .filter(|agency| matches!(Insight::of(referral, &[*agency]), Insight::Whole))
        .collect()
}
