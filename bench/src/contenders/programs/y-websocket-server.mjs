/** @y/websocket-server as its own `server.js` starts it, in memory, on the same ws as everybody else. */
import { createServer } from 'node:http';
import { setupWSConnection } from '@y/websocket-server/utils';
import { WebSocketServer } from 'ws';

const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer();

webSockets.on('connection', setupWSConnection);
server.on('upgrade', (request, socket, head) => {
  webSockets.handleUpgrade(request, socket, head, (connection) => webSockets.emit('connection', connection, request));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
