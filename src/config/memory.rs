//! What the screen looked like when it was last left: kept in the state directory, so that it
//! comes back as it was. Nothing of it is needed; what cannot be read is left out.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Bytes that the file may have; ours has a few hundred.
const LARGEST: u64 = 64 * 1024;

/// What is remembered of the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The page that was shown, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The theme that was chosen on the screen, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Whether one pane had the screen to itself.
    pub zoomed: bool,
    /// The orders of lists, by the list: the word of a column, behind a `-` where the largest
    /// come first.
    pub orders: BTreeMap<String, String>,
    /// The panes of the first page.
    pub panes: Panes,
}

/// What is remembered of registries, repositories and images side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panes {
    /// By how many cells the border behind a pane was moved to the right, by the pane;
    /// negative is to the left.
    pub widths: BTreeMap<String, i16>,
    /// Whether the repositories of all registries were shown.
    pub all_registries: bool,
    /// Whose images were shown, in a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images_of: Option<String>,
    /// Whether the repositories were shown as a tree.
    pub tree: bool,
}

impl Memory {
    /// What is remembered in this file; nothing where it is not there.
    ///
    /// # Errors
    ///
    /// Where it is there and cannot be read, or is not ours.
    pub fn load(path: &Path) -> io::Result<Self> {
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() > LARGEST {
            let why = "it is larger than any that was written here";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        serde_json::from_reader(io::BufReader::new(file)).map_err(io::Error::from)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    ///
    /// Where the directory cannot be written to.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut fresh, self)?;
        fresh.write_all(b"\n")?;
        fresh.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screen.json");
        assert_eq!(Memory::load(&path).unwrap(), Memory::default());
        let memory = Memory {
            page: Some("plan".to_owned()),
            theme: Some("light".to_owned()),
            zoomed: true,
            orders: [("images".to_owned(), "-size".to_owned())].into(),
            panes: Panes {
                widths: [("registries".to_owned(), -8)].into(),
                all_registries: true,
                images_of: Some("registry".to_owned()),
                tree: true,
            },
        };
        memory.save(&path).unwrap();
        assert_eq!(Memory::load(&path).unwrap(), memory);
        // A later version may remember more, an older one remembered less.
        std::fs::write(&path, r#"{"page":"plan","tabs":3}"#).unwrap();
        assert_eq!(Memory::load(&path).unwrap().page.as_deref(), Some("plan"));
        for text in ["", "{", "3", "{\"orders\":1}", "{\"panes\":{\"tree\":2}}"] {
            std::fs::write(&path, text).unwrap();
            assert!(Memory::load(&path).is_err(), "{text}");
        }
        std::fs::write(&path, vec![b' '; 70_000]).unwrap();
        assert!(Memory::load(&path).is_err());
        let nowhere = folder.path().join("absent/screen.json");
        assert!(memory.save(&nowhere).is_err());
    }
}
