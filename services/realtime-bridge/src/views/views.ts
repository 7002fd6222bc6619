import type { Principal } from '@telestack/rpc';
import { authorizationKey } from '../authorization.ts';
import type { BridgeConfig } from '../config.ts';
import type { DocstoreReader } from '../docstore/reader.ts';
import type { CommitEvent, DocumentChange } from '../feed/commit.ts';
import type { Timers } from '../timers.ts';
import type { ViewHost } from './host.ts';
import { Revalidation } from './revalidation.ts';
import { Rights } from './rights.ts';
import { Router } from './router.ts';
import { View, type ViewSpec } from './view.ts';

/** All views of the bridge: hands each commit to those that it touches. */
export class Views {
  readonly router = new Router<View>();
  readonly rights = new Rights<View>();
  readonly #views = new Set<View>();
  /** Those that new listeners may share. */
  readonly #shared = new Map<string, View>();
  readonly #host: ViewHost;
  readonly #revalidation: Revalidation;

  constructor(config: BridgeConfig, timers: Timers, reader: DocstoreReader, feedTime: () => number) {
    this.#revalidation = new Revalidation(timers, config.revalidationInterval);
    this.#host = {
      config,
      timers,
      reader,
      router: this.router,
      rights: this.rights,
      get feedTime() {
        return feedTime();
      },
      dependsOnTime: (view, does) => this.#revalidation.set(view, does),
      closed: (view) => {
        this.#views.delete(view);
        this.#unshare(view);
      },
    };
  }

  get count(): number {
    return this.#views.size;
  }

  /** The view for a key, new or shared. It goes when its last listener goes. */
  get(spec: ViewSpec): View {
    const key = keyOf(spec.principal, spec);
    let view = this.#shared.get(key);
    if (!view) {
      view = new View(spec, this.#host);
      this.#views.add(view);
      this.#shared.set(key, view);
    }
    return view;
  }

  /** The view's principal has other claims, and so have all who share it. */
  onPrincipal(view: View, principal: Principal): void {
    const key = keyOf(principal, view.spec);
    if (key === keyOf(view.principal, view.spec)) return;
    this.#unshare(view);
    // Where there is such a view already, this one goes on unshared.
    if (!this.#shared.has(key)) this.#shared.set(key, view);
    view.onPrincipal(principal);
  }

  close(): void {
    this.#revalidation.close();
  }

  #unshare(view: View): void {
    const key = keyOf(view.principal, view.spec);
    if (this.#shared.get(key) === view) this.#shared.delete(key);
  }

  onCommit({ database, time, changes }: CommitEvent): void {
    if (this.#views.size === 0) {
      // Nobody asks yet; who asks about a time before this one looks again.
      this.rights.onGap(time);
      return;
    }
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
    for (const view of [...this.#views]) {
      if (view.spec.database.startsWith(`${project}/`)) view.onRelease(time);
    }
  }

  /** Whether a change of this document can matter to a view. */
  isWatched(database: string, path: string): boolean {
    return this.router.isWatched(database, path) || this.rights.has(database, path);
  }

  onGap(from: number, start: number): void {
    this.rights.onGap(start);
    for (const view of [...this.#views]) view.onGap(from, start);
  }
}

/** Views with equal keys show the same to those who may see the same. */
function keyOf(principal: Principal, { content }: ViewSpec): string {
  return JSON.stringify([authorizationKey(principal), content]);
}
