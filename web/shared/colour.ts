// The brand colour of a workspace. What stands on it follows by itself: see tokens.css.

/** Whether it reads `#rgb` or `#rrggbb`. */
export function isColour(text: string): boolean {
  return /^#([\da-f]{3}){1,2}$/i.test(text);
}

/** Sets the brand on a page. An unreadable value changes nothing. */
export function paintBrand(page: HTMLElement, brand: string): void {
  if (isColour(brand)) page.style.setProperty('--brand', brand);
}
