//! What the tests of this crate send.

use stafett_workflow::vocabulary::{Language, Notice, Urgency};
use uuid::Uuid;

use super::{Message, Renderer};
use crate::outbox::{Due, Recipient};
use crate::settings::{MailSettings, Sender};
use crate::unsubscribe::Unsubscribe;

pub(crate) fn sender() -> Sender {
    let settings = MailSettings {
        from: "Stafett <stafett@oslo.example>".to_owned(),
        dir: Some("unused".into()),
        ..MailSettings::default()
    };
    settings.resolve("https://stafett.oslo.example").unwrap().sender
}

pub(crate) fn renderer() -> Renderer {
    Renderer::new(sender()).unwrap().with_unsubscribe(unsubscribe())
}

pub(crate) fn unsubscribe() -> Unsubscribe {
    Unsubscribe::new(&[5; 32])
}

/// A notice given on a Tuesday, with a deadline on Friday at 14.
pub(crate) fn due(notice: Notice, language: Language) -> Due {
    Due {
        id: Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_000a),
        token: Uuid::from_u128(1),
        notice,
        referral_id: Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_000b),
        reference: "K7QF-2M".to_owned(),
        urgency: Urgency::Routine,
        recipient: Recipient {
            agency_name: "Barneverntjenesten Grünerløkka".to_owned(),
            mailbox: Some("barnevern-grunerlokka@oslo.example".to_owned()),
            language,
        },
        because: None,
        stands_in: false,
        due_at: Some("2026-11-27T13:00:00Z".parse().unwrap()),
        attempts: 0,
        created_at: "2026-11-24T09:00:00Z".parse().unwrap(),
        on_call: false,
        copy: false,
        calendar_file: false,
    }
}

pub(crate) fn message() -> Message {
    renderer().render(&due(Notice::NewReferral, Language::Nb)).unwrap()
}
