import * as Y from 'yjs';
import { until } from './condition';
import type { StockClient } from './stock-client';
import type { TwoTypistsTrace } from './traces';

/** Sends each recorded update as soon as what it stands on has arrived from the other. */
export async function typeAsRecorded(trace: TwoTypistsTrace, agent: 0 | 1, typist: StockClient): Promise<void> {
  const otherClient = agent === 0 ? 2 : 1;
  const clocks = clocksAfter(trace.updatesByAgent[agent === 0 ? 1 : 0], otherClient);
  const has = (needs: number) => needs === 0 || Y.getState(typist.doc.store, otherClient) >= (clocks[needs - 1] ?? 0);
  for (const { agent: who, update, needs } of trace.updates) {
    if (who !== agent) continue;
    if (!has(needs)) await until('the other’s writing arrives', () => has(needs), 60_000);
    Y.applyUpdate(typist.doc, update, 'recorded');
  }
}

function clocksAfter(updates: readonly Uint8Array[], client: number): number[] {
  let clock = 0;
  return updates.map((update) => {
    clock = Math.max(clock, Y.parseUpdateMeta(update).to.get(client) ?? 0);
    return clock;
  });
}
