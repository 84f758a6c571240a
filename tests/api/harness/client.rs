//! A client that looks at every response before the test does.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{checks, contract};

/// Talks to the server, as nobody or with a token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    /// The only e-mail address this client may ever be told.
    email: Option<String>,
    /// What every request has beyond what it needs.
    headers: HeaderMap,
    /// Whether the responses have the shapes of the description.
    is_described: bool,
}

/// What the server said.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    /// The JSON body; null when it is something else.
    pub body: Value,
    pub bytes: Vec<u8>,
}

impl Response {
    /// The envelope's `data`.
    pub fn data(&self) -> Value {
        self.body["data"].clone()
    }

    /// The envelope's `message`.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// A header's value; `""` when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `Set-Cookie` headers.
    pub fn cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// Fails unless the response has this status and message, in the envelope for it.
    #[track_caller]
    pub fn expect(&self, status: u16, message: &str) -> &Self {
        let text = String::from_utf8_lossy(&self.bytes);
        assert_eq!((self.status, self.message()), (status, message), "{text}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.body["statusCode"], status, "{text}");
        assert_eq!(self.body["success"], status < 400, "{text}");
        if status >= 400 {
            assert!(self.body["errors"].is_array() && self.body.get("data") == Some(&Value::Null), "{text}");
        }
        self
    }

    /// Fails unless the response has this status; gives its `data`.
    #[track_caller]
    pub fn expect_status(&self, status: u16) -> Value {
        let message = self.message().to_owned();
        assert!(!message.is_empty(), "{status} was expected: {self:?}");
        self.expect(status, &message).data()
    }
}

impl Client {
    pub fn new(base: &str, token: Option<String>, email: Option<String>) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, base: base.to_owned(), token, email, headers: HeaderMap::new(), is_described: true }
    }

    /// The same person at another server.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// The same person with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same person without a token.
    pub fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// The same person, with another header in every request.
    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        client
    }

    /// The same person, who may be told this e-mail address.
    pub fn with_email(&self, email: &str) -> Self {
        Self { email: Some(email.to_owned()), ..self.clone() }
    }

    /// The same person at a front end with a response profile, whose responses the description does not describe.
    pub fn in_other_shapes(&self) -> Self {
        Self { is_described: false, ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(self.request("GET", path)).await
    }

    pub async fn head(&self, path: &str) -> Response {
        self.send(self.request("HEAD", path)).await
    }

    /// A request without a body, with these headers.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = self.request(method, path);
        self.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.send(self.request("POST", path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Response {
        self.send(self.request("PATCH", path).json(&body)).await
    }

    /// A request without a body.
    pub async fn bare(&self, method: &str, path: &str) -> Response {
        self.send(self.request(method, path)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.bare("DELETE", path).await
    }

    pub async fn multipart(&self, method: &str, path: &str, form: Form) -> Response {
        self.send(self.request(method, path).multipart(form)).await
    }

    /// A request to be completed and then sent with [`Client::send`]. `path` may be a whole address.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let request =
            self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), address).headers(self.headers.clone());
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and checks what comes back.
    pub async fn send(&self, request: RequestBuilder) -> Response {
        let request = request.build().unwrap();
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let mut response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let is = |wanted: &[u8]| headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(wanted));
        // Events have no end: the first one has to do.
        let bytes = if is(b"text/event-stream") { response.chunk().await.unwrap() } else { None };
        let bytes = match bytes {
            Some(first) => first.to_vec(),
            None => response.bytes().await.unwrap().to_vec(),
        };
        let is_json = is(b"application/json");
        let body = if is_json && method != "HEAD" { serde_json::from_slice(&bytes).unwrap() } else { Value::Null };
        let response = Response { status, headers, body, bytes };
        checks::secrets(&path, &response, self.email.as_deref());
        checks::headers(&response);
        if self.is_described {
            contract::check(&method, &path, &response);
        }
        response
    }
}
