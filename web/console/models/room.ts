// A desk with everything around it, for the tests of its parts.

import type { Item } from '../api';
import { Desk } from './desk';
import { FakeLine, FakeServer, FakeShelf, FakeWorld, floor, introduced, ME, mine, settle } from './fakes';

export class Room {
  readonly server = new FakeServer();
  readonly world = new FakeWorld();
  readonly lines: FakeLine[] = [];
  readonly invitations: Item[] = [];
  /** Conversations in which customers wrote. */
  readonly written: string[] = [];
  undo_ms = 0;
  readonly places: [string, boolean][] = [];
  readonly desk: Desk;

  constructor(readonly shelf = new FakeShelf()) {
    this.server.answer('GET session', ME);
    this.server.answer('GET floor', floor());
    this.desk = new Desk({
      api: this.server.api,
      world: this.world,
      shelf,
      dial: () => {
        const line = new FakeLine();
        this.lines.push(line);
        return line;
      },
      onInvitation: (one) => this.invitations.push(one),
      onWritten: (talk) => this.written.push(talk.id),
      undoMs: () => this.undo_ms,
      onPlace: (hash, replace) => this.places.push([hash, replace]),
      onChange: () => {},
    });
  }

  get line(): FakeLine {
    const line = this.lines.at(-1);
    if (!line) throw new Error('nobody has dialled');
    return line;
  }

  /** Signed in and connected. */
  async enter(hash = '#/'): Promise<this> {
    await this.desk.start(hash, null);
    this.line.open();
    await settle();
    return this;
  }

  /** With a conversation of mine in front. */
  async open(id = 'c1', whole = introduced(mine(id))): Promise<this> {
    this.server.answer('GET floor', floor({ mine: [whole.item] }));
    this.server.answer(`GET conversations/${id}`, whole);
    await this.enter(`#/conversations/${id}`);
    return this;
  }

  async floor(given: Parameters<typeof floor>[0]): Promise<void> {
    this.server.answer('GET floor', floor(given));
    this.line.say({ type: 'floor' });
    await settle();
  }

  get talk() {
    const talk = this.desk.open;
    if (!talk) throw new Error('nothing is open');
    return talk;
  }
}
