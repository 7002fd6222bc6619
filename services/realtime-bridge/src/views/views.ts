import type { BridgeConfig } from '../config.ts';
import type { DocstoreReader } from '../docstore/reader.ts';
import type { CommitEvent, DocumentChange } from '../feed/commit.ts';
import type { Timers } from '../timers.ts';
import type { ViewHost } from './host.ts';
import { Rights } from './rights.ts';
import { Router } from './router.ts';
import { View, type ViewSpec } from './view.ts';

/** All views of the bridge: hands each commit to those that it touches. */
export class Views {
  readonly router = new Router<View>();
  readonly rights = new Rights<View>();
  readonly #views = new Map<string, View>();
  readonly #host: ViewHost;

  constructor(config: BridgeConfig, timers: Timers, reader: DocstoreReader, feedTime: () => number) {
    this.#host = {
      config,
      timers,
      reader,
      router: this.router,
      rights: this.rights,
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
    const questioned = new Set<View>();
    for (const change of changes) {
      this.router.route(database, change, (view) => {
        const list = touched.get(view);
        if (!list) touched.set(view, [change]);
        else if (list.at(-1) !== change) list.push(change);
      });
    }
    for (const { path } of changes)
      this.rights.onChange(database, path, time, (view) => questioned.add(view));
    for (const [view, list] of touched) if (!questioned.has(view)) view.onCommit(time, list);
    for (const view of questioned) view.onCommit(time, touched.get(view) ?? [], true);
  }

  /** Other rules are in force for a project from `time` (microseconds) on. */
  onRelease(project: string, time: number): void {
    for (const view of [...this.#views.values()]) {
      if (view.spec.database.startsWith(`${project}/`)) view.onRelease(time);
    }
  }

  /** Whether a change of this document can matter to a view. */
  isWatched(database: string, path: string): boolean {
    return this.router.isWatched(database, path) || this.rights.has(database, path);
  }

  onGap(from: number, start: number): void {
    this.rights.onGap(start);
    for (const view of [...this.#views.values()]) view.onGap(from, start);
  }
}
