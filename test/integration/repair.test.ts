import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../support/condition';
import { folderForTest } from '../support/folder-for-test';
import { endRawClients, RawClient } from '../support/raw-client';
import { endRelays, RelayDidNotStart, type RelayProcess, startRelayProcess } from '../support/relay-process';
import { endStockClients, StockClient } from '../support/stock-client';

const MAIN = resolve(import.meta.dirname, '../../out/server/main.js');

afterEach(async () => {
  endRawClients();
  endStockClients();
  await endRelays();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function repair(...flags: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, 'repair', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  return new Promise((done) => child.once('close', (code) => done({ code, stdout, stderr })));
}

async function type(relay: RelayProcess, document: string, text: string): Promise<void> {
  const ours = await new RawClient(`${relay.webSocketAddress}/${document}`, { protocols: ['weft.v1'] }).joined();
  const writer = await new StockClient(relay.webSocketAddress, document).synced();
  writer.type(text);
  await until('the edit went round', () => ours.count('update') > 0);
  writer.destroy();
  ours.destroy();
}

describe('weft-relay repair', () => {
  it('does what a relay that does not start says, and the next relay shows what was not hit', async () => {
    const data = join(folderForTest(), 'my data');
    let relay = await startRelayProcess({ data });
    await type(relay, 'hit', 'these words are hit');
    await type(relay, 'whole', 'these words are whole');
    // R1: nobody's folder meanwhile.
    const early = await repair('--data', data);
    expect(early).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(/is in use by a relay; stop that one first\.\n$/) });
    expect(readdirSync(join(data, '..'))).toEqual(['my data']);
    await type(relay, 'whole', ' and on');
    expect(await relay.stop()).toBe(0);
    const documents = join(data, 'documents');
    const log = join(documents, readdirSync(documents).find((name) => name.endsWith('.log')) ?? '');
    const bytes = readFileSync(log);
    const at = bytes.indexOf('these words are hit');
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(log, bytes);

    const refused = await startRelayProcess({ data }).catch((error: unknown) => error);
    if (!(refused instanceof RelayDidNotStart)) throw new Error('it started');
    const command = /weft-relay repair (--data) "(.*)"\. Or/.exec(refused.stderr);
    expect(command?.slice(1)).toEqual(['--data', data]);

    const { code, stdout, stderr } = await repair(...(command ?? []).slice(1));
    expect(code).toBe(1);
    expect(stderr).toContain('Reading file 1 of');
    const lines = stdout.trim().split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '2 documents found: 1 whole, 0 in part, 1 with nothing left of the text.',
      '  hit: nothing of its text could be kept; lost 1 of 1 updates',
      'Damaged files:',
      expect.stringMatching(/^ {2}\d+\.log cannot be read at byte \d+$/),
    ]);
    expect(stdout).toContain(`Start the relay with --data "${data}.repaired". Keep ${data} until`);
    expect(readFileSync(log).equals(bytes)).toBe(true);

    relay = await startRelayProcess({ data: `${data}.repaired` });
    await (await new StockClient(relay.webSocketAddress, 'whole').synced()).shows('these words are whole and on');
    const hit = await new StockClient(relay.webSocketAddress, 'hit').synced();
    await hit.shows('');
    hit.type('again');
    expect((await repair('--data', data)).stderr).toMatch(/exists already, and nothing is overwritten; name another folder with --to\.\n$/);
  });

  it('ends with 0 where nothing was lost, and with 2 where it can do nothing', async () => {
    const relay = await startRelayProcess();
    await type(relay, 'paper', 'words');
    await relay.stop();
    const to = join(folderForTest(), 'new');
    expect(await repair('--data', relay.data, '--to', to)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 document found: 1 whole, 0 in part, 0 with nothing left of the text\.\nStart the relay with/),
    });
    expect(await repair('--data', folderForTest())).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/name a relay's folder with --data\.\n$/),
    });
    expect(await repair('--data', relay.data, '--too', to)).toMatchObject({
      code: 2,
      stderr: 'There is no flag --too; did you mean --to?\n',
    });
  });
});
