//! Users, as lists and nested objects show them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::aliased::FullName;
use crate::id::UserId;
use crate::storage::MediaUrls;

/// A user in short form.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSummary {
    #[serde(rename = "_id")]
    pub id: UserId,
    #[schema(example = "hitesh")]
    pub username: String,
    #[serde(flatten)]
    pub full_name: FullName,
    pub avatar: String,
}

/// The columns of [`UserSummary`], as every list that shows owners selects them.
#[derive(Clone, Debug, crate::db::Record)]
pub struct OwnerRow {
    pub owner_id: UserId,
    pub owner_username: String,
    pub owner_full_name: String,
    pub owner_avatar: String,
}

impl OwnerRow {
    pub fn summary(self, urls: &MediaUrls) -> UserSummary {
        UserSummary {
            id: self.owner_id,
            username: self.owner_username,
            full_name: self.owner_full_name.into(),
            avatar: urls.user_media(Some(&self.owner_avatar)),
        }
    }
}
