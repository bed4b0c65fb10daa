//! Refresh tokens work once.

use chrono::Duration;
use stafett_store::sessions::{self, NewToken, Rotation};

use crate::world::{World, on_both};

impl World {
    fn token<'a>(&self, secret_hash: &'a str) -> NewToken<'a> {
        NewToken {
            secret_hash,
            created_at: self.now,
            expires_at: self.now + Duration::days(30),
        }
    }

    async fn rotate(&self, presented: &str, next: &str) -> Rotation {
        let tx = self.db.write_tx().await.unwrap();
        let rotation = sessions::rotate(&tx, presented, self.token(next)).await.unwrap();
        tx.commit().await.unwrap();
        rotation
    }

    async fn begin(&self, secret_hash: &str) {
        let tx = self.db.write_tx().await.unwrap();
        sessions::begin(&tx, self.worker("bup-oslo").id, self.token(secret_hash))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn a_token_that_comes_twice_ends_its_family_and_no_other(world: World) {
        let me = world.worker("bup-oslo").id;
        world.begin("a1").await;
        world.begin("b1").await;
        assert_eq!(world.rotate("a1", "a2").await, Rotation::Renewed(me));
        assert_eq!(world.rotate("a2", "a3").await, Rotation::Renewed(me));
        assert_eq!(world.rotate("a1", "a4").await, Rotation::Reused(me));
        assert_eq!(world.rotate("a3", "a5").await, Rotation::Invalid, "the family is revoked");
        assert_eq!(world.rotate("b1", "b2").await, Rotation::Renewed(me), "another session goes on");
        assert_eq!(world.rotate("nothing", "x").await, Rotation::Invalid);
    }

    async fn of_two_who_use_a_token_at_once_one_gets_through(world: World) {
        world.begin("a1").await;
        let (one, two) = tokio::join!(world.rotate("a1", "a2"), world.rotate("a1", "a3"));
        let renewed = [one, two].iter().filter(|rotation| matches!(rotation, Rotation::Renewed(_))).count();
        assert_eq!(renewed, 1);
    }

    async fn a_session_ends_when_told_and_by_itself(world: World) {
        let mut world = world;
        world.begin("a1").await;
        let tx = world.db.write_tx().await.unwrap();
        sessions::end(&tx, "a1", world.now).await.unwrap();
        sessions::end(&tx, "unknown", world.now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.rotate("a1", "a2").await, Rotation::Invalid);

        world.begin("b1").await;
        world.begin("c1").await;
        let tx = world.db.write_tx().await.unwrap();
        sessions::end_all(&tx, world.worker("bup-oslo").id, world.now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.rotate("b1", "b2").await, Rotation::Invalid);
        assert_eq!(world.rotate("c1", "c2").await, Rotation::Invalid);

        world.begin("d1").await;
        world.later(Duration::days(30));
        assert_eq!(world.rotate("d1", "d2").await, Rotation::Invalid);
        let tx = world.db.write_tx().await.unwrap();
        assert_eq!(sessions::forget_expired(&tx, world.now + Duration::seconds(1)).await.unwrap(), 4);
        tx.commit().await.unwrap();
    }
}
