import type { ChangeStream } from '@telestack/bus';
import { ChangeBatch } from '@telestack/protos/telestack/changes/v1/changes.ts';
import type { ChangePublisher } from './relay.ts';

/** The change stream of JetStream as the relay uses it. */
export function changePublisher(stream: ChangeStream): ChangePublisher {
  return {
    publish: (message, { msgId }) => stream.publish(message, { msgId }),
    async lastTime() {
      await stream.ensureStream();
      const last = await stream.last();
      return last && Number(ChangeBatch.decode(last.bytes).time);
    },
  };
}
