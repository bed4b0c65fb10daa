//! Where settings come from, each source as one layer: defaults, file, environment, flags.

use std::path::{Path, PathBuf};

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::{ConfigError, keys};

/// What every environment variable of ours begins with.
pub(super) const PREFIX: &str = "STAFETT_";
/// Names the file; not a setting itself.
pub(super) const FILE_VARIABLE: &str = "STAFETT_CONFIG";
const SECRET_SUFFIX: &str = "_FILE";

/// One source with its name, as it is told to people.
pub(super) struct Layer {
    name: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

impl Layer {
    /// One setting from a place that has only texts: a flag or a variable.
    pub(super) fn text(name: impl Into<String>, path: &str, text: impl Into<String>) -> Self {
        let nested = path.rsplit('.').fold(Value::from(text.into()), |value, part| {
            Value::from(Dict::from([(part.to_owned(), value)]))
        });
        Self {
            name: name.into(),
            values: nested.into_dict().unwrap_or_default(),
        }
    }

    /// The defaults that do not follow from other settings.
    pub(super) fn defaults() -> Vec<Self> {
        keys::KEYS
            .iter()
            .filter(|key| !key.default.starts_with(['(', '[']))
            .map(|key| Self::text("default", key.path, key.default))
            .collect()
    }

    /// The file. A file that nobody named may be missing.
    pub(super) fn file(named: Option<&Path>) -> Result<Option<Self>, ConfigError> {
        let path = named.unwrap_or(Path::new(super::DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound && named.is_none() => return Ok(None),
            Err(source) => {
                return Err(ConfigError::File {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let name = path.display().to_string();
        let table: toml::Table = toml::from_str(&text).map_err(|wrong| ConfigError::Syntax {
            place: at_line(&name, &text, wrong.span().map(|span| span.start)),
            message: wrong.message().replace('\n', ", "),
        })?;
        for path in leaves(&table) {
            if keys::find(&path).is_none() {
                let offset = offset_of(&text, &path);
                return Err(unknown(
                    &at_line(&name, &text, offset),
                    format!("the key `{path}`"),
                    &path,
                ));
            }
        }
        let values = Value::serialize(table).map_err(|wrong| ConfigError::Value {
            place: name.clone(),
            message: wrong.to_string(),
        })?;
        Ok(Some(Self {
            name,
            values: values.into_dict().unwrap_or_default(),
        }))
    }

    /// The environment: `DATABASE_URL`, then everything that begins with `STAFETT_`.
    pub(super) fn environment(variables: Vec<(String, String)>) -> Result<Vec<Self>, ConfigError> {
        let mut layers = Vec::new();
        if let Some((name, url)) = named_database(&variables) {
            layers.push(Self::text(variable(name), "database.url", url.clone()));
        }
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix(PREFIX).filter(|_| name != FILE_VARIABLE) else {
                continue;
            };
            let path = dotted(rest);
            if keys::find(&path).is_some() {
                layers.push(Self::text(variable(&name), &path, text));
                continue;
            }
            match rest
                .strip_suffix(SECRET_SUFFIX)
                .map(dotted)
                .filter(|path| keys::find(path).is_some())
            {
                Some(path) => {
                    let file = PathBuf::from(text);
                    let content = std::fs::read_to_string(&file).map_err(|source| ConfigError::SecretFile {
                        variable: name.clone(),
                        path: file,
                        source,
                    })?;
                    let content = content.trim_end_matches(['\r', '\n']).to_owned();
                    layers.push(Self::text(variable(&name), &path, content));
                }
                None => return Err(unknown("the environment", format!("the variable `{name}`"), &path)),
            }
        }
        Ok(layers)
    }
}

/// An empty one is what scripts write for "none".
fn named_database(variables: &[(String, String)]) -> Option<&(String, String)> {
    variables
        .iter()
        .find(|(name, url)| name == "DATABASE_URL" && !url.is_empty())
}

fn variable(name: &str) -> String {
    format!("environment variable {name}")
}

fn dotted(variable: &str) -> String {
    variable.replace("__", ".").to_lowercase()
}

fn unknown(place: &str, what: String, path: &str) -> ConfigError {
    let hint = keys::nearest(path).map_or_else(
        || "remove it; `stafett config explain` lists every setting".to_owned(),
        |key| format!("did you mean `{}` ({})?", key.path, key.variable()),
    );
    ConfigError::UnknownKey {
        place: place.to_owned(),
        what,
        hint,
    }
}

/// The dotted path of every value in the file. An empty table sets nothing.
fn leaves(table: &toml::Table) -> Vec<String> {
    let mut paths = Vec::new();
    for (name, value) in table {
        match value {
            toml::Value::Table(inner) if keys::find(name).is_none() => {
                paths.extend(leaves_below(name, inner));
            }
            _ => paths.push(name.clone()),
        }
    }
    paths
}

fn leaves_below(parent: &str, table: &toml::Table) -> Vec<String> {
    // A table without a single known key is wrong as a whole, so it is named itself.
    if table.is_empty() && !keys::KEYS.iter().any(|key| key.path.starts_with(&format!("{parent}."))) {
        return vec![parent.to_owned()];
    }
    table
        .iter()
        .flat_map(|(name, value)| {
            let path = format!("{parent}.{name}");
            match value {
                toml::Value::Table(inner) if keys::find(&path).is_none() => leaves_below(&path, inner),
                _ => vec![path],
            }
        })
        .collect()
}

/// Where the key at `path` stands in the text.
fn offset_of(text: &str, path: &str) -> Option<usize> {
    let document = toml::de::DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut offset = None;
    for part in path.split('.') {
        let (name, value) = table.iter().find(|(name, _)| name.get_ref() == part)?;
        offset = Some(name.span().start);
        match value.get_ref().as_table() {
            Some(inner) => table = inner,
            None => break,
        }
    }
    offset
}

fn at_line(name: &str, text: &str, offset: Option<usize>) -> String {
    match offset.and_then(|offset| text.get(..offset)) {
        Some(before) => format!("{name}, line {}", before.matches('\n').count() + 1),
        None => name.to_owned(),
    }
}
