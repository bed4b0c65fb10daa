use uuid::Uuid;

use super::*;
use crate::mail::sample;
use crate::outbox::Line;

fn due(language: Language) -> DigestDue {
    let line = |reference: &str, due_at: &str| Line {
        reference: reference.to_owned(),
        due_at: due_at.parse().unwrap(),
    };
    DigestDue {
        id: Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_000c),
        token: Uuid::from_u128(1),
        day: "2026-11-24".parse().unwrap(),
        content: Content {
            to_answer: 3,
            held: 4,
            mine: 2,
            overdue: 1,
            today: 1,
            lines: vec![
                line("9QMM-JY", "2026-11-23T09:00:00Z"),
                line("K7QF-2M", "2026-11-24T13:00:00Z"),
                line("B3TR-8N", "2026-12-01T23:00:00Z"),
            ],
        },
        mailbox: Some("kari@oslo.example".to_owned()),
        language,
        attempts: 0,
        created_at: "2026-11-24T06:00:00Z".parse().unwrap(),
    }
}

#[test]
fn the_digest_in_both_languages() {
    let both = [Language::Nb, Language::En].map(|language| {
        let mail = sample::renderer().digest(&due(language)).unwrap();
        format!("Subject: {}\n\n{}", mail.subject(), mail.text())
    });
    insta::assert_snapshot!(both.join("\n=====\n"));
}

#[test]
fn the_whole_digest_with_its_one_click() {
    let mail = sample::renderer().digest(&due(Language::Nb)).unwrap();
    let letter = String::from_utf8(mail.bytes().to_vec()).unwrap();
    let token = sample::unsubscribe().token(due(Language::Nb).id);
    let unfolded = letter.replace("\r\n ", " ");
    for line in [
        format!("List-Unsubscribe: <https://stafett.oslo.example/avmelding/{token}>\r\n"),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".to_owned(),
        "Auto-Submitted: auto-generated\r\n".to_owned(),
    ] {
        assert!(unfolded.contains(&line), "{line} is missing in {letter}");
    }
    assert!(!token.contains("kari") && !letter.contains("In-Reply-To"));
    insta::assert_snapshot!(letter.replace("\r\n", "\n"));
}

#[test]
fn the_html_of_a_digest() {
    let renderer = sample::renderer();
    let (_, _, html) = renderer
        .words_of(&due(Language::En), "https://stafett.oslo.example/avmelding/x")
        .unwrap();
    insta::assert_snapshot!(html);
}

#[test]
fn what_is_nothing_is_not_counted() {
    let mut quiet = due(Language::Nb);
    quiet.content = Content {
        held: 1,
        ..Content::default()
    };
    let mail = sample::renderer().digest(&quiet).unwrap();
    assert!(!mail.subject().contains(": "), "{}", mail.subject());
    assert!(mail.text().contains("Stafettpinnen er hos dere: 1"), "{}", mail.text());
    assert!(
        !mail.text().contains(": 0") && !mail.text().contains("haster mest"),
        "{}",
        mail.text()
    );
    assert!(!mail.text().contains("\n\n\n"), "{}", mail.text());
}

#[test]
fn no_digest_leaves_without_a_way_out_of_it() {
    let mut renderer = sample::renderer();
    renderer.unsubscribe = None;
    assert!(matches!(
        renderer.digest(&due(Language::Nb)),
        Err(RenderError::NoWayOut)
    ));
}

#[test]
fn only_a_digest_can_be_unsubscribed_from() {
    let notice = String::from_utf8(sample::message().bytes().to_vec()).unwrap();
    assert!(!notice.contains("Unsubscribe"), "what is duty cannot be silenced");
}
