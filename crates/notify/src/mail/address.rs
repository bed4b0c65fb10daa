//! A unit's mailbox as an address that a server can take.

use std::time::UNIX_EPOCH;

use lettre::Address;
use lettre::message::Mailbox;
use url::Host;

/// A text that is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address that a server can take; write it as post@example.org")]
pub struct BadAddress;

/// Reads a mailbox such as `post@example.org`. A domain with letters outside ASCII gets its ASCII form; a name before
/// the `@` must be ASCII, for most servers still refuse others.
///
/// # Errors
/// [`BadAddress`], which does not repeat the text.
///
/// ```
/// use stafett_notify::mail::address::parse;
///
/// assert_eq!(parse("post@blåbær.no").unwrap().to_string(), "post@xn--blbr-roah.no");
/// assert!(parse("post@example.org\r\nBcc: x@example.org").is_err());
/// ```
pub fn parse(text: &str) -> Result<Address, BadAddress> {
    let (user, domain) = text.trim().rsplit_once('@').ok_or(BadAddress)?;
    if !user.is_ascii() || user.contains(|c: char| c.is_control()) {
        return Err(BadAddress);
    }
    let Ok(Host::Domain(domain)) = Host::parse(domain) else {
        return Err(BadAddress);
    };
    let address = Address::new(user, domain).map_err(|_why| BadAddress)?;
    match can_be_written_to(&address) {
        true => Ok(address),
        false => Err(BadAddress),
    }
}

/// Whether a letter to it can be made, and goes there and nowhere else. Not every address that a standard admits survives being
/// written into a letter's head; one that does not is refused here and not when a mail is due.
fn can_be_written_to(address: &Address) -> bool {
    let letter = lettre::Message::builder()
        .date(UNIX_EPOCH)
        .from(Mailbox::new(None, address.clone()))
        .to(Mailbox::new(None, address.clone()))
        .body(String::new());
    letter.is_ok_and(|letter| letter.envelope().to() == std::slice::from_ref(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_address_and_nothing_more() {
        for good in [
            "barnevernvakten@oslo.example",
            " post+vakt@bydel.oslo.example ",
            "a.b-c_d@x.no",
            "stafett@localhost",
        ] {
            assert_eq!(parse(good).unwrap().to_string(), good.trim());
        }
        for bad in [
            "",
            "post",
            "@oslo.example",
            "post@",
            "a@b@oslo.example",
            "post@oslo.example, x@y.no",
            "Post <post@oslo.example>",
            "post@oslo.example>\r\nRCPT TO:<x@y.no",
            "post\r\n@oslo.example",
            "\"a\r\nb\"@oslo.example",
            "post@oslo .example",
            "post@127.0.0.1",
            "pøst@oslo.example",
            "post\0@oslo.example",
            "\"a b\"@oslo.example",
            "\"a@b\"@oslo.example",
        ] {
            assert_eq!(parse(bad), Err(BadAddress), "{bad:?}");
        }
    }
}
