//! Deletes an account with all its data.

use std::time::Duration;

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::password::check_password;
use crate::api::feature::CountedTable;
use crate::api::features::FEATURES;
use crate::api::users::store;
use crate::app::App;
use crate::db::{Error as DbError, Sql, Tx, args, retry};
use crate::error::Error;
use crate::http::body::{Body, NonBlank, Secret};
use crate::http::client_address::ClientAddress;
use crate::http::cookies::without_cookies;
use crate::http::openapi;
use crate::http::reply::{Empty, Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::id::UserId;
use crate::storage::Storage;

/// Shorter than the second PostgreSQL takes to detect a deadlock, so that the deletion loses it and not a request.
const LOCK_WAIT: Duration = Duration::from_millis(200);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(delete_account))
}

/// The account's password, as confirmation.
#[derive(Deserialize, ToSchema)]
struct DeleteAccount {
    #[schema(value_type = String)]
    password: Option<Secret>,
}

/// Delete the caller's account
///
/// Deletes its videos, comments, tweets, playlists, likes, subscriptions, history and media. Cannot be undone.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me",
    operation_id = "leave",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    request_body = DeleteAccount,
    responses((status = 200, body = Envelope<Empty>, description = "Deleted"), openapi::TooMany)
)]
async fn delete_account(
    State(app): State<App>,
    viewer: Viewer,
    ClientAddress(address): ClientAddress,
    Body(body): Body<DeleteAccount>,
) -> Result<Reply<Empty>, Error> {
    let password = body.password.non_blank().ok_or_else(|| Error::field("password", "password is required"))?;
    check_password(&app, viewer, address, password, "Invalid password").await?;
    if !remove_account(&app, viewer.id).await? {
        return Err(Error::unauthorized("Invalid Access Token"));
    }
    Ok(without_cookies(&app, Reply::ok(Empty {}, "Account deleted")))
}

/// Deletes the account; false if it is gone already.
///
/// Requests lock video → user, deletion locks user → video. A short lock timeout with retry makes the deletion lose the
/// deadlock; ending the sessions keeps the account from starting new requests.
async fn remove_account(app: &App, user: UserId) -> Result<bool, DbError> {
    app.views.store_history(user).await?;
    retry(|| async {
        let removed = try_remove_account(app, user).await;
        if let Err(DbError::Deadlock(cause)) = &removed {
            tracing::info!(%cause, %user, "account deletion deadlocked");
            app.db.execute("DELETE FROM sessions WHERE user_id = $1", args![user]).await?;
        }
        removed
    })
    .await
}

async fn try_remove_account(app: &App, user: UserId) -> Result<bool, DbError> {
    let mut tx = app.db.begin_alone().await?;
    tx.wait_at_most(LOCK_WAIT).await?;
    // Keeps concurrent requests of the account from adding rows.
    if store::lock(&mut tx, user).await?.is_none() {
        return Ok(false);
    }
    remove_everything(&mut tx, &app.storage, user).await?;
    tx.commit().await?;
    Ok(true)
}

async fn remove_everything(tx: &mut Tx, storage: &Storage, user: UserId) -> Result<(), DbError> {
    lock_counted_rows(tx, user).await?;
    for feature in FEATURES {
        feature.forget.run(tx, storage, user).await?;
    }
    let images: Vec<(String,)> = tx.all("SELECT name FROM media WHERE user_id = $1", args![user]).await?;
    for (name,) in images {
        storage.delete(tx, &name).await?;
    }
    // Sessions, history and playlists go by cascade.
    tx.execute("DELETE FROM users WHERE id = $1", args![user]).await?;
    store::count_out(tx).await
}

/// Locks the rows that the user's likes, comments and so on are counted on, a table at a time and by id. Counters
/// change under that lock only, so from then on nobody removes a like that is about to be subtracted.
async fn lock_counted_rows(tx: &mut Tx, user: UserId) -> Result<(), DbError> {
    for table in CountedTable::IN_LOCK_ORDER {
        let queries = FEATURES.iter().flat_map(|feature| feature.counted_on).filter(|(counted, _)| *counted == table);
        let ids = queries.map(|(_, ids)| Sql::from(*ids)).reduce(|ids, more| ids.then("UNION").then(more));
        if let Some(ids) = ids {
            let rows = Sql::from("SELECT id FROM").then(table.name()).then("WHERE id IN (").then(ids);
            tx.execute(rows.then(") ORDER BY id").for_update(), args![user]).await?;
        }
    }
    Ok(())
}
