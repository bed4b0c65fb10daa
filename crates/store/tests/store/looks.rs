//! What is sealed opens to the receipt of a look, and to nothing else; a look is there when its receipt is.

use stafett_store::looks::{self, Logged, Looks, Row, Unseen};
use stafett_store::texts;
use stafett_workflow::look::{Look, LookedAt};
use stafett_workflow::policy::{self, Operation};

use crate::world::{World, on_both};

fn row(world: &World, record: &stafett_store::referrals::Record, slug: &str) -> Row {
    let permit = policy::permit(&world.actor(slug), Operation::ReadReferral, record.referral()).unwrap();
    let look = Look::at_referral(&permit, record.referral().id, LookedAt::Referral);
    Row::at_referral(record, look, world.now, Some("request")).unwrap()
}

on_both! {
    async fn a_receipt_opens_what_it_names_and_nothing_else(world: World) {
        let record = world.create("bup-oslo", true).await;
        let other = world.create("bup-oslo", true).await;
        let looks = Looks::start(world.db.clone());
        let logged = looks.log(vec![row(&world, &record, "bup-oslo")]).await.unwrap();
        assert_eq!(record.person(&logged), Some(&World::person()));
        assert_eq!(record.content(&logged).as_ref(), &World::content());
        assert_eq!(other.person(&logged), None, "a receipt for another referral");
        assert_eq!(other.content(&logged).summary, None);
        let nothing = Logged::default();
        assert_eq!((record.person(&nothing), record.content(&nothing).summary.clone()), (None, None));
        let basis = record.referral().current_handoff().unwrap().terms.basis_text.unwrap();
        assert_eq!(texts::by_ids(&world.db, &record, &[basis], &logged).await.unwrap().len(), 1);
        assert!(texts::by_ids(&world.db, &record, &[basis], &nothing).await.unwrap().is_empty());
        assert!(texts::page(&world.db, &record, &["legal-basis"], None, 5, &nothing).await.unwrap().items.is_empty());
        assert_eq!(record.person(Unseen::Test), Some(&World::person()));
    }

    async fn many_looks_at_once_share_commits_and_each_is_there(world: World) {
        let record = world.create("bup-oslo", true).await;
        let looks = Looks::start(world.db.clone());
        let mut waiting = Vec::new();
        for _ in 0..300 {
            waiting.push(looks.hand_in(vec![row(&world, &record, "bup-oslo")]).await.unwrap());
        }
        for pending in waiting {
            assert!(pending.logged().await.unwrap().covers(record.referral().id));
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM looks").await, 300);
        let page = looks::of_referral(&world.db, &record, None, None, 100).await.unwrap();
        assert_eq!(page.items.len(), 100);
        let rest = looks::of_referral(&world.db, &record, None, page.next, 1000).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (200, None));
    }

    async fn a_transaction_that_is_undone_logs_nothing(world: World) {
        let record = world.create("bup-oslo", true).await;
        let tx = world.db.write_tx().await.unwrap();
        looks::within(&tx, vec![row(&world, &record, "bup-oslo")]).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(world.number("SELECT COUNT(*) FROM looks").await, 0);
    }

    async fn what_cannot_be_written_gives_no_receipt(world: World) {
        let record = world.create("bup-oslo", true).await;
        let looks = Looks::start(world.db.clone());
        world.raw("ALTER TABLE looks RENAME TO looks_away").await.unwrap();
        let error = looks.log(vec![row(&world, &record, "bup-oslo")]).await.unwrap_err();
        assert!(matches!(error, stafett_store::StoreError::NotLogged(_)), "{error:?}");
        world.raw("ALTER TABLE looks_away RENAME TO looks").await.unwrap();
        assert!(looks.log(vec![row(&world, &record, "bup-oslo")]).await.is_ok(), "the writer goes on");
    }
}
