import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { it } from 'node:test';
import { until } from '../src/generator/waiting.ts';

it('a relay ends with the bench that started it, even when that is killed', async () => {
  const src = new URL('../src/contenders/', import.meta.url).href;
  const code = `
    const { RunningRelay } = await import('${src}running-relay.ts');
    const { contenderOf } = await import('${src}contenders.ts');
    const relay = await RunningRelay.start(contenderOf('bare-ws'), { builds: { ours: '', before: undefined } });
    process.stdout.write(String(relay.pid));
    setInterval(() => {}, 1000);`;
  const bench = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [pid] = (await once(bench.stdout, 'data')) as [Buffer];
  const folder = `/proc/${pid.toString()}`;
  assert.ok(existsSync(folder));
  bench.kill('SIGKILL');
  assert.ok(await until(() => !existsSync(folder), 5_000), `relay ${pid.toString()} still runs`);
});
