//! Paths that front ends call instead of an operation's own, and the way from one to the other.

use axum::extract::Request;
use axum::http::Method;

use crate::config::{Choice, Profile};
use crate::http::rewrite::set_path_and_query;

pub const BASE: &str = "/api/v1";

/// A path that stands for an operation. Both are below [`BASE`], in lower case, with parameters in braces; parameters
/// that the operation does not have are dropped.
#[derive(Clone, Copy, Debug)]
pub struct PathAlias {
    pub method: &'static str,
    pub path: &'static str,
    pub own_method: &'static str,
    pub own_path: &'static str,
    /// What whoever calls it reads.
    profile: Profile,
}

const fn alias(method: &'static str, path: &'static str, own_path: &'static str) -> PathAlias {
    PathAlias { method, path, own_method: method, own_path, profile: Profile::NONE }
}

impl PathAlias {
    const fn of_method(self, own_method: &'static str) -> Self {
        Self { own_method, ..self }
    }

    const fn with(self, choice: Choice) -> Self {
        Self { profile: self.profile.with(choice), ..self }
    }
}

pub const PATHS: &[PathAlias] = &[
    // The caller's account.
    alias("POST", "/users/current-user", "/users/current-user").of_method("GET"),
    alias("GET", "/users/get-current-user", "/users/current-user"),
    alias("PATCH", "/users/update-user", "/users/update-account"),
    alias("PATCH", "/users/update-profile", "/users/update-account"),
    alias("PATCH", "/users/update-avatar", "/users/avatar"),
    alias("PATCH", "/users/update-cover-image", "/users/cover-image"),
    alias("PATCH", "/users/update-cover", "/users/cover-image"),
    alias("PATCH", "/users/update-coverimg", "/users/cover-image"),
    alias("PATCH", "/users/change-password", "/users/change-password").of_method("POST"),
    alias("GET", "/users/watch-history", "/users/history"),
    // Videos.
    alias("GET", "/video", "/videos").with(Choice::NestedAliases),
    alias("POST", "/video", "/videos"),
    alias("GET", "/video/v/{videoId}", "/videos/{videoId}"),
    alias("PATCH", "/video/v/{videoId}", "/videos/{videoId}"),
    alias("DELETE", "/video/v/{videoId}", "/videos/{videoId}"),
    alias("PATCH", "/video/toggle/publish/{videoId}", "/videos/toggle/publish/{videoId}"),
    alias("GET", "/videos/u", "/videos"),
    alias("GET", "/videos/r/{videoId}", "/videos"),
    // Comments.
    alias("GET", "/comment/{videoId}", "/comments/{videoId}"),
    alias("POST", "/comment/{videoId}", "/comments/{videoId}"),
    alias("PATCH", "/comment/c/{commentId}", "/comments/c/{commentId}"),
    alias("DELETE", "/comment/c/{commentId}", "/comments/c/{commentId}"),
    alias("GET", "/comments/v/{videoId}", "/comments/{videoId}"),
    alias("POST", "/comments/v/{videoId}", "/comments/{videoId}"),
    // Tweets.
    alias("GET", "/tweet", "/tweets").with(Choice::NestedAliases),
    alias("GET", "/tweets/all", "/tweets"),
    alias("POST", "/tweet", "/tweets").with(Choice::NestedAliases),
    alias("GET", "/tweet/user/{userId}", "/tweets/user/{userId}").with(Choice::NestedAliases),
    alias("PATCH", "/tweet/{tweetId}", "/tweets/{tweetId}"),
    alias("DELETE", "/tweet/{tweetId}", "/tweets/{tweetId}"),
    // Playlists.
    alias("POST", "/playlists", "/playlist"),
    alias("GET", "/playlists/{playlistId}", "/playlist/{playlistId}"),
    alias("PATCH", "/playlists/{playlistId}", "/playlist/{playlistId}"),
    alias("DELETE", "/playlists/{playlistId}", "/playlist/{playlistId}"),
    alias("GET", "/playlists/user/{userId}", "/playlist/user/{userId}"),
    alias("PATCH", "/playlists/add/{videoId}/{playlistId}", "/playlist/add/{videoId}/{playlistId}"),
    alias("PATCH", "/playlists/remove/{videoId}/{playlistId}", "/playlist/remove/{videoId}/{playlistId}"),
];

/// Turns a request for an alias into one for its operation, and returns what is different in the response.
pub fn canonical(request: &mut Request) -> Profile {
    let Some((alias, path_and_query)) = find(request) else { return Profile::NONE };
    set_path_and_query(request, &path_and_query);
    if alias.method != alias.own_method
        && let Ok(method) = alias.own_method.parse()
    {
        *request.method_mut() = method;
    }
    alias.profile
}

/// Returns the alias that a request is for, and the path and query of its operation.
fn find(request: &Request) -> Option<(&'static PathAlias, String)> {
    let path = request.uri().path().strip_prefix(BASE)?;
    let method = if request.method() == Method::HEAD { "GET" } else { request.method().as_str() };
    let alias = PATHS.iter().find(|alias| alias.method == method && alias.matches(path))?;
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    Some((alias, format!("{BASE}{}{query}", alias.own_path_for(path))))
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

impl PathAlias {
    fn matches(&self, path: &str) -> bool {
        let literal = self.path.split('{').next().unwrap_or_default();
        if !path.starts_with(literal) {
            return false;
        }
        let (mut wanted, mut given) = (self.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(wanted), Some(given)) if wanted == given => {}
                (Some(wanted), Some(given)) if parameter(wanted).is_some() && !given.is_empty() => {}
                _ => return false,
            }
        }
    }

    /// Returns the operation's path, with the parameters that `path` has.
    fn own_path_for(&self, path: &str) -> String {
        let value = |name: &str| {
            let mut pairs = self.path.split('/').zip(path.split('/'));
            pairs.find_map(|(wanted, given)| (parameter(wanted) == Some(name)).then_some(given))
        };
        let segments = self.own_path.split('/').map(|segment| match parameter(segment) {
            Some(name) => value(name).unwrap_or_default(),
            None => segment,
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn rewritten(method: &str, uri: &str) -> String {
        let mut request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        canonical(&mut request);
        format!("{} {}", request.method(), request.uri())
    }

    #[test]
    fn aliases_become_their_operations() {
        let rows = [
            ("POST /api/v1/users/current-user", "GET /api/v1/users/current-user"),
            ("HEAD /api/v1/video/v/65a5", "HEAD /api/v1/videos/65a5"),
            ("DELETE /api/v1/comment/c/65a5", "DELETE /api/v1/comments/c/65a5"),
            ("PATCH /api/v1/playlists/add/1/2", "PATCH /api/v1/playlist/add/1/2"),
            ("GET /api/v1/videos/r/65a5?page=2", "GET /api/v1/videos?page=2"),
        ];
        for (alias, own) in rows {
            let (method, uri) = alias.split_once(' ').unwrap();
            assert_eq!(rewritten(method, uri), own);
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for unchanged in [
            "GET /api/v1/videos/65a5",
            "GET /api/v1/users/update-user",
            "GET /api/v1/video/v",
            "GET /api/v1/video/v/",
            "GET /api/v1/video/v/1/2",
            "GET /api/v1/videos/unknown",
            "GET /video",
            "POST /api/v1/users/get-current-user",
        ] {
            let (method, uri) = unchanged.split_once(' ').unwrap();
            assert_eq!(rewritten(method, uri), unchanged);
        }
    }

    #[test]
    fn no_two_aliases_match_the_same_path() {
        for (index, one) in PATHS.iter().enumerate() {
            let path = one.path.replace(['{', '}'], "");
            let other = PATHS.iter().position(|other| other.method == one.method && other.matches(&path));
            assert_eq!(other, Some(index), "{one:?}");
        }
    }
}
