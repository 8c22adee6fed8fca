/**
 * Loaded into every relay before its own code, so that all are asked in the same way: garbage collection, memory and
 * loop lag, over the channel to the process that started it. Costs nothing until it is asked.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const LAG_RESOLUTION_MS = 5;

if (isMainThread && process.send !== undefined) {
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  process.on('message', (question) => {
    if (question === 'collect') {
      // Twice: the first round may only queue finalizers.
      globalThis.gc();
      globalThis.gc();
      const { rss, heapUsed, external } = process.memoryUsage();
      process.send({ rss, heapUsed, external });
    } else if (question === 'watch-lag') {
      lag.reset();
      lag.enable();
      process.send({});
    } else if (question === 'tell-lag') {
      lag.disable();
      // The timer's own period is part of what the histogram holds.
      const overdue = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - LAG_RESOLUTION_MS);
      process.send({ lagP99Ms: overdue(lag.percentile(99)), lagMaxMs: overdue(lag.max) });
    }
  });
  // Whoever started it is gone, however that came about: a relay that stays would be in the way of the next run.
  process.on('disconnect', () => process.exit());
  process.channel?.unref();
}
