//! Registries and their settings: `registry list`, `registry show`.

use serde::Serialize;

use super::Row;
use crate::model::setting::SETTINGS;
use crate::model::{CrawlRecord, Outcome, RegistryRow, RegistrySpec, Timestamp};
use crate::query::{self, schedule};

/// A line a registry. No secret is in it: where the password is kept is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegistryLine {
    name: String,
    address: String,
    r#type: String,
    active: bool,
    username: Option<String>,
    password: String,
    state: &'static str,
    state_reason: Option<String>,
    repositories: u64,
    tags: u64,
    images: u64,
    last_crawl: Option<String>,
    last_outcome: Option<&'static str>,
    last_failures: Option<u64>,
    product: Option<String>,
    version: Option<String>,
    listed_by: Option<String>,
    due_at: Option<String>,
    certificate_until: Option<String>,
}

/// How a crawl stands, in a word.
fn outcome(crawl: &CrawlRecord) -> &'static str {
    match (crawl.outcome, crawl.running) {
        (Some(outcome), _) => Outcome::as_str(outcome),
        (None, true) => "running",
        (None, false) => "interrupted",
    }
}

impl RegistryLine {
    /// The line of a registry as it stands `now`.
    pub fn new(row: &RegistryRow, now: Timestamp) -> Self {
        let spec = &row.spec;
        Self {
            name: spec.name.to_string(),
            address: spec.endpoint.to_string(),
            r#type: spec
                .product
                .map_or("auto", crate::model::Product::as_str)
                .to_owned(),
            active: spec.active,
            username: spec.username.clone(),
            password: spec.password.to_string(),
            state: query::standing(row, now).as_str(),
            state_reason: query::reason(row),
            repositories: row.repositories,
            tags: row.tags,
            images: row.images,
            last_crawl: row
                .last_crawl
                .as_ref()
                .map(|crawl| crawl.whole_since().to_string()),
            last_outcome: row.last_crawl.as_ref().map(outcome),
            last_failures: row.last_crawl.as_ref().map(|crawl| crawl.failures),
            product: row.opened.as_ref().and_then(|seen| seen.product.clone()),
            version: row.opened.as_ref().and_then(|seen| seen.version.clone()),
            listed_by: row.opened.as_ref().map(|seen| seen.listed_by.clone()),
            due_at: schedule::due_at(row).map(|at| at.to_string()),
            certificate_until: row
                .opened
                .as_ref()
                .and_then(|seen| seen.certificate_end)
                .map(|at| at.to_string()),
        }
    }
}

impl Row for RegistryLine {
    const COLUMNS: &'static [&'static str] = &[
        "NAME",
        "ADDRESS",
        "STATE",
        "REPOSITORIES",
        "TAGS",
        "IMAGES",
        "LAST CRAWL",
        "OUTCOME",
    ];
    const FIELDS: &'static [&'static str] = &[
        "name",
        "address",
        "type",
        "active",
        "username",
        "password",
        "state",
        "state_reason",
        "repositories",
        "tags",
        "images",
        "last_crawl",
        "last_outcome",
        "last_failures",
        "product",
        "version",
        "listed_by",
        "due_at",
        "certificate_until",
    ];

    fn cells(&self) -> Vec<String> {
        let mut name = self.name.clone();
        if !self.active {
            name.push_str(" (inactive)");
        }
        vec![
            name,
            self.address.clone(),
            self.state.to_owned(),
            self.repositories.to_string(),
            self.tags.to_string(),
            self.images.to_string(),
            self.last_crawl.clone().unwrap_or_else(|| "-".to_owned()),
            match (self.last_outcome, self.last_failures) {
                (Some(outcome), Some(1)) => format!("{outcome}, 1 failure"),
                (Some(outcome), Some(n)) if n > 0 => format!("{outcome}, {n} failures"),
                (outcome, _) => outcome.unwrap_or("-").to_owned(),
            },
        ]
    }

    fn fields(&self) -> Vec<String> {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            self.name.clone(),
            self.address.clone(),
            self.r#type.clone(),
            self.active.to_string(),
            or_empty(&self.username),
            self.password.clone(),
            self.state.to_owned(),
            or_empty(&self.state_reason),
            self.repositories.to_string(),
            self.tags.to_string(),
            self.images.to_string(),
            or_empty(&self.last_crawl),
            self.last_outcome.unwrap_or_default().to_owned(),
            self.last_failures
                .map_or_else(String::new, |n| n.to_string()),
            or_empty(&self.product),
            or_empty(&self.version),
            or_empty(&self.listed_by),
            or_empty(&self.due_at),
            or_empty(&self.certificate_until),
        ]
    }
}

/// A line a setting of one registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SettingLine {
    setting: &'static str,
    value: String,
    default: bool,
    help: &'static str,
}

impl SettingLine {
    /// The lines of all settings, in the order of the form, and where the password is kept.
    pub fn all(spec: &RegistrySpec) -> Vec<Self> {
        let mut lines: Vec<Self> = SETTINGS
            .iter()
            .map(|setting| {
                let value = (setting.get)(spec);
                Self {
                    setting: setting.key,
                    default: !setting.is_positional() && value == setting.default_text(),
                    value,
                    help: setting.help,
                }
            })
            .collect();
        let password = Self {
            setting: "password",
            value: spec.password.to_string(),
            default: spec.password == crate::model::PasswordSource::default(),
            help: "Where the password is kept",
        };
        let at = lines.iter().position(|line| line.setting == "username");
        lines.insert(at.map_or(lines.len(), |at| at + 1), password);
        lines
    }
}

impl Row for SettingLine {
    const COLUMNS: &'static [&'static str] = &["SETTING", "VALUE", "", "WHAT IT DOES"];
    const FIELDS: &'static [&'static str] = &["setting", "value", "default", "help"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.setting.to_owned(),
            if self.value.is_empty() {
                "-".to_owned()
            } else {
                self.value.clone()
            },
            if self.default { "default" } else { "" }.to_owned(),
            self.help.to_owned(),
        ]
    }

    fn fields(&self) -> Vec<String> {
        vec![
            self.setting.to_owned(),
            self.value.clone(),
            self.default.to_string(),
            self.help.to_owned(),
        ]
    }
}
