//! What of our environment the programs see that print secrets: named variables only. A
//! registry's password may stand in a variable of any name, and is nobody else's business.

use std::ffi::{OsStr, OsString};

/// The variable that names more of them, separated by commas.
const MORE: &str = "SUPERCARGO_COMMAND_ENVIRONMENT";

/// Variables of this program's own that hold secrets or lead to them: for nobody, whoever
/// names them.
const NEVER: [&str; 2] = ["SUPERCARGO_PASSPHRASE", "SUPERCARGO_PASSWORD"];

/// Variables that programs need to run at all, and that the usual tools document; `*`
/// stands for any ending.
const NAMED: [&str; 57] = [
    // The person, the terminal and the session.
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TERM",
    "TMPDIR",
    "XDG_*",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "SSH_AUTH_SOCK",
    // GnuPG and pass.
    "GNUPGHOME",
    "GPG_TTY",
    "PASSWORD_STORE_*",
    // The clouds' tools, vault, 1Password and docker's helpers.
    "AWS_*",
    "CLOUDSDK_*",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_*",
    "VAULT_*",
    "OP_*",
    "DOCKER_CONFIG",
    // Trust and proxies.
    "SSL_CERT_*",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    // Windows.
    "SystemRoot",
    "SystemDrive",
    "windir",
    "ComSpec",
    "PATHEXT",
    "TEMP",
    "TMP",
    "USERNAME",
    "USERDOMAIN",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "CommonProgramFiles",
    "PUBLIC",
    "OS",
    "NUMBER_OF_PROCESSORS",
];

/// Variables of the person, the terminal and the session: the first of [`NAMED`].
const PERSON: usize = 17;

/// Variables by which people set up the programs that show and edit text.
const VIEWERS: [&str; 12] = [
    "LESS*",
    "MORE",
    "PAGER",
    "EDITOR",
    "VISUAL",
    "COLORTERM",
    "TERMINFO*",
    "VIM*",
    "NVIM_*",
    "EMACS*",
    "NANO*",
    "BAT_*",
];

/// The environment, of `ours`, of a program that shows or edits text for the person: it needs
/// no secret.
pub fn for_viewers(
    ours: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    let is_for_them = |name: &OsStr| {
        let rules = NAMED.iter().take(PERSON).chain(&VIEWERS);
        let name = name.to_str();
        name.is_some_and(|name| rules.into_iter().any(|rule| allows(rule, name)))
    };
    let ours = ours.into_iter();
    ours.filter(|(name, _)| is_for_them(name)).collect()
}

/// What a child's environment is, of `ours`.
pub(super) fn for_children(
    ours: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    let ours: Vec<_> = ours.into_iter().collect();
    let more = ours.iter().find(|(name, _)| name == MORE);
    let more = more.map_or_else(String::new, |(_, names)| names.to_string_lossy().into());
    let more: Vec<&str> = more.split(',').map(str::trim).collect();
    let is_for_them = |name: &OsStr| {
        let Some(name) = name.to_str() else {
            return false;
        };
        !NEVER.iter().any(|start| same_start(name, start))
            && (NAMED.iter().any(|rule| allows(rule, name)) || more.iter().any(|m| same(m, name)))
    };
    ours.into_iter()
        .filter(|(name, _)| is_for_them(name))
        .collect()
}

fn allows(rule: &str, name: &str) -> bool {
    match rule.strip_suffix('*') {
        Some(start) => same_start(name, start),
        None => same(rule, name),
    }
}

/// Names of variables are written small or large on Windows as one likes.
fn same(a: &str, b: &str) -> bool {
    if cfg!(windows) {
        a.eq_ignore_ascii_case(b)
    } else {
        a == b
    }
}

fn same_start(name: &str, start: &str) -> bool {
    name.get(..start.len())
        .is_some_and(|begin| same(begin, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(more: &str, names: &[&str]) -> Vec<String> {
        let pair = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        let ours = names.iter().map(|name| pair(name, "x"));
        let kept = for_children(ours.chain([pair(MORE, more)]));
        let names = kept.into_iter().map(|(name, _)| name.into_string());
        names.map(Result::unwrap).collect()
    }

    #[test]
    fn who_shows_text_sees_the_terminal_and_no_secret() {
        let pair = |name: &str| (OsString::from(name), OsString::from("x"));
        let ours = [
            "TERM",
            "SSH_AUTH_SOCK",
            "LESS",
            "LESSCHARSET",
            "GNUPGHOME",
            "AWS_PROFILE",
        ];
        let hidden = [
            "HUB_PASSWORD",
            "SUPERCARGO_PASSPHRASE",
            "VAULT_TOKEN",
            "HTTPS_PROXY",
        ];
        let kept = for_viewers(ours.into_iter().chain(hidden).map(pair));
        let names: Vec<_> = kept.iter().filter_map(|(name, _)| name.to_str()).collect();
        assert_eq!(names, ours[..4]);
    }

    #[test]
    fn children_see_what_is_named_and_nothing_else() {
        let ours = [
            "PATH",
            "LC_ALL",
            "AWS_PROFILE",
            "PASSWORD_STORE_DIR",
            "HUB_PASSWORD",
            "PATHS",
            "XLC_ALL",
            "BW_SESSION",
            "SUPERCARGO_PASSPHRASE",
            "SUPERCARGO_PASSPHRASE_FILE",
            "SUPERCARGO_PASSWORD_HUB",
            "SUPERCARGO_PASSWORD_COMMAND",
            "SUPERCARGO_REGISTRY",
        ];
        let always = ["PATH", "LC_ALL", "AWS_PROFILE", "PASSWORD_STORE_DIR"];
        assert_eq!(passed("", &ours), always);
        // What is named on purpose goes along, our own secrets never.
        let named = passed(
            "BW_SESSION, SUPERCARGO_PASSWORD_HUB,SUPERCARGO_PASSPHRASE,",
            &ours,
        );
        assert_eq!(named[..4], always);
        assert_eq!(named[4..], ["BW_SESSION"]);
    }
}
