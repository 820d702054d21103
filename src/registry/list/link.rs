//! `Link` headers (RFC 8288): several links in one, relations quoted or bare, parameters in
//! any order, targets that hold commas.

use crate::http::Headers;
use crate::http::header::LINK;

/// The target of the link whose relation is `next`, as it came: it is resolved and asked
/// for, and never shown.
pub(in crate::registry) fn next_link(headers: Headers<'_>) -> Option<String> {
    headers
        .all(LINK)
        .find_map(|value| parse_links(value.uncovered()))
}

/// The first target in `value` with `rel=next` among its parameters.
fn parse_links(value: &str) -> Option<String> {
    let mut rest = value;
    while let Some(open) = rest.find('<') {
        let close = open + rest[open..].find('>')?;
        let target = rest[open + 1..close].trim();
        let (parameters, remaining) = parameters(&rest[close + 1..]);
        let is_next = parameters.iter().any(|(key, value)| {
            key.eq_ignore_ascii_case("rel")
                && value
                    .split_ascii_whitespace()
                    .any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.to_owned());
        }
        rest = remaining;
    }
    None
}

/// The parameters up to the comma that ends a link, and what comes after it.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(parameter) = rest.strip_prefix(';') {
        let parameter = parameter.trim_start();
        let key_len = parameter.find(['=', ';', ',']).unwrap_or(parameter.len());
        let key = parameter[..key_len].trim().to_owned();
        rest = &parameter[key_len..];
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            if let Some(quoted) = after.strip_prefix('"') {
                let mut end = quoted.len();
                let mut chars = quoted.char_indices();
                while let Some((at, c)) = chars.next() {
                    match c {
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        '\\' => {
                            if let Some((_, escaped)) = chars.next() {
                                value.push(escaped);
                            }
                        }
                        _ => value.push(c),
                    }
                }
                rest = quoted[end..].trim_start();
            } else {
                let end = after.find([';', ',']).unwrap_or(after.len());
                after[..end].trim().clone_into(&mut value);
                rest = &after[end..];
            }
        }
        found.push((key, value));
    }
    (found, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_as_products_send_them() {
        for (value, wanted) in [
            (
                r#"</v2/_catalog?last=team%2Fapp&n=2>; rel="next""#,
                Some("/v2/_catalog?last=team%2Fapp&n=2"),
            ),
            ("</a>; rel=next", Some("/a")),
            (r#"</a>; rel="prev" , </b>; rel="next""#, Some("/b")),
            (r#"</a>; rel="previous", </b,c>; rel="next""#, Some("/b,c")),
            (r#"</a>; title="x, y; rel=\"next\""; rel="last""#, None),
            (r#"</a>; title="x"; REL="last Next""#, Some("/a")),
            (
                r#"</a>;rel="last",</b>;rel="first",</c>;rel="next""#,
                Some("/c"),
            ),
            (r"</a>; rel=prev; n=1, </b>; n=2; rel=next", Some("/b")),
            (r#"< /a >; rel = "next""#, Some("/a")),
            ("</a>", None),
            ("</a; rel=next", None),
            ("", None),
        ] {
            assert_eq!(parse_links(value).as_deref(), wanted, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_link_breaks_the_parser(value in r#"([<>;,=" \\]|rel|next|/v2|.){0,60}"#) {
            let _ = parse_links(&value);
        }
    }
}
