import { setTimeout as delay } from 'node:timers/promises';
import { isAlreadyExists, isConflict, isNotFound } from '../api/api-error.ts';
import type { ApiClient } from '../api/client.ts';
import type { KubeObject } from '../api/object.ts';
import { resources } from '../api/resource.ts';

export interface LeaseOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly name: string;
  /** Who we are: unique per process. */
  readonly identity: string;
  /** After so long without renewal others may take over. Default: 15 s. */
  readonly leaseMs?: number;
  /** A leader that could not renew for so long stops. Less than leaseMs, or two lead at once. Default: 10 s. */
  readonly renewDeadlineMs?: number;
  /** Time between attempts. Default: 2 s. */
  readonly retryMs?: number;
  readonly onFailure?: (error: unknown) => void;
}

interface LeaseObject extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/**
 * Leader election by a Lease. Clocks of different machines are not compared: a lease has expired when it was not renewed for its duration by our
 * own clock since we saw it change.
 */
export class LeaderElection {
  readonly #options: Required<Omit<LeaseOptions, 'onFailure'>> & Pick<LeaseOptions, 'onFailure'>;
  #seen: { version: string; at: number } | undefined;

  constructor(options: LeaseOptions) {
    this.#options = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, ...options };
  }

  /**
   * Waits until we lead, runs `lead`, and renews meanwhile. The signal that `lead` gets is aborted when the lease is lost; resolves to true then,
   * to false when `signal` ended it. The lease is given back at the end, so that the next leader does not wait.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    if (!(await this.#acquire(signal))) return false;
    const lost = new AbortController();
    const ended = AbortSignal.any([signal, lost.signal]);
    const done = new AbortController();
    const renewal = this.#renew(AbortSignal.any([signal, done.signal]))
      .catch((error: unknown) => {
        // Whatever it was: who does not renew does not lead.
        this.#options.onFailure?.(error);
        return true;
      })
      .then((isLost) => {
        if (isLost) lost.abort();
        return isLost;
      });
    try {
      await lead(ended);
    } finally {
      done.abort();
    }
    const isLost = await renewal;
    if (!isLost) await this.#release();
    return isLost;
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#attempt(signal)) return true;
      await this.#pause(signal);
    }
    return false;
  }

  /** Resolves to true when the lease is lost, to false when the signal ends it. */
  async #renew(signal: AbortSignal): Promise<boolean> {
    let renewedAt = performance.now();
    for (;;) {
      await this.#pause(signal);
      if (signal.aborted) return false;
      const left = this.#options.renewDeadlineMs - (performance.now() - renewedAt);
      if (left <= 0) return true;
      // A request that hangs must not outlast the deadline.
      const startedAt = performance.now();
      const timeout = AbortSignal.timeout(Math.ceil(Math.min(left, this.#options.renewDeadlineMs / 2)));
      if (await this.#attempt(AbortSignal.any([signal, timeout]))) renewedAt = startedAt;
      else if (this.#isHeldByOther) return true;
    }
  }

  #isHeldByOther = false;

  /** Takes or renews the lease; true when it is ours. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity, leaseMs } = this.#options;
    this.#isHeldByOther = false;
    try {
      const lease = await client
        .get<LeaseObject>(resources.lease, namespace, name, signal)
        .catch((error: unknown) => {
          if (isNotFound(error)) return undefined;
          throw error;
        });
      const now = new Date().toISOString().replace('Z', '000Z');
      const spec = {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(leaseMs / 1_000),
        renewTime: now,
        acquireTime: now,
        leaseTransitions: 0,
      };
      if (lease === undefined) {
        await client.create<LeaseObject>(resources.lease, { metadata: { namespace, name }, spec }, signal);
        return true;
      }
      const version = lease.metadata.resourceVersion ?? '';
      if (this.#seen?.version !== version) this.#seen = { version, at: performance.now() };
      const holder = lease.spec?.holderIdentity ?? '';
      if (holder === identity) {
        spec.acquireTime = lease.spec?.acquireTime ?? now;
        spec.leaseTransitions = lease.spec?.leaseTransitions ?? 0;
      } else {
        const durationMs = (lease.spec?.leaseDurationSeconds ?? 0) * 1_000;
        if (holder !== '' && performance.now() - this.#seen.at < durationMs) {
          this.#isHeldByOther = true;
          return false;
        }
        spec.leaseTransitions = (lease.spec?.leaseTransitions ?? 0) + 1;
      }
      await client.replace<LeaseObject>(resources.lease, { ...lease, spec }, signal);
      return true;
    } catch (error) {
      // Somebody else was faster: what he wrote is seen at the next attempt.
      if (!isConflict(error) && !isAlreadyExists(error) && !signal.aborted) this.#options.onFailure?.(error);
      return false;
    }
  }

  async #release(): Promise<void> {
    const { client, namespace, name, identity } = this.#options;
    const signal = AbortSignal.timeout(5_000);
    try {
      const lease = await client.get<LeaseObject>(resources.lease, namespace, name, signal);
      if (lease.spec?.holderIdentity !== identity) return;
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
      await client.replace<LeaseObject>(resources.lease, { ...lease, spec }, signal);
    } catch (error) {
      // It expires by itself.
      this.#options.onFailure?.(error);
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const ms = this.#options.retryMs * (0.9 + Math.random() * 0.2);
    await delay(ms, undefined, { signal }).catch(() => {});
  }
}
