//! Tells a story on a database.

use std::future::Future;

use crate::{Database, DatabaseKind};

/// Runs one story on a new database of the given kind. [`on_both_databases!`](crate::on_both_databases) calls it.
///
/// # Panics
/// When the story does.
pub fn tell<Story, Telling>(kind: DatabaseKind, story: Story)
where
    Story: FnOnce(Database) -> Telling,
    Telling: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap_or_else(|error| panic!("no runtime for the story: {error}"));
    runtime.block_on(async { story(Database::create(kind).await).await });
}

/// Makes two tests of each story, `story::sqlite` and `story::postgres`.
///
/// A story is an `async fn` of one [`Database`](crate::Database), which is empty and its own.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$about:meta])* async fn $story:ident($database:ident: Database) $body:block)+) => {$(
        $(#[$about])*
        mod $story {
            #[allow(unused_imports, reason = "a story may need nothing from around it")]
            use super::*;

            async fn story($database: $crate::Database) $body

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
