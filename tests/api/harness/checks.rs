//! What must hold for every response, and for every server when its test is over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chaitube::{App, recount};

use super::{Response, eventually};

/// No response tells a password hash, a refresh token (but to whoever logs in or refreshes) or another's e-mail.
pub fn secrets(path: &str, response: &Response, own_email: Option<&str>) {
    let text = String::from_utf8_lossy(&response.bytes);
    let path = path.trim_end_matches('/').to_lowercase();
    for forbidden in ["$argon2", "$2a$", "$2b$", "password_hash", "passwordHash", "refresh_hash", "undefined"] {
        let is_document = path.ends_with("/openapi.json") || path.starts_with("/docs");
        assert!(is_document || !text.contains(forbidden), "{path} tells {forbidden}: {text}");
    }
    let issues_tokens = path.ends_with("/login") || path.ends_with("/refresh-token");
    if response.body.is_object() && !path.ends_with("/openapi.json") {
        assert!(issues_tokens || !text.contains("\"refreshToken\""), "{path} tells a refresh token: {text}");
        assert!(!text.contains("\"password\":"), "{path} has a password: {text}");
        for (end, _) in text.match_indices("@example.org") {
            let start = text[..end].rfind(|c: char| !(c.is_alphanumeric() || ".-_".contains(c))).map_or(0, |at| at + 1);
            let email = &text[start..end + "@example.org".len()];
            let is_registration = path.ends_with("/register");
            assert!(is_registration || own_email == Some(email), "{path} tells somebody else's address {email}");
        }
    }
}

/// Every response has a request id and the security headers.
pub fn headers(response: &Response) {
    for name in ["x-request-id", "content-security-policy", "x-content-type-options", "referrer-policy"] {
        assert!(response.headers.contains_key(name), "no {name} in {:?}", response.headers);
    }
}

/// The counters that answers show are those of the rows they count.
pub async fn counters(app: &App) {
    if app.db.ping().await.is_err() {
        return;
    }
    for (counter, repaired) in recount(&app.db).await.unwrap() {
        assert_eq!(repaired, 0, "{counter} was wrong in {repaired} rows");
    }
}

/// The store holds exactly the objects that are live or still come in, and no upload was left behind.
pub async fn media(app: &App, root: &Path) {
    if app.db.ping().await.is_err() {
        return;
    }
    // The server may still be busy with removing what a request that went away has left.
    eventually(async || {
        let mut stored: BTreeSet<String> =
            files(root).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        // The store's note about itself.
        stored.remove("layout");
        // What comes in to a bucket is an object when it is complete.
        let sql =
            "SELECT m.name, m.state FROM media m WHERE m.store = 'local' OR m.state <> 'growing' OR m.kind = 'piece'
                   OR EXISTS (SELECT 1 FROM uploads u WHERE u.media = m.name AND u.state = 'complete')";
        let rows: Vec<(String, String)> = app.db.all(sql, vec![]).await.unwrap();
        let known: BTreeSet<String> = rows
            .into_iter()
            .map(|(name, state)| (name.split('.').next().unwrap().to_owned(), state))
            .map(|(stem, state)| if state == "live" || state == "growing" { stem } else { format!("{stem} {state}") })
            .collect();
        (stored == known)
            .then_some(())
            .ok_or_else(|| format!("the media store has {stored:?} and its ledger {known:?}"))
    })
    .await;
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
