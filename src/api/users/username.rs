//! User names, as they are looked up.

use std::str::FromStr;

use crate::error::Error;

pub const CHANNEL_NOT_FOUND: &str = "channel does not exists";

/// A trimmed, lowercase user name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Username {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // PostgreSQL rejects queries with NUL, and no user name has one.
        if text.contains('\0') {
            return Err(Error::not_found(CHANNEL_NOT_FOUND));
        }
        Ok(Self(text.trim().to_lowercase()))
    }
}

/// Returns what a name looks like: two names that people take for one another have the same skeleton (Unicode Technical
/// Standard 39). A version of the crate with other tables needs a migration that sets all stored skeletons to NULL.
pub fn skeleton(username: &str) -> String {
    unicode_security::skeleton(username).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_have_one_skeleton() {
        for (name, other) in [
            ("alice", "\u{430}lice"),
            ("alice", "al\u{456}ce"),
            ("bob1", "bob\u{1d7cf}"),
            ("bob0", "bob\u{966}"),
            ("modern", "rnodern"),
            ("alice", "alice\u{3164}"),
        ] {
            assert_eq!(skeleton(name), skeleton(other), "{name} {other}");
        }
        assert_ne!(skeleton("emile"), skeleton("émile"));
    }

    /// An index entry of PostgreSQL has at most 2,704 bytes.
    #[test]
    fn skeletons_of_the_longest_names_fit_into_an_index() {
        let longest = (' '..=char::MAX).filter(|c| c.is_alphanumeric()).map(|c| skeleton(&c.to_string()).len()).max();
        assert!(longest.unwrap() * 50 < 2_704, "{longest:?}");
    }
}
