//! Fields that responses carry under more than one name: their own, and those that some front ends read.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{Deprecated, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// Makes types that a response flattens into itself: one value, its name, and its aliases, which the description has as
/// deprecated.
macro_rules! aliased {
    ($($name:ident($value:ty): $own:literal, $($alias:literal),+;)+) => {$(
        #[doc = concat!("`", $own, "`, with its aliases.")]
        #[derive(Clone, Debug)]
        pub struct $name($value);

        impl From<$value> for $name {
            fn from(value: $value) -> Self {
                Self(value)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut fields = serializer.serialize_struct(stringify!($name), [$own, $($alias),+].len())?;
                fields.serialize_field($own, &self.0)?;
                $(fields.serialize_field($alias, &self.0)?;)+
                fields.end()
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new().property($own, <$value>::schema()).required($own);
                object$(.property($alias, alias_of($own, <$value>::schema())))+.into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

aliased! {
    FullName(String): "fullName", "fullname";
    LikesCount(i64): "likesCount", "totalLikes";
    SubscribersCount(i64): "subscribersCount", "totalSubscribers", "subcribersCount";
    SubscriptionsCount(i64): "channelsSubscribedToCount", "subscriptionsCount";
}

fn alias_of(own: &str, mut schema: RefOr<Schema>) -> RefOr<Schema> {
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.deprecated = Some(Deprecated::True);
        object.description = Some(format!("Alias of `{own}`."));
    }
    schema
}
