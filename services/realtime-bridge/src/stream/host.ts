import type { Principal } from '@telestack/rpc';
import type { BridgeConfig } from '../config.ts';
import type { DocstoreReader } from '../docstore/reader.ts';
import type { Timers } from '../timers.ts';
import type { View, ViewSpec } from '../views/view.ts';
import type { MessageCache } from '../wire/message-cache.ts';
import type { TargetStream } from './target-stream.ts';

/** What streams work with. */
export interface StreamHost {
  readonly config: BridgeConfig;
  readonly timers: Timers;
  readonly reader: DocstoreReader;
  readonly messages: MessageCache;
  /** The view for a key, new or shared. Whoever asks must listen to it at once. */
  viewFor(spec: ViewSpec): View;
  /** All who share the view have other claims now. */
  changePrincipal(view: View, principal: Principal): void;
  /** Who the caller of a new stream is by now. @throws StatusError UNAUTHENTICATED */
  currentPrincipal(principal: Principal): Principal;
  /** Lets the stream go on as soon as the commit in hand has reached all views. */
  schedule(stream: TargetStream): void;
  /** Whether the stream waits for the change stream to come on. */
  setHeld(stream: TargetStream, isHeld: boolean): void;
  /** A snapshot went out; microseconds. */
  onSnapshot(stream: TargetStream, readTime: number): void;
}
