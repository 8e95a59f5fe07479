//! Work that nobody waits for, on a thread that the others go before.

use tokio::sync::oneshot;

/// The work was not done: it panicked, or there was no thread for it.
#[derive(Clone, Copy, Debug)]
pub struct NotDone;

/// Does something on a thread of its own, which gets the time that nobody else wants.
pub async fn patiently<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, NotDone> {
    let (done, result) = oneshot::channel();
    let thread = std::thread::Builder::new().name("segue-patient".into());
    let begun = thread.spawn(move || {
        stand_back();
        // Whoever asked may be gone.
        let _ = done.send(work());
    });
    begun.map_err(|_| NotDone)?;
    result.await.map_err(|_| NotDone)
}

/// Lets all other threads go before this one. Elsewhere than on Linux a priority is the whole
/// process's.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "work that can wait runs like any other");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_done_patiently_comes_back_and_a_panic_harms_nobody() {
        let niceness = || {
            #[cfg(target_os = "linux")]
            return rustix::process::getpriority_process(None).unwrap();
            #[cfg(not(target_os = "linux"))]
            19
        };
        let before = niceness();
        assert_eq!(patiently(niceness).await.unwrap(), 19);
        assert_eq!(niceness(), before, "only its own thread stands back");
        let panics: Result<(), NotDone> = patiently(|| panic!("this one fails")).await;
        assert!(panics.is_err());
    }
}
