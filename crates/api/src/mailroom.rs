//! The dispatcher of notices inside the server: put together and started.

use std::sync::Arc;
use std::time::Duration;

use stafett_notify::dispatcher::Onlooker;
use stafett_notify::outbox::{Digests, Letter, Outbox};
use stafett_notify::settings::SettingsError;
use stafett_notify::unsubscribe::Unsubscribe;
use stafett_notify::{Bell, Channel, Dispatcher, Renderer, channel};
use stafett_store::Db;

use crate::clock::SharedClock;
use crate::config::{Config, PublicUrl};
use crate::postman::Postman;
use crate::workers::Workers;

/// The dispatcher looks at the outbox twice a second; while slow mails fill all its hands it looks when one has ended,
/// which takes 80 seconds at most.
const STILL: Duration = Duration::from_secs(150);

/// Why mails cannot leave.
#[derive(Debug, thiserror::Error)]
pub enum MailroomError {
    /// The settings do not make sense, or the folder or certificate that they name cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A template does not render: a defect of this program.
    #[error("the mails' templates cannot be read: {0}")]
    Templates(#[from] stafett_notify::mail::RenderError),
}

/// How mails leave, as the configuration says.
///
/// # Errors
/// [`MailroomError`].
pub fn open(config: &Config, public_url: &PublicUrl) -> Result<(Arc<dyn Channel>, Renderer), MailroomError> {
    let plan = config.mail_settings().resolve(public_url.as_str())?;
    let channel = channel::open(&plan.route)?;
    Ok((channel, Renderer::new(plan.sender)?))
}

/// What wakes the dispatchers.
#[derive(Debug)]
pub struct MailBells {
    /// Of notices.
    pub notices: Bell,
    /// Of digests.
    pub digests: Bell,
}

/// Starts the dispatchers of notices and of digests between `db` and the channel of the configuration. Gives the bells that wake
/// them, and a postman who uses the same channel.
///
/// # Errors
/// [`MailroomError`].
pub fn start(
    config: &Config,
    public_url: &PublicUrl,
    db: Db,
    clock: SharedClock,
    onlooker: Onlooker,
    unsubscribe: Unsubscribe,
    workers: &mut Workers,
) -> Result<(MailBells, Postman), MailroomError> {
    let (channel, renderer) = open(config, public_url)?;
    let renderer = renderer.with_unsubscribe(unsubscribe);
    let postman = Postman::new(Arc::clone(&channel), renderer.clone());
    let desk = Desk {
        channel,
        renderer,
        clock,
    };
    let bells = MailBells {
        digests: desk.dispatch(workers, "digests", Digests(db.clone()), Arc::new(|_ids| {})),
        notices: desk.dispatch(workers, "dispatcher", db, onlooker),
    };
    Ok((bells, postman))
}

/// What all dispatchers share.
struct Desk {
    channel: Arc<dyn Channel>,
    renderer: Renderer,
    clock: SharedClock,
}

impl Desk {
    /// Starts a dispatcher of what lies in an outbox, and gives the bell that wakes it.
    fn dispatch<L: Letter>(
        &self,
        workers: &mut Workers,
        name: &'static str,
        outbox: impl Outbox<L> + 'static,
        onlooker: Onlooker,
    ) -> Bell {
        let (stop, clock) = (workers.cancel(), Arc::clone(&self.clock));
        let (channel, renderer) = (Arc::clone(&self.channel), self.renderer.clone());
        let mut bell = Bell::default();
        workers.spawn(name, STILL, |pulse| {
            // It asks for the time whenever it looks.
            let now = Arc::new(move || {
                pulse.beat();
                clock.now()
            });
            let dispatcher = Dispatcher::new(Arc::new(outbox), channel, renderer, now, onlooker);
            bell = dispatcher.bell();
            dispatcher.run(stop)
        });
        bell
    }
}
