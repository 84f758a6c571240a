//! Limits how much of something happens at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// Lets some in, and the others wait.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

/// Free again when dropped. It may outlive the request, with a blocking task.
#[derive(Debug)]
pub struct Pass(#[expect(dead_code, reason = "is held until it is dropped")] OwnedSemaphorePermit);

impl Gate {
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    /// First come, first served.
    pub async fn enter(&self) -> Result<Pass, Error> {
        Arc::clone(&self.0).acquire_owned().await.map(Pass).map_err(Error::internal)
    }

    pub fn try_enter(&self) -> Option<Pass> {
        Arc::clone(&self.0).try_acquire_owned().ok().map(Pass)
    }
}

/// A number of places of which each holder may have a few, so that no one takes them all. Nobody waits.
#[derive(Clone, Debug)]
pub struct Places<K: Copy + Eq + Hash> {
    max: usize,
    max_each: usize,
    taken: Arc<Mutex<Taken<K>>>,
}

#[derive(Debug)]
struct Taken<K> {
    all: usize,
    each: HashMap<K, usize>,
}

/// Free again when dropped.
#[derive(Debug)]
pub struct Place<K: Copy + Eq + Hash> {
    places: Places<K>,
    holder: K,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    Everybody,
    /// The holder has as many as anyone may.
    Holder,
}

impl<K: Copy + Eq + Hash> Places<K> {
    pub fn new(max: usize, max_each: usize) -> Self {
        let taken = Taken { all: 0, each: HashMap::new() };
        Self { max, max_each, taken: Arc::new(Mutex::new(taken)) }
    }

    pub fn taken(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    pub fn take(&self, holder: K) -> Result<Place<K>, Full> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.each.get(&holder).copied().unwrap_or_default();
        if own >= self.max_each {
            return Err(Full::Holder);
        }
        if taken.all >= self.max {
            return Err(Full::Everybody);
        }
        taken.all += 1;
        taken.each.insert(holder, own + 1);
        Ok(Place { places: self.clone(), holder })
    }
}

impl<K: Copy + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(own) = taken.each.get_mut(&self.holder) {
            *own -= 1;
            if *own == 0 {
                taken.each.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_the_places_of_all() {
        let places = Places::new(3, 2);
        let first = places.take('a').unwrap();
        let _second = places.take('a').unwrap();
        assert_eq!(places.take('a').unwrap_err(), Full::Holder);
        let other = places.take('b').unwrap();
        assert_eq!(places.take('b').unwrap_err(), Full::Everybody);
        drop(other);
        drop(first);
        let _again = places.take('a').unwrap();
    }
}
