//! What a company says about itself, its articles and its ready replies.

use segue_core::ids::{ArticleId, CannedReplyId, TeamId, WorkspaceId};
use segue_core::time::Hours;
use segue_store::{
    Article, CannedReply, Error, MailSecurity, MailSettings, SharedWith, Store, Team,
};

use crate::ground::{NOW, dice, place};
use crate::people::an_agent;

on_both! {
    a_deleted_article_is_gone_until_it_is_brought_back
    what_the_first_hour_keeps_reads_back
    replies_that_are_ready_read_back
}

async fn a_deleted_article_is_gone_until_it_is_brought_back(store: Store) {
    let id = place(&store).await.workspace_id;
    let article = Article {
        id: ArticleId::new(NOW, dice()),
        workspace_id: id.clone(),
        source: "a.md".into(),
        title: "A".into(),
        tags: vec![],
        text: "text".into(),
        updated_at: NOW,
    };
    let done: Result<(), Error> = store
        .write(move |tx| {
            let (one, later) = (&article.id, NOW.plus(1_000));
            tx.put_article(&article)?;
            assert_eq!(tx.articles_version(&id)?, (1, NOW.as_millis()));
            let changed = Article {
                text: "other".into(),
                updated_at: later,
                ..article.clone()
            };
            assert!(!tx.edit_article(&changed, later)?, "seen too late");
            assert!(tx.edit_article(&changed, NOW)?);
            assert!(tx.delete_article(&id, one, later.plus(1))?);
            assert!(!tx.delete_article(&id, one, later)?, "once");
            assert_eq!(tx.articles(&id)?.len(), 0);
            assert!(tx.article(&id, one)?.is_none());
            assert_eq!(tx.articles_version(&id)?.0, 0);
            assert!(tx.restore_article(&id, one, later.plus(2))?);
            assert!(!tx.restore_article(&id, one, later)?, "once");
            assert_eq!(tx.article(&id, one)?.unwrap().text, "other");
            // Importing it again brings it back too.
            assert!(tx.delete_article(&id, one, later.plus(3))?);
            assert!(tx.put_article(&changed)?);
            assert_eq!(tx.articles(&id)?.len(), 1);
            assert!(tx.delete_article(&id, one, later.plus(4))?);
            tx.purge_articles(&id, later.plus(5))?;
            assert!(!tx.restore_article(&id, one, later)?, "gone for good");
            Ok(())
        })
        .await;
    done.unwrap();
}

async fn what_the_first_hour_keeps_reads_back(store: Store) {
    let place = place(&store).await;
    let done: Result<(), Error> = store
        .write(move |tx| {
            let (id, inbox, later) = (&place.workspace_id, &place.inbox_id, NOW.plus(1));
            assert_eq!(tx.mail_settings(id)?, None);
            let mut settings = MailSettings {
                host: "smtp.shop.example".into(),
                port: 587,
                security: MailSecurity::StartTls,
                user: Some("help".into()),
                password: Some("secret".into()),
                from: "help@shop.example".into(),
                changed_at: NOW,
                tested_at: None,
            };
            tx.set_mail_settings(id, &settings)?;
            assert!(!tx.mail_tested(id, later, later)?, "other settings");
            assert!(tx.mail_tested(id, NOW, later)?);
            settings.tested_at = Some(later);
            assert_eq!(tx.mail_settings(id)?.as_ref(), Some(&settings));
            settings.user = None;
            settings.password = None;
            tx.set_mail_settings(id, &settings)?;
            assert_eq!(tx.mail_settings(id)?, Some(settings));
            tx.forget_mail_settings(id)?;
            assert_eq!(tx.mail_settings(id)?, None);

            assert!(tx.pass_milestone(id, "live", NOW)?);
            assert!(!tx.pass_milestone(id, "live", later)?);
            assert_eq!(tx.milestones(id)?, [("live".to_string(), NOW)]);
            tx.lift_milestone(id, "live")?;
            assert_eq!(tx.milestones(id)?, []);

            assert!(tx.sight(id, inbox, "https://shop.example", NOW)?);
            assert!(!tx.sight(id, inbox, "https://shop.example", later)?);
            let seen = tx.sightings(id)?;
            assert_eq!((seen[0].first_at, seen[0].last_at), (NOW, later));
            for n in 0..60 {
                tx.sight(id, inbox, &format!("https://{n}.example"), NOW)?;
            }
            assert_eq!(tx.sightings(id)?.len(), 50);

            let hours = Hours {
                zone: "Europe/Berlin".into(),
                ..Hours::always()
            };
            assert!(tx.set_hours(id, inbox, &hours)?);
            assert_eq!(tx.inbox(id, inbox)?.unwrap().hours, hours);
            let stranger = WorkspaceId::new(NOW, dice());
            assert!(!tx.set_hours(&stranger, inbox, &hours)?);
            assert_eq!(tx.sightings(&stranger)?, []);
            Ok(())
        })
        .await;
    done.unwrap();
}

async fn replies_that_are_ready_read_back(store: Store) {
    let place = place(&store).await;
    let done = store.write(move |tx| {
        let workspace_id = &place.workspace_id;
        let agent = an_agent(&place, dice());
        let team = Team {
            id: TeamId::new(NOW, dice()),
            workspace_id: workspace_id.clone(),
            name: "Billing".into(),
            overflow: None,
        };
        tx.add_team(&team, NOW)?;
        let reply = |name: &str, shared_with: SharedWith| CannedReply {
            id: CannedReplyId::new(NOW, dice()),
            workspace_id: workspace_id.clone(),
            name: name.into(),
            text: "Hello {customer.name}".into(),
            shared_with,
            updated_at: NOW,
        };
        let mine = reply("b mine", SharedWith::Agent(agent.id));
        let ours = reply("A ours", SharedWith::Team(team.id.clone()));
        tx.put_canned_reply(&mine)?;
        tx.put_canned_reply(&ours)?;
        assert_eq!(
            tx.canned_replies(workspace_id)?,
            [ours.clone(), mine.clone()]
        );
        let changed = CannedReply {
            text: "Hi".into(),
            ..mine
        };
        tx.put_canned_reply(&changed)?;
        assert_eq!(
            tx.canned_reply(workspace_id, &changed.id)?,
            Some(changed.clone())
        );
        let stranger = WorkspaceId::new(NOW, dice());
        assert_eq!(tx.canned_reply(&stranger, &changed.id)?, None);
        tx.drop_canned_reply(&stranger, &changed.id)?;
        tx.drop_canned_reply(workspace_id, &changed.id)?;
        // A team that goes leaves its replies to everybody.
        tx.drop_team(workspace_id, &team.id)?;
        let left = tx.canned_replies(workspace_id)?;
        assert_eq!(
            left,
            [CannedReply {
                shared_with: SharedWith::All,
                ..ours
            }]
        );
        Ok::<_, Error>(())
    });
    done.await.unwrap();
}
