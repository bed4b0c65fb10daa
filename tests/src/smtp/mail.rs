//! A mail as the sink got it.

use mail_parser::{HeaderValue, MessageParser};

/// One accepted mail: the envelope and the bytes between `DATA` and the final dot, with the stuffed dots taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address in `MAIL FROM`.
    pub from: String,
    /// The addresses in `RCPT TO`.
    pub to: Vec<String>,
    /// Headers and body, as they were sent.
    pub raw: Vec<u8>,
}

impl Mail {
    /// The decoded subject; empty when there is none.
    #[must_use]
    pub fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }

    /// The `Message-ID` without its angle brackets; empty when there is none.
    #[must_use]
    pub fn message_id(&self) -> String {
        self.parsed().message_id().unwrap_or_default().to_owned()
    }

    /// The text of a header that is not an address list, as it stands in the mail.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.parsed()
            .header_raw(name.to_owned())
            .map(|text| text.trim().to_owned())
    }

    /// The decoded plain-text body.
    #[must_use]
    pub fn text(&self) -> String {
        self.parsed().body_text(0).unwrap_or_default().into_owned()
    }

    /// The decoded HTML body; empty when the mail has none.
    #[must_use]
    pub fn html(&self) -> String {
        let parsed = self.parsed();
        if parsed.html_body_count() == 0 {
            String::new()
        } else {
            parsed.body_html(0).unwrap_or_default().into_owned()
        }
    }

    /// The decoded text of the first part of a type such as `text/calendar`, with folded lines unfolded; empty when there is
    /// none.
    #[must_use]
    pub fn attachment(&self, kind: &str) -> String {
        use mail_parser::MimeHeaders as _;
        let parsed = self.parsed();
        let is_kind = |part: &&mail_parser::MessagePart<'_>| {
            part.content_type()
                .is_some_and(|found| format!("{}/{}", found.ctype(), found.subtype().unwrap_or_default()) == kind)
        };
        let part = parsed.parts.iter().find(is_kind);
        part.map(|part| String::from_utf8_lossy(part.contents()).replace("\r\n ", ""))
            .unwrap_or_default()
    }

    /// Whether these words stand anywhere in the mail, coded or plain: in the envelope, a header or a body.
    #[must_use]
    pub fn mentions(&self, words: &str) -> bool {
        let parsed = self.parsed();
        let headers = parsed.headers().iter().filter_map(|header| match &header.value {
            HeaderValue::Text(text) => Some(text.to_string()),
            HeaderValue::TextList(texts) => Some(texts.join(" ")),
            _ => None,
        });
        let mut places = vec![
            self.from.clone(),
            self.to.join(" "),
            String::from_utf8_lossy(&self.raw).into_owned(),
        ];
        places.extend(headers);
        places.extend((0..parsed.parts.len()).filter_map(|part| parsed.parts[part].text_contents().map(str::to_owned)));
        let words = words.to_lowercase();
        places.iter().any(|place| place.to_lowercase().contains(&words))
    }

    fn parsed(&self) -> mail_parser::Message<'_> {
        MessageParser::default().parse(&self.raw).unwrap_or_default()
    }
}
