import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../server/storage/memory-store';
import { describeDocumentStore } from './document-store';

describeDocumentStore('a memory store keeps documents', async () => ({ store: new MemoryStore(), discard: async () => undefined }));

describe('a memory store', () => {
  it('R1 says that nothing in it is durable', () => {
    expect(new MemoryStore().durable).toBe(false);
  });
});
