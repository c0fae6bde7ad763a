/**
 * The board's server: the built page, a feed for each WebSocket, and a switch that cuts all feeds off.
 * Run it: npm run board. The port is the environment's PORT, or 4173; 0 is any.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Feeds } from './feeds.ts';
import { servePage } from './page.ts';

const feeds = new Feeds();

const server = createServer((request, response) => {
  const { pathname } = new URL(`http://localhost${request.url ?? '/'}`);
  if (!pathname.startsWith('/feeds')) {
    servePage(pathname, response);
    return;
  }
  // The switch: PUT /feeds/on and /feeds/off turn it, GET /feeds says how it is.
  if (request.method === 'PUT') feeds.on = pathname === '/feeds/on';
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ on: feeds.on }));
});

server.on('upgrade', (request, socket, head) => feeds.open(request, socket, head));
server.listen(Number(process.env['PORT'] ?? 4173), '127.0.0.1', () => {
  console.log(`The board is at http://localhost:${String((server.address() as AddressInfo).port)}/`);
});
