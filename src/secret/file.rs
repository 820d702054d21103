//! Passwords in a file of our own, encrypted with a passphrase (age, the scrypt recipient;
//! C2SP age specification): for hosts on which no store of the system works.
//!
//! Nothing of it is ever written in plain text. The passphrase is asked for once a run, or
//! comes from `SUPERCARGO_PASSPHRASE_FILE` or `SUPERCARGO_PASSPHRASE`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::SecretError;
use super::age::{self, OpenError};
use super::prompt::{Prompt, Request};
use crate::model::Secret;

/// The file's name in the state directory.
const NAME: &str = "secrets.age";

/// How much work a passphrase is, as a power of two: some tenths of a second, 128 MiB.
const WORK: u8 = if cfg!(test) { 8 } else { 17 };

/// The most that is done to open a file, which another program may have written: 1 GiB.
const MAX_WORK: u8 = 20;

/// What the file holds: account → password.
type Entries = BTreeMap<String, Secret>;

/// The file, its passphrase once it is known, and what was in it at the last look.
pub(super) struct EncryptedFile {
    path: PathBuf,
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
struct State {
    passphrase: Option<Secret>,
    /// Nobody gave one: it is not asked for again in this run.
    is_refused: bool,
    opened: Option<(Stamp, Entries)>,
}

/// When the file was changed, and how long it is.
type Stamp = (Option<std::time::SystemTime>, u64);

impl EncryptedFile {
    pub(super) fn in_directory(state: &Path) -> Self {
        Self {
            path: state.join(NAME),
            state: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The password of `account`.
    pub(super) async fn get(
        &self,
        account: &str,
        prompt: &dyn Prompt,
    ) -> Result<Option<Secret>, SecretError> {
        let mut state = self.state.lock().await;
        if !self.path.exists() {
            return Ok(None);
        }
        self.open(&mut state, prompt).await?;
        let entries = state.opened.as_ref().map(|(_, entries)| entries);
        Ok(entries.and_then(|entries| entries.get(account).cloned()))
    }

    /// Keeps a password; the file is made where there is none.
    pub(super) async fn set(
        &self,
        account: String,
        password: Secret,
        prompt: &dyn Prompt,
    ) -> Result<(), SecretError> {
        self.change(prompt, |entries| {
            entries.insert(account, password);
        })
        .await
    }

    /// Removes a password, if it is there.
    pub(super) async fn delete(
        &self,
        account: &str,
        prompt: &dyn Prompt,
    ) -> Result<(), SecretError> {
        if !self.path.exists() {
            return Ok(());
        }
        self.change(prompt, |entries| {
            entries.remove(account);
        })
        .await
    }

    /// Whether a passphrase is at hand without asking anybody.
    pub(super) async fn is_at_hand(&self) -> bool {
        self.state.lock().await.passphrase.is_some()
            || matches!(given(|name| std::env::var(name).ok()), Ok(Some(_)))
    }

    async fn change(
        &self,
        prompt: &dyn Prompt,
        change: impl FnOnce(&mut Entries),
    ) -> Result<(), SecretError> {
        let mut state = self.state.lock().await;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        make_private(folder).map_err(|error| self.broken(&error))?;
        // Nobody else waits for the lock while a person thinks.
        self.passphrase(&mut state, prompt, !self.path.exists())
            .await?;
        // Two processes that change it take turns, and each sees what the other wrote.
        let lock = private_file(&self.path.with_extension("age.lock"))
            .map_err(|error| self.broken(&error))?;
        let lock = blocking(move || lock.lock().map(|()| lock))
            .await
            .map_err(|error| self.broken(&error))?;
        if self.path.exists() {
            self.open(&mut state, prompt).await?;
        } else {
            state.opened = None;
        }
        let mut entries = state.opened.take().map_or_else(Entries::new, |(_, e)| e);
        change(&mut entries);
        let passphrase = state.passphrase.clone().ok_or_else(|| self.locked())?;
        let path = self.path.clone();
        let written = blocking(move || write(&path, &entries, &passphrase).map(|()| entries));
        let entries = written.await.map_err(|reason| SecretError::File {
            path: self.path.clone(),
            reason,
        })?;
        state.opened = Some((self.stamp(), entries));
        drop(lock);
        Ok(())
    }

    /// Reads the file, unless it is as it was at the last look.
    async fn open(&self, state: &mut State, prompt: &dyn Prompt) -> Result<(), SecretError> {
        let stamp = self.stamp();
        if matches!(&state.opened, Some((seen, _)) if *seen == stamp) {
            return Ok(());
        }
        let passphrase = self.passphrase(state, prompt, false).await?;
        let path = self.path.clone();
        match blocking(move || read(&path, &passphrase)).await {
            Ok(entries) => {
                state.opened = Some((stamp, entries));
                Ok(())
            }
            Err(Unreadable::WrongPassphrase) => {
                // The next time it is asked for anew.
                state.passphrase = None;
                Err(SecretError::WrongPassphrase(self.path.clone()))
            }
            Err(Unreadable::Broken(reason)) => Err(SecretError::File {
                path: self.path.clone(),
                reason,
            }),
        }
    }

    async fn passphrase(
        &self,
        state: &mut State,
        prompt: &dyn Prompt,
        is_new: bool,
    ) -> Result<Secret, SecretError> {
        if let Some(known) = &state.passphrase {
            return Ok(known.clone());
        }
        let found = match given(|name| std::env::var(name).ok())? {
            Some(given) => Some(given),
            None if state.is_refused => None,
            None => {
                let file = self.path.clone();
                prompt.ask(Request::Passphrase { file, is_new }).await
            }
        };
        if let Some(found) = found.filter(|found| !found.is_empty()) {
            state.passphrase = Some(found.clone());
            return Ok(found);
        }
        state.is_refused = true;
        Err(self.locked())
    }

    fn stamp(&self) -> Stamp {
        let found = std::fs::metadata(&self.path).ok();
        let changed = found.as_ref().and_then(|found| found.modified().ok());
        (changed, found.map_or(0, |found| found.len()))
    }

    fn locked(&self) -> SecretError {
        SecretError::NoPassphrase(self.path.clone())
    }

    fn broken(&self, error: &std::io::Error) -> SecretError {
        SecretError::File {
            path: self.path.clone(),
            reason: error.to_string(),
        }
    }
}

/// The passphrase that the environment gives or leads to.
fn given(get: impl Fn(&str) -> Option<String>) -> Result<Option<Secret>, SecretError> {
    let set = |name: &str| get(name).filter(|value| !value.is_empty());
    if let Some(path) = set("SUPERCARGO_PASSPHRASE_FILE") {
        let path = PathBuf::from(path);
        let unreadable = |error: std::io::Error| SecretError::PassphraseFile {
            path: path.clone(),
            reason: error.to_string(),
        };
        // Asked of the open file: another may stand at its path a moment later.
        let mut file = std::fs::File::open(&path).map_err(unreadable)?;
        if is_open_to_others(&file).map_err(unreadable)? {
            return Err(SecretError::OpenPassphraseFile(path));
        }
        let mut text = Zeroizing::new(String::new());
        std::io::Read::read_to_string(&mut file, &mut text).map_err(unreadable)?;
        return Ok(Some(Secret::new(text.lines().next().unwrap_or_default())));
    }
    Ok(set("SUPERCARGO_PASSPHRASE").map(Secret::new))
}

/// Whether its group or everybody may read it. A pipe, as a shell makes one for
/// `<(command)`, is nobody else's.
#[cfg(unix)]
fn is_open_to_others(file: &std::fs::File) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let about = file.metadata()?;
    Ok(about.is_file() && about.permissions().mode() & 0o044 != 0)
}

/// Elsewhere permissions do not tell.
#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::File) -> std::io::Result<bool> {
    Ok(false)
}

enum Unreadable {
    WrongPassphrase,
    Broken(String),
}

fn read(path: &Path, passphrase: &Secret) -> Result<Entries, Unreadable> {
    let broken = |reason: &str| Unreadable::Broken(reason.to_owned());
    let sealed = std::fs::read(path).map_err(|error| Unreadable::Broken(error.to_string()))?;
    let plain = age::open(&sealed, passphrase, MAX_WORK).map_err(|error| match error {
        OpenError::WrongPassphrase => Unreadable::WrongPassphrase,
        OpenError::TooMuchWork(_) | OpenError::Damaged => broken(&error.to_string()),
    })?;
    let texts: BTreeMap<String, String> = serde_json::from_slice(&plain)
        .map_err(|_| broken("holds something else than passwords"))?;
    let entries = texts
        .into_iter()
        .map(|(key, text)| (key, Secret::new(text)));
    Ok(entries.collect())
}

fn write(path: &Path, entries: &Entries, passphrase: &Secret) -> Result<(), String> {
    let texts: BTreeMap<&str, &str> = entries
        .iter()
        .map(|(account, password)| (account.as_str(), password.expose()))
        .collect();
    let plain = Zeroizing::new(serde_json::to_vec(&texts).map_err(|error| error.to_string())?);
    let sealed = age::seal(&plain, passphrase, WORK).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let replace = || -> std::io::Result<()> {
        // Made readable for its owner alone.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&sealed)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    replace().map_err(|error| format!("cannot be written: {error}"))
}

/// Makes `folder`, for its owner alone.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Opens a file that only its owner may look into, and makes it where there is none.
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Runs what takes its time, by design or by disk, away from the runtime's own threads.
async fn blocking<T: Send + 'static, E: Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // It is never cancelled; what panics in it goes on here.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Whoever asks for the passphrase, for tests.
#[cfg(test)]
pub(super) struct Always(
    pub(super) &'static str,
    pub(super) std::sync::Arc<std::sync::atomic::AtomicUsize>,
);

#[cfg(test)]
impl Prompt for Always {
    fn ask(&self, _: Request) -> futures_util::future::BoxFuture<'_, Option<Secret>> {
        self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Box::pin(async { Some(Secret::new(self.0)) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use super::super::prompt::Nobody;
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_found_again_and_nowhere_in_plain_text() {
        let folder = tempfile::tempdir().unwrap();
        let asked = Arc::default();
        let prompt = Always("open sesame", Arc::clone(&asked));
        let file = EncryptedFile::in_directory(folder.path());
        assert_eq!(file.get("ann@hub", &Nobody).await.unwrap(), None);
        file.set("ann@hub".into(), Secret::new("hunter2"), &prompt)
            .await
            .unwrap();
        file.set("bob@hub".into(), Secret::new("other"), &prompt)
            .await
            .unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 1, "once a run");

        let again = EncryptedFile::in_directory(folder.path());
        let found = again.get("ann@hub", &prompt).await.unwrap().unwrap();
        assert_eq!(found.expose(), "hunter2");
        again.delete("ann@hub", &prompt).await.unwrap();
        // What the other changed is seen.
        assert_eq!(file.get("ann@hub", &Nobody).await.unwrap(), None);
        assert!(file.get("bob@hub", &Nobody).await.unwrap().is_some());

        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            for word in ["hunter2", "other", "ann@hub", "sesame"] {
                assert!(
                    !bytes
                        .windows(word.len())
                        .any(|part| part == word.as_bytes())
                );
            }
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(file.path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_opened_says_why_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let right = Always("right", Arc::default());
        let file = EncryptedFile::in_directory(folder.path());
        file.set("ann@hub".into(), Secret::new("hunter2"), &right)
            .await
            .unwrap();
        let before = std::fs::read(file.path()).unwrap();

        let other = EncryptedFile::in_directory(folder.path());
        let error = other.get("ann@hub", &Nobody).await.unwrap_err();
        assert!(matches!(error, SecretError::NoPassphrase(_)), "{error}");
        let other = EncryptedFile::in_directory(folder.path());
        let wrong = Always("wrong", Arc::default());
        let error = other.get("ann@hub", &wrong).await.unwrap_err();
        assert!(matches!(error, SecretError::WrongPassphrase(_)), "{error}");
        let error = other
            .set("x".into(), Secret::new("y"), &wrong)
            .await
            .unwrap_err();
        assert!(matches!(error, SecretError::WrongPassphrase(_)), "{error}");
        assert_eq!(std::fs::read(file.path()).unwrap(), before);
        // After a wrong one the right one is asked for anew.
        assert!(other.get("ann@hub", &right).await.unwrap().is_some());

        std::fs::write(file.path(), "scribble").unwrap();
        let error = other.get("ann@hub", &right).await.unwrap_err();
        assert!(error.to_string().contains("damaged"), "{error}");
    }

    #[test]
    fn the_environment_gives_the_passphrase_or_leads_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pass");
        std::fs::write(&path, "from file\nrest").unwrap();
        #[cfg(unix)]
        set_mode(&path, 0o600);
        let path = path.display().to_string();
        let ask = |pairs: &[(&str, &str)]| {
            let found = given(|name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            });
            found.map(|found| found.map(|secret| secret.expose().to_owned()))
        };
        assert_eq!(ask(&[]).unwrap(), None);
        let variable = ("SUPERCARGO_PASSPHRASE", "variable");
        assert_eq!(ask(&[variable]).unwrap().unwrap(), "variable");
        let both = [variable, ("SUPERCARGO_PASSPHRASE_FILE", path.as_str())];
        assert_eq!(ask(&both).unwrap().unwrap(), "from file");
        let error = ask(&[("SUPERCARGO_PASSPHRASE_FILE", "/nosuch/file")]).unwrap_err();
        assert!(error.to_string().contains("/nosuch/file"), "{error}");
        #[cfg(unix)]
        for (mode, is_taken) in [(0o640, false), (0o604, false), (0o400, true)] {
            set_mode(Path::new(&path), mode);
            let asked = ask(&both);
            assert_eq!(asked.is_ok(), is_taken, "{mode:o}");
            if let Err(error) = asked {
                assert!(error.to_string().contains("others"), "{error}");
                assert_eq!(error.hint(), format!("`chmod 600 {path}`"));
            }
        }
    }

    #[cfg(unix)]
    fn set_mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}
