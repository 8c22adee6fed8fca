import { afterEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import { proveFigure } from '../support/figures';
import { randomFrom, seedFromEnvironment } from '../support/random';
import { endRelays, startRelayProcess } from '../support/relay-process';
import { LoadClient } from './load-client';
import { Typist } from './typist';

const KILLS = 20;
const CLIENTS = 20;
/** All clients together. */
const EDITS_PER_SECOND = 200;

afterEach(endRelays);

it('kill -9 under load loses nothing that was called saved', async () => {
  const random = randomFrom(seedFromEnvironment());
  let next = 0x4e00;
  const nextCharacter = () => String.fromCodePoint(next++);
  const typists = Array.from({ length: CLIENTS }, () => new Typist(nextCharacter, random));
  let relay = await startRelayProcess({ flags: ['--no-limits'] });
  let lost = 0;
  let doubled = 0;
  let savedInAll = 0;

  for (let kill = 1; kill <= KILLS; kill++) {
    const url = `${relay.webSocketAddress}/kill`;
    await Promise.all(typists.map((typist) => typist.connect(url)));
    const edits = Math.round(EDITS_PER_SECOND * (0.3 + random()));
    await typeEvenly(typists, edits);
    await relay.kill9();
    relay = await relay.startAgain();

    // Before anyone who might bring lost edits back: what does the disk alone say?
    const onDisk = await readText(`${relay.webSocketAddress}/kill`);
    const counts = new Map<string, number>();
    for (const character of onDisk) counts.set(character, (counts.get(character) ?? 0) + 1);
    for (const typist of typists) for (const character of typist.saved) if (!counts.has(character)) lost++;
    for (const count of counts.values()) if (count > 1) doubled++;
    savedInAll = typists.reduce((sum, typist) => sum + typist.saved.size, 0);
    process.stdout.write(`  kill ${kill} of ${KILLS}: ${onDisk.length} on disk, ${savedInAll} called saved\n`);
  }

  const url = `${relay.webSocketAddress}/kill`;
  await Promise.all(typists.map((typist) => typist.connect(url)));
  await Promise.all(typists.map((typist) => typist.allSaved()));
  const typed = typists.reduce((sum, typist) => sum + typist.typed.size, 0);
  const final = await readText(url);
  expect([...final].sort()).toEqual(typists.flatMap((typist) => [...typist.typed]).sort());
  for (const typist of typists) {
    await typist.client.until('the text of all', () => typist.text === final);
    typist.close();
  }
  await relay.stop();

  proveFigure({ what: 'edits typed under load', value: typed, unit: 'edits', atLeast: KILLS * 50 });
  proveFigure({ what: 'called saved before a kill', value: savedInAll, unit: 'edits', atLeast: KILLS * 30 });
  proveFigure({
    what: `saved edits lost in ${KILLS} kills`,
    value: lost,
    unit: 'edits',
    atMost: 0,
    scaledDown: '20 of the 200 kills of a release',
  });
  proveFigure({ what: `edits doubled in ${KILLS} kills`, value: doubled, unit: 'edits', atMost: 0 });
});

/** Spreads edits over time at the promised rate; the kill then comes in the middle of it. */
async function typeEvenly(typists: readonly Typist[], edits: number): Promise<void> {
  const started = performance.now();
  for (let edit = 0; edit < edits; edit++) {
    typists[edit % typists.length]?.type();
    const ahead = started + (edit * 1000) / EDITS_PER_SECOND - performance.now();
    if (ahead > 1) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
}

async function readText(url: string): Promise<string> {
  const reader = await new LoadClient(url).joined();
  const doc = new Y.Doc();
  Y.applyUpdate(doc, reader.syncReply ?? new Uint8Array());
  reader.close();
  return doc.getText('content').toString();
}
