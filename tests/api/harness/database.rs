//! A database for each test: a file, or a schema of its own on the PostgreSQL server that is named.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// An empty database.
pub struct TestDatabase {
    pub url: String,
    schema: Option<(String, String)>,
}

/// The PostgreSQL server to test on, if it is that one's turn.
pub fn postgres_url() -> Option<String> {
    std::env::var("CHAITUBE_TEST_DATABASE_URL").ok()
}

impl TestDatabase {
    pub async fn create(folder: &Path) -> Self {
        let Some(server) = postgres_url() else {
            return Self { url: format!("sqlite://{}", folder.join("test.db").display()), schema: None };
        };
        let schema = format!("t{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
        let mut connection = PgConnection::connect(&server).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
        connection.close().await.unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-c%20search_path%3D{schema}");
        Self { url, schema: Some((server, schema)) }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, schema)) = self.schema.take() else { return };
        // Dropping is not async, and the test's runtime may be gone: another thread has one of its own.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await.unwrap();
                connection.execute("SET client_min_messages = warning").await.unwrap();
                connection.execute(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
            });
        });
        let _ = dropped.join();
    }
}
