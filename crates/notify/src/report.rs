//! Reports of mails that came back (RFC 3464), as they arrive at the address that our mails name for them.
//!
//! Only a report of a failure for good counts, and only about a mail that names one of our notices. Everything else that comes to
//! that address, such as somebody's absence note or a person's answer, changes nothing.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use uuid::Uuid;

/// A mail that came back for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The notice that it told of.
    pub notice: Uuid,
    /// The status of RFC 3463, such as `5.1.1`.
    pub code: String,
    /// What the last server said.
    pub remark: String,
}

/// What a mail reports, if it is a report of one of our mails that came back.
///
/// ```
/// assert_eq!(stafett_notify::report::read(b"Subject: Borte til mandag\r\n\r\nHilsen Siri\r\n"), None);
/// ```
#[must_use]
pub fn read(mail: &[u8]) -> Option<Returned> {
    let report = MessageParser::default().parse(mail)?;
    let status = report.parts.iter().find(|part| is(part, "delivery-status"))?;
    let status = String::from_utf8_lossy(status.contents()).into_owned();
    let (code, remark) = failure(&status)?;
    let notice = report.parts.iter().find_map(|part| match &part.body {
        PartType::Message(original) => named(original),
        _ if is(part, "rfc822-headers") => named(&MessageParser::default().parse(part.contents())?),
        _ => None,
    })?;
    Some(Returned { notice, code, remark })
}

fn is(part: &mail_parser::MessagePart<'_>, subtype: &str) -> bool {
    part.content_type()
        .and_then(|kind| kind.subtype())
        .is_some_and(|found| found.eq_ignore_ascii_case(subtype))
}

/// The first recipient for whom it failed for good. Each is told of in a block of fields like those of a mail's head.
fn failure(status: &str) -> Option<(String, String)> {
    let status = status.replace("\r\n", "\n");
    status.split("\n\n").find_map(|block| {
        let block = format!("{}\n\n", block.trim_start());
        let fields = MessageParser::default().parse(block.as_bytes())?;
        let field = |name: &str| fields.header_raw(name.to_owned()).map(|text| text.trim().to_owned());
        let failed = field("Action").is_some_and(|action| action.eq_ignore_ascii_case("failed"));
        failed.then(|| {
            (
                field("Status").unwrap_or_default(),
                field("Diagnostic-Code").unwrap_or_default(),
            )
        })
    })
}

/// The notice that the left half of our `Message-ID` names.
fn named(original: &Message<'_>) -> Option<Uuid> {
    let (notice, _domain) = original.message_id()?.split_once('@')?;
    Uuid::parse_str(notice).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICE: &str = "01930000-0000-7000-8000-00000000000a";

    fn report(action: &str, third: &str) -> Vec<u8> {
        let text = format!(
            "From: MAILER-DAEMON@mx.example\nTo: stafett@oslo.example\nSubject: Undelivered Mail Returned to Sender\n\
             MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
             --b\nContent-Type: text/plain\n\nThis is the mail system.\n\n\
             --b\nContent-Type: message/delivery-status\n\n\
             Reporting-MTA: dns; mx.example\nArrival-Date: Tue, 24 Nov 2026 10:00:00 +0100\n\n\
             Final-Recipient: rfc822; post@bup.example\nAction: {action}\nStatus: 5.1.1\n\
             Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n\
             --b\n{third}\n--b--\n"
        );
        text.replace('\n', "\r\n").into_bytes()
    }

    fn whole() -> String {
        format!("Content-Type: message/rfc822\n\nMessage-ID: <{NOTICE}@oslo.example>\nSubject: x\n\nBody\n")
    }

    #[test]
    fn a_report_names_the_notice_and_says_why() {
        let heads = format!("Content-Type: text/rfc822-headers\n\nMessage-ID: <{NOTICE}@oslo.example>\nSubject: x\n");
        for third in [whole(), heads] {
            let read = read(&report("failed", &third)).unwrap();
            assert_eq!(read.notice, Uuid::parse_str(NOTICE).unwrap());
            assert_eq!(
                (read.code.as_str(), read.remark.as_str()),
                ("5.1.1", "smtp; 550 5.1.1 User unknown")
            );
        }
    }

    #[test]
    fn what_is_no_failure_for_good_says_nothing() {
        for action in ["delayed", "delivered", "relayed", "expanded"] {
            assert_eq!(read(&report(action, &whole())), None, "{action}");
        }
        let foreign = "Content-Type: message/rfc822\n\nMessage-ID: <abc@elsewhere.example>\n\nBody\n";
        assert_eq!(read(&report("failed", foreign)), None);
        let reply = format!(
            "Subject: Re: [Stafett]\r\nIn-Reply-To: <{NOTICE}@oslo.example>\r\nAuto-Submitted: auto-replied\r\n\r\nFailed 5.1.1\r\n"
        );
        assert_eq!(read(reply.as_bytes()), None);
        assert_eq!(read(b""), None);
        assert_eq!(read(&[0xff; 4096]), None);
    }
}
