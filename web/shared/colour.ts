// A workspace picks one brand colour; what stands on it, and the brand as text on
// our own surfaces, must stay readable whatever was picked (WCAG 2.2, 1.4.3).

type Rgb = [number, number, number];

/** Contrast that normal text needs. */
const READABLE = 4.5;

/** Reads `#rgb` and `#rrggbb`; anything else is `null`. */
export function parseColour(text: string): Rgb | null {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(text);
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text);
  const parts = short?.slice(1).map((digit) => digit + digit) ?? long?.slice(1);
  return parts ? (parts.map((part) => parseInt(part, 16)) as Rgb) : null;
}

/** Contrast ratio of two colours, 1 to 21, as WCAG 2 defines it. */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Black or white, whichever reads better on `colour`. */
export function inkOn(colour: Rgb): Rgb {
  const white: Rgb = [255, 255, 255];
  return contrast(colour, white) >= READABLE ? white : [0, 0, 0];
}

/** `colour`, moved towards black or white until it reads on `surface`. */
export function readableOn(colour: Rgb, surface: Rgb): Rgb {
  const goal = luminance(surface) > 0.2 ? 0 : 255;
  let best = colour;
  for (let step = 1; step <= 20 && contrast(best, surface) < READABLE; step++) {
    best = colour.map((part) => Math.round(part + ((goal - part) * step) / 20)) as Rgb;
  }
  return best;
}

/** Sets the brand on a page's tokens (see tokens.css). An unreadable value changes nothing. */
export function paintBrand(style: CSSStyleDeclaration, brand: string): void {
  const colour = parseColour(brand);
  if (!colour) return;
  const set = (name: string, value: Rgb) => style.setProperty(name, `rgb(${value.join(' ')})`);
  set('--brand', colour);
  set('--on-brand', inkOn(colour));
  set('--accent-on-light', readableOn(colour, [238, 242, 252]));
  set('--accent-on-dark', readableOn(colour, [30, 33, 40]));
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
