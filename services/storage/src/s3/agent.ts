import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';

/** A connection on which nothing moves for this long is cut: the request on it fails. */
const IDLE_TIMEOUT_MS = 60_000;
const MAX_SOCKETS = 256;

/** Kept-alive connections to the object store. */
export function storeAgent(isTls: boolean): HttpAgent {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: 32, timeout: IDLE_TIMEOUT_MS };
  const agent = isTls ? new HttpsAgent(options) : new HttpAgent(options);
  // The agent's own time limit only tells; requests of the client library do not listen.
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (connection, callback) => {
    const socket = create(connection, callback) as Socket;
    socket.on('timeout', () => socket.destroy(new Error('The object store is silent.')));
    return socket;
  };
  // While it was idle, the limit was what the store has said of idle connections.
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    reuse(socket, request);
    (socket as Socket).setTimeout(IDLE_TIMEOUT_MS);
  };
  return agent;
}
