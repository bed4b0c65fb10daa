//! JSON or CSV, as the client asks.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use crate::problem::{ErrorCode, Problem};

/// In which of the two a report is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Format {
    Json,
    Csv,
}

impl FromRequest for Format {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(negotiate(request.headers()).ok_or_else(|| Problem::new(ErrorCode::NotAcceptable)))
    }
}

/// The table as a CSV file (RFC 4180) by this name.
pub(in crate::http) fn csv<const N: usize>(
    name: &str,
    headings: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<HttpResponse, Problem> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(headings).map_err(Problem::internal)?;
    for row in rows {
        writer.write_record(row.map(inert)).map_err(Problem::internal)?;
    }
    let table = writer
        .into_inner()
        .map_err(|error| Problem::internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.csv\""),
        ))
        .body(table))
}

/// A cell of a value that may be missing.
pub(in crate::http) fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A cell that a spreadsheet takes for a text and never for a formula to run: names come from people.
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// The better by `Accept`, JSON when they are equal; `None` when it takes neither.
fn negotiate(headers: &HeaderMap) -> Option<Format> {
    if !headers.contains_key(header::ACCEPT) {
        return Some(Format::Json);
    }
    let (json, csv) = (weight(headers, "application", "json"), weight(headers, "text", "csv"));
    match csv > json {
        true => Some(Format::Csv),
        false => (json > 0.0).then_some(Format::Json),
    }
}

/// How welcome a media type is: what the most particular range says that takes it (RFC 9110, section 12.5.1).
fn weight(headers: &HeaderMap, kind: &str, subtype: &str) -> f32 {
    let ranges = headers
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','));
    let mut best = (0, 0.0);
    for range in ranges {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let particular = match name.split_once('/') {
            Some(("*", "*")) => 1,
            Some((its, "*")) if its == kind => 2,
            Some((its, subs)) if its == kind && subs == subtype => 3,
            _ => continue,
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(Ok(1.0), str::parse)
            .unwrap_or(0.0);
        if particular > best.0 {
            best = (particular, weight);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use actix_web::body::{MessageBody, to_bytes};
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn asked(accept: &'static str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        negotiate(&headers)
    }

    #[test]
    fn csv_comes_to_whoever_asks_for_it() {
        assert_eq!(negotiate(&HeaderMap::new()), Some(Format::Json));
        assert_eq!(asked("text/csv"), Some(Format::Csv));
        assert_eq!(
            asked("Text/CSV; header=present, application/json;q=0.5"),
            Some(Format::Csv)
        );
        assert_eq!(asked("text/csv;q=0.9, application/json"), Some(Format::Json));
        assert_eq!(asked("application/json, text/csv"), Some(Format::Json));
        assert_eq!(asked("text/html, */*;q=0.8"), Some(Format::Json));
        assert_eq!(asked("text/*"), Some(Format::Csv));
        assert_eq!(asked("application/json;q=0, */*"), Some(Format::Csv));
        assert_eq!(asked("application/xml"), None);
        assert_eq!(asked("text/csv;q=0"), None);
        assert_eq!(asked(""), None);
    }

    #[actix_web::test]
    async fn a_table_runs_nothing_and_reads_back() {
        let cells = [
            "=HYPERLINK(\"x\")",
            "-1",
            "Bydel \"Øst\", avd. 2",
            "@SUM",
            "K7QF-2M",
            "a\r\nb",
        ];
        let answer = csv("t", ["a", "b", "c", "d", "e", "f"], [cells.map(str::to_owned)]).unwrap();
        let body = to_bytes(answer.into_body().boxed()).await.unwrap();
        let mut reader = csv::Reader::from_reader(body.as_ref());
        let row = reader.records().next().unwrap().unwrap();
        let expected = [
            "'=HYPERLINK(\"x\")",
            "'-1",
            "Bydel \"Øst\", avd. 2",
            "'@SUM",
            "K7QF-2M",
            "a\r\nb",
        ];
        assert_eq!(row.iter().collect::<Vec<_>>(), expected);
    }
}
