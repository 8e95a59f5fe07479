// What the customer fills in below the conversation: where the answer shall go, how it
// was. It belongs to one state of the conversation; the next begins with an empty one.

import type { Trouble } from './session';

export class Form {
  /** What the address is being asked for: the answer, or word that the turn is near. */
  ask: 'email' | 'place' | null = null;
  email = '';
  /** What was wrong with the address; what was typed stays. */
  fault: Trouble | null = null;
  isBusy = false;

  /** 1 to 5; 0 until one is chosen. */
  score = 0;
  /** Whether anything had to be repeated. */
  repeated: boolean | null = null;
}
