//! Refresh tokens work once.

use chrono::Duration;
use stafett_store::sessions::{self, NewToken, Rotation, SessionId};
use stafett_store::users::{self, User};

use crate::world::{World, on_both};

/// No session lasts longer.
const LONGEST: Duration = Duration::days(40);

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
        let rotation = sessions::rotate(&tx, presented, self.token(next), LONGEST)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        rotation
    }

    async fn begin(&self, secret_hash: &str) -> SessionId {
        let tx = self.db.write_tx().await.unwrap();
        let id = sessions::begin(&tx, self.worker("bup-oslo").id, self.token(secret_hash))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }
}

on_both! {
    async fn a_token_that_comes_twice_ends_its_family_and_no_other(world: World) {
        let me = world.worker("bup-oslo").id;
        let a = world.begin("a1").await;
        let b = world.begin("b1").await;
        assert_eq!(world.rotate("a1", "a2").await, Rotation::Renewed(me, a));
        assert_eq!(world.rotate("a2", "a3").await, Rotation::Renewed(me, a));
        assert_eq!(world.rotate("a1", "a4").await, Rotation::Reused(me));
        assert_eq!(world.rotate("a3", "a5").await, Rotation::Invalid, "the family is revoked");
        assert_eq!(world.rotate("b1", "b2").await, Rotation::Renewed(me, b), "another session goes on");
        assert_eq!(world.rotate("nothing", "x").await, Rotation::Invalid);
    }

    async fn of_two_who_use_a_token_at_once_one_gets_through(world: World) {
        world.begin("a1").await;
        let (one, two) = tokio::join!(world.rotate("a1", "a2"), world.rotate("a1", "a3"));
        let renewed = [one, two].iter().filter(|rotation| matches!(rotation, Rotation::Renewed(..))).count();
        assert_eq!(renewed, 1);
    }

    async fn a_session_ends_when_told_and_by_itself(world: World) {
        let mut world = world;
        world.begin("a1").await;
        let tx = world.db.write_tx().await.unwrap();
        let me = world.worker("bup-oslo").id;
        assert_eq!(sessions::end_by_token(&tx, "a1", world.now).await.unwrap(), Some(me));
        assert_eq!(sessions::end_by_token(&tx, "a1", world.now).await.unwrap(), None, "it has ended");
        assert_eq!(sessions::end_by_token(&tx, "unknown", world.now).await.unwrap(), None);
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

    async fn a_session_is_listed_and_lets_in_until_it_ends(world: World) {
        let me = world.worker("bup-oslo").id;
        let other = world.worker("uteseksjonen").id;
        let (a, b) = (world.begin("a1").await, world.begin("b1").await);
        let listed = sessions::open(&world.db, me, world.now, LONGEST).await.unwrap();
        assert_eq!(listed.iter().map(|session| session.id).collect::<std::collections::HashSet<_>>(), [a, b].into());
        assert!(sessions::open(&world.db, other, world.now, LONGEST).await.unwrap().is_empty());
        assert!(users::actor_in(&world.db, me, a).await.unwrap().is_some());
        assert!(users::actor_in(&world.db, other, a).await.unwrap().is_none(), "it is not theirs");

        let tx = world.db.write_tx().await.unwrap();
        assert!(!sessions::end_one(&tx, other, a, world.now).await.unwrap(), "nobody ends another's");
        assert!(sessions::end_one(&tx, me, a, world.now).await.unwrap());
        assert!(!sessions::end_one(&tx, me, a, world.now).await.unwrap(), "once is enough");
        tx.commit().await.unwrap();
        assert!(users::actor_in(&world.db, me, a).await.unwrap().is_none());
        assert!(users::actor_in(&world.db, me, b).await.unwrap().is_some());
        assert_eq!(world.rotate("a1", "a2").await, Rotation::Invalid);
        let left = sessions::open(&world.db, me, world.now, LONGEST).await.unwrap();
        assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [b]);
    }

    async fn no_session_lasts_for_ever(world: World) {
        let mut world = world;
        let me = world.worker("bup-oslo").id;
        let a = world.begin("a1").await;
        world.later(Duration::days(20));
        assert_eq!(world.rotate("a1", "a2").await, Rotation::Renewed(me, a));
        assert_eq!(sessions::open(&world.db, me, world.now, LONGEST).await.unwrap().len(), 1);
        world.later(Duration::days(20));
        assert_eq!(world.rotate("a2", "a3").await, Rotation::Invalid, "it has lasted for as long as one may");
        assert_eq!(sessions::open(&world.db, me, world.now, LONGEST).await.unwrap(), [], "and is not listed as if it could go on");
    }

    /// What was read of somebody lets them in as long as nothing has ended their sessions since.
    async fn whoever_was_recognised_is_held_as_they_were(world: World) {
        let me = users::find(&world.db, world.worker("bup-oslo").id).await.unwrap().unwrap();
        let tx = world.db.write_tx().await.unwrap();
        assert!(users::hold(&tx, &me).await.unwrap());
        assert!(users::hold(&tx, &me).await.unwrap(), "it changes nothing");
        assert!(users::set_password(&tx, me.id, Some("another"), world.now).await.unwrap());
        assert!(!users::hold(&tx, &me).await.unwrap(), "with the old password");
        let now = users::find(&tx, me.id).await.unwrap().unwrap();
        assert!(users::hold(&tx, &now).await.unwrap());
        let closed = User { active: false, version: now.version + 1, ..now.clone() };
        assert!(users::update(&tx, &closed).await.unwrap());
        assert!(!users::hold(&tx, &now).await.unwrap(), "closed meanwhile");
        tx.rollback().await.unwrap();
    }

    /// A clock that was wrong and is set right again keeps nobody out.
    async fn a_clock_that_is_set_back_ends_no_session(world: World) {
        let mut world = world;
        let me = world.worker("bup-oslo").id;
        let a = world.begin("a1").await;
        world.later(-Duration::hours(2));
        assert_eq!(world.rotate("a1", "a2").await, Rotation::Renewed(me, a));
        assert_eq!(sessions::open(&world.db, me, world.now, LONGEST).await.unwrap().len(), 1);
    }
}
