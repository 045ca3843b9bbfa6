//! Memory that goes round: what was used before is overwritten by the next who needs as much.
//!
//! A step of training takes some 15 KB a token and the gradients of all weights. Fresh memory of
//! that size comes from the system page by page, and is set to zero first; this is neither.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut, RangeInclusive};
use std::sync::{Mutex, PoisonError};

static STORE: Mutex<Store> = Mutex::new(Store { free: Vec::new(), lent: BTreeMap::new() });

struct Store {
    free: Vec<Vec<f32>>,
    /// Number of buffers in use, by capacity.
    lent: BTreeMap<usize, usize>,
}

impl Store {
    /// `length` numbers; the latest returned are the likeliest to be in a cache. Where nothing is
    /// large enough, what is nearly so makes way, lest the memory of many lengths add up.
    fn take(&mut self, length: usize) -> Vec<f32> {
        let find = |range: RangeInclusive<usize>| {
            self.free.iter().rposition(|numbers| range.contains(&numbers.capacity()))
        };
        let place = find(length..=2 * length).or_else(|| find(length / 2..=length));
        let found = place.map(|place| self.free.swap_remove(place));
        let fitting = found.filter(|numbers| numbers.capacity() >= length);
        let mut numbers = fitting.unwrap_or_else(|| vec![0.0; length]);
        // Never made shorter: what is cut off would be set to zero when it is next needed.
        numbers.resize(length.max(numbers.len()), 0.0);
        *self.lent.entry(numbers.capacity()).or_default() += 1;
        numbers
    }

    fn give_back(&mut self, numbers: Vec<f32>) {
        if let Some(lent @ 1..) = self.lent.get_mut(&numbers.capacity()) {
            *lent -= 1;
            self.free.push(numbers);
        }
    }
}

/// Numbers that are whatever they were before, and go back when dropped.
#[derive(Debug)]
pub struct Memory {
    /// At least `length`.
    numbers: Vec<f32>,
    length: usize,
}

impl Memory {
    /// Room for `length` numbers.
    pub fn new(length: usize) -> Self {
        let numbers = STORE.lock().unwrap_or_else(PoisonError::into_inner).take(length);
        Self { numbers, length }
    }

    /// The numbers, to be brought back by [`Memory::give_back`] or not.
    pub fn into_vec(mut self) -> Vec<f32> {
        self.numbers.truncate(self.length);
        std::mem::take(&mut self.numbers)
    }

    /// Brings back what [`Memory::into_vec`] took away. Anything else is dropped.
    pub fn give_back(numbers: Vec<f32>) {
        STORE.lock().unwrap_or_else(PoisonError::into_inner).give_back(numbers);
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        Self::give_back(std::mem::take(&mut self.numbers));
    }
}

impl Deref for Memory {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.numbers[..self.length]
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_is_used_again_and_what_was_never_lent_is_not() {
        let mut store = Store { free: Vec::new(), lent: BTreeMap::new() };
        let first = store.take(1000);
        let place = first.as_ptr();
        store.give_back(vec![0.0; 777]);
        assert!(store.free.is_empty());
        store.give_back(first);
        let second = store.take(600);
        assert_eq!((second.as_ptr(), second.len()), (place, 1000));
        let third = store.take(600);
        assert_ne!(third.as_ptr(), place);
    }

    #[test]
    fn growing_lengths_do_not_add_up() {
        let mut store = Store { free: Vec::new(), lent: BTreeMap::new() };
        for length in (1000..3000).step_by(100) {
            let numbers = store.take(length);
            assert_eq!(numbers.len(), length);
            store.give_back(numbers);
        }
        assert_eq!(store.free.len(), 1);
    }
}
