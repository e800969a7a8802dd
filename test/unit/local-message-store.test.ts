/** When a local queue shows, hides, buries and forgets a message. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../local/sqs/message.ts';
import {
  addMessage,
  countMessages,
  createMessageStore,
  hideUntil,
  removeMessage,
  type TakeOptions,
  takeMessages,
} from '../../local/sqs/message-store.ts';

const retentionMs = 60_000;

const message = (id: string, overrides: Partial<Message> = {}): Message => ({
  id,
  body: id,
  attributes: {},
  senderId: 'sender',
  sentAt: 0,
  visibleAt: 0,
  receiveCount: 0,
  receipt: 0,
  ...overrides,
});

const setup = (...messages: Message[]) => {
  const store = createMessageStore(() => retentionMs);
  for (const each of messages) addMessage(store, each);
  const deliver = (now: number, options: Partial<TakeOptions> = {}) =>
    takeMessages(store, {
      now,
      max: 10,
      visibilityMs: 1000,
      bury: () => false,
      duplicate: () => false,
      ...options,
    });
  const take = (now: number, options: Partial<TakeOptions> = {}) =>
    deliver(now, options).map((delivery) => delivery.message.id);
  return { store, deliver, take };
};

describe('a message store', () => {
  it('hides what it handed out for exactly the visibility timeout', () => {
    const { take } = setup(message('a'));

    expect(take(0)).toEqual(['a']);
    expect(take(999)).toEqual([]);
    expect(take(1000)).toEqual(['a']);
  });

  it('counts receives and remembers the first', () => {
    const { deliver } = setup(message('a'));

    deliver(5);
    const [second] = deliver(2000);

    expect(second).toMatchObject({ receiveCount: 2, firstReceivedAt: 5, receipt: 2 });
  });

  it('hands out no more than asked for, oldest first', () => {
    const { take } = setup(message('a'), message('b'), message('c'));

    expect(take(0, { max: 2 })).toEqual(['a', 'b']);
    expect(take(0, { max: 2 })).toEqual(['c']);
  });

  it('shows what is due in the order of its due time', () => {
    const { store, take } = setup(message('a'), message('b'));
    take(0);
    const [a, b] = [store.byId.get('a')!, store.byId.get('b')!];
    hideUntil(store, a, 500);
    hideUntil(store, b, 400);

    expect(take(450)).toEqual(['b']);
    expect(take(500)).toEqual(['a']);
  });

  it('tells delayed, visible and in-flight messages apart', () => {
    const { store, take } = setup(message('a'), message('b'), message('c', { visibleAt: 100 }));

    take(0, { max: 1 });

    expect(countMessages(store, 0)).toEqual({ visible: 1, inFlight: 1, delayed: 1 });
    expect(countMessages(store, 100)).toEqual({ visible: 2, inFlight: 1, delayed: 0 });
  });

  it('forgets a message once its retention is over, whatever state it is in', () => {
    const young = message('young', { sentAt: 10_000 });
    const { store, take } = setup(message('old'), message('hidden'), young);
    take(0, { max: 2, visibilityMs: 1_000_000 });

    expect(countMessages(store, retentionMs - 1)).toEqual({ visible: 1, inFlight: 2, delayed: 0 });
    expect(take(retentionMs)).toEqual(['young']);
    expect(store.byId.size).toBe(1);
    expect(take(retentionMs + 10_000)).toEqual([]);
    expect(store.byId.size).toBe(0);
  });

  it('takes a delivery back as if it had never been', () => {
    const { store, deliver } = setup(message('a'));

    const [delivery] = deliver(0);
    delivery?.undo();
    const [again] = deliver(1);

    expect(again).toMatchObject({ receiveCount: 1, firstReceivedAt: 1 });
    // The handle of the delivery that was taken back does not fit any more.
    expect(again?.receipt).not.toBe(delivery?.receipt);
    expect(countMessages(store, 1)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });

  it('takes nothing back that another receiver has, or that is deleted', () => {
    const { store, deliver } = setup(message('a'), message('b'));
    const [ofA, ofB] = deliver(0);
    const [a] = deliver(1000, { max: 1 });
    removeMessage(store, ofB!.message);

    ofA?.undo();
    ofB?.undo();

    expect(a?.message.receiveCount).toBe(2);
    expect(countMessages(store, 1000)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });

  it('asks for every visible message whether it is dead, and hands out the others', () => {
    const { store, take } = setup(message('a'), message('poison'), message('c'));
    const bury = (each: Message) => {
      if (each.id !== 'poison') return false;
      removeMessage(store, each);
      return true;
    };

    expect(take(0, { bury, max: 2 })).toEqual(['a', 'c']);
  });

  it('hands a message out twice where a fault says so', () => {
    const { take } = setup(message('a'));

    expect(take(0, { duplicate: () => true })).toEqual(['a']);
    expect(take(0)).toEqual(['a']);
    expect(take(0)).toEqual([]);
  });
});
