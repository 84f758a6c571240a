//! Enums of a closed set of words, stored as text columns.

/// Gives each variant one text, in the database, in JSON and in the API's description. No other text decodes.
macro_rules! text_enum {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$variant_attribute:meta])* $variant:ident = $text:tt,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ::serde::Serialize, ::utoipa::ToSchema)]
        $visibility enum $name {
            $($(#[$variant_attribute])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl From<$name> for $crate::db::Arg {
            fn from(value: $name) -> Self {
                Self::from(value.as_str())
            }
        }

        impl $crate::db::FromValue for $name {
            fn from_value(value: $crate::db::Value<'_>) -> Result<Self, String> {
                let $crate::db::Value::Text(text) = value else { return Err(stringify!($name).to_owned()) };
                let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
                known.ok_or_else(|| format!("{}, not {text:?}", stringify!($name)))
            }
        }
    };
}

pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use crate::db::{Db, Error, Options, args};

    text_enum! {
        enum Colour {
            Red = "red",
            DarkBlue = "dark-blue",
        }
    }

    async fn database(folder: &std::path::Path) -> Db {
        let limit = std::time::Duration::from_secs(5);
        let url = format!("sqlite://{}", folder.join("test.sqlite").display());
        Db::open(&Options { url, listen_url: None, connections_max: 1, statement_limit: limit, wait_limit: limit })
            .await
            .unwrap()
    }

    #[test]
    fn text_is_the_same_in_json_and_in_its_schema() {
        let texts = Colour::ALL.map(Colour::as_str);
        assert_eq!(serde_json::to_value(Colour::ALL).unwrap(), serde_json::json!(texts));
        assert_eq!(serde_json::to_value(Colour::schema()).unwrap()["enum"], serde_json::json!(texts));
    }

    #[tokio::test]
    async fn unknown_text_in_a_column_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let db = database(folder.path()).await;
        let stored: (Colour,) = db.one("SELECT $1", args![Colour::DarkBlue]).await.unwrap();
        assert_eq!(stored.0, Colour::DarkBlue);
        let absent: (Option<Colour>,) = db.one("SELECT NULL", args![]).await.unwrap();
        assert_eq!(absent.0, None);
        let unknown = db.one::<(Colour,)>("SELECT 'green'", args![]).await;
        assert!(matches!(unknown, Err(Error::Backend(_))), "{unknown:?}");
    }
}
