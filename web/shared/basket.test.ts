import { expect, test } from 'vitest';
import { Basket, type Carrier, faultKey, NotTaken, sizeWords } from './basket';
import type { Attached } from './wire';

const settle = () => new Promise((resolve) => setImmediate(resolve));
const file = (name: string, bytes = 3) => new File(['x'.repeat(bytes)], name);
const attached = (id: string, name: string): Attached => ({ id, name, kind: 'png', bytes: 3 });

class FakeCarrier implements Carrier {
  sent: string[] = [];
  removed: string[] = [];
  /** What becomes of the next files; arrival by default. */
  fates: (NotTaken | Promise<void>)[] = [];

  async send(file: File, id: string, tell: (part: number) => void, cancel: AbortSignal): Promise<Attached> {
    this.sent.push(id);
    tell(0.5);
    const fate = this.fates.shift();
    if (fate instanceof NotTaken) throw fate;
    await fate;
    if (cancel.aborted) throw new NotTaken(0, '');
    return attached(`file-${id}`, file.name);
  }

  async remove({ id }: Attached): Promise<void> {
    this.removed.push(id);
  }
}

function basket(carrier: FakeCarrier): Basket {
  let made = 0;
  return new Basket({ carrier, newId: () => `id-${++made}`, max_files: 3, max_bytes: 10, onChange: () => {} });
}

test('what was chosen is sent at once and goes with the message', async () => {
  const one = basket(new FakeCarrier());
  one.add([file('a.png'), file('b.png')]);
  expect(one.items).toMatchObject([{ state: 'sending', part: 0.5 }, { state: 'sending' }]);
  expect(one.isBusy).toBe(true);
  await settle();
  expect(one.isBusy).toBe(false);
  expect(one.take().map(({ name }) => name)).toEqual(['a.png', 'b.png']);
  expect(one.isEmpty).toBe(true);
});

test('a lost file goes again under its id, a refused one says why', async () => {
  const carrier = new FakeCarrier();
  carrier.fates = [new NotTaken(0, ''), new NotTaken(415, 'file_kind')];
  const one = basket(carrier);
  one.add([file('a.png'), file('b.exe')]);
  await settle();
  expect(one.items).toMatchObject([{ state: 'failed' }, { state: 'refused', fault: 'file_kind' }]);
  expect(one.isBusy).toBe(true);
  one.retry(one.items[0]!);
  one.retry(one.items[1]!);
  await settle();
  expect(carrier.sent).toEqual(['id-1', 'id-2', 'id-1']);
  expect(one.items).toMatchObject([{ state: 'ready' }, { state: 'refused' }]);
  expect(one.take()).toHaveLength(1);
});

test('limits are told before anything travels', () => {
  const carrier = new FakeCarrier();
  const one = basket(carrier);
  one.add([file('large.png', 11), file('empty.png', 0), file('1'), file('2'), file('3'), file('4')]);
  expect(one.items.map(({ fault }) => fault)).toEqual(['file_too_large', 'file_damaged', '', '', '', 'files_many']);
  expect(carrier.sent).toHaveLength(3);
});

test('what is taken out does not travel on, and what has arrived is removed', async () => {
  const carrier = new FakeCarrier();
  let arrive = () => {};
  carrier.fates = [new Promise((resolve) => (arrive = resolve))];
  const one = basket(carrier);
  one.add([file('a.png'), file('b.png')]);
  await settle();
  const [first, second] = one.items;
  one.remove(first!);
  one.remove(second!);
  arrive();
  await settle();
  expect(one.isEmpty).toBe(true);
  expect(carrier.removed).toEqual(['file-id-2']);
});

test('a message that did not go gives its files back once', async () => {
  const one = basket(new FakeCarrier());
  const files = [attached('f1', 'a.png')];
  one.putBack(files);
  one.putBack(files);
  expect(one.take()).toEqual(files);
});

test('sizes are told as people read them, and every fault has words', () => {
  expect(sizeWords(12, 'en')).toBe('1 kB');
  expect(sizeWords(345_678, 'en')).toBe('346 kB');
  expect(sizeWords(10_485_760, 'de')).toBe('10,5 MB');
  expect(faultKey('file_pixels')).toBe('pixels');
  expect(faultKey('files_many')).toBe('many');
  expect(faultKey('constructor')).toBe('other');
});
