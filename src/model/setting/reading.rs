//! How the values of settings are read from text, and written as text.

use std::net::IpAddr;
use std::time::Duration;

use jiff::SignedDuration;

use crate::model::text::quote;
use crate::model::{AddressOverride, Endpoint, EndpointError, Host, ProxyChoice};

pub(super) fn choice(text: &str, words: &[&'static str]) -> Result<&'static str, String> {
    let text = text.trim();
    words
        .iter()
        .find(|word| word.eq_ignore_ascii_case(text))
        .copied()
        .ok_or_else(|| format!("`{}` is none of {}", quote(text, 40), words.join(", ")))
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.trim() {
        "true" | "yes" | "on" => Ok(true),
        "false" | "no" | "off" => Ok(false),
        other => Err(format!("`{}` is neither true nor false", quote(other, 40))),
    }
}

pub(super) fn count(text: &str, low: u16, high: u16) -> Result<u16, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|n| (low..=high).contains(n))
        .ok_or_else(|| {
            format!(
                "`{}` is not a whole number from {low} to {high}",
                quote(text, 40)
            )
        })
}

/// A duration between two bounds in seconds.
pub(crate) fn duration(text: &str, low: u64, high: u64) -> Result<Duration, String> {
    let (low, high) = (Duration::from_secs(low), Duration::from_secs(high));
    read_duration(text.trim())
        .filter(|d| (low..=high).contains(d))
        .ok_or_else(|| {
            let text = quote(text, 40);
            format!(
                "`{text}` is no time from {} to {}: write `30s`, `5m`, `1h`, `7d`",
                show(low),
                show(high)
            )
        })
}

/// `30s`, `1h30m`, `7d`, `1d12h`; a bare number is seconds.
pub(in crate::model) fn read_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    // A day is 24 hours here; the library leaves days to calendars.
    let (days, rest) = text.split_once('d').unwrap_or(("0", text));
    let days = days.trim_end().parse::<u64>().ok()?.checked_mul(86_400)?;
    let rest = match rest.trim_start() {
        "" | "ays" | "ay" => Duration::ZERO,
        rest => Duration::try_from(rest.parse::<SignedDuration>().ok()?).ok()?,
    };
    Duration::from_secs(days).checked_add(rest)
}

/// A duration as it is entered: `90s`, `1h`, `2d`.
pub fn show(duration: Duration) -> String {
    let ms = duration.as_millis();
    for (unit, size) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
    ] {
        if ms >= size && ms.is_multiple_of(size) {
            return format!("{}{unit}", ms / size);
        }
    }
    format!("{ms}ms")
}

pub(super) fn list(text: &str) -> Vec<String> {
    text.split([',', ' ', '\t', '\n'])
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) fn path(text: &str) -> Option<std::path::PathBuf> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.into())
}

pub(super) fn path_text(path: Option<&std::path::PathBuf>) -> String {
    path.map_or_else(String::new, |path| path.display().to_string())
}

pub(super) fn proxy(text: &str) -> Result<ProxyChoice, String> {
    match text {
        "env" | "" => return Ok(ProxyChoice::Environment),
        "off" | "none" => return Ok(ProxyChoice::Off),
        _ => {}
    }
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    // What is refused is not repeated where a password may be in it.
    let shown = if text.contains('@') {
        "this".to_owned()
    } else {
        format!("`{}`", quote(&text, 80))
    };
    let wrong =
        || format!("{shown} is no proxy: `env`, `off`, `http://host:port` or `socks5://host:port`");
    let url = url::Url::parse(&text).map_err(|_| wrong())?;
    if url.password().is_some() {
        return Err(
            "a proxy's password is not kept in the settings: put the whole proxy URL in \
                    HTTPS_PROXY or ALL_PROXY and set the proxy to `env`"
                .to_owned(),
        );
    }
    if !["http", "https", "socks5", "socks5h"].contains(&url.scheme())
        || url.host_str().is_none_or(str::is_empty)
    {
        return Err(wrong());
    }
    Ok(ProxyChoice::Url(text))
}

pub(super) fn address(entry: &str) -> Result<AddressOverride, String> {
    let wrong = || format!("`{}` is not of the form host=address", quote(entry, 80));
    let (host, address) = entry.split_once('=').ok_or_else(wrong)?;
    let address = address
        .trim_matches(['[', ']'])
        .parse()
        .map_err(|_| wrong())?;
    if host.is_empty() {
        return Err(wrong());
    }
    Ok(AddressOverride {
        host: host.to_ascii_lowercase(),
        address,
    })
}

/// The address of an API. Secrets go there: it is none of the addresses at which clouds tell
/// a machine who it is (RFC 3927, RFC 4291 section 2.5.6).
pub(super) fn api(text: &str) -> Result<Endpoint, String> {
    let endpoint: Endpoint = text.parse().map_err(|error| match error {
        EndpointError::Credentials => "the address holds a user name or password: leave it out \
                                       and say where the secret is kept with `--api-token`"
            .to_owned(),
        other => other.to_string(),
    })?;
    let is_link_local = match endpoint.host() {
        Host::Name(_) => false,
        Host::Address(address) => match address.to_canonical() {
            IpAddr::V4(v4) => v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        },
    };
    if is_link_local {
        return Err(format!(
            "`{endpoint}` is a link-local address, where no API is: write the name or address \
             that the product is reached by"
        ));
    }
    Ok(endpoint)
}
