//! Changes the password, and checks it before sensitive actions.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::users;
use crate::app::App;
use crate::auth::password::{PASSWORD_BYTES_MAX, Verdict};
use crate::auth::sessions;
use crate::db::retry;
use crate::error::Error;
use crate::http::body::{Body, NonBlank, Secret};
use crate::http::client_address::ClientAddress;
use crate::http::openapi;
use crate::http::reply::{Empty, Envelope, Reply};
use crate::http::viewer::Viewer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(change_password))
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangePassword {
    #[schema(value_type = String)]
    old_password: Option<Secret>,
    #[schema(value_type = String)]
    new_password: Option<Secret>,
}

/// Change the password
///
/// Ends all other sessions of the account.
#[utoipa::path(
    post,
    path = "/api/v1/users/change-password",
    tag = "auth",
    security(("bearer" = []), ("cookie" = [])),
    request_body = ChangePassword,
    responses((status = 200, body = Envelope<Empty>, description = "Changed"), openapi::TooMany)
)]
async fn change_password(
    State(app): State<App>,
    viewer: Viewer,
    ClientAddress(address): ClientAddress,
    Body(body): Body<ChangePassword>,
) -> Result<Reply<Empty>, Error> {
    let (Some(old), Some(new)) = (body.old_password.non_blank(), body.new_password.non_blank()) else {
        return Err(Error::invalid("oldPassword and newPassword are required"));
    };
    check_password_length(new)?;
    let wrong = "Invalid old password";
    let checked = check_password(&app, viewer, address, old, wrong).await?;
    let hash = app.hasher.hash(new.to_owned()).await?;
    retry(|| async {
        let mut tx = app.db.begin().await?;
        if !users::replace_hash(&mut tx, viewer.id, &hash, &checked).await? {
            return Err(Error::invalid(wrong));
        }
        sessions::end_others(&mut tx, viewer.id, viewer.session).await?;
        tx.commit().await?;
        Ok(Reply::ok(Empty {}, "Password changed successfully"))
    })
    .await
}

/// Checks the viewer's password and returns the hash it matches.
///
/// # Errors
/// 400 with `wrong` on a mismatch, 429 after too many attempts.
pub async fn check_password(
    app: &App,
    viewer: Viewer,
    address: std::net::IpAddr,
    password: &str,
    wrong: &'static str,
) -> Result<String, Error> {
    check_password_length(password)?;
    app.rate.admit("password", address, Some(&viewer.id.to_string())).await?;
    let account = users::account(&app.db, viewer.id).await?;
    let hash = account.map(|account| account.password_hash);
    match (app.hasher.verify(password.to_owned(), hash.clone()).await?, hash) {
        (Verdict::Right | Verdict::RightRehashed(_), Some(hash)) => Ok(hash),
        _ => Err(Error::invalid(wrong)),
    }
}

/// # Errors
/// 400 if the password is too long to hash.
pub fn check_password_length(password: &str) -> Result<(), Error> {
    if password.len() > PASSWORD_BYTES_MAX {
        let limit = format!("The password must have at most {PASSWORD_BYTES_MAX} bytes");
        return Err(Error::field("password", limit));
    }
    Ok(())
}
