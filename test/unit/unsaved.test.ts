import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldUnsaved, startUnsaved, truthOf, type UnsavedEvent, unsavedSince } from '../../src/renderer/session/unsaved';

const fold = (events: readonly UnsavedEvent[], since?: number) => events.reduce(foldUnsaved, startUnsaved(since, false));
const connected: UnsavedEvent = { type: 'connected', durable: true };
const reply: UnsavedEvent = { type: 'sent', frame: 'sync-reply' };
const update: UnsavedEvent = { type: 'sent', frame: 'update' };
const typed = (at: number, handedOver = true): UnsavedEvent => ({ type: 'edited', at, handedOver });
const progress = (received: number, saved: number): UnsavedEvent => ({ type: 'progress', received, saved });

describe('what is unsaved', () => {
  it('R1 is nothing only once the sync-reply is sent and everything is saved', () => {
    expect(truthOf(fold([connected]))).toBe('on-device');
    expect(truthOf(fold([connected, reply]))).toBe('on-device');
    expect(truthOf(fold([connected, reply, progress(1, 0)]))).toBe('at-relay');
    expect(truthOf(fold([connected, reply, progress(1, 1)]))).toBe('saved');
    expect(truthOf(fold([connected, update, progress(1, 1)]))).toBe('on-device');
  });

  it('has the age of the oldest edit that is not saved', () => {
    const typing = [connected, reply, update, typed(10), update, typed(20)];
    expect(unsavedSince(fold(typing))).toBe(10);
    expect(unsavedSince(fold([...typing, progress(3, 2)]))).toBe(20);
    expect(unsavedSince(fold([...typing, progress(3, 3)]))).toBe(undefined);
  });

  it('R3 begins again with each connection, with the age it had', () => {
    const cut = fold([connected, reply, update, typed(10), progress(2, 1), { type: 'disconnected' }]);
    expect([truthOf(cut), unsavedSince(cut)]).toEqual(['on-device', 10]);
    const again = [connected, reply, progress(1, 0)].reduce(foldUnsaved, cut);
    expect([truthOf(again), unsavedSince(again)]).toEqual(['at-relay', 10]);
    expect(unsavedSince(foldUnsaved(again, progress(1, 1)))).toBe(undefined);
  });

  it('R4 is not over for an edit that never reached the socket', () => {
    const state = fold([connected, reply, typed(10, false), progress(1, 1)]);
    expect([truthOf(state), unsavedSince(state)]).toEqual(['on-device', 10]);
  });

  it('keeps what an earlier start left unsaved until this connection saved it', () => {
    expect(unsavedSince(fold([connected, update, typed(50), progress(1, 1)], 5))).toBe(5);
    expect(unsavedSince(fold([connected, reply, progress(1, 1)], 5))).toBe(undefined);
  });

  it('R5 never ends at a relay that keeps nothing', () => {
    const state = fold([{ type: 'connected', durable: false }, reply, update, typed(10), progress(2, 2)]);
    expect([truthOf(state), unsavedSince(state)]).toEqual(['at-relay', 10]);
  });

  it('R6 takes no number for proof that cannot be', () => {
    expect(truthOf(fold([connected, reply, progress(9, 9)]))).toBe('on-device');
    expect(truthOf(fold([connected, reply, progress(0, 1)]))).toBe('on-device');
  });

  it('R7 stays saved without a connection until something is edited, and is proven anew by the next', () => {
    const saved = fold([connected, reply, update, typed(10), progress(2, 2)]);
    const cut = foldUnsaved(saved, { type: 'disconnected' });
    expect(truthOf(cut)).toBe('saved');
    expect(truthOf(foldUnsaved(cut, typed(20, false)))).toBe('on-device');
    const again = foldUnsaved(cut, connected);
    expect(truthOf(again)).toBe('saved');
    // The relay may have lost it: its answer to this sync-reply says.
    expect(truthOf(foldUnsaved(again, reply))).toBe('on-device');
    expect(truthOf([reply, progress(1, 0)].reduce(foldUnsaved, again))).toBe('at-relay');
  });

  it('R7 was never saved where nothing was ever seen saved, or the relay keeps nothing', () => {
    expect(truthOf(startUnsaved(undefined, false))).toBe('on-device');
    expect(truthOf(startUnsaved(undefined, true))).toBe('saved');
    expect(truthOf(startUnsaved(7, true))).toBe('on-device');
    const unkept = fold([{ type: 'connected', durable: false }, reply, progress(1, 1), { type: 'disconnected' }]);
    expect(truthOf(unkept)).toBe('on-device');
    const cutBeforeSaved = fold([connected, reply, progress(1, 0), { type: 'disconnected' }]);
    expect(truthOf(cutBeforeSaved)).toBe('on-device');
  });

  it('is never called saved while an edit is not, in any order of events', () => {
    const event = fc.oneof<fc.Arbitrary<UnsavedEvent>[]>(
      fc.constantFrom(connected, { type: 'disconnected' } as const, reply, update),
      fc.record({ type: fc.constant('edited' as const), at: fc.nat(99), handedOver: fc.boolean() }),
      fc.record({ type: fc.constant('progress' as const), received: fc.nat(6), saved: fc.nat(6) }),
    );
    void fc.assert(
      fc.property(fc.array(event, { maxLength: 600 }), (events) => {
        const state = fold(events);
        if (truthOf(state) === 'saved') expect(unsavedSince(state)).toBe(undefined);
        expect(state.edits.length).toBeLessThanOrEqual(256);
      }),
      { numRuns: 300 },
    );
  });
});
