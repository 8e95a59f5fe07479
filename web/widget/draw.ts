// Draws what the components say into the page and changes only what differs, so that
// the keyboard, a selection and the place in a scroll stay where they are. Every
// visitor's phone loads the widget, and a library would be a third of it; so this does
// no more than the widget needs. A component is a function, called anew for each
// drawing: whatever lasts stands in the models.

import type { JSX as Html } from 'preact';

/** An element as it should be. */
export interface Drawing {
  tag: string;
  props: Props;
  children: Child[];
}

export type Child = Drawing | string | number | boolean | null | undefined | Child[];
type Component = (props: never) => Child;
type Props = Record<string, unknown>;
type Seats = Map<string, ChildNode>;

const SVG = 'http://www.w3.org/2000/svg';

/** What was drawn into an element, and who sits where among its children. */
const drawn = new WeakMap<Element, { props: Props; seats: Seats }>();

/** What JSX is compiled to. */
export function h(tag: string | Component, props: Props | null, ...children: Child[]): Child {
  props ??= {};
  return typeof tag === 'string' ? { tag, props, children } : tag({ ...props, children } as never);
}

/** Several children in the place of one: `<>…</>`. */
export function Fragment({ children }: { children?: Child }): Child {
  return children;
}

/** Makes `place` hold `child` and nothing else that was drawn into it. */
export function draw(place: Element, child: Child): void {
  /** What can only happen once everything stands in the page. */
  const last: (() => void)[] = [];
  update(place, { tag: '', props: drawn.get(place)?.props ?? {}, children: [child] }, last);
  for (const act of last) act();
}

function update(place: Element, { props, children }: Drawing, last: (() => void)[]): void {
  const before = drawn.get(place);
  for (const name in { ...before?.props, ...props }) set(place, name, props[name], before?.props[name]);
  const wanted = seated(children);
  const seats: Seats = new Map();
  // First those who go: nobody who stays needs to be moved, which would cost the focus.
  before?.seats.forEach((node, seat) => wanted.has(seat) || node.remove());
  let next = place.firstChild;
  wanted.forEach((child, seat) => {
    const isText = typeof child !== 'object';
    const known = before?.seats.get(seat);
    const node = known ?? (isText ? new Text() : document.createElementNS(child.tag === 'svg' ? SVG : place.namespaceURI, child.tag));
    if (isText) {
      if ((node as Text).data !== `${child}`) (node as Text).data = `${child}`;
    } else {
      update(node as Element, child, last);
      const { ref, autofocus } = child.props as { ref?: (element: Element) => void; autofocus?: boolean };
      if (autofocus && !known) last.push(() => (node as HTMLElement).focus());
      if (ref) last.push(() => ref(node as Element));
    }
    if (node === next) next = node.nextSibling;
    else place.insertBefore(node, next);
    seats.set(seat, node);
  });
  drawn.set(place, { props, seats });
}

/**
 * Gives each child a seat of its own: by its key, else by its place. What is not drawn
 * (`false`, `null`, nothing) keeps its place free, so that its neighbours stay themselves.
 */
function seated(children: Child[], row = '', seats = new Map<string, Drawing | string | number>()): typeof seats {
  children.forEach((child, place) => {
    if (Array.isArray(child)) return seated(child, `${row}${place}.`, seats);
    if (child == null || typeof child === 'boolean' || child === '') return;
    const { tag = '', props = {} } = typeof child === 'object' ? child : {};
    seats.set(`${row}${props.key ?? place}${tag}`, child);
  });
  return seats;
}

function set(element: Element, name: string, value: unknown, before: unknown): void {
  const owner = element as unknown as Props;
  if (/^(key|ref|autofocus)$/.test(name)) return;
  if (/^on/.test(name)) owner[name.toLowerCase()] = value;
  // What the customer may have changed is compared with what stands there.
  else if (/^(value|checked)$/.test(name)) owner[name] !== value && (owner[name] = value);
  else if (value === before) return;
  // `aria-busy="false"` says something; `disabled="false"` would be disabled.
  else if (value == null || (value === false && !name.includes('-'))) element.removeAttribute(name);
  else element.setAttribute(name, `${value}`);
}

/** What an element may be given: as Preact knows it, but for what is ours. */
type Elements = {
  [Tag in keyof Html.IntrinsicElements]: Omit<Html.IntrinsicElements[Tag], 'ref' | 'autofocus' | 'children'> & {
    /** Called after every drawing. */
    ref?(element: Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : Element): void;
    /** Takes the focus when it appears. */
    autofocus?: boolean;
    children?: Child;
  };
};

export declare namespace h {
  namespace JSX {
    type Element = Child;
    type IntrinsicElements = Elements;
    interface ElementChildrenAttribute {
      children: unknown;
    }
  }
}
