import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { MOST_PARTS } from '../../server/transports/feed-requests';
import { until } from '../support/condition';
import { endEventStreamClients } from '../support/event-stream-client';
import { PostWriter } from '../support/post-writer';
import { endReadingServers, SecretsForTest, startReadingServer } from '../support/reading-server';
import { endStockClients, StockClient } from '../support/stock-client';

afterEach(async () => {
  endEventStreamClients();
  endStockClients();
  await endReadingServers();
});

const page = readFileSync(resolve(import.meta.dirname, '../../docs/http.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** Runs a line as a shell would; it is ended with the test. */
function run(line: string, server: { readonly address: string }, env: Record<string, string> = {}): { text: string } {
  const shell = spawn('sh', ['-c', line.replaceAll('http://127.0.0.1:4321', server.address).replace(/\bcurl\b/, 'exec curl -s')], {
    env: { ...process.env, ...env },
  });
  const output = { text: '' };
  for (const pipe of [shell.stdout, shell.stderr]) {
    pipe.setEncoding('utf8').on('data', (text: string) => {
      output.text += text;
    });
  }
  onTestFinished(() => void shell.kill('SIGKILL'));
  return output;
}

describe('the page about HTTP', () => {
  test.skipIf(!hasCurl)('has lines for curl that do what it says', async () => {
    const lines = blocks('sh');
    expect(lines).toHaveLength(8);
    const [presence = '', resumed = '', stream = '', sign = '', feeds = '', change = '', writer = '', post = ''] = lines;
    const server = await startReadingServer();
    const ada = await new StockClient(server.webSocketAddress, 'plan', { name: 'Ada' }).synced();
    ada.type('Hello');
    const watching = run(presence, server);
    await until('Ada is told', () => watching.text.includes('"name":"Ada"'));
    const again = run(resumed, server);
    await until('everyone is told', () => again.text.includes('event: people'));
    const reading = run(stream, server);
    await until('a frame comes', () => /event: frame\ndata: AAE/.test(reading.text));
    await until('the reader is seen', () => watching.text.includes('"name":"Gräce","color":"#a1b2c3","role":"viewer"'));
    const alive = run(stream.replace('-N', "-N -H 'Weft-Connection: alive'"), server);
    await until('it is expected', () => alive.text.includes('event: connection'));
    const signed = run(`${sign} -w '%{http_code}'`.replace('\n', ''), server, {
      CONNECTION: /"connection":"([^"]+)"/.exec(alive.text)?.[1] ?? '',
    });
    await until('it is heard', () => signed.text === '204');
    const many = run(feeds, server);
    await until('both parts come', () => /data: notes stream AAE/.test(many.text) && many.text.includes('{"document":"plan","people"'));
    const changed = run(`${change} -w '%{http_code}'`.replace('\n -w', ' -w'), server, {
      FEED: /"connection":"([^"]+)"/.exec(many.text)?.[1] ?? '',
    });
    await until('it is changed', () => changed.text === '204');
    await until('there is a writer now', () => /"document":"todo","connection":"[\w-]{22}"/.test(many.text));
    await until('and no reader', () => server.rooms.stats().peers === 4);
    const writing = run(writer, server);
    await until('a connection is made', () => writing.text.includes('event: connection'));
    const connection = /"connection":"([^"]+)"/.exec(writing.text)?.[1] ?? '';
    const posted = run(post, server, { CONNECTION: connection });
    await until('it is received', () => posted.text.includes('{"received":1}'));
  });

  test('has a page’s script that follows people, through cuts, and stops when it may not', async () => {
    const [script = ''] = blocks('js');
    const secrets = new SecretsForTest().set('s3cret', { role: 'editor' }).set('', { role: 'editor' });
    const server = await startReadingServer({ authoriser: secrets, lifetimeMs: 400, limits: { beatMs: 60 } });
    const watchPeople = new Function(`${script}; return watchPeople;`)() as (
      relay: string,
      document: string,
      secret: string | undefined,
      onPeople: (people: readonly { readonly name: string }[]) => void,
    ) => Promise<void>;
    let names: string[] = [];
    const watching = watchPeople(server.address, 'plan', 's3cret', (people) => {
      names = people.map(({ name }) => name);
    });
    await new StockClient(server.webSocketAddress, 'plan', { name: 'Ada' }).synced();
    await until('Ada is there', () => names.join() === 'Ada');
    await until('its time is up', () => server.streams.count === 0);
    await new StockClient(server.webSocketAddress, 'plan', { name: 'Grace' }).synced();
    await until('it came back', () => names.join() === 'Ada,Grace');
    secrets.delete('s3cret');
    await watching;
  });

  test('names the limits that the relay has', async () => {
    const server = await startReadingServer();
    const writer = await new PostWriter(server.address, 'plan').opened();
    const beats = (count: number) => Array.from({ length: count }, () => Uint8Array.of(3));
    expect(page).toContain('up to 10,000 frames');
    expect((await writer.post(1, beats(10_001))).status).toBe(400);
    expect(page).toContain(`up to ${MOST_PARTS} parts`);
  });
});
