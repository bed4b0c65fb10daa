use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use stafett_workflow::vocabulary::{Language, Notice};
use uuid::Uuid;

use super::*;
use crate::mail::{Message, sample};

/// Simulated time: what tokio's paused clock has run since the test began.
#[derive(Clone)]
struct Time(Instant);

impl Time {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-24T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Status {
    Pending,
    Sent(String),
    Dead(String),
}

struct Row {
    due: Due,
    status: Status,
    next: DateTime<Utc>,
    lease: Option<(Uuid, DateTime<Utc>)>,
    last_error: Option<String>,
}

/// An outbox with leases and fencing, in memory.
struct Fake {
    rows: Mutex<BTreeMap<Uuid, Row>>,
    away: AtomicBool,
    lost: AtomicUsize,
    largest_batch: AtomicUsize,
}

impl Fake {
    fn with(rows: impl IntoIterator<Item = Due>) -> Arc<Self> {
        let row = |due: Due| {
            (
                due.id,
                Row {
                    next: due.created_at,
                    due,
                    status: Status::Pending,
                    lease: None,
                    last_error: None,
                },
            )
        };
        Arc::new(Self {
            rows: Mutex::new(rows.into_iter().map(row).collect()),
            away: AtomicBool::new(false),
            lost: AtomicUsize::new(0),
            largest_batch: AtomicUsize::new(0),
        })
    }

    fn add(&self, due: Due) {
        let row = Row {
            next: due.created_at,
            due,
            status: Status::Pending,
            lease: None,
            last_error: None,
        };
        self.rows.lock().unwrap().insert(row.due.id, row);
    }

    fn read<T>(&self, id: Uuid, look: impl Fn(&Row) -> T) -> T {
        look(&self.rows.lock().unwrap()[&id])
    }

    fn pending(&self) -> usize {
        self.rows
            .lock()
            .unwrap()
            .values()
            .filter(|row| row.status == Status::Pending)
            .count()
    }

    fn finish(&self, id: Uuid, token: Uuid, change: impl FnOnce(&mut Row)) -> Result<bool, OutboxError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(OutboxError::new("away"));
        }
        let mut rows = self.rows.lock().unwrap();
        let row = rows.get_mut(&id).unwrap();
        if row.lease.is_none_or(|(holder, _)| holder != token) {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return Ok(false);
        }
        row.lease = None;
        change(row);
        Ok(true)
    }
}

#[async_trait]
impl Outbox for Fake {
    async fn lease(&self, now: DateTime<Utc>, batch: u32, span: Duration) -> Result<Vec<Due>, OutboxError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(OutboxError::new("away"));
        }
        let mut leased = Vec::new();
        for row in self.rows.lock().unwrap().values_mut() {
            let free = row.lease.is_none_or(|(_, until)| until <= now);
            if row.status == Status::Pending
                && row.next <= now
                && free
                && leased.len() < usize::try_from(batch).unwrap()
            {
                row.due.token = Uuid::now_v7();
                row.lease = Some((row.due.token, now + span));
                leased.push(row.due.clone());
                row.due.attempts += 1;
            }
        }
        self.largest_batch.fetch_max(leased.len(), Ordering::Relaxed);
        Ok(leased)
    }

    async fn sent(&self, mails: &[Sent]) -> Result<BTreeSet<Uuid>, OutboxError> {
        let mut ours = BTreeSet::new();
        for mail in mails {
            if self.finish(mail.id, mail.token, |row| row.status = Status::Sent(mail.reply.clone()))? {
                ours.insert(mail.id);
            }
        }
        Ok(ours)
    }

    async fn retry(&self, id: Uuid, token: Uuid, next: DateTime<Utc>, error: &str) -> Result<bool, OutboxError> {
        self.finish(id, token, |row| {
            (row.next, row.last_error) = (next, Some(error.to_owned()))
        })
    }

    async fn dead(&self, id: Uuid, token: Uuid, _at: DateTime<Utc>, error: &str) -> Result<bool, OutboxError> {
        self.finish(id, token, |row| row.status = Status::Dead(error.to_owned()))
    }
}

/// A channel that answers from a script, then takes everything.
#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Reply, Failure>>>,
    takes: Duration,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    delivered: Mutex<Vec<(Uuid, Instant, Vec<u8>)>>,
}

impl Script {
    fn of(answers: impl IntoIterator<Item = Result<Reply, Failure>>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            ..Self::default()
        })
    }

    fn slow(takes: Duration) -> Arc<Self> {
        Arc::new(Self {
            takes,
            ..Self::default()
        })
    }

    fn count(&self) -> usize {
        self.delivered.lock().unwrap().len()
    }
}

#[async_trait]
impl Channel for Script {
    async fn deliver(&self, mail: &Message) -> Result<Reply, Failure> {
        self.delivered
            .lock()
            .unwrap()
            .push((mail.id(), Instant::now(), mail.bytes().to_vec()));
        let at_once = self.at_once.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::Relaxed);
        sleep(self.takes).await;
        self.at_once.fetch_sub(1, Ordering::Relaxed);
        self.answers
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or_else(|| Ok(Reply::new("250 taken")))
    }

    async fn check(&self) -> Result<Reply, Failure> {
        Ok(Reply::new("fine"))
    }

    fn width(&self) -> usize {
        4
    }
}

struct Running {
    bell: Bell,
    cancel: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        self.cancel.cancel();
        self.task.await.unwrap();
    }
}

fn start(outbox: &Arc<Fake>, channel: &Arc<Script>) -> Running {
    let time = Time(Instant::now());
    let dispatcher = Dispatcher::new(
        outbox.clone(),
        channel.clone(),
        sample::renderer(),
        Arc::new(move || time.now()),
        Arc::new(|_sent| {}),
    );
    let (bell, cancel) = (dispatcher.bell(), CancellationToken::new());
    Running {
        bell,
        task: tokio::spawn(dispatcher.run(cancel.clone())),
        cancel,
    }
}

fn row(number: u128) -> Due {
    Due {
        id: Uuid::from_u128(number),
        ..sample::due(Notice::NewReferral, Language::Nb)
    }
}

fn failure(kind: FailureKind) -> Result<Reply, Failure> {
    Err(Failure::new(kind, "as scripted"))
}

const ONE: Uuid = Uuid::from_u128(1);

#[tokio::test(start_paused = true)]
async fn a_row_that_waits_is_sent_with_the_servers_reply() {
    let (outbox, channel) = (Fake::with([row(1)]), Script::of([]));
    let running = start(&outbox, &channel);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(
        outbox.read(ONE, |row| row.status.clone()),
        Status::Sent("250 taken".to_owned())
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_ring_sends_at_once_and_a_tick_finds_what_nobody_rang_for() {
    let (outbox, channel) = (Fake::with([]), Script::of([]));
    let running = start(&outbox, &channel);
    sleep(Duration::from_millis(700)).await;

    outbox.add(row(1));
    running.bell.ring();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(outbox.pending(), 0);

    outbox.add(row(2));
    sleep(Duration::from_millis(501)).await;
    assert_eq!(outbox.pending(), 0);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn failures_are_tried_again_ever_more_slowly_and_without_end() {
    use FailureKind::{Broken, Deferred, Insecure, NotAdmitted, TimedOut, Unreachable};
    let kinds = [Unreachable, Insecure, TimedOut, Broken, Deferred, NotAdmitted, Deferred];
    let (outbox, channel) = (Fake::with([row(1)]), Script::of(kinds.map(failure)));
    let running = start(&outbox, &channel);
    sleep(Duration::from_secs(5 * 3_600)).await;
    running.stop().await;

    assert_eq!(
        outbox.read(ONE, |row| row.status.clone()),
        Status::Sent("250 taken".to_owned())
    );
    assert_eq!(outbox.read(ONE, |row| row.due.attempts), 8);
    assert_eq!(
        outbox.read(ONE, |row| row.last_error.clone()),
        Some("deferred: as scripted".to_owned())
    );
    let delivered = channel.delivered.lock().unwrap();
    let waits: Vec<f64> = delivered
        .windows(2)
        .map(|pair| (pair[1].1 - pair[0].1).as_secs_f64())
        .collect();
    assert_eq!(waits.len(), 7);
    for (wait, full) in waits.iter().zip([5.0, 30.0, 120.0, 600.0, 3_600.0, 3_600.0, 3_600.0]) {
        // A tick may come up to half a second after the time.
        assert!(*wait >= full * 0.8 && *wait <= full + 0.6, "{waits:?}");
    }
    assert!(
        delivered.iter().all(|(_, _, bytes)| *bytes == delivered[0].2),
        "every attempt is the same mail"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_for_a_person_to_look_at() {
    let (outbox, channel) = (Fake::with([row(1)]), Script::of([failure(FailureKind::Refused)]));
    let running = start(&outbox, &channel);
    sleep(Duration::from_secs(2 * 3_600)).await;
    running.stop().await;
    assert_eq!(
        outbox.read(ONE, |row| row.status.clone()),
        Status::Dead("refused: as scripted".to_owned())
    );
    assert_eq!(channel.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_unit_without_a_mailbox_is_for_a_person_to_look_at() {
    let mut due = row(1);
    due.recipient.mailbox = None;
    let (outbox, channel) = (Fake::with([due]), Script::of([]));
    let running = start(&outbox, &channel);
    sleep(Duration::from_secs(1)).await;
    running.stop().await;
    assert!(matches!(outbox.read(ONE, |row| row.status.clone()), Status::Dead(why) if why.starts_with("no-mailbox")));
    assert_eq!(channel.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_lost_the_lease_changes_nothing() {
    let (outbox, channel) = (Fake::with([row(1)]), Script::slow(Duration::from_secs(2)));
    let running = start(&outbox, &channel);
    sleep(Duration::from_secs(1)).await;
    let thief = Uuid::from_u128(666);
    let forever = DateTime::<Utc>::MAX_UTC;
    outbox.rows.lock().unwrap().get_mut(&ONE).unwrap().lease = Some((thief, forever));
    sleep(Duration::from_secs(10)).await;
    running.stop().await;
    assert_eq!(outbox.lost.load(Ordering::Relaxed), 1);
    assert_eq!(
        outbox.read(ONE, |row| (row.status.clone(), row.lease)),
        (Status::Pending, Some((thief, forever)))
    );
}

#[tokio::test(start_paused = true)]
async fn an_outbox_that_goes_away_is_waited_for() {
    let (outbox, channel) = (Fake::with([row(1)]), Script::slow(Duration::from_secs(2)));
    let running = start(&outbox, &channel);
    sleep(Duration::from_secs(1)).await;
    outbox.away.store(true, Ordering::Relaxed);
    outbox.add(row(2));
    // The first mail was taken meanwhile; that it was is written down as soon as it can be, and it is not sent again.
    sleep(Duration::from_secs(30)).await;
    assert_eq!((outbox.pending(), channel.count()), (2, 1));
    outbox.away.store(false, Ordering::Relaxed);
    sleep(Duration::from_secs(4)).await;
    assert_eq!((outbox.pending(), channel.count()), (0, 2));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn many_rows_go_in_batches_and_no_more_at_once_than_the_channel_carries() {
    let (outbox, channel) = (
        Fake::with((1..=1_000).map(row)),
        Script::slow(Duration::from_millis(10)),
    );
    let running = start(&outbox, &channel);
    // 1 000 mails of 10 ms, four at once, are 2.5 s.
    sleep(Duration::from_millis(2_600)).await;
    assert_eq!(outbox.pending(), 0);
    assert_eq!(channel.count(), 1_000);
    assert_eq!(channel.most_at_once.load(Ordering::Relaxed), 4);
    assert_eq!(outbox.largest_batch.load(Ordering::Relaxed), 256);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_row_whose_turn_comes_too_late_is_left_to_its_next_lease() {
    let (outbox, channel) = (Fake::with((1..=16).map(row)), Script::slow(Duration::from_secs(8)));
    let running = start(&outbox, &channel);
    sleep(Duration::from_secs(59)).await;
    // Two rounds of four began while the lease was long enough.
    assert_eq!((channel.count(), outbox.pending()), (8, 8));
    sleep(Duration::from_secs(60)).await;
    running.stop().await;
    assert_eq!((channel.count(), outbox.pending()), (16, 0));
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_never_answers_costs_an_attempt_and_no_more() {
    let (outbox, channel) = (Fake::with([row(1)]), Script::slow(Duration::from_secs(3_600)));
    let running = start(&outbox, &channel);
    sleep(SEND + Duration::from_secs(1)).await;
    assert_eq!(outbox.read(ONE, |row| row.due.attempts), 1);
    assert!(
        outbox
            .read(ONE, |row| row.last_error.clone())
            .unwrap()
            .starts_with("timed-out: ")
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn stopping_lets_mails_on_their_way_arrive() {
    let (outbox, channel) = (Fake::with((1..=4).map(row)), Script::slow(Duration::from_secs(5)));
    let running = start(&outbox, &channel);
    sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    running.stop().await;
    assert_eq!(outbox.pending(), 0);
    assert!(begun.elapsed() < GRACE);
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_ever() {
    let (outbox, channel) = (Fake::with([row(1)]), Script::slow(Duration::from_secs(60)));
    let running = start(&outbox, &channel);
    sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    running.stop().await;
    assert!(begun.elapsed() < GRACE + Duration::from_secs(1));
    assert_eq!(outbox.pending(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_dispatchers_share_the_rows_and_send_none_twice() {
    let (outbox, channel) = (Fake::with((1..=500).map(row)), Script::slow(Duration::from_millis(10)));
    let (one, other) = (start(&outbox, &channel), start(&outbox, &channel));
    sleep(Duration::from_secs(5)).await;
    one.stop().await;
    other.stop().await;
    assert_eq!((outbox.pending(), channel.count()), (0, 500));
}
