//! `WWW-Authenticate` (RFC 9110 §11.6.1), strictly where it is well-formed and leniently
//! where it is not, because several products send it malformed.

use http_auth::parse_challenges;

use super::lenient::Text;
use crate::http::header::WWW_AUTHENTICATE;
use crate::http::{Cover, Headers, Shown};

/// Most parameters kept of one header, against hostile ones.
const MAX_CHALLENGES: usize = 32;

/// One challenge as the registry sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, lower case: `basic`, `bearer`, or one this program does not speak.
    pub(super) scheme: Text,
    /// The realm: for Bearer the URL of the token endpoint.
    pub(super) realm: Text,
    /// The service that tokens are for.
    pub(super) service: Text,
    /// The scope that is missing.
    pub(super) scope: Text,
    /// What was wrong with the token that was sent (RFC 6750 §3.1).
    pub(super) error: Text,
}

impl Challenge {
    fn new(scheme: &str) -> Self {
        Self {
            scheme: Text::new(scheme.to_ascii_lowercase()),
            realm: Text::default(),
            service: Text::default(),
            scope: Text::default(),
            error: Text::default(),
        }
    }

    fn set(&mut self, key: &str, value: String) {
        let field = match key.to_ascii_lowercase().as_str() {
            "realm" => &mut self.realm,
            "service" => &mut self.service,
            "scope" => &mut self.scope,
            "error" => &mut self.error,
            _ => return,
        };
        // An empty service is one that was not given.
        if !value.is_empty() {
            *field = Text::new(value);
        }
    }

    /// Whether it asks for a token.
    pub fn is_bearer(&self) -> bool {
        self.scheme.is("bearer") && self.realm.is_there()
    }

    /// Whether it asks for user name and password.
    pub fn is_basic(&self) -> bool {
        self.scheme.is("basic")
    }

    /// The challenge as messages show it.
    pub fn shown(&self, cover: &Cover) -> Shown {
        let mut shown = self.scheme.uncovered().unwrap_or_default().to_owned();
        for (key, value) in [
            ("realm", &self.realm),
            ("service", &self.service),
            ("scope", &self.scope),
            ("error", &self.error),
        ] {
            if let Some(value) = value.uncovered() {
                for part in [" ", key, "=\"", value, "\""] {
                    shown.push_str(part);
                }
            }
        }
        cover.show(&shown, 300)
    }
}

/// Every challenge of an answer. Values that are not ASCII are read as they are.
pub(super) fn challenges(headers: Headers<'_>) -> Vec<Challenge> {
    let mut found = Vec::new();
    for value in headers.all(WWW_AUTHENTICATE) {
        found.extend(parse(value.uncovered()));
    }
    found.truncate(MAX_CHALLENGES);
    found
}

/// The challenges of one header value.
pub(super) fn parse(value: &str) -> Vec<Challenge> {
    match parse_challenges(value) {
        Ok(strict) => strict
            .iter()
            .map(|parsed| {
                let mut challenge = Challenge::new(parsed.scheme);
                for (key, value) in &parsed.params {
                    challenge.set(key, value.to_unescaped());
                }
                challenge
            })
            .collect(),
        Err(_) => lenient(value),
    }
}

/// Takes what can be recognised: a word followed by a blank and `key=value` begins a
/// challenge, values may lack their quotes and parameters the comma between them.
fn lenient(value: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = value;
    while found.len() <= MAX_CHALLENGES {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let word_len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)))
            .unwrap_or(rest.len());
        if word_len == 0 {
            // Nothing that begins anything: leave one character out and look again.
            match rest.chars().next() {
                Some(c) => rest = &rest[c.len_utf8()..],
                None => break,
            }
            continue;
        }
        let word = &rest[..word_len];
        let after = rest[word_len..].trim_start_matches([' ', '\t']);
        if let Some(value) = after.strip_prefix('=') {
            let (text, remaining) = take_value(value.trim_start_matches([' ', '\t']));
            if let Some(challenge) = found.last_mut() {
                challenge.set(word, text);
            }
            rest = remaining;
        } else {
            found.push(Challenge::new(word));
            rest = after;
        }
    }
    found.retain(|challenge| {
        // Words that stand alone are token68 or noise, unless they are schemes we speak.
        challenge.realm.is_there() || challenge.is_basic()
    });
    found
}

/// A quoted or bare value, and what comes after it.
fn take_value(text: &str) -> (String, &str) {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return (value, &quoted[at + 1..]),
                '\\' => {
                    if let Some((_, escaped)) = chars.next() {
                        value.push(escaped);
                    }
                }
                _ => value.push(c),
            }
        }
        return (value, "");
    }
    // Bare values end at the comma; they may hold blanks, `:` and `/`, but where a blank
    // is followed by another `key=` the comma was forgotten.
    let end = text.find(',').unwrap_or(text.len());
    let mut value = &text[..end];
    let mut from = 0;
    while let Some(blank) = value[from..].find([' ', '\t']).map(|at| at + from) {
        let next = value[blank..].trim_start_matches([' ', '\t']);
        let key = next.split('=').next().unwrap_or_default();
        let is_key = next.contains('=')
            && !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if is_key {
            value = &value[..blank];
            break;
        }
        from = blank + 1;
    }
    (value.trim().to_owned(), &text[value.len()..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::HeaderMap;

    /// `scheme|realm|service|scope` of each challenge.
    fn brief(value: &str) -> Vec<String> {
        parse(value)
            .into_iter()
            .map(|c| {
                let parts = [&c.scheme, &c.realm, &c.service, &c.scope];
                parts
                    .map(|part| part.uncovered().unwrap_or_default())
                    .join("|")
            })
            .collect()
    }

    #[test]
    fn challenges_as_products_send_them() {
        for (value, wanted) in [
            (
                r#"Bearer realm="https://a/token",service="r",scope="repository:a/b:pull,push""#,
                vec!["bearer|https://a/token|r|repository:a/b:pull,push"],
            ),
            (r#"Basic realm="say \"hi\"""#, vec![r#"basic|say "hi"||"#]),
            (
                r#"BASIC realm="Sonatype Nexus Repository Manager""#,
                vec!["basic|Sonatype Nexus Repository Manager||"],
            ),
            // Unquoted values, with blanks and with `:` and `/`.
            ("basic realm=zot local", vec!["basic|zot local||"]),
            (
                "Bearer realm=https://gcr.io/v2/token,service=gcr.io",
                vec!["bearer|https://gcr.io/v2/token|gcr.io|"],
            ),
            // Two schemes in one line.
            (
                r#"Bearer realm="a",service="b",scope="*",Basic realm="c""#,
                vec!["bearer|a|b|*", "basic|c||"],
            ),
            // No comma between parameters, and between challenges.
            (
                r#"Bearer realm="a" service="b" scope="c""#,
                vec!["bearer|a|b|c"],
            ),
            (
                r#"Bearer realm="a",service="b" Basic realm="c""#,
                vec!["bearer|a|b|", "basic|c||"],
            ),
            // Blanks around `=` and `,`, empty list members.
            (
                r#"Bearer  realm = "a" , , service= "b""#,
                vec!["bearer|a|b|"],
            ),
            // Unknown schemes do not hide what follows.
            (r#"Negotiate YIIabc==, Basic realm="c""#, vec!["basic|c||"]),
            ("", vec![]),
            (" , ,", vec![]),
            (r#"Bearer realm="a",service="""#, vec!["bearer|a||"]),
            (r#"Bearer REALM="a",Service="b""#, vec!["bearer|a|b|"]),
            ("Basic", vec!["basic|||"]),
            (
                r#"Bearer realm="never closed"#,
                vec!["bearer|never closed||"],
            ),
        ] {
            assert_eq!(brief(value), wanted, "{value}");
        }
    }

    #[test]
    fn several_headers_are_all_read() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Negotiate".parse().unwrap());
        headers.append(WWW_AUTHENTICATE, r#"Bearer realm="a""#.parse().unwrap());
        headers.append(WWW_AUTHENTICATE, r#"Basic realm="b""#.parse().unwrap());
        let cover = Cover::default();
        let found = challenges(Headers::new(&headers, &cover));
        assert!(found.iter().any(Challenge::is_bearer));
        assert!(found.iter().any(Challenge::is_basic));
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_parser(value in ".{0,200}") {
            let _ = parse(&value);
        }

        #[test]
        fn nearly_challenges_do_not_either(
            value in r#"((Bearer|Basic|x)|[ ,="\\]|realm|service|[a-z:/]{1,5}){0,40}"#,
        ) {
            prop_assert!(parse(&value).len() <= value.len());
        }
    }
}
