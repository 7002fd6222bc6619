import type { BridgeConfig } from '../config.ts';
import type { DocstoreReader } from '../docstore/reader.ts';
import type { CommitEvent, DocumentChange } from '../feed/commit.ts';
import type { Timers } from '../timers.ts';
import type { ViewHost } from './host.ts';
import { Router } from './router.ts';
import { View, type ViewSpec } from './view.ts';

/** All views of the bridge: hands each commit to those that it touches. */
export class Views {
  readonly router = new Router<View>();
  readonly #views = new Map<string, View>();
  readonly #host: ViewHost;

  constructor(config: BridgeConfig, timers: Timers, reader: DocstoreReader, feedTime: () => number) {
    this.#host = {
      config,
      timers,
      reader,
      router: this.router,
      get feedTime() {
        return feedTime();
      },
      closed: (view) => {
        if (this.#views.get(view.spec.key) === view) this.#views.delete(view.spec.key);
      },
    };
  }

  get count(): number {
    return this.#views.size;
  }

  /** The view for a key, new or shared. It goes when its last listener goes. */
  get(spec: ViewSpec): View {
    let view = this.#views.get(spec.key);
    if (!view) {
      view = new View(spec, this.#host);
      this.#views.set(spec.key, view);
    }
    return view;
  }

  onCommit({ database, time, changes }: CommitEvent): void {
    const touched = new Map<View, DocumentChange[]>();
    for (const change of changes) {
      this.router.route(database, change, (view) => {
        const list = touched.get(view);
        if (!list) touched.set(view, [change]);
        else if (list.at(-1) !== change) list.push(change);
      });
    }
    for (const [view, list] of touched) view.onCommit(time, list);
  }

  onGap(from: number, start: number): void {
    for (const view of [...this.#views.values()]) view.onGap(from, start);
  }
}
