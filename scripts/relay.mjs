/** `npm run relay -- <flags>`: builds what is missing, then is the relay. */
import { ensureBuilt } from './ensure-built.mjs';

ensureBuilt(['relay', 'app']);
await import(new URL('../out/server/main.js', import.meta.url).href);
