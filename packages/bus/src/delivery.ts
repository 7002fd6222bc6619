import type { Msg } from '@nats-io/nats-core';

/** What JetStream says of a message in its reply subject: $JS.ACK.(domain.hash.)stream.consumer.deliveries.sseq.cseq.time.pending(.token) */
export interface DeliveryInfo {
  streamSequence: number;
  consumerSequence: number;
}

/** Parses the reply subject; undefined for a message that did not come from a consumer. */
export function parseDelivery(reply: string | undefined): DeliveryInfo | undefined {
  if (reply === undefined || !reply.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  // The form with domain and account hash has two tokens more in front.
  const at = tokens.length >= 11 ? 7 : 5;
  const streamSequence = Number(tokens[at]);
  const consumerSequence = Number(tokens[at + 1]);
  if (!Number.isSafeInteger(streamSequence) || !Number.isSafeInteger(consumerSequence)) return undefined;
  return { streamSequence, consumerSequence };
}

/** The consumer's control messages: status headers without a body. */
export type Control =
  | { kind: 'heartbeat'; lastConsumerSequence: number; stalled: string | undefined }
  | { kind: 'flow-control' }
  | { kind: 'gone' };

/** Reads a control message; undefined for an ordinary one. */
export function parseControl(msg: Msg): Control | undefined {
  const { headers } = msg;
  if (headers === undefined || headers.code === 0) return undefined;
  if (headers.code !== 100) return { kind: 'gone' };
  if (msg.reply) return { kind: 'flow-control' };
  return {
    kind: 'heartbeat',
    lastConsumerSequence: Number(headers.get('Nats-Last-Consumer')),
    stalled: headers.get('Nats-Consumer-Stalled') || undefined,
  };
}
