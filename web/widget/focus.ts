// A control that vanishes under the keyboard (an offer that was answered, the button
// that became a wait) leaves the focus where it stood, not at the top of the page.

const PLACES = '.panel, .scroll, .chat';

let control: Element | null = null;
let place: HTMLElement | null = null;
/** The citation that was clicked; the keyboard is there again on the way back. */
let citation: Element | null = null;

addEventListener('focusin', ({ target }) => {
  control = target as Element;
  place = control.closest(PLACES);
});

/** Draws, and keeps the focus; `isReading` says that an article is open after it. */
export function keepFocus(draw: () => void, isReading: boolean): void {
  if (isReading) citation ??= document.activeElement;
  draw();
  if (citation instanceof HTMLElement && !isReading) {
    citation.focus();
    citation = null;
  }
  if (control?.isConnected !== false || document.activeElement !== document.body) return;
  control = null;
  if (place?.isConnected) place.focus();
}
