//! Files that are read often stay open.

use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use object_store::path::Path as ObjectPath;

const FILES_MAX: usize = 128;
/// A deleted file takes room on the disk while it is open, and another process may delete it.
const AGE_MAX: Duration = Duration::from_mins(1);

#[derive(Default)]
pub struct OpenFiles(Mutex<HashMap<ObjectPath, Open>>);

struct Open {
    file: Arc<File>,
    opened_at: Instant,
    used_at: Instant,
}

impl OpenFiles {
    pub fn get(&self, path: &ObjectPath) -> Option<Arc<File>> {
        let mut files = self.lock();
        let open = files.get_mut(path).filter(|open| open.opened_at.elapsed() < AGE_MAX)?;
        open.used_at = Instant::now();
        Some(Arc::clone(&open.file))
    }

    /// Keeps a file open. If there are too many, the one goes that has not been used for the longest time.
    pub fn keep(&self, path: &ObjectPath, file: &Arc<File>) {
        self.close_old();
        let mut files = self.lock();
        if files.len() >= FILES_MAX
            && let Some(unused) = files.iter().min_by_key(|(_, open)| open.used_at).map(|(path, _)| path.clone())
        {
            files.remove(&unused);
        }
        let now = Instant::now();
        files.insert(path.clone(), Open { file: Arc::clone(file), opened_at: now, used_at: now });
    }

    pub fn close(&self, path: &ObjectPath) {
        self.lock().remove(path);
    }

    pub fn close_old(&self) {
        self.lock().retain(|_, open| open.opened_at.elapsed() < AGE_MAX);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ObjectPath, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
