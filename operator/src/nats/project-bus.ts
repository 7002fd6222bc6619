import type { KubeObject } from '@telestack/controller';
import type { TelestackProject } from '../api/project.ts';

/** Gives each project its own part of the installation's NATS. */
export interface ProjectBus {
  /** Makes what the installation's NATS waits for to start. Tries again until it has succeeded or the signal comes. */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * Makes the project's account and its credentials Secret, where they are missing; new ones of a user when `rotation` has changed.
   * `cachedVersion`: the Secret's resource version as the cache has it, so that nothing is asked when nothing has changed.
   * Resolves to the Secret as it is now, undefined where it is as the cache has it.
   */
  ensure(
    project: TelestackProject,
    rotation: string,
    cachedVersion: string | undefined,
    signal: AbortSignal,
  ): Promise<KubeObject | undefined>;
  /** Takes the account away, with its streams. Needs the credentials Secret; without it there is nothing to do. */
  remove(project: TelestackProject, signal: AbortSignal): Promise<void>;
  /** The project is gone: nothing is to be remembered of it. */
  forget(key: string): void;
  /** Called when the bus may have forgotten accounts: each project is to be ensured again. */
  onReconnect(listener: () => void): void;
  close(): Promise<void>;
}
