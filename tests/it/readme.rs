//! README's table of keys is the key map's own.

use supercargo::config::keys::KeyMap;

const BEGIN: &str = "<!-- keys -->\n";
const END: &str = "<!-- /keys -->\n";

/// Set to write the table into README instead of comparing it.
const UPDATE: &str = "SUPERCARGO_UPDATE_README";

#[test]
fn readme_lists_the_keys_there_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("README has `<!-- keys -->`");
    let (shown, after) = rest.split_once(END).expect("README has `<!-- /keys -->`");
    let keys = KeyMap::standard().markdown();
    if std::env::var_os(UPDATE).is_some() {
        let readme = format!("{before}{BEGIN}{keys}{END}{after}");
        std::fs::write(path, readme).unwrap();
        return;
    }
    assert!(
        shown == keys,
        "README's table of keys is not that of assets/keys.toml: \
         write it anew with `{UPDATE}=1 cargo test readme`"
    );
}
