//! Updates the caller's name, e-mail address and images.

use std::net::IpAddr;

use axum::extract::{Request, State};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::{CurrentUser, load_current_user};
use super::register::{FULL_NAME_CHARS_MAX, checked_email};
use crate::api::uploads::form::{FilePart, Form, receive};
use crate::api::users::store;
use crate::api::users::store::Profile;
use crate::app::App;
use crate::db;
use crate::db::retry;
use crate::error::Error;
use crate::http::body::{NonBlank, Text, at_most};
use crate::http::client_address::ClientAddress;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::http::viewer::Viewer;
use crate::images::Use;
use crate::storage::{Owner, PendingObject, TempFile};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(update_account)).routes(routes!(update_avatar)).routes(routes!(update_cover))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateAccount {
    #[serde(alias = "fullname")]
    full_name: Option<Text>,
    email: Option<Text>,
}

impl Form for UpdateAccount {
    fn check(&self) -> Result<(), Error> {
        if let Some(full_name) = self.full_name.non_blank() {
            at_most("fullName", full_name, FULL_NAME_CHARS_MAX)?;
        }
        self.email.non_blank().map(checked_email).transpose().map(drop)
    }
}

/// Account fields. Both texts are required unless an image is sent.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the body that `receive` reads")]
struct UpdateAccountForm {
    /// Alias: `fullname`.
    #[schema(example = "Hitesh Choudhary", max_length = 100)]
    full_name: Option<String>,
    #[schema(example = "hitesh@example.org")]
    email: Option<String>,
    /// Multipart only. PNG, JPEG, WebP or GIF with at most 25 million pixels.
    #[schema(value_type = Option<String>, format = Binary)]
    avatar: Option<Vec<u8>>,
    /// Multipart only. PNG, JPEG, WebP or GIF with at most 32 million pixels.
    #[schema(value_type = Option<String>, format = Binary)]
    cover_image: Option<Vec<u8>>,
}

/// Changes of one request; `None` keeps the value.
#[derive(Default)]
struct Change {
    full_name: Option<String>,
    email: Option<String>,
    avatar: Option<PendingObject>,
    cover: Option<PendingObject>,
}

/// Update the caller's account
#[utoipa::path(
    patch,
    path = "/api/v1/users/update-account",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    request_body(content(
        (UpdateAccountForm = "application/json"),
        (UpdateAccountForm = "application/x-www-form-urlencoded"),
        (UpdateAccountForm = "multipart/form-data"),
    )),
    responses((status = 200, body = Envelope<CurrentUser>, description = "The account"), openapi::Conflict)
)]
async fn update_account(
    State(app): State<App>,
    viewer: Viewer,
    ClientAddress(address): ClientAddress,
    request: Request,
) -> Result<Reply<CurrentUser>, Error> {
    let mut received = receive::<UpdateAccount>(&app, request, &image_parts(&app)).await?;
    let (avatar, cover) = (received.take("avatar"), received.take("coverImage"));
    let pending = received.fields;
    let (full_name, email) = (pending.full_name.non_blank(), pending.email.non_blank());
    let has_image = avatar.is_some() || cover.is_some();
    if !has_image && (full_name.is_none() || email.is_none()) {
        return Err(Error::invalid("All fields are required"));
    }
    pending.check()?;
    let change = Change {
        full_name: full_name.map(str::to_owned),
        email: email.map(checked_email).transpose()?,
        avatar: store_image(&app, address, Use::Avatar, "avatar", avatar).await?,
        cover: store_image(&app, address, Use::Cover, "coverImage", cover).await?,
    };
    apply(&app, viewer, change).await?;
    Ok(Reply::ok(load_current_user(&app, viewer.id).await?, "Account details updated successfully"))
}

/// A new avatar.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the multipart body that `receive` reads")]
struct AvatarForm {
    /// PNG, JPEG, WebP or GIF with at most 25 million pixels.
    #[schema(value_type = String, format = Binary)]
    avatar: Vec<u8>,
}

/// A new cover image.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the multipart body that `receive` reads")]
struct CoverForm {
    /// PNG, JPEG, WebP or GIF with at most 32 million pixels.
    #[schema(value_type = String, format = Binary)]
    cover_image: Vec<u8>,
}

/// Replace the caller's avatar
#[utoipa::path(
    patch,
    path = "/api/v1/users/avatar",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    request_body(content = AvatarForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Envelope<CurrentUser>, description = "The account"))
)]
async fn update_avatar(
    State(app): State<App>,
    viewer: Viewer,
    ClientAddress(address): ClientAddress,
    request: Request,
) -> Result<Reply<CurrentUser>, Error> {
    let image = receive_image(&app, request, "avatar", "Avatar file is missing").await?;
    let avatar = store_image(&app, address, Use::Avatar, "avatar", Some(image)).await?;
    apply(&app, viewer, Change { avatar, ..Change::default() }).await?;
    Ok(Reply::ok(load_current_user(&app, viewer.id).await?, "Avatar image updated successfully"))
}

/// Replace the caller's cover image
#[utoipa::path(
    patch,
    path = "/api/v1/users/cover-image",
    tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    request_body(content = CoverForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Envelope<CurrentUser>, description = "The account"))
)]
async fn update_cover(
    State(app): State<App>,
    viewer: Viewer,
    ClientAddress(address): ClientAddress,
    request: Request,
) -> Result<Reply<CurrentUser>, Error> {
    let image = receive_image(&app, request, "coverImage", "Cover image file is missing").await?;
    let cover = store_image(&app, address, Use::Cover, "coverImage", Some(image)).await?;
    apply(&app, viewer, Change { cover, ..Change::default() }).await?;
    Ok(Reply::ok(load_current_user(&app, viewer.id).await?, "Cover image updated successfully"))
}

fn image_parts(app: &App) -> [FilePart; 2] {
    ["avatar", "coverImage"].map(|name| FilePart::image(name, app))
}

async fn receive_image(
    app: &App,
    request: Request,
    part: &'static str,
    missing: &'static str,
) -> Result<TempFile, Error> {
    let parts = [FilePart::image(part, app)];
    let mut received = receive::<UpdateAccount>(app, request, &parts).await?;
    received.take(part).ok_or_else(|| Error::field(part, missing))
}

async fn store_image(
    app: &App,
    client: IpAddr,
    purpose: Use,
    field: &str,
    file: Option<TempFile>,
) -> Result<Option<PendingObject>, Error> {
    match file {
        Some(file) => app.images.store(client, purpose, field, file).await.map(Some),
        None => Ok(None),
    }
}

/// Applies a change and deletes the images it replaces.
async fn apply(app: &App, viewer: Viewer, change: Change) -> Result<(), Error> {
    let now = app.clock.now_ms();
    retry(|| async {
        let mut tx = app.db.begin().await?;
        let Some(old) = store::lock(&mut tx, viewer.id).await? else {
            return Err(Error::unauthorized("Invalid Access Token"));
        };
        let Profile { full_name, email, avatar, cover } = old;
        let full_name = change.full_name.clone().unwrap_or(full_name);
        let email = change.email.clone().unwrap_or(email);
        match store::update_profile(&mut tx, viewer.id, &full_name, &email, now).await {
            Err(db::Error::Conflict(_)) => return Err(Error::conflict("User with email already exists")),
            result => result?,
        }
        if let Some(pending) = &change.avatar {
            store::set_avatar(&mut tx, viewer.id, pending.name().as_str(), now).await?;
            pending.attach(&mut tx, Owner::User(viewer.id)).await?;
            app.storage.delete(&mut tx, &avatar).await?;
        }
        if let Some(pending) = &change.cover {
            store::set_cover(&mut tx, viewer.id, pending.name().as_str(), now).await?;
            pending.attach(&mut tx, Owner::User(viewer.id)).await?;
            if let Some(cover) = cover {
                app.storage.delete(&mut tx, &cover).await?;
            }
        }
        Ok(tx.commit().await?)
    })
    .await
}
