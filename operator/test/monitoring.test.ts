import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectProcessMetrics, createMetrics } from '@telestack/controller';
import { cachedBinaries, KUBERNETES_VERSION } from '@telestack/kubekit';
import { expect, test } from 'vitest';
import type { Caches } from '../src/caches.ts';
import { countProjects } from '../src/metrics.ts';
import { CHART, helm, readYaml } from './support/helm.ts';

/** Words of PromQL that look like names of metrics. */
const WORDS =
  /^(sum|by|rate|increase|absent|or|and|max|min|histogram_quantile|controller|kind|what|result|method|status|phase|le|job)$/;

const metrics = createMetrics();
collectProcessMetrics(metrics);
countProjects(metrics.registry, { projects: { store: new Map() } } as unknown as Caches);

/** Names of metrics in an expression that the operator does not have. */
async function unknownIn(expr: string): Promise<string[]> {
  const known = new Set((await metrics.registry.getMetricsAsJSON()).map(({ name }) => name));
  const bare = expr.replaceAll(/"[^"]*"|\[[^\]]*\]/g, '').match(/[a-z_]+[a-z0-9_]*/g) ?? [];
  return bare.filter((name) => !WORDS.test(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')));
}

test('the dashboard asks for metrics that there are', async () => {
  const { panels } = JSON.parse(readFileSync(join(CHART, 'files/dashboard.json'), 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  expect(expressions.length).toBeGreaterThan(5);
  for (const expr of expressions) expect(await unknownIn(expr), expr).toEqual([]);
});

test.skipIf(cachedBinaries() === undefined)(
  'alerts ask for metrics that there are, and say what is wrong',
  async () => {
    const text = await helm(
      ...['template', 't', CHART, '--kube-version', KUBERNETES_VERSION],
      ...[
        '--set',
        'monitoring.prometheusRule.enabled=true',
        '--show-only',
        'templates/monitoring/monitors.yaml',
      ],
    );
    const [rule] = readYaml(text) as [
      { spec: { groups: { rules: { alert: string; expr: string; for: string; annotations: object }[] }[] } },
    ];
    const rules = rule.spec.groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(3);
    for (const { alert, expr, annotations, for: wait } of rules) {
      expect(alert).toMatch(/^Telestack[A-Z]/);
      expect(await unknownIn(expr), expr).toEqual([]);
      expect(annotations).toHaveProperty('summary');
      expect(wait).toMatch(/^\d+m$/);
    }
  },
);
