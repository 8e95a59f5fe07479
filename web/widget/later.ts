// What the first drawing does not need: answers and what is asked below them, a handoff,
// the end, an article. It is a file of its own, fetched right behind the first one, so
// that the window opens sooner.

export { paintBrand, parseColour } from '../shared/colour';
export { Article } from './Article';
export { Asked } from './Asked';
export { Card } from './Card';
export { Coming } from './Coming';
export { Language } from './Language';
export { keepFocus } from './focus';
