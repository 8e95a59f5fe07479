// A control that vanishes under the keyboard (an offer that was answered, the button
// that became a wait) leaves the focus where it stood, not at the top of the page.

const PLACES = '.panel, .scroll, .chat';

export function keepFocus(): void {
  let control: Element | null = null;
  let place: HTMLElement | null = null;
  addEventListener('focusin', ({ target }) => {
    control = target as Element;
    place = control.closest(PLACES);
  });
  new MutationObserver(() => {
    if (control?.isConnected !== false || document.activeElement !== document.body) return;
    control = null;
    if (place?.isConnected) place.focus();
  }).observe(document.body, { childList: true, subtree: true });
}
