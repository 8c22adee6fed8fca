/** The entry of the compaction thread: one job in, one result out, in order. */
import { parentPort } from 'node:worker_threads';
import { compactDocument } from './compaction';
import { type PackedInput, unpackInput } from './compaction-message';
import type { CompactionResult } from './ports';

if (parentPort === null) throw new Error('this file is started as a worker thread');
const port = parentPort;

port.on('message', (packed: PackedInput) => {
  const result: CompactionResult = compactDocument(unpackInput(packed));
  port.postMessage(result, result.ok ? [result.snapshot.buffer as ArrayBuffer] : []);
});
