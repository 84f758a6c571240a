//! Registering, logging in and out, refreshing, passwords and sessions.

use serde_json::json;

use crate::harness::{PASSWORD, register_form, run};

#[tokio::test]
async fn registers_and_logs_in() {
    run(async |app| {
        let answer = app.anonymous().multipart("POST", "/api/v1/users/register", register_form("Alice")).await;
        assert_eq!((answer.status, answer.message()), (201, "User registered Successfully"));
        assert_eq!(answer.body["data"]["username"], "alice");
        let body = json!({ "email": "ALICE@example.org", "username": "", "password": PASSWORD });
        let client = app.login("alice").await.client;
        let answer = client.post("/api/v1/users/login", body).await;
        assert_eq!((answer.status, answer.message()), (200, "User logged In Successfully"));
        assert_eq!(answer.cookies().len(), 2);
        let answer = client.get("/api/v1/users/current-user").await;
        assert_eq!(answer.body["data"]["email"], "alice@example.org");
    })
    .await;
}
