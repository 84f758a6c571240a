//! Transactions that lose against others, and are done all the same.

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::harness::{Server, TestApp, eventually, id, postgres_url, run, run_on};
use crate::races::{Request, at_once, people, post, request, statuses};

/// Another session of the server's database. It leaves it to others to notice a deadlock.
async fn other_session(app: &TestApp) -> PgConnection {
    let mut session = PgConnection::connect(&app.app.config.database_url).await.unwrap();
    session.execute("SET deadlock_timeout = '5min'").await.unwrap();
    session
}

async fn lock_user(session: &mut PgConnection, id: &str) {
    let sql = "SELECT 1 FROM users WHERE id = decode($1, 'hex') FOR UPDATE";
    sqlx::query(sql).bind(id).fetch_one(session).await.unwrap();
}

/// Waits until somebody waits for what the session has locked.
async fn is_waited_for(session: &mut PgConnection) {
    eventually(async || {
        let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))";
        let waiting: i64 = sqlx::query(sql).fetch_one(&mut *session).await.unwrap().get(0);
        (waiting > 0).then_some(()).ok_or("nobody waits")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_deadlocks_with_another_session_is_done_after_it() {
    if postgres_url().is_none() {
        return;
    }
    run(async |app| {
        let mut two = people(app, 2).await;
        two.sort_by(|one, other| one.id.cmp(&other.id));
        let mut session = other_session(app).await;
        session.execute("BEGIN").await.unwrap();
        // Subscribing locks both accounts, in the order of their ids; the session does it the other way round.
        lock_user(&mut session, &two[1].id).await;
        let path = format!("/api/v1/subscriptions/c/{}", two[1].id);
        let subscribing = two[0].client.bare("POST", &path);
        let locking = async {
            is_waited_for(&mut session).await;
            // There before the session has ended: the request has given way.
            lock_user(&mut session, &two[0].id).await;
            session.execute("COMMIT").await.unwrap();
        };
        let (response, ()) = tokio::join!(subscribing, locking);
        assert_eq!(response.expect(200, "Subscribed successfully").data()["subscribersCount"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_serializable_transactions_writers_at_once_are_all_acknowledged() {
    if postgres_url().is_none() {
        return;
    }
    let server =
        Server { database_options: "%20-c%20default_transaction_isolation%3Dserializable", ..Server::default() };
    run_on(server, async |app| {
        let (level,): (String,) =
            app.app.db.one("SELECT current_setting('transaction_isolation')", vec![]).await.unwrap();
        assert_eq!(level, "serializable");
        let people = people(app, 6).await;
        let video = people[0].video("Tea").await;
        let (video, channel) = (id(&video), &people[0].id);
        let mut requests: Vec<Request> = Vec::new();
        for (number, person) in people.iter().enumerate() {
            requests.push(request(&person.client, "POST", &format!("/api/v1/likes/toggle/v/{video}")));
            requests.push(post(&person.client, &format!("/api/v1/comments/{video}"), json!({ "content": "Hm" })));
            requests.push(post(&person.client, "/api/v1/tweets", json!({ "content": "Hm" })));
            if number > 0 {
                requests.push(request(&person.client, "POST", &format!("/api/v1/subscriptions/c/{channel}")));
            }
            let playlist =
                person.create("/api/v1/playlist", json!({ "name": "List", "description": "Of everything" })).await;
            requests.push(request(&person.client, "PATCH", &format!("/api/v1/playlist/add/{video}/{}", id(&playlist))));
        }
        let responses = at_once(requests).await;
        assert!(statuses(&responses).iter().all(|status| matches!(status, 200 | 201)), "{responses:?}");
        let shown = people[0].client.get(&format!("/api/v1/videos/{video}")).await.data();
        assert_eq!((&shown["likesCount"], &shown["commentsCount"]), (&json!(6), &json!(6)));

        // What was made goes again, while somebody leaves and takes everything along.
        let leave = people[5].client.clone();
        let body = json!({ "password": crate::harness::PASSWORD });
        let mut requests: Vec<Request> =
            vec![Box::pin(async move { leave.send(leave.request("DELETE", "/api/v1/users/me").json(&body)).await })];
        for person in &people[..5] {
            requests.push(request(&person.client, "POST", &format!("/api/v1/likes/toggle/v/{video}")));
            let comments = person.client.get(&format!("/api/v1/comments/{video}")).await.data();
            for comment in comments["docs"].as_array().or(comments.as_array()).unwrap() {
                if comment["owner"]["_id"] == person.id.as_str() {
                    requests.push(request(&person.client, "DELETE", &format!("/api/v1/comments/c/{}", id(comment))));
                }
            }
        }
        let responses = at_once(requests).await;
        assert!(statuses(&responses).iter().all(|status| *status == 200), "{responses:?}");
    })
    .await;
}
