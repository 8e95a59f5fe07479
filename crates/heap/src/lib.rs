//! How much freed memory the allocator keeps for later.
//!
//! The C library sets aside an arena for nearly every thread and, once a large block was freed,
//! keeps blocks of that size for ever. A server that opens a language model at its start, hashes
//! a password now and then and is idle at night holds a third of its memory for nothing.

/// Arenas that all threads share: verbs run on one thread, texts are read on few.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS: libc::c_int = 2;
/// From this size on a block goes back to the system when it is freed; also what an arena keeps
/// free at its end. In bytes; what the C library begins with.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 128 * 1024;

/// Gives freed memory back to the system. To be called first in `main`; with another C library
/// than GNU's nothing happens.
pub fn give_back_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (parameter, value) in [
        (libc::M_ARENA_MAX, ARENAS),
        (libc::M_MMAP_THRESHOLD, LARGE),
        (libc::M_TRIM_THRESHOLD, LARGE),
    ] {
        #[expect(unsafe_code, reason = "the C library offers it in no other way")]
        // SAFETY: `mallopt` takes any numbers, and refuses those that it does not know.
        let _accepted = unsafe { libc::mallopt(parameter, value) };
    }
}
