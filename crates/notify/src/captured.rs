//! The mails that a demo has written to its folder, as pages: whoever tries Stafett out reads what units would have got.

use std::io;
use std::path::Path;

use mail_parser::MessageParser;
use minijinja::{Environment, UndefinedBehavior, Value, context};

/// So many are listed, the newest first.
const LISTED: usize = 200;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum CapturedError {
    /// The folder cannot be read.
    #[error("the mails cannot be read: {0}")]
    Folder(#[from] io::Error),
    /// A template failed.
    #[error("template: {0}")]
    Template(#[from] minijinja::Error),
}

/// The newest mails of a folder, as a page with links below `base`.
///
/// # Errors
/// [`CapturedError`].
pub fn index(folder: &Path, base: &str) -> Result<String, CapturedError> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_mail(&name) {
            names.push(name);
        }
    }
    // They begin with their time.
    names.sort_unstable_by(|one, other| other.cmp(one));
    let all = names.len();
    let mut mails: Vec<Value> = Vec::new();
    for name in names.into_iter().take(LISTED) {
        let bytes = std::fs::read(folder.join(&name))?;
        let mail = MessageParser::default().parse(&bytes);
        mails.push(context! {
            subject => mail.as_ref().and_then(|mail| mail.subject()).unwrap_or_default(),
            to => mail.as_ref().map(to).unwrap_or_default(),
            name,
        });
    }
    page(
        "captured.html",
        context! { mails, all, base => Value::from_safe_string(base.to_owned()) },
    )
}

/// One mail of a folder, as a page. `None` when there is none of this name.
///
/// # Errors
/// [`CapturedError`].
pub fn letter(folder: &Path, base: &str, name: &str) -> Result<Option<String>, CapturedError> {
    if !is_mail(name) {
        return Ok(None);
    }
    let bytes = match std::fs::read(folder.join(name)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(mail) = MessageParser::default().parse(&bytes) else {
        return Ok(None);
    };
    let shown = context! {
        base => Value::from_safe_string(base.to_owned()),
        subject => mail.subject().unwrap_or_default(),
        to => to(&mail),
        text => mail.body_text(0).unwrap_or_default(),
        html => mail.body_html(0).unwrap_or_default(),
        raw => String::from_utf8_lossy(&bytes),
    };
    Ok(Some(page("captured-mail.html", shown)?))
}

fn to(mail: &mail_parser::Message<'_>) -> String {
    let first = mail.to().and_then(|to| to.first());
    first.and_then(|to| to.address()).unwrap_or_default().to_owned()
}

/// A name that one of our files has, which never leads out of the folder.
fn is_mail(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    name.strip_suffix(".eml")
        .is_some_and(|stem| !stem.is_empty() && stem.bytes().all(plain))
}

fn page(template: &str, shown: Value) -> Result<String, CapturedError> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.add_template("captured.html", include_str!("mail/templates/captured.html"))?;
    templates.add_template("captured-mail.html", include_str!("mail/templates/captured-mail.html"))?;
    Ok(templates.get_template(template)?.render(shown)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sample;

    #[test]
    fn what_was_written_can_be_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let name = "20261124T090000Z-K7QF-2M-01930000-0000-7000-8000-00000000000a.eml";
        std::fs::write(folder.path().join(name), sample::message().bytes()).unwrap();
        std::fs::write(folder.path().join("note.txt"), "x").unwrap();
        let listed = index(folder.path(), "/dev/mail").unwrap();
        assert!(
            listed.contains(&format!("href=\"/dev/mail/{name}\""))
                && listed.contains("barnevern-grunerlokka@oslo.example"),
            "{listed}"
        );
        assert!(!listed.contains("note.txt"));
        let shown = letter(folder.path(), "/dev/mail", name).unwrap().unwrap();
        // What a mail says is shown, and never becomes part of the page around it.
        assert!(
            shown.contains("sandbox") && shown.contains("srcdoc=\"&lt;!DOCTYPE html"),
            "{shown}"
        );
        for other in ["note.txt", "../x.eml", "x.eml", "..%2fx.eml", ".eml", ""] {
            assert!(letter(folder.path(), "/dev/mail", other).unwrap().is_none(), "{other}");
        }
    }
}
