import { MemoryLinkStore } from '../../server/storage/memory-link-store';
import { describeLinkStore } from './link-store';

describeLinkStore('a memory store keeps access records', async () => ({ store: new MemoryLinkStore(), discard: async () => undefined }));
