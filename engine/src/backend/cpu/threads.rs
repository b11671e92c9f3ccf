//! Worker threads that outlive a step: one call hands out many small parts and waits for all of them.
//!
//! Which thread carries out a part changes nothing about its result, so nothing here may tell a part who
//! runs it. No memory is allocated in a call.

use std::{
    any::Any,
    cell::{Cell, UnsafeCell},
    hint::spin_loop,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle, Thread},
    time::{Duration, Instant},
};

use super::ahead::{Ahead, Expected};

/// How long a thread without work watches for more before it sleeps. A step's parts follow each other
/// within microseconds; waking a sleeper costs more than that.
const SPIN: Duration = Duration::from_micros(60);

/// What a call asks for. The reference lives as long as the call: see [`Shared::claim`].
type Work = dyn Fn(usize) + Sync;

thread_local! {
    /// Whether this thread is carrying out a part.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Threads that carry out parts of a computation together with the caller.
pub struct Threads {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held during a call, so that calls come one after the other; what the caller has fetched.
    turn: Mutex<Ahead>,
}

struct Shared {
    /// What the current call asks for; written only while no part is open.
    work: UnsafeCell<Option<&'static Work>>,
    /// The open parts, a stretch of neighbours for every thread.
    stretches: Vec<Stretch>,
    /// What every thread is going to read in the next call.
    expected: Vec<Expected>,
    /// Parts of the current call that are not done.
    remaining: AtomicUsize,
    /// Counts the calls: sleepers and spinners look for a change.
    call: AtomicUsize,
    sleepers: Vec<Sleeper>,
    /// The caller, when it sleeps until the last part is done.
    caller: Mutex<Option<Thread>>,
    caller_sleeps: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    closing: AtomicBool,
}

/// Neighbouring parts that nobody has taken: call number (20 bits, against a late look at an old call),
/// first (22 bits), end (22 bits). On a cache line of its own.
#[repr(align(128))]
#[derive(Default)]
struct Stretch(AtomicU64);

const PART_BITS: u32 = 22;
const PART_MASK: u64 = (1 << PART_BITS) - 1;
const CALL_MASK: u64 = (1 << (64 - 2 * PART_BITS)) - 1;

#[repr(align(128))]
#[derive(Default)]
struct Sleeper {
    asleep: AtomicBool,
    thread: Mutex<Option<Thread>>,
}

// SAFETY: `work` is the only member that is not `Sync` by itself. It is written by the caller while no
// part is open, and read only by a thread that has taken a part and not yet reported it done; taking
// (acquire) comes after writing (release), and the next write after every report.
unsafe impl Sync for Shared {}
// SAFETY: the work behind the reference is `Sync`, so it may be used from any thread.
unsafe impl Send for Shared {}

impl Stretch {
    fn set(&self, call: usize, first: usize, end: usize) {
        let call = (call as u64 & CALL_MASK) << (2 * PART_BITS);
        let value = call | (first as u64) << PART_BITS | end as u64;
        self.0.store(value, Ordering::Release);
    }

    /// Takes the first part.
    fn take(&self) -> Option<usize> {
        let mut value = self.0.load(Ordering::Relaxed);
        loop {
            let (first, end) = ((value >> PART_BITS) & PART_MASK, value & PART_MASK);
            if first >= end {
                return None;
            }
            let taken = value + (1 << PART_BITS);
            let order = (Ordering::Acquire, Ordering::Relaxed);
            match self.0.compare_exchange_weak(value, taken, order.0, order.1) {
                Ok(_) => return Some(first as usize),
                Err(now) => value = now,
            }
        }
    }
}

impl Shared {
    /// Takes a part: from the own stretch while there is one, so that a thread's memory accesses run on,
    /// then from the others'. Whoever has a part holds up the end of the call, and so keeps its work alive.
    fn claim(&self, thread: usize) -> Option<usize> {
        let count = self.stretches.len();
        (0..count).find_map(|n| self.stretches[(thread + n) % count].take())
    }

    /// Carries out parts until none is open.
    fn help(&self, thread: usize) {
        let mut done = 0;
        while let Some(part) = self.claim(thread) {
            // SAFETY: a part is taken and not reported done: see the note on `Sync`.
            let work = unsafe { *self.work.get() };
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                if let Some(work) = work {
                    work(part);
                }
            }));
            if let Err(payload) = outcome {
                lock(&self.panic).get_or_insert(payload);
            }
            done += 1;
        }
        if done > 0
            && self.remaining.fetch_sub(done, Ordering::SeqCst) == done
            && self.caller_sleeps.load(Ordering::SeqCst)
            && let Some(caller) = &*lock(&self.caller)
        {
            caller.unpark();
        }
    }

    /// Returns when there is a call after `seen`, or the end has come.
    fn wait(&self, thread: usize, seen: usize, ahead: &mut Ahead) -> usize {
        let sleeper = &self.sleepers[thread];
        let news = || {
            let call = self.call.load(Ordering::SeqCst);
            (call != seen || self.closing.load(Ordering::SeqCst)).then_some(call)
        };
        if let Some(call) = spin(news, || ahead.fetch(&self.expected[thread])) {
            return call;
        }
        loop {
            sleeper.asleep.store(true, Ordering::SeqCst);
            if let Some(call) = news() {
                sleeper.asleep.store(false, Ordering::SeqCst);
                return call;
            }
            thread::park();
        }
    }

    fn serve(&self, thread: usize) {
        INSIDE.set(true);
        let (mut seen, mut ahead) = (0, Ahead::default());
        while !self.closing.load(Ordering::SeqCst) {
            seen = self.wait(thread, seen, &mut ahead);
            self.help(thread);
        }
    }

    fn wake(&self) {
        for sleeper in &self.sleepers {
            if sleeper.asleep.swap(false, Ordering::SeqCst)
                && let Some(thread) = &*lock(&sleeper.thread)
            {
                thread.unpark();
            }
        }
    }

    /// Returns when every part is done.
    fn finish(&self, ahead: &mut Ahead) {
        let done = || (self.remaining.load(Ordering::SeqCst) == 0).then_some(());
        if spin(done, || ahead.fetch(&self.expected[0])).is_some() {
            return;
        }
        *lock(&self.caller) = Some(thread::current());
        self.caller_sleeps.store(true, Ordering::SeqCst);
        while done().is_none() {
            thread::park();
        }
        self.caller_sleeps.store(false, Ordering::SeqCst);
    }
}

/// Looks again and again, for a while; between two looks it does what `meanwhile` does, as long as that does something.
fn spin<T>(mut look: impl FnMut() -> Option<T>, mut meanwhile: impl FnMut() -> bool) -> Option<T> {
    let start = Instant::now();
    loop {
        for _ in 0..64 {
            if let Some(found) = look() {
                return Some(found);
            }
            if !meanwhile() {
                spin_loop();
            }
        }
        if start.elapsed() > SPIN {
            return None;
        }
    }
}

/// A panic inside a part is caught there, so no lock is ever poisoned by one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Threads {
    /// So many threads, or one for each physical core, to be shared.
    ///
    /// # Errors
    /// When the operating system gives no more threads.
    pub fn start(count: Option<usize>) -> crate::Result<Arc<Self>> {
        let count = count.unwrap_or_else(super::physical_cores);
        let threads = Self::new(count)
            .map_err(|error| super::failed("starting its threads", error.to_string()))?;
        Ok(Arc::new(threads))
    }

    /// The most parts of one call.
    pub const MOST_PARTS: usize = PART_MASK as usize;

    /// `count` threads, the caller among them; at least one.
    ///
    /// # Errors
    /// When the operating system gives no more threads.
    pub fn new(count: usize) -> std::io::Result<Self> {
        let count = count.max(1);
        let shared = Arc::new(Shared {
            work: UnsafeCell::new(None),
            stretches: (0..count).map(|_| Stretch::default()).collect(),
            expected: (0..count).map(|_| Expected::default()).collect(),
            remaining: AtomicUsize::new(0),
            call: AtomicUsize::new(0),
            sleepers: (0..count).map(|_| Sleeper::default()).collect(),
            caller: Mutex::new(None),
            caller_sleeps: AtomicBool::new(false),
            panic: Mutex::new(None),
            closing: AtomicBool::new(false),
        });
        let mut threads = Self {
            shared,
            workers: Vec::new(),
            turn: Mutex::new(Ahead::default()),
        };
        for thread in 1..count {
            let shared = threads.shared.clone();
            let worker = thread::Builder::new()
                .name(format!("strata-cpu-{thread}"))
                .spawn(move || shared.serve(thread))?;
            *lock(&threads.shared.sleepers[thread].thread) = Some(worker.thread().clone());
            threads.workers.push(worker);
        }
        Ok(threads)
    }

    /// The number of threads, the caller among them.
    pub fn count(&self) -> usize {
        self.shared.stretches.len()
    }

    /// The first of the parts of a call that a thread takes, if nobody is ahead of it.
    fn first(&self, parts: usize, thread: usize) -> usize {
        parts * thread / self.count()
    }

    /// Says that the call after the next one has so many `parts`, and from which bytes on each of them reads: threads
    /// that wait for it then fetch some of them. It changes no result.
    pub fn expect<'a>(&self, parts: usize, read: impl Fn(usize) -> &'a [u8]) {
        for (thread, expected) in self.shared.expected.iter().enumerate() {
            expected.set(read(self.first(parts, thread)));
        }
    }

    /// Calls `work` once with every number below `parts`, and returns when all of them are done.
    ///
    /// Called from inside a part, it carries the parts out one by one.
    ///
    /// # Panics
    /// When a part panics, with its payload, after all the others are done.
    pub fn run(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        assert!(parts <= Self::MOST_PARTS, "{parts} parts in one call");
        if parts <= 1 || self.count() == 1 || INSIDE.get() {
            (0..parts).for_each(work);
            return;
        }
        let mut turn = lock(&self.turn);
        let shared = &*self.shared;
        // SAFETY: this function returns only after every part is done, and a thread uses the reference
        // only between taking a part and reporting it done. So the reference is not used after `'_`.
        let work = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static Work>(work) };
        // SAFETY: no part is open, so no other thread looks at it.
        unsafe { *shared.work.get() = Some(work) };
        shared.remaining.store(parts, Ordering::SeqCst);
        let call = shared.call.load(Ordering::SeqCst).wrapping_add(1);
        for (n, stretch) in shared.stretches.iter().enumerate() {
            stretch.set(call, self.first(parts, n), self.first(parts, n + 1));
        }
        shared.call.store(call, Ordering::SeqCst);
        shared.wake();
        INSIDE.set(true);
        shared.help(0);
        INSIDE.set(false);
        shared.finish(&mut turn);
        let panic = lock(&shared.panic).take();
        drop(turn);
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
    }
}

impl Threads {
    /// Calls `work` with every stretch of `length` elements, the last of which may be shorter.
    ///
    /// # Panics
    /// When `length` is 0, or a part panics.
    pub fn run_chunks<T: Send>(
        &self,
        elements: &mut [T],
        length: usize,
        work: &(dyn Fn(usize, &mut [T]) + Sync),
    ) {
        let whole = elements.len();
        let start = Elements(elements.as_mut_ptr());
        self.run(whole.div_ceil(length), &|part| {
            let first = part * length;
            // SAFETY: inside `elements`, which stay borrowed until all parts are done; every part is
            // run once, and no two parts overlap.
            let chunk = unsafe {
                std::slice::from_raw_parts_mut(start.at(first), length.min(whole - first))
            };
            work(part, chunk);
        });
    }
}

/// Where elements begin that are shared out in [`Threads::run_chunks`].
struct Elements<T>(*mut T);

// SAFETY: other threads get exclusive use of elements, which `Send` allows.
unsafe impl<T: Send> Sync for Elements<T> {}

impl<T> Elements<T> {
    /// # Safety
    /// There are more than `n` of them.
    unsafe fn at(&self, n: usize) -> *mut T {
        // SAFETY: the caller's.
        unsafe { self.0.add(n) }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        self.shared.wake();
        for worker in self.workers.drain(..) {
            // A worker catches what its parts do; there is nothing to learn from its end.
            let _ = worker.join();
        }
    }
}
