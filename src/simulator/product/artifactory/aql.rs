//! The Artifactory Query Language, as far as clients need it: `items.find(…)` with
//! `.include`, `.sort`, `.offset` and `.limit` (JFrog, "AQL Syntax").
//!
//! Knows items and their properties; does not know where they come from. What is refused
//! here is refused by the product: its open source says which fields a user without
//! administrator's rights must include and what may be sorted.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

/// A file of a repository with what AQL tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) repo: String,
    /// The folders above it, without slash at either end; `.` for none.
    pub(super) path: String,
    pub(super) name: String,
    /// Bytes.
    pub(super) size: u64,
    pub(super) created: String,
    pub(super) modified: String,
    /// In hex, without `sha256:`.
    pub(super) sha256: String,
    pub(super) properties: Vec<(String, String)>,
    pub(super) downloads: u64,
    /// When it was last downloaded; empty for never.
    pub(super) downloaded: String,
}

/// What a server makes of queries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Who asks may see everything.
    pub(super) admin: bool,
    /// `$in` is known. The open source has no such word.
    pub(super) knows_in: bool,
    /// What was downloaded, and when, may be included.
    pub(super) tells_stats: bool,
    /// The open source edition refuses to sort.
    pub(super) sorts: bool,
    /// A limit counts each property of an item as a row of its own.
    pub(super) limit_counts_properties: bool,
    /// Most items of one answer, whatever was asked.
    pub(super) hard_limit: usize,
}

/// A query taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    /// All of them hold.
    criteria: Vec<Map<String, Value>>,
    include: Vec<String>,
    sort: Option<Sort>,
    offset: usize,
    limit: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
struct Sort {
    descending: bool,
    fields: Vec<String>,
}

/// What an item says of itself where nothing is included by name.
const USUAL: [&str; 10] = [
    "repo",
    "path",
    "name",
    "type",
    "size",
    "created",
    "created_by",
    "modified",
    "modified_by",
    "updated",
];

/// What it says besides, where asked.
const FURTHER: [&str; 1] = ["sha256"];

const PROPERTY: [&str; 4] = ["property", "property.*", "property.key", "property.value"];

/// The fields of the domain of statistics.
const STATS: [&str; 4] = ["stat", "stat.*", "stat.downloads", "stat.downloaded"];

const COMPARE: [&str; 8] = [
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$match", "$nmatch",
];

impl Query {
    /// Takes a query apart.
    ///
    /// # Errors
    ///
    /// What the server says of one that it cannot read or that breaks its rules.
    pub(super) fn parse(text: &str, rules: &Rules) -> Result<Self, String> {
        let query = Self::taken_apart(text.trim())
            .filter(|query| query.criteria.iter().all(|all| known(all, rules)))
            .filter(|query| rules.tells_stats || !query.includes_any(&STATS))
            .ok_or_else(|| {
                format!(
                    "Failed to parse query: {text}, it looks like there is syntax error near the \
                     following sub-query: {text}"
                )
            })?;
        query.allowed(rules)?;
        Ok(query)
    }

    fn taken_apart(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("items")?.trim_start().strip_prefix('.')?;
        let (criteria, mut rest) = argument(rest, "find")?;
        // Several criteria stand beside each other without the brackets of a list.
        let criteria: Vec<Map<String, Value>> =
            serde_json::from_str(&format!("[{criteria}]")).ok()?;
        let mut query = Self {
            criteria,
            include: USUAL.map(str::to_owned).into(),
            sort: None,
            offset: 0,
            limit: None,
        };
        while let Some(element) = rest.trim_start().strip_prefix('.') {
            let name = element.split('(').next()?.trim();
            let (inside, behind) = argument(element, name)?;
            match name {
                "include" => {
                    query.include = serde_json::from_str(&format!("[{inside}]")).ok()?;
                    if !query.include.iter().all(|field| may_be_included(field)) {
                        return None;
                    }
                }
                "sort" => query.sort = Some(Sort::of(inside)?),
                "offset" => query.offset = inside.trim().parse().ok()?,
                "limit" => query.limit = Some(inside.trim().parse().ok()?),
                _ => return None,
            }
            rest = behind;
        }
        rest.trim().is_empty().then_some(query)
    }

    /// The rules of the product's open source (`AqlQueryValidator`), in its order.
    fn allowed(&self, rules: &Rules) -> Result<(), String> {
        let sorted = self.sort.iter().flat_map(|sort| &sort.fields);
        if sorted.clone().any(|field| !self.includes(field)) {
            return Err("Only the result fields are allowed to use in the sort section.".into());
        }
        // Users who are no administrators must include these three.
        let seen = ["repo", "path", "name"].iter().all(|f| self.includes(f));
        if !rules.admin && !seen {
            return Err(
                "For permissions reasons AQL demands the following fields: repo, path and name."
                    .into(),
            );
        }
        // Do not sort in OSS.
        if !rules.sorts && self.sort.is_some() {
            return Err("Sorting is not supported by AQL in the open source version\n".into());
        }
        Ok(())
    }

    fn includes(&self, field: &str) -> bool {
        self.include
            .iter()
            .any(|included| included == field || included == "*")
    }

    fn includes_any(&self, fields: &[&str]) -> bool {
        self.include
            .iter()
            .any(|field| fields.contains(&field.as_str()))
    }

    /// The answer: what matches, from the offset to the limit, and the range of it.
    pub(super) fn run(&self, items: &[Item], rules: &Rules) -> Value {
        let mut found: Vec<&Item> = items
            .iter()
            .filter(|item| self.criteria.iter().all(|all| holds(all, item)))
            .collect();
        if let Some(sort) = &self.sort {
            found.sort_by(|a, b| sort.order(a, b));
        }
        let mut found: &[&Item] = found.get(self.offset..).unwrap_or_default();
        // The server's own limit trims what was asked for, and says so in one word.
        let trimmed =
            found.len() > rules.hard_limit && self.limit.is_none_or(|n| n > rules.hard_limit);
        let limit = self
            .limit
            .map_or(rules.hard_limit, |n| n.min(rules.hard_limit));
        let results: Vec<Value> = if rules.limit_counts_properties
            && self.limit.is_some()
            && self.includes_any(&PROPERTY)
        {
            self.rows(found, limit)
        } else {
            found = &found[..limit.min(found.len())];
            found
                .iter()
                .map(|item| self.shown(item, usize::MAX))
                .collect()
        };
        let count = results.len();
        let mut range =
            json!({ "start_pos": self.offset, "end_pos": self.offset + count, "total": count });
        if let (Some(limit), Value::Object(range)) = (self.limit, &mut range) {
            range.insert("limit".into(), limit.into());
        }
        if let (true, Value::Object(range)) = (trimmed, &mut range) {
            let text = "AQL query reached the search hard limit, results are trimmed.";
            range.insert("notification".into(), text.into());
        }
        json!({ "results": results, "range": range })
    }

    /// Items until their properties fill the limit; the last one may lack some.
    fn rows(&self, found: &[&Item], limit: usize) -> Vec<Value> {
        let mut left = limit;
        let mut results = Vec::new();
        for item in found {
            if left == 0 {
                break;
            }
            results.push(self.shown(item, left));
            left = left.saturating_sub(item.properties.len().max(1));
        }
        results
    }

    fn shown(&self, item: &Item, most_properties: usize) -> Value {
        let mut shown = Map::new();
        for field in USUAL.iter().chain(&FURTHER) {
            if self.includes(field) {
                shown.insert((*field).to_owned(), item.field(field));
            }
        }
        let stat = |field| self.includes_any(&["stat", "stat.*", field]);
        let mut stats = Map::new();
        if stat("stat.downloads") {
            stats.insert("downloads".into(), item.downloads.into());
        }
        if stat("stat.downloaded") && !item.downloaded.is_empty() {
            stats.insert("downloaded".into(), item.downloaded.as_str().into());
        }
        if !stats.is_empty() {
            shown.insert("stats".into(), json!([stats]));
        }
        let (key, value) = (
            self.includes_any(&["property", "property.*", "property.key"]),
            self.includes_any(&["property", "property.*", "property.value"]),
        );
        let wanted = |name: &str| {
            let mut named = self
                .include
                .iter()
                .filter_map(|f| f.strip_prefix('@'))
                .peekable();
            (key || value) && (named.peek().is_none() || named.any(|n| n == name))
                || !(key || value) && named.any(|n| n == name)
        };
        let properties: Vec<Value> = item
            .properties
            .iter()
            .filter(|(name, _)| wanted(name))
            .take(most_properties)
            .map(|(k, v)| {
                let both = !key && !value;
                let mut property = Map::new();
                if key || both {
                    property.insert("key".into(), k.as_str().into());
                }
                if value || both {
                    property.insert("value".into(), v.as_str().into());
                }
                Value::Object(property)
            })
            .collect();
        if !properties.is_empty() {
            shown.insert("properties".into(), properties.into());
        }
        Value::Object(shown)
    }
}

impl Item {
    fn field(&self, name: &str) -> Value {
        match name {
            "repo" => self.repo.as_str().into(),
            "path" => self.path.as_str().into(),
            "name" => self.name.as_str().into(),
            "type" => "file".into(),
            "size" => self.size.into(),
            "created" => self.created.as_str().into(),
            "modified" | "updated" => self.modified.as_str().into(),
            "created_by" | "modified_by" => "deployer".into(),
            "sha256" => self.sha256.as_str().into(),
            _ => Value::Null,
        }
    }
}

impl Sort {
    fn of(inside: &str) -> Option<Self> {
        let order: Map<String, Value> = serde_json::from_str(inside).ok()?;
        let (word, fields) = order.into_iter().next()?;
        Some(Self {
            descending: match word.as_str() {
                "$asc" => false,
                "$desc" => true,
                _ => return None,
            },
            fields: serde_json::from_value(fields).ok()?,
        })
    }

    fn order(&self, a: &Item, b: &Item) -> Ordering {
        let fields = self.fields.iter();
        let order = fields
            .map(|field| compared(&a.field(field), &b.field(field)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal);
        if self.descending {
            order.reverse()
        } else {
            order
        }
    }
}

fn may_be_included(field: &str) -> bool {
    field == "*"
        || field.starts_with('@')
        || USUAL.contains(&field)
        || FURTHER.contains(&field)
        || PROPERTY.contains(&field)
        || STATS.contains(&field)
}

/// What stands in the parentheses behind `name`, and what comes after them. Parentheses in
/// a text are part of the text.
fn argument<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let inside = text
        .trim_start()
        .strip_prefix(name)?
        .trim_start()
        .strip_prefix('(')?;
    let (mut depth, mut quoted, mut escaped) = (1_usize, false, false);
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&inside[..at], &inside[at + 1..]));
        }
    }
    None
}

/// Whether the server knows every word of a criterion.
fn known(criterion: &Map<String, Value>, rules: &Rules) -> bool {
    criterion
        .iter()
        .all(|(key, value)| match (key.as_str(), value) {
            ("$and" | "$or", Value::Array(parts)) => parts
                .iter()
                .all(|part| part.as_object().is_some_and(|part| known(part, rules))),
            (field, value) => {
                let field =
                    field.starts_with('@') || USUAL.contains(&field) || FURTHER.contains(&field);
                field
                    && value.as_object().is_none_or(|compare| {
                        compare.iter().all(|(word, value)| {
                            COMPARE.contains(&word.as_str()) && !value.is_array()
                                || word == "$in" && rules.knows_in && value.is_array()
                        })
                    })
                    && !value.is_array()
            }
        })
}

fn holds(criterion: &Map<String, Value>, item: &Item) -> bool {
    let part = |part: &Value| part.as_object().is_some_and(|part| holds(part, item));
    criterion
        .iter()
        .all(|(key, value)| match (key.as_str(), value) {
            ("$and", Value::Array(parts)) => parts.iter().all(part),
            ("$or", Value::Array(parts)) => parts.iter().any(part),
            ("type", value) => {
                *value == "file" || *value == "any" || *value == json!({ "$eq": "file" })
            }
            (field, wanted) => {
                let held: Vec<Value> = match field.strip_prefix('@') {
                    Some(name) => {
                        let named = item.properties.iter().filter(|(key, _)| key == name);
                        named.map(|(_, value)| value.as_str().into()).collect()
                    }
                    None => vec![item.field(field)],
                };
                match wanted {
                    Value::Object(all) => all.iter().all(|(word, wanted)| match word.as_str() {
                        "$ne" | "$nmatch" => held.iter().all(|held| fits(held, word, wanted)),
                        _ => held.iter().any(|held| fits(held, word, wanted)),
                    }),
                    wanted => held.iter().any(|held| fits(held, "$eq", wanted)),
                }
            }
        })
}

fn fits(held: &Value, word: &str, wanted: &Value) -> bool {
    let order = compared(held, wanted);
    match word {
        "$eq" => order.is_eq(),
        "$ne" => order.is_ne(),
        "$gt" => order.is_gt(),
        "$gte" => order.is_ge(),
        "$lt" => order.is_lt(),
        "$lte" => order.is_le(),
        "$match" => matches(&text(wanted), &text(held)),
        "$nmatch" => !matches(&text(wanted), &text(held)),
        "$in" => wanted
            .as_array()
            .is_some_and(|all| all.iter().any(|one| compared(held, one).is_eq())),
        _ => false,
    }
}

/// Numbers as numbers, also where the query has them as text; anything else as text.
fn compared(a: &Value, b: &Value) -> Ordering {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    match (a.is_number() || b.is_number(), number(a), number(b)) {
        (true, Some(a), Some(b)) => a.cmp(&b),
        _ => text(a).cmp(&text(b)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a text is what a pattern with `*` and `?` says.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests;
