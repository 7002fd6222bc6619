import { Gauge, type Registry } from 'prom-client';
import type { Caches } from './caches.ts';

/** How many projects are in which phase, counted when somebody asks. */
export function countProjects(registry: Registry, { projects }: Caches): void {
  new Gauge({
    name: 'telestack_projects',
    help: 'Projects by phase.',
    labelNames: ['phase'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { status } of projects.store.values()) this.inc({ phase: status?.phase ?? 'Pending' });
    },
  });
}
