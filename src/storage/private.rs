//! Folders that other users of the machine cannot enter: the database has password hashes, and media may be private.

use std::fs::{DirBuilder, Permissions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// What users have who are neither the owner nor of the group.
const OTHERS: u32 = 0o007;
const STICKY: u32 = 0o1000;
/// What is in every data, media or cache folder that was in use, of any version.
const MARKS: [&str; 6] = ["access_token_secret", "chaitube.db", "copies", "layout", "node_id", "serve.lock"];
/// What the root of a new ext4 volume has.
const LOST_AND_FOUND: &str = "lost+found";

/// Makes a folder for this user only, unless it is there.
///
/// # Errors
/// Those of the file system.
pub fn create_private(folder: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)
}

/// Makes a folder for this user only, or closes the one that is there. One that only its group can enter stays as it
/// is: somebody has decided that.
///
/// # Errors
/// [`ErrorKind::PermissionDenied`] for a folder that stays open to others, else those of the file system.
pub fn open_private(folder: &Path) -> Result<()> {
    create_private(folder)?;
    let before = mode(folder)?;
    if before & OTHERS == 0 {
        return Ok(());
    }
    if before & STICKY != 0 || !is_own(folder)? {
        // Another process may have closed it just now, before it put anything in.
        if mode(folder)? & OTHERS == 0 {
            return Ok(());
        }
        return Err(refusal(folder, before, "it holds files of other programs. Choose a folder of its own"));
    }
    let _ = std::fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE));
    // Some file systems succeed and change nothing.
    if mode(folder)? & OTHERS != 0 {
        return Err(refusal(folder, before, "only its owner can change that. Ask for it, or choose another folder"));
    }
    close_files(folder)?;
    tracing::warn!(folder = %folder.display(), mode = %octal(before), "closed a folder that other users could enter");
    Ok(())
}

/// The database may have been made readable for everybody.
fn close_files(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_file() && metadata.permissions().mode() & OTHERS != 0 {
            std::fs::set_permissions(entry.path(), Permissions::from_mode(FILE_MODE))?;
        }
    }
    Ok(())
}

/// Says whether the folder is empty or was used before. Closing `/tmp` would break the machine.
fn is_own(folder: &Path) -> Result<bool> {
    let is_marked = MARKS.iter().any(|mark| folder.join(mark).exists());
    let mut is_empty = true;
    for entry in std::fs::read_dir(folder)? {
        is_empty &= entry?.file_name() == LOST_AND_FOUND;
    }
    Ok(is_marked || is_empty)
}

fn mode(path: &Path) -> Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode())
}

fn octal(mode: u32) -> String {
    format!("{:04o}", mode & 0o7777)
}

fn refusal(folder: &Path, mode: u32, reason: &str) -> Error {
    let (mode, folder) = (octal(mode), folder.display());
    let text =
        format!("other users of this machine can enter it (mode {mode}), and {reason}, or run: chmod o-rwx {folder}");
    Error::new(ErrorKind::PermissionDenied, text)
}
