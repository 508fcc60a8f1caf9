//! What all cores make in any order, taken in order.
//!
//! Nobody waits for a whole batch: a worker that has made something goes on with the next number, or takes what is ready,
//! whichever is due. Only where what is made is far ahead of what was taken do workers rest.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::Scope;

/// Things by number, being made and taken.
struct Conveyor<T, Make, Take> {
    make: Make,
    take: Mutex<Take>,
    /// So many are taken at a time, fewer at the end.
    batch: usize,
    /// So many may be made and not taken.
    ahead: u64,
    workers: usize,
    belt: Mutex<Belt<T>>,
}

/// What is made and not yet taken.
struct Belt<T> {
    /// From the number `taken` on; `None` where it is still being made.
    made: VecDeque<Option<T>>,
    taken: u64,
    /// The next number to be made.
    next: u64,
    end: u64,
    is_taking: bool,
    /// Who took last: what is taken is put together in memory that is in that worker's cache.
    taker: Option<usize>,
    /// Workers that are not at rest.
    busy: usize,
}

/// What a worker does next.
enum Step<T> {
    Make(u64),
    Take(Vec<T>),
    Rest,
}

/// Calls `make` for each number below `end` on all cores, and `take` with what it gave, in order, always `batch` at a time
/// but for the last; until `take` says that it is enough.
pub(super) fn run<T: Send>(end: u64, batch: usize, make: impl Fn(u64) -> T + Sync, take: impl FnMut(Vec<T>) -> bool + Send) {
    let workers = rayon::current_num_threads();
    let ahead = (batch * 2 + workers * 2) as u64;
    let belt = Belt { made: VecDeque::new(), taken: 0, next: 0, end, is_taking: false, taker: None, busy: 0 };
    let conveyor = Conveyor { make, take: Mutex::new(take), batch, ahead, workers, belt: Mutex::new(belt) };
    rayon::scope(|scope| conveyor.wake(scope));
}

impl<T: Send, Make: Fn(u64) -> T + Sync, Take: FnMut(Vec<T>) -> bool + Send> Conveyor<T, Make, Take> {
    /// Sets those to work who are at rest, as far as there is work.
    fn wake<'s>(&'s self, scope: &Scope<'s>) {
        let woken = {
            let mut belt = lock(&self.belt);
            let room = belt.end.min(belt.taken + self.ahead).saturating_sub(belt.next);
            let woken = (self.workers - belt.busy).min(usize::try_from(room).unwrap_or(usize::MAX));
            belt.busy += woken;
            woken
        };
        for _ in 0..woken {
            scope.spawn(|scope| self.work(scope));
        }
    }

    fn work<'s>(&'s self, scope: &Scope<'s>) {
        loop {
            let step = lock(&self.belt).step(self.batch, self.ahead, rayon::current_thread_index());
            match step {
                Step::Make(number) => {
                    let made = (self.make)(number);
                    lock(&self.belt).put(number, made);
                }
                Step::Take(batch) => {
                    let goes_on = lock(&self.take)(batch);
                    lock(&self.belt).took(goes_on);
                    self.wake(scope);
                }
                Step::Rest => return,
            }
        }
    }
}

impl<T> Belt<T> {
    fn step(&mut self, batch: usize, ahead: u64, worker: Option<usize>) -> Step<T> {
        let batch = batch.min(usize::try_from(self.end - self.taken).unwrap_or(usize::MAX));
        let is_ready = |many: usize| many > 0 && self.made.len() >= many && self.made.iter().take(many).all(Option::is_some);
        let is_mine = self.taker.is_none() || self.taker == worker || self.next == self.end || is_ready(batch * 2);
        if !self.is_taking && is_mine && is_ready(batch) {
            self.is_taking = true;
            self.taker = worker;
            self.taken += batch as u64;
            return Step::Take(self.made.drain(..batch).flatten().collect());
        }
        // While it takes, a worker may be asked to lend a hand; what it takes goes first.
        let is_lent = self.is_taking && worker.is_some() && self.taker == worker;
        if !is_lent && self.next < self.end.min(self.taken + ahead) {
            self.made.push_back(None);
            self.next += 1;
            return Step::Make(self.next - 1);
        }
        self.busy -= 1;
        Step::Rest
    }

    fn put(&mut self, number: u64, made: T) {
        // What was being made when it was enough has no place any more.
        let place = number.checked_sub(self.taken).and_then(|at| self.made.get_mut(usize::try_from(at).ok()?));
        if let Some(place) = place {
            *place = Some(made);
        }
    }

    fn took(&mut self, goes_on: bool) {
        self.is_taking = false;
        if !goes_on {
            self.made.clear();
            (self.taken, self.next) = (self.end, self.end);
        }
    }
}

/// Nothing is left half done where a thread panics, and the panic ends the run.
pub(super) fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn all_is_taken_in_order_a_batch_at_a_time() {
        for (threads, end, batch) in [(1, 100, 7), (2, 1_000, 1), (4, 1_000, 32), (3, 0, 4), (2, 3, 4)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (mut all, mut sizes) = (Vec::new(), Vec::new());
            pool.install(|| {
                run(
                    end,
                    batch,
                    |number| number * 2,
                    |made| {
                        sizes.push(made.len());
                        all.extend(made);
                        true
                    },
                );
            });
            assert_eq!(all, (0..end).map(|number| number * 2).collect::<Vec<_>>());
            assert!(sizes.iter().rev().skip(1).all(|size| *size == batch), "{sizes:?}");
        }
    }

    #[test]
    fn when_it_is_enough_nothing_more_is_taken_and_little_is_made() {
        let made = AtomicU64::new(0);
        let mut taken = 0;
        run(
            1_000_000,
            10,
            |_| made.fetch_add(1, Ordering::Relaxed),
            |batch| {
                taken += batch.len();
                taken < 50
            },
        );
        assert_eq!(taken, 50);
        assert!(made.load(Ordering::Relaxed) < 1_000);
    }

    #[test]
    fn what_is_made_is_never_far_ahead() {
        let (making, taken) = (AtomicU64::new(0), AtomicU64::new(0));
        run(
            5_000,
            8,
            |number| {
                making.fetch_max(number, Ordering::SeqCst);
                assert!(number <= taken.load(Ordering::SeqCst) + 16 + 2 * rayon::current_num_threads() as u64 + 8);
            },
            |batch| {
                taken.fetch_add(batch.len() as u64, Ordering::SeqCst);
                true
            },
        );
        assert_eq!(making.into_inner(), 4_999);
    }
}
