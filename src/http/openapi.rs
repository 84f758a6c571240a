//! The API's description: what the routes say about themselves, completed with what holds for all of them.

use std::collections::BTreeMap;

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{OpenApi as Document, Ref, RefOr, Response};
use utoipa::{IntoResponses, OpenApi};

use super::cookies::{ACCESS_COOKIE, REFRESH_COOKIE};
use crate::error::ErrorEnvelope;

/// Makes the types by which a route says which failures it has beyond those every route has.
macro_rules! failures {
    ($($name:ident $status:literal $description:literal;)+) => {$(
        #[doc = $description]
        #[derive(IntoResponses)]
        #[response(status = $status, description = $description)]
        #[expect(dead_code, reason = "only described, never made")]
        pub struct $name(ErrorEnvelope);
    )+

        /// Returns every failure, by the name that it has in the document.
        fn failures() -> BTreeMap<String, RefOr<Response>> {
            let all = [$((stringify!($name), $name::responses())),+];
            all.into_iter().flat_map(|(name, made)| made.into_values().map(|made| (name.to_owned(), made))).collect()
        }
    };
}

failures! {
    Invalid 400 "Invalid request; `message` and, for single fields, `errors` say why";
    Unauthorized 401 "Not logged in, or the token is invalid";
    Forbidden 403 "Not the owner, or cookies sent from another origin";
    NotFound 404 "Not found, or not visible to the caller";
    Conflict 409 "Conflict with existing data or with a concurrent change";
    Gone 410 "Expired or cancelled";
    PreconditionFailed 412 "Unsupported version of tus in `Tus-Resumable`";
    TooLarge 413 "Body or file too large";
    UnsupportedMediaType 415 "Unsupported media type of the body";
    Locked 423 "Another request is writing to it";
    ChecksumMismatch 460 "Checksum mismatch";
    NotImplemented 501 "Unsupported format";
    RangeNotSatisfiable 416 "Range not satisfiable";
    TooMany 429 "Too many attempts, or too many requests at once; `Retry-After` says when to retry";
    Internal 500 "Internal error";
    Unavailable 503 "Busy, or the database is unavailable; `Retry-After` says when to retry";
}

/// The document's frame; the routes fill it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chaitube",
        description = "A self-hosted site for videos and short posts. The routes, bodies and statuses are those of \
                       the VideoTube (chai-backend) family, so front ends made for it work with this server.\n\n\
                       Every response is an envelope: `{statusCode, data, message, success}`, and for errors \
                       `{statusCode, data: null, success: false, message, errors}`. A trailing slash is optional, \
                       unknown fields and parameters are ignored, ids are 24 hexadecimal characters, times are \
                       RFC 3339 in UTC. A method that an address does not have returns 404, as an address does that \
                       does not exist; a method that no address has, such as TRACE, returns 405. Log in at \
                       `/api/v1/users/login` and send the access token as `Authorization: Bearer …`, or let the browser send the cookie.\n\n\
                       What is deprecated is an alias for existing front ends, beside its own path or field. The \
                       setting `RESPONSE_PROFILES` gives front ends of other forks responses of other shapes, by their \
                       `Origin`; this describes the responses without one.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(ErrorEnvelope))
)]
pub struct ApiDoc;

/// A tag with its description.
pub fn tag(name: &str, description: &str) -> Tag {
    TagBuilder::new().name(name).description(Some(description)).build()
}

/// Completes the document: security schemes, and the failures that follow from what a route takes.
pub fn complete(mut document: Document) -> Document {
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build()),
    );
    for (name, cookie) in [("cookie", ACCESS_COOKIE), ("refreshCookie", REFRESH_COOKIE)] {
        components.add_security_scheme(name, SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie))));
    }
    components.responses = failures();
    let failures = &components.responses;
    for item in document.paths.paths.values_mut() {
        for read in [&mut item.get, &mut item.options].into_iter().flatten() {
            complete_operation(read, false);
            refer_to(failures, read);
        }
        for write in [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten() {
            complete_operation(write, true);
            refer_to(failures, write);
        }
    }
    document
}

/// Replaces failures by references to them: every operation has several.
fn refer_to(failures: &BTreeMap<String, RefOr<Response>>, operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let Some((name, _)) = failures.iter().find(|(_, failure)| *failure == response) {
            *response = RefOr::Ref(Ref::from_response_name(name));
        }
    }
}

fn complete_operation(operation: &mut Operation, is_write: bool) {
    let has_security = operation.security.as_ref().is_some_and(|list| !list.is_empty());
    let has_body = operation.request_body.is_some();
    add::<Internal>(operation);
    add::<Unavailable>(operation);
    // A client has too many connections, whatever it asks for.
    add::<TooMany>(operation);
    // Whatever is asked for: a request to a name the server does not go by is no good.
    add::<Invalid>(operation);
    if has_security {
        add::<Unauthorized>(operation);
    }
    if has_security && is_write {
        add::<Forbidden>(operation);
        // What is written about may be removed at the same moment, the account itself included.
        add::<Conflict>(operation);
    }
    if has_body {
        add::<TooLarge>(operation);
    }
    name(operation);
}

/// Handlers of two features may have the same name, but an operation's id must be its own.
fn name(operation: &mut Operation) {
    let feature = operation.tags.as_ref().and_then(|tags| tags.first()).cloned().unwrap_or_default();
    operation.operation_id = operation.operation_id.take().map(|handler| format!("{feature}_{handler}"));
}

fn add<F: IntoResponses>(operation: &mut Operation) {
    for (status, response) in F::responses() {
        let response: RefOr<Response> = response;
        operation.responses.responses.entry(status).or_insert(response);
    }
}
