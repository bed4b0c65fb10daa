//! Lists: how many, from where, and the way to the next page.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::app::AppError;

/// How many items a page has when nobody says.
const USUAL: u16 = 50;
/// How many it has at most.
const MOST: u16 = 100;
/// U+0000 as JSON has it.
const NUL: &[u8] = br"\u0000";

/// The parameter `limit`: 1 to 100, 50 when it is missing (`#[serde(default)]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// As a number of rows.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let limit = u16::deserialize(from)?;
        if (1..=MOST).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(de::Error::invalid_value(
                de::Unexpected::Unsigned(limit.into()),
                &"1 to 100",
            ))
        }
    }
}

/// The parameter `cursor`: where the page before ended. Opaque to clients; it holds the sort key of the last item and the
/// id behind it, so that items which arrive meanwhile move nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor behind the item at `position`.
    #[must_use]
    pub fn after(position: &impl Serialize) -> Self {
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).unwrap_or_default()))
    }

    /// The position that it holds.
    ///
    /// # Errors
    /// [`AppError::Cursor`] when it was not made by [`Cursor::after`] for this kind of list.
    pub fn position<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_not_ours| AppError::Cursor)?;
        // No text that is kept holds U+0000, and PostgreSQL refuses to compare with one.
        if bytes.windows(NUL.len()).any(|part| part == NUL) {
            return Err(AppError::Cursor);
        }
        serde_json::from_slice(&bytes).map_err(|_not_ours| AppError::Cursor)
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<T: Serialize> Page<T> {
    /// A page that goes on behind `next`.
    #[must_use]
    pub fn new(items: Vec<T>, next: Option<Cursor>) -> Self {
        Self {
            items,
            next_cursor: next.map(|cursor| cursor.0),
        }
    }

    /// A page that goes on behind a place that the store has named.
    #[must_use]
    pub const fn at(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }

    /// The answer, with a `Link` header to the next page that keeps the filters.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = &self.next_cursor {
            let filters =
                url::form_urlencoded::parse(request.query_string().as_bytes()).filter(|(name, _)| name != "cursor");
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(filters)
                .append_pair("cursor", cursor)
                .finish();
            response.insert_header((header::LINK, format!("<{}?{query}>; rel=\"next\"", request.path())));
        }
        response.json(self)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_cursor_holds_its_position_and_nothing_else_does() {
        let cursor = Cursor::after(&("2026-11-24T12:00:00Z", 7));
        assert_eq!(
            cursor.position::<(String, u32)>().unwrap(),
            ("2026-11-24T12:00:00Z".to_owned(), 7)
        );
        for other in ["", "x", "AAAA", "ÿ", &Cursor::after(&7).0] {
            assert!(
                matches!(
                    Cursor(other.to_owned()).position::<(String, u32)>(),
                    Err(AppError::Cursor)
                ),
                "{other}"
            );
        }
    }

    #[test]
    fn the_link_keeps_the_filters_and_moves_the_cursor() {
        let request = TestRequest::with_uri("/api/v1/referrals?box=inbox&cursor=old&q=K7+%26").to_http_request();
        let next = Cursor::after(&7);
        let answer = Page::new(vec![1], Some(next.clone())).respond(&request);
        let link = answer.headers().get(header::LINK).unwrap().to_str().unwrap();
        assert_eq!(
            link,
            format!("</api/v1/referrals?box=inbox&q=K7+%26&cursor={}>; rel=\"next\"", next.0)
        );
        assert!(
            Page::<u8>::new(vec![], None)
                .respond(&request)
                .headers()
                .get(header::LINK)
                .is_none()
        );
    }
}
