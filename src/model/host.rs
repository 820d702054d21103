//! What this host refuses of its own, told apart by what a person does about it.

use std::io;

/// Why this host does not give what is its own: a file, a connection, room on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostTrouble {
    /// This process has as many files and connections open as it may (`EMFILE`).
    OpenFiles,
    /// The whole host has (`ENFILE`).
    OpenFilesOfAll,
    /// The disk is full, or a quota or the largest size of a file is reached (`ENOSPC`,
    /// `EDQUOT`, `EFBIG`).
    NoSpace,
    /// Who runs this may not (`EACCES`, `EPERM`).
    Permission,
    /// The file system takes no changes (`EROFS`).
    ReadOnly,
    /// The device fails (`EIO`).
    Device,
    /// Anything else.
    Other,
}

impl HostTrouble {
    /// What stands behind `error`.
    pub fn of(error: &io::Error) -> Self {
        #[cfg(unix)]
        match rustix::io::Errno::from_io_error(error) {
            Some(rustix::io::Errno::MFILE) => return Self::OpenFiles,
            Some(rustix::io::Errno::NFILE) => return Self::OpenFilesOfAll,
            Some(rustix::io::Errno::IO) => return Self::Device,
            _ => {}
        }
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::NoSpace,
            io::ErrorKind::PermissionDenied => Self::Permission,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Other,
        }
    }

    /// Whether no more files can be opened, and no more connections, which are files, too.
    pub fn is_out_of_files(self) -> bool {
        matches!(self, Self::OpenFiles | Self::OpenFilesOfAll)
    }

    /// What to do next, one line.
    pub fn hint(self) -> &'static str {
        match self {
            Self::OpenFiles => {
                "allow more open files, as with `ulimit -n 4096`, and run it again; nothing is \
                 damaged"
            }
            Self::OpenFilesOfAll => {
                "this host has no more open files to give (`sysctl fs.file-nr`): end what holds \
                 so many, and run it again; nothing is damaged"
            }
            Self::NoSpace => {
                "make room (`df` and `quota` say where, `ulimit -f` limits files) and run it \
                 again; nothing written before is lost"
            }
            Self::Permission => {
                "run it as the owner, or choose a place you may write to with `--state DIR`"
            }
            Self::ReadOnly => {
                "its file system takes no changes: look with `--read-only`, or choose another \
                 place with `--state DIR`"
            }
            Self::Device => {
                "the device fails, and the system's log says how (`dmesg`): leave the file as it \
                 is, and copy it before anything else"
            }
            Self::Other => {
                "see what is wrong with that place, or choose another with `--state DIR`"
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_of_the_host_has_its_own_hint() {
        use rustix::io::Errno;
        for (errno, wanted, hint) in [
            (Errno::MFILE, HostTrouble::OpenFiles, "`ulimit -n 4096`"),
            (Errno::NFILE, HostTrouble::OpenFilesOfAll, "fs.file-nr"),
            (Errno::NOSPC, HostTrouble::NoSpace, "make room"),
            (Errno::DQUOT, HostTrouble::NoSpace, "quota"),
            (Errno::FBIG, HostTrouble::NoSpace, "ulimit -f"),
            (Errno::ACCESS, HostTrouble::Permission, "owner"),
            (Errno::PERM, HostTrouble::Permission, "owner"),
            (Errno::ROFS, HostTrouble::ReadOnly, "--read-only"),
            (Errno::IO, HostTrouble::Device, "dmesg"),
            (Errno::NOTDIR, HostTrouble::Other, "--state DIR"),
        ] {
            let trouble = HostTrouble::of(&io::Error::from(errno));
            assert_eq!(trouble, wanted, "{errno}");
            assert!(trouble.hint().contains(hint), "{errno}: {}", trouble.hint());
            assert!(!trouble.hint().contains("move"), "{errno}");
            assert_eq!(
                trouble.is_out_of_files(),
                matches!(errno, Errno::MFILE | Errno::NFILE)
            );
        }
    }
}
