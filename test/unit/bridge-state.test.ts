import { describe, expect, it } from 'vitest';
import { followState } from '../../src/renderer/bridge-state';
import type { BridgeEvents, BundledRelay } from '../../src/shared/bridge';

const STARTING: BundledRelay = { status: 'starting' };
const RUNNING: BundledRelay = { status: 'running', address: 'http://127.0.0.1:4321' };

function playedBridge() {
  const listeners = new Set<(value: never) => void>();
  return {
    on<Name extends keyof BridgeEvents>(_name: Name, listener: (value: BridgeEvents[Name]) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    say: (relay: BundledRelay) => {
      for (const listener of listeners) listener(relay as never);
    },
  };
}

describe('a state of the main process', () => {
  it('is what was answered, and what is heard after that', async () => {
    const bridge = playedBridge();
    const relay = await followState(bridge, 'bundledRelay', async () => STARTING);
    expect(relay.current).toBe(STARTING);
    bridge.say(RUNNING);
    expect(relay.current).toBe(RUNNING);
  });

  it('misses no change that comes while it is asked for', async () => {
    const bridge = playedBridge();
    const asking = followState(bridge, 'bundledRelay', async () => {
      bridge.say(RUNNING);
      return STARTING;
    });
    expect((await asking).current).toBe(RUNNING);
  });
});
