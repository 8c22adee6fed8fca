/** The floor: passes every message on to everyone else at the same path, and knows nothing else. */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const rooms = new Map();
const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
const server = createServer();

server.on('upgrade', (request, socket, head) => {
  webSockets.handleUpgrade(request, socket, head, (connection) => {
    const room = rooms.get(request.url) ?? new Set();
    rooms.set(request.url, room);
    room.add(connection);
    connection.on('message', (message) => {
      for (const other of room) if (other !== connection && other.readyState === other.OPEN) other.send(message);
    });
    connection.on('error', () => connection.terminate());
    connection.on('close', () => room.delete(connection));
  });
});

server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
