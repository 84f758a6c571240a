//! Reads raw settings: defaults, then the file, then the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::table::SETTINGS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File,
    Environment,
}

/// Name to unvalidated value and origin.
pub type Values = BTreeMap<&'static str, (String, Origin)>;

/// One message each.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// The environment overrides the file: `CHAITUBE_CONFIG`, or `chaitube.toml` if that exists.
///
/// # Errors
/// [`ConfigError`] if the file cannot be read, is not TOML or has an unknown setting.
pub fn read_values(environment: impl Fn(&str) -> Option<String>) -> Result<Values, ConfigError> {
    let mut values: Values =
        SETTINGS.iter().map(|setting| (setting.name, (setting.default.to_owned(), Origin::Default))).collect();
    let named = environment("CHAITUBE_CONFIG").map(PathBuf::from);
    let path = named.clone().unwrap_or_else(|| PathBuf::from("chaitube.toml"));
    match std::fs::read_to_string(&path) {
        Ok(text) => read_file(&path, &text, &mut values)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {}
        Err(error) => return Err(ConfigError(vec![format!("{}: cannot be read: {error}", path.display())])),
    }
    for setting in SETTINGS {
        if let Some(value) = environment(setting.name) {
            values.insert(setting.name, (value, Origin::Environment));
        }
    }
    Ok(values)
}

fn read_file(path: &Path, text: &str, values: &mut Values) -> Result<(), ConfigError> {
    let invalid = |reason: String| ConfigError(vec![format!("{}: {reason}", path.display())]);
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| invalid(error.to_string()))?;
    for (key, value) in table {
        let setting = SETTINGS
            .iter()
            .find(|setting| setting.name.eq_ignore_ascii_case(&key))
            .ok_or_else(|| invalid(format!("there is no setting \"{key}\"; `chaitube config` lists them all")))?;
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(switch) => switch.to_string(),
            _ => return Err(invalid(format!("\"{key}\" must be a string, a whole number, true or false"))),
        };
        values.insert(setting.name, (value, Origin::File));
    }
    Ok(())
}
