/** The server that came with y-websocket 2.1, with LevelDB (YPERSISTENCE names the folder), on the same ws as everybody else. */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import utils from 'y-websocket/bin/utils';

const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer();

webSockets.on('connection', utils.setupWSConnection);
server.on('upgrade', (request, socket, head) => {
  webSockets.handleUpgrade(request, socket, head, (connection) => webSockets.emit('connection', connection, request));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
