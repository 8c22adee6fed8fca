import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { parentOf } from '../../server/parent-process';

/** As Electron's: messages come as events with `data`, and `close` when the parent is gone. */
class ParentPort extends EventEmitter {
  readonly posted: unknown[] = [];

  postMessage(message: unknown): void {
    this.posted.push(message);
  }
}

describe('the parent of a relay', () => {
  it('is there only in a utility process', () => {
    expect(parentOf({})).toBeUndefined();
    expect(parentOf({ parentPort: null })).toBeUndefined();
    expect(parentOf({ parentPort: undefined })).toBeUndefined();
    expect(parentOf({ parentPort: new ParentPort() })).toBeDefined();
  });

  it('hears the address, or why there is none', () => {
    const parentPort = new ParentPort();
    const parent = parentOf({ parentPort });
    parent?.post({ type: 'running', address: 'http://127.0.0.1:4321' });
    parent?.post({ type: 'failed', reason: 'Port 4321 is in use.' });
    expect(parentPort.posted).toEqual([
      { type: 'running', address: 'http://127.0.0.1:4321' },
      { type: 'failed', reason: 'Port 4321 is in use.' },
    ]);
  });

  it('ends the relay when it says so, and when it is gone; nothing else does', () => {
    const parentPort = new ParentPort();
    let stops = 0;
    parentOf({ parentPort })?.onStop(() => stops++);
    for (const data of [undefined, null, 'stop', 7, {}, { type: 'start' }, [{ type: 'stop' }]]) parentPort.emit('message', { data });
    expect(stops).toBe(0);
    parentPort.emit('message', { data: { type: 'stop' } });
    expect(stops).toBe(1);
    parentPort.emit('close');
    expect(stops).toBe(2);
  });
});
