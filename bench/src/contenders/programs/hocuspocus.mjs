/** Hocuspocus with its defaults, in memory; with HOCUSPOCUS_FILES also a file for each document, the least that a database can cost. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '@hocuspocus/extension-database';
import { Server } from '@hocuspocus/server';

const folder = process.env.HOCUSPOCUS_FILES;

function fileOf(documentName) {
  return join(folder, encodeURIComponent(documentName));
}

async function fetch({ documentName }) {
  try {
    return await readFile(fileOf(documentName));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

const files = new Database({ fetch, store: ({ documentName, state }) => writeFile(fileOf(documentName), state) });
const server = new Server({ quiet: true, address: '127.0.0.1', extensions: folder === undefined ? [] : [files] });
// The option's 0 means port 80.
server.configuration.port = 0;
await server.listen();
process.stdout.write(`http://127.0.0.1:${server.address.port}\n`);
