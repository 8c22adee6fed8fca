/** Clients that offer another protocol than WebSocket, as some do with every request: they are answered all the same. */
import { connect } from 'node:tls';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../support/certificate';
import { until } from '../support/condition';
import { RawSocket } from '../support/raw-client';
import { endReadingServers, startReadingServer } from '../support/reading-server';

afterEach(() => endReadingServers());

const OFFER = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA';
const ask = (method: string, path: string, ...more: readonly string[]) =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', OFFER, ...more].join('\r\n')}\r\n\r\n`;

describe('a request that offers HTTP/2 over plain HTTP', () => {
  test('R1 is answered as if it offered nothing, and its connection goes on', async () => {
    const { port } = await startReadingServer();
    const client = new RawSocket(port);
    for (let count = 1; count <= 3; count++) {
      client.write(ask('GET', '/health'));
      await until('it is answered', () => (client.text.match(/HTTP\/1\.1 200/g) ?? []).length === count);
    }
    client.write(ask('GET', '/documents/paper/presence'));
    await until('it is told who is there', () => client.text.includes('event: people'));
    expect(client.text).not.toContain('400');
  });

  test('R1 brings its body, also when that comes later and in parts', async () => {
    const { port } = await startReadingServer();
    const body = JSON.stringify([{ document: 'paper', kind: 'presence' }]);
    const client = new RawSocket(port);
    client.write(ask('POST', '/feeds', 'Content-Type: application/json', `Content-Length: ${body.length}`) + body.slice(0, 5));
    await new Promise((resolve) => setImmediate(resolve));
    client.write(body.slice(5));
    await until('its feed begins', () => client.text.includes('event: people'));
  });

  test('R1 is answered over TLS too, where there is nothing to offer', async () => {
    const { port } = await startReadingServer({ tls: makeCertificate() });
    const socket = connect({ port, host: '127.0.0.1', ALPNProtocols: ['http/1.1'], rejectUnauthorized: false });
    onTestFinished(() => void socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    for (let count = 1; count <= 2; count++) {
      socket.write(ask('GET', '/health'));
      await until('it is answered', () => (text.match(/HTTP\/1\.1 200/g) ?? []).length === count);
    }
  });

  test('R1 keeps what else it says of its connection', async () => {
    const { port } = await startReadingServer();
    const client = new RawSocket(port);
    client.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close, Upgrade\r\nUpgrade: foo/2\r\n\r\n');
    await until('it is answered, and over', () => client.text.startsWith('HTTP/1.1 200') && client.socket.closed);
    expect(client.text).toContain('Connection: close');
  });
});
