//! A deadline as an entry for the recipient's own calendar. It says no more than the mail does.

use chrono::TimeDelta;
use icalendar::{Alarm, Calendar, Class, Component, Event, EventLike, Property};

use super::Facts;
use super::wording::{self, Limit};
use crate::outbox::Due;

/// How long before the deadline the calendar reminds.
const BEFORE: i64 = 60;

/// The entry, where the notice tells a deadline that is the recipient's own.
pub(super) fn entry(due: &Due, facts: &Facts<'_>, domain: &str) -> Option<String> {
    if !matches!(wording::limit(facts.notice), Limit::Ours | Limit::Near) {
        return None;
    }
    let ends = facts.due_at?;
    let words = wording::words(facts.notice, facts.language);
    let title = wording::calendar_title(facts.language, facts.reference);
    let event = Event::new()
        // The same for every mail that tells this deadline, so that a calendar shows it once.
        .uid(&format!("{}-{}@{domain}", facts.reference, ends.timestamp()))
        .timestamp(due.created_at)
        .summary(&title)
        .description(&format!("{} {}", words.todo, facts.link))
        .url(&facts.link)
        .starts(ends)
        .ends(ends)
        .class(Class::Private)
        .append_property(Property::new("TRANSP", "TRANSPARENT"))
        .alarm(Alarm::display(&title, -TimeDelta::minutes(BEFORE)))
        .done();
    let mut calendar = Calendar::empty();
    calendar
        .append_property(Property::new("VERSION", "2.0"))
        .append_property(Property::new("PRODID", "-//Stafett//Stafett//NB"))
        .append_property(Property::new("METHOD", "PUBLISH"))
        .push(event);
    Some(calendar.done().to_string())
}
