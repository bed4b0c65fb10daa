use std::fmt::Write as _;

use super::*;
use crate::outbox::Recipient;

fn book(language: Language) -> String {
    let renderer = sample::renderer();
    let mut book = String::new();
    for notice in Notice::ALL {
        let mail = renderer.render(&sample::due(*notice, language)).unwrap();
        writeln!(book, "===== {notice}\nSubject: {}\n\n{}", mail.subject(), mail.text()).unwrap();
    }
    book
}

#[test]
fn whoever_stands_in_is_told_why() {
    for (language, why) in [
        (Language::Nb, "fordi lederen er borte"),
        (Language::En, "because the lead is away"),
    ] {
        let mut due = sample::due(Notice::Breach, language);
        due.because = Some(Escalation::ReceiverLead);
        let own = sample::renderer().render(&due).unwrap();
        due.stands_in = true;
        let deputys = sample::renderer().render(&due).unwrap();
        assert!(
            deputys.text().contains(why) && !own.text().contains(why),
            "{}",
            deputys.text()
        );
        assert_eq!(own.subject(), deputys.subject());
    }
}

/// What clocks say, to each link of a chain.
fn clock_book(language: Language) -> String {
    let renderer = sample::renderer();
    let mut book = String::new();
    for (notice, links) in [
        (Notice::Warning, &[Escalation::ReceiverUnit, Escalation::HolderUnit][..]),
        (Notice::Breach, Escalation::ALL),
        (Notice::Reminder, &[Escalation::SenderUnit, Escalation::Coordinator]),
    ] {
        for link in links {
            let mut due = sample::due(notice, language);
            due.because = Some(*link);
            if notice != Notice::Warning {
                due.created_at = "2026-11-30T08:00:00Z".parse().unwrap();
            }
            let mail = renderer.render(&due).unwrap();
            writeln!(
                book,
                "===== {notice} to {link}\nSubject: {}\n\n{}",
                mail.subject(),
                mail.text()
            )
            .unwrap();
        }
    }
    book
}

/// The header lines, unfolded, and the rest.
fn open(mail: &Message) -> (Vec<String>, String) {
    let text = std::str::from_utf8(mail.bytes()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (
        head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect(),
        body.to_owned(),
    )
}

fn html(due: &Due) -> String {
    let renderer = sample::renderer();
    renderer
        .texts(&Facts::of(due, &renderer.sender.links).unwrap())
        .unwrap()
        .html
}

#[test]
fn every_notice_in_norwegian() {
    insta::assert_snapshot!(book(Language::Nb));
}

#[test]
fn every_notice_in_english() {
    insta::assert_snapshot!(book(Language::En));
}

#[test]
fn every_link_is_told_why_in_norwegian() {
    insta::assert_snapshot!(clock_book(Language::Nb));
}

#[test]
fn every_link_is_told_why_in_english() {
    insta::assert_snapshot!(clock_book(Language::En));
}

#[test]
fn an_emergency_is_seen_at_once() {
    for (language, word) in [(Language::Nb, "AKUTT"), (Language::En, "EMERGENCY")] {
        let mut due = sample::due(Notice::NewReferral, language);
        due.urgency = Urgency::Emergency;
        let mail = sample::renderer().render(&due).unwrap();
        assert!(
            mail.subject().starts_with(&format!("[Stafett] {word}: ")),
            "{}",
            mail.subject()
        );
        assert!(mail.text().contains(due.urgency.title(language)));
        assert!(open(&mail).0.contains(&"Importance: high".to_owned()));

        // Whoever has nothing to do is not hurried.
        due.notice = Notice::Accepted;
        let mail = sample::renderer().render(&due).unwrap();
        assert!(!mail.subject().contains(word) && !mail.text().contains(due.urgency.title(language)));
    }
}

#[test]
fn a_mail_without_a_deadline_leaves_no_gap() {
    for notice in Notice::ALL {
        for language in [Language::Nb, Language::En] {
            let mut due = sample::due(*notice, language);
            due.due_at = None;
            let mail = sample::renderer().render(&due).unwrap();
            // What is about no referral has no reference either.
            let dashes = usize::from(!notice.is_of_setup());
            assert_eq!(mail.subject().matches(" – ").count(), dashes, "{}", mail.subject());
            assert!(
                !mail.text().contains("\n\n\n") && !mail.text().contains("none"),
                "{}",
                mail.text()
            );
        }
    }
}

#[test]
fn the_whole_letter() {
    let letter = String::from_utf8(sample::message().bytes().to_vec()).unwrap();
    insta::assert_snapshot!(letter.replace("\r\n", "\n"));
}

#[test]
fn the_html_says_what_the_text_says() {
    let mut due = sample::due(Notice::Reminder, Language::Nb);
    due.urgency = Urgency::Urgent;
    insta::assert_snapshot!(html(&due));
}

#[test]
fn headers_thread_the_mails_of_a_referral_and_silence_machines() {
    let first = sample::due(Notice::NewReferral, Language::Nb);
    let second = Due {
        id: Uuid::from_u128(7),
        notice: Notice::Message,
        ..first.clone()
    };
    let [first, second] = [first, second].map(|due| open(&sample::renderer().render(&due).unwrap()).0);
    let of = |head: &[String], name: &str| head.iter().find(|line| line.starts_with(name)).cloned();

    for name in ["References: ", "In-Reply-To: "] {
        let root = "<referral-01930000-0000-7000-8000-00000000000b@oslo.example>";
        assert_eq!(of(&first, name), Some(format!("{name}{root}")));
        assert_eq!(of(&second, name), of(&first, name));
    }
    assert_eq!(
        of(&first, "Message-ID: ").unwrap(),
        "Message-ID: <01930000-0000-7000-8000-00000000000a@oslo.example>"
    );
    assert_ne!(of(&second, "Message-ID: "), of(&first, "Message-ID: "));
    for line in [
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "List-Id: Stafett <stafett.oslo.example>",
        "Content-Language: nb",
        "Date: Tue, 24 Nov 2026 09:00:00 +0000",
        "From: Stafett <stafett@oslo.example>",
        "To: barnevern-grunerlokka@oslo.example",
    ] {
        assert!(first.contains(&line.to_owned()), "{line} is missing in {first:#?}");
    }
}

#[test]
fn a_mail_that_is_rendered_again_is_the_same_mail() {
    let due = sample::due(Notice::Warning, Language::En);
    let mut later = due.clone();
    (later.attempts, later.token) = (41, Uuid::from_u128(99));
    assert_eq!(
        sample::renderer().render(&due).unwrap().bytes(),
        sample::renderer().render(&later).unwrap().bytes()
    );
}

#[test]
fn no_mail_names_what_it_must_not() {
    // The reference, the link and the unit's own name are all that differs from mail to mail.
    let books = [
        book(Language::Nb),
        book(Language::En),
        clock_book(Language::Nb),
        clock_book(Language::En),
    ];
    let mail = books.concat().to_lowercase();
    for word in [
        "barnevern ",
        "psykiatri",
        "rus ",
        "bekymring",
        "henvis",
        "ungdom",
        "klient",
        "pasient",
        "foresatt",
        "uteseksjon",
        "child welfare",
        "psychiatr",
        "substance",
        "concern",
        "youth",
        "client",
        "patient",
        "guardian",
        "token=",
        "http://",
    ] {
        assert!(!mail.contains(word), "{word}");
    }
}

#[test]
fn hostile_names_stay_on_their_line() {
    let hostile = [
        "Oslo\r\nBcc: x@evil.example\r\n\r\n<p>hei",
        "Oslo\nSubject: annet",
        "Oslo\r.\r\nQUIT\r\n",
        "Oslo\u{2028}Bcc: x@evil.example\u{85}\u{b}\u{c}",
        "\u{202e}lortnok\u{202c}\u{200b}\u{feff}",
        "<script>alert(1)</script><img src=https://evil.example/x.png>",
        "\"><a href=\"https://evil.example\">Åpne",
        "{{ labels.open }}{% include 'x' %}",
        "=?utf-8?B?QmNjOiB4QGV2aWwuZXhhbXBsZQ==?=",
        "--=_01930000000070008000",
        "\0\u{7f}",
        &"Ø".repeat(50_000),
    ];
    let plain = sample::message();
    let names = |mail: &Message| {
        open(mail)
            .0
            .iter()
            .map(|l| l.split(':').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for name in hostile {
        for notice in Notice::ALL {
            for language in [Language::Nb, Language::En] {
                let mut due = sample::due(*notice, language);
                due.recipient.agency_name = name.to_owned();
                let mail = sample::renderer().render(&due).unwrap();
                assert_eq!(names(&mail), names(&plain), "{name:?}");
                assert!(mail.bytes().is_ascii() && mail.bytes().len() < 16_000, "{name:?}");
                let bare = |pair: &[u8]| (pair[1] == b'\n') != (pair[0] == b'\r');
                assert!(!mail.bytes().windows(2).any(bare), "a lone CR or LF for {name:?}");
                assert!(mail.text().lines().count() < 14, "{}", mail.text());
                let html = html(&due);
                assert_eq!(
                    (html.matches("<a ").count(), html.matches("<img").count()),
                    (1, 0),
                    "{html}"
                );
                assert!(!html.contains("<script") && !mail.text().contains('\u{202e}'));
            }
        }
    }
}

#[test]
fn a_unit_that_cannot_be_written_to_is_told_apart() {
    let render = |mailbox: Option<&str>| {
        let mut due = sample::due(Notice::NewReferral, Language::Nb);
        due.recipient = Recipient {
            mailbox: mailbox.map(str::to_owned),
            ..due.recipient
        };
        sample::renderer()
            .render(&due)
            .map(|mail| mail.to().to_string())
            .map_err(|why| why.to_string())
    };
    for none in [None, Some(""), Some("  ")] {
        assert!(render(none).unwrap_err().starts_with("no-mailbox: "));
    }
    for bad in [
        "post",
        "post@a.no, x@b.no",
        "post@a.no\r\nRCPT TO:<x@b.no>",
        "Post <post@a.no>",
    ] {
        assert!(render(Some(bad)).unwrap_err().starts_with("bad-mailbox: "), "{bad}");
    }
    assert_eq!(render(Some(" post@blåbær.no ")).unwrap(), "post@xn--blbr-roah.no");
}

#[test]
fn a_reference_that_is_none_makes_no_mail() {
    for bad in ["", "K7QF/../..", "K7QF 2M", "K7QF\r\nBcc: x@y.no", "Å"] {
        let due = Due {
            reference: bad.to_owned(),
            ..sample::due(Notice::NewReferral, Language::Nb)
        };
        assert!(
            matches!(sample::renderer().render(&due), Err(RenderError::BadReference)),
            "{bad:?}"
        );
    }
}

#[test]
fn nothing_that_is_printed_for_a_log_holds_an_address_or_a_name() {
    let due = sample::due(Notice::NewReferral, Language::Nb);
    let printed = format!("{due:?} {:?}", sample::message());
    assert!(!printed.contains('@') && !printed.contains("Grünerløkka"), "{printed}");
}
