//! What a file is called: harmless on every machine, and with the ending of what it is.

use super::FileKind;

/// So many characters, the ending not counted.
const LONGEST: usize = 100;

/// A name that can be written to any disk: without folders, characters that control something or mean something to a
/// system, and with the ending of its kind. Nobody needs to name a file.
#[must_use]
pub fn harmless(given: &str, kind: FileKind) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = |c: char| match c {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => Some('_'),
        c if stafett_workflow::person::is_unseen_control(c) => None,
        c => Some(c),
    };
    let name: String = last.chars().filter_map(kept).collect();
    let name = name.trim_matches(['.', ' ']);
    let stem = match name.rsplit_once('.') {
        Some((stem, ending)) if kind.endings().iter().any(|known| known.eq_ignore_ascii_case(ending)) => stem,
        _ => name,
    };
    let stem: String = stem.chars().take(LONGEST).collect();
    let stem = match stem.trim_matches(['.', ' ']) {
        "" => "fil",
        stem => stem,
    };
    let ending = kind.endings().first().copied().unwrap_or_default();
    format!("{stem}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_harmless_and_ends_as_what_it_is() {
        for (given, kind, name) in [
            ("Rømt fra hjemmet.jpg", FileKind::Jpeg, "Rømt fra hjemmet.jpg"),
            ("IMG_1.JPEG", FileKind::Jpeg, "IMG_1.jpg"),
            ("../../etc/passwd", FileKind::Text, "passwd.txt"),
            ("C:\\Users\\kari\\notat.docx", FileKind::Docx, "notat.docx"),
            ("regning.pdf.exe", FileKind::Pdf, "regning.pdf.exe.pdf"),
            ("sett\u{202e}gpj.exe", FileKind::Jpeg, "settgpj.exe.jpg"),
            ("a\r\nSet-Cookie: x=1", FileKind::Text, "aSet-Cookie_ x=1.txt"),
            ("", FileKind::Png, "fil.png"),
            (" ... ", FileKind::Png, "fil.png"),
            (".jpg", FileKind::Jpeg, "jpg.jpg"),
            ("con<>:\"|?*", FileKind::Text, "con_______.txt"),
        ] {
            assert_eq!(harmless(given, kind), name, "{given:?}");
        }
        assert_eq!(harmless(&"æ".repeat(400), FileKind::Odt).chars().count(), LONGEST + 4);
    }
}
