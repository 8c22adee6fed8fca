/** The entry of the compaction thread: one job in, one result out, in order. */
import { parentPort } from 'node:worker_threads';
import type { CompactionInput, CompactionResult } from '../ports';
import { compactDocument } from './compaction';

if (parentPort === null) throw new Error('this file is started as a worker thread');
const port = parentPort;

port.on('message', (input: CompactionInput) => {
  const result: CompactionResult = compactDocument(input);
  port.postMessage(result, result.ok ? [result.snapshot.buffer as ArrayBuffer] : []);
});
