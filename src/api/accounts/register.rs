//! Registration.

use axum::extract::{Request, State};
use email_address::EmailAddress;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::me::{CurrentUser, load_current_user};
use super::password::check_password_length;
use crate::api::uploads::form::{FilePart, Form, receive};
use crate::api::users::store;
use crate::api::users::store::NewUser;
use crate::app::App;
use crate::db;
use crate::db::retry;
use crate::error::{Error, FieldError};
use crate::http::body::{NonBlank, Secret, Text, at_most};
use crate::http::client_address::ClientAddress;
use crate::http::openapi;
use crate::http::reply::{Envelope, Reply};
use crate::id::UserId;
use crate::images::Use;
use crate::storage::Owner;

pub const FULL_NAME_CHARS_MAX: usize = 100;
pub const USERNAME_CHARS_MAX: usize = 50;
const TAKEN: &str = "User with email or username already exists";
const LOOK_ALIKE: &str = "This username looks like that of another user. Choose one that cannot be mistaken for it.";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(register))
}

/// The text parts of a registration.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Register {
    #[serde(alias = "fullname")]
    full_name: Option<Text>,
    username: Option<Text>,
    email: Option<Text>,
    password: Option<Secret>,
}

/// Registration form.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes the multipart body that `receive` reads")]
struct RegisterForm {
    /// Alias: `fullname`.
    #[schema(example = "Hitesh Choudhary", max_length = 100)]
    full_name: String,
    /// Letters, digits, `.`, `_` and `-`; stored in lower case. One that looks like another user's (such as `аlice` with
    /// a Cyrillic `а`) is refused.
    #[schema(example = "hitesh", max_length = 50)]
    username: String,
    #[schema(example = "hitesh@example.org")]
    email: String,
    #[schema(example = "correct horse battery staple")]
    password: String,
    /// PNG, JPEG, WebP or GIF with at most 25 million pixels.
    #[schema(value_type = String, format = Binary)]
    avatar: Vec<u8>,
    /// PNG, JPEG, WebP or GIF with at most 32 million pixels.
    #[schema(value_type = Option<String>, format = Binary)]
    cover_image: Option<Vec<u8>>,
}

struct Checked {
    full_name: String,
    username: String,
    email: String,
    password: String,
}

impl Form for Register {
    fn check(&self) -> Result<(), Error> {
        self.check_texts(false)?;
        if let Some(full_name) = self.full_name.non_blank() {
            at_most("fullName", full_name, FULL_NAME_CHARS_MAX)?;
        }
        self.password.non_blank().map(check_password_length).transpose()?;
        self.username.non_blank().map(checked_username).transpose()?;
        self.email.non_blank().map(checked_email).transpose().map(drop)
    }
}

impl Register {
    /// Checks that the fields have a text: all of them, or those that were sent.
    fn check_texts(&self, all: bool) -> Result<(), Error> {
        let fields = [
            ("fullName", self.full_name.is_some(), self.full_name.non_blank().is_some()),
            ("username", self.username.is_some(), self.username.non_blank().is_some()),
            ("email", self.email.is_some(), self.email.non_blank().is_some()),
            ("password", self.password.is_some(), self.password.non_blank().is_some()),
        ];
        let errors: Vec<FieldError> = fields
            .into_iter()
            .filter(|(_, is_sent, has_text)| !has_text && (all || *is_sent))
            .map(|(field, ..)| FieldError { field: field.to_owned(), message: format!("{field} is required") })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid("All fields are required".into(), errors)) }
    }

    fn checked(self) -> Result<Checked, Error> {
        self.check_texts(true)?;
        self.check()?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(Checked {
            full_name: text(self.full_name.non_blank()),
            username: checked_username(self.username.non_blank().unwrap_or_default())?,
            email: checked_email(self.email.non_blank().unwrap_or_default())?,
            password: text(self.password.non_blank()),
        })
    }
}

fn checked_username(username: &str) -> Result<String, Error> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    // "." and ".." never arrive as a path segment.
    if !username.chars().all(allowed) || username.chars().all(|c| c == '.') {
        return Err(Error::field("username", "username may have letters, digits, '.', '_' and '-' only"));
    }
    at_most("username", username, USERNAME_CHARS_MAX)?;
    Ok(username.to_lowercase())
}

/// Returns the address in lower case: 400 if it is not an e-mail address.
pub fn checked_email(email: &str) -> Result<String, Error> {
    let options = email_address::Options::default().without_display_text().without_domain_literal();
    if EmailAddress::parse_with_options(email, options).is_err() {
        return Err(Error::field("email", "email is not a valid e-mail address"));
    }
    Ok(email.to_lowercase())
}

/// Register an account
///
/// The first account becomes the administrator (`role` is `admin`).
#[utoipa::path(
    post,
    path = "/api/v1/users/register",
    tag = "auth",
    request_body(content = RegisterForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = Envelope<CurrentUser>, description = "The new account"),
        openapi::Conflict,
        openapi::TooMany,
    )
)]
async fn register(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    request: Request,
) -> Result<Reply<CurrentUser>, Error> {
    app.rate.admit("register", address, None).await?;
    let image = |name| FilePart::image(name, &app);
    let mut received = receive::<Register>(&app, request, &[image("avatar"), image("coverImage")]).await?;
    let (avatar, cover) = (received.take("avatar"), received.take("coverImage"));
    let user = received.fields.checked()?;
    app.rate.admit_account("register", &user.username).await?;
    if store::is_taken(&app.db, &user.username, &user.email).await? {
        return Err(Error::conflict(TAKEN));
    }
    let avatar = avatar.ok_or_else(|| Error::field("avatar", "Avatar file is required"))?;
    let avatar = app.images.store(address, Use::Avatar, "avatar", avatar).await?;
    let cover = match cover {
        Some(cover) => Some(app.images.store(address, Use::Cover, "coverImage", cover).await?),
        None => None,
    };
    let password_hash = app.hasher.hash(user.password).await?;
    let id = UserId::new(&app.clock);
    let new_user = NewUser {
        id,
        username: &user.username,
        email: &user.email,
        full_name: &user.full_name,
        password_hash: &password_hash,
        avatar: avatar.name().as_str(),
        cover: cover.as_ref().map(|cover| cover.name().as_str()),
        now_ms: app.clock.now_ms(),
    };
    let stored = retry(|| async {
        let mut tx = app.db.begin().await?;
        match store::insert(&mut tx, &new_user).await {
            Err(db::Error::Conflict(_)) => return Err(Error::conflict(TAKEN)),
            result => result?,
        }
        // Not before: an account that leaves may hold the name, and then wants to be counted out.
        store::count_in(&mut tx, id).await?;
        if store::looks_like_another(&mut tx, id, &user.username).await? {
            return Err(Error::conflict(LOOK_ALIKE));
        }
        for image in [Some(&avatar), cover.as_ref()].into_iter().flatten() {
            image.attach(&mut tx, Owner::User(id)).await?;
        }
        tx.commit().await?;
        Ok(())
    });
    stored.await?;
    Ok(Reply::created(load_current_user(&app, id).await?, "User registered Successfully"))
}
