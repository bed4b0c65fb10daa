//! Tells a story on a database.

use std::future::Future;

use crate::{Database, DatabaseKind};

/// What a story stands on, made anew for each telling.
pub trait Ground: Sized {
    /// Makes it with a database of this kind.
    fn lay(kind: DatabaseKind) -> impl Future<Output = Self>;
}

impl Ground for Database {
    async fn lay(kind: DatabaseKind) -> Self {
        Self::create(kind).await
    }
}

impl Ground for DatabaseKind {
    async fn lay(kind: DatabaseKind) -> Self {
        kind
    }
}

/// Runs one story on new ground. [`on_both_databases!`](crate::on_both_databases) calls it.
///
/// # Panics
/// When the story does.
pub fn tell<G: Ground, Telling: Future<Output = ()>>(kind: DatabaseKind, story: impl FnOnce(G) -> Telling) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap_or_else(|error| panic!("no runtime for the story: {error}"));
    runtime.block_on(async { story(G::lay(kind).await).await });
}

/// Makes two tests of each story, `story::sqlite` and `story::postgres`.
///
/// A story is an `async fn` of one thing that it stands on: a [`Home`](crate::Home) to start servers in, an empty
/// [`Database`](crate::Database), or the [`DatabaseKind`](crate::DatabaseKind) alone.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$about:meta])* async fn $story:ident($ground:ident: $kind:ident) $body:block)+) => {$(
        $(#[$about])*
        mod $story {
            #[allow(unused_imports, reason = "a story may need nothing from around it")]
            use super::*;

            #[allow(unused_mut, reason = "a story may change what it stands on")]
            async fn story(mut $ground: $crate::$kind) $body

            #[test]
            fn sqlite() {
                $crate::tell($crate::DatabaseKind::Sqlite, story);
            }

            #[test]
            fn postgres() {
                $crate::tell($crate::DatabaseKind::Postgres, story);
            }
        }
    )+};
}
