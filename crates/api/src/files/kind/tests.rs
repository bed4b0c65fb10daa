use std::io::Write as _;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const PHOTO: &[u8] = include_bytes!("../../../../../tests/fixtures/photo.jpg");
const SCREEN: &[u8] = include_bytes!("../../../../../tests/fixtures/screen.png");
const WEBP: &[u8] = include_bytes!("../../../../../tests/fixtures/photo.webp");
const LETTER: &[u8] = include_bytes!("../../../../../tests/fixtures/letter.docx");
const PAGE: &[u8] = include_bytes!("../../../../../tests/fixtures/letter.pdf");

fn judged(kind: FileKind, content: &[u8]) -> Result<(), FileFault> {
    kind.recognise(content)?;
    kind.cleaned(Bytes::copy_from_slice(content)).map(drop)
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_file_is_taken_as_what_it_is_and_as_nothing_else() {
    let odt: Vec<u8> = archive(&[
        ("mimetype", FileKind::Odt.media_type().as_bytes()),
        ("content.xml", b"<x/>"),
    ]);
    let files: [(FileKind, &[u8]); 7] = [
        (FileKind::Jpeg, PHOTO),
        (FileKind::Png, SCREEN),
        (FileKind::WebP, WEBP),
        (FileKind::Pdf, PAGE),
        (FileKind::Text, "Møtte ham ved elva.\r\n\tI går.".as_bytes()),
        (FileKind::Docx, LETTER),
        (FileKind::Odt, &odt),
    ];
    for (is, content) in &files {
        for says in FileKind::ALL {
            let expected = match says == *is {
                true => Ok(()),
                false => Err(FileFault::NotWhatItSays),
            };
            let told = judged(says, content);
            // A document of the one kind is no broken document of the other.
            assert_eq!(told, expected, "{is:?} that says it is {says:?}");
        }
    }
}

#[test]
fn other_things_are_not_taken_whatever_they_say() {
    let others: [&[u8]; 6] = [
        b"MZ\x90\x00\x03\x00\x00\x00",
        b"\x7fELF\x02\x01\x01\x00",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"GIF89a\x01\x00\x01\x00",
        b"PK\x03\x04\x14\x00",
        b"\x00\x01\x02\x03",
    ];
    for other in others {
        for says in FileKind::ALL {
            assert!(judged(says, other).is_err(), "{other:?} as {says:?}");
        }
    }
    for text in [&b"\xff\xfe\x41\x00"[..], b"a\x00b", b"\x1b[2J", b"\xc3\x28"] {
        assert_eq!(judged(FileKind::Text, text), Err(FileFault::NotWhatItSays));
    }
}

#[test]
fn an_archive_that_is_no_letter_or_more_than_one_is_refused() {
    let body: &[u8] = b"<w:document/>";
    let macros = archive(&[("word/document.xml", body), ("word/vbaProject.bin", b"x")]);
    assert_eq!(judged(FileKind::Docx, &macros), Err(FileFault::Macros));
    let scripts = archive(&[
        ("mimetype", FileKind::Odt.media_type().as_bytes()),
        ("Basic/Standard/x.xml", b"x"),
    ]);
    assert_eq!(judged(FileKind::Odt, &scripts), Err(FileFault::Macros));
    let zeros = vec![0_u8; 201 * 1024 * 1024];
    let bomb = archive(&[("word/document.xml", body), ("word/media/a.png", &zeros)]);
    assert!(bomb.len() < 1024 * 1024, "{} bytes", bomb.len());
    assert_eq!(judged(FileKind::Docx, &bomb), Err(FileFault::Bomb));
    let names: Vec<String> = (0..2_001).map(|n| format!("p{n}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_eq!(judged(FileKind::Docx, &archive(&many)), Err(FileFault::Bomb));
    assert_eq!(
        judged(FileKind::Docx, &archive(&[("a.txt", b"x")])),
        Err(FileFault::NotWhatItSays)
    );
    assert_eq!(judged(FileKind::Docx, &LETTER[..400]), Err(FileFault::Broken));
}
