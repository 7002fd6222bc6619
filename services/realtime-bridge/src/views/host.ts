import type { BridgeConfig } from '../config.ts';
import type { DocstoreReader } from '../docstore/reader.ts';
import type { Timers } from '../timers.ts';
import type { Rights } from './rights.ts';
import type { Router } from './router.ts';
import type { View } from './view.ts';

/** What views work with. */
export interface ViewHost {
  readonly config: BridgeConfig;
  readonly timers: Timers;
  readonly reader: DocstoreReader;
  readonly router: Router<View>;
  readonly rights: Rights<View>;
  /** How far the change stream has been handed over; microseconds. */
  readonly feedTime: number;
  /** Whether the right to see a view depends on the time. */
  dependsOnTime(view: View, does: boolean): void;
  /** A view has no listeners any more. */
  closed(view: View): void;
}
