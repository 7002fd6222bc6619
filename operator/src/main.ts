import { KubeConfig } from '@kubernetes/client-node';
import { collectProcessMetrics } from '@telestack/controller';
import { internal } from '@telestack/errors';
import { runService } from '@telestack/runtime';
import { NatsAccounts } from './nats/accounts.ts';
import { createOperator } from './operator.ts';
import { OPERATOR_OPTIONS } from './options.ts';
import { checkRules } from './reconcile/check-rules.ts';

await runService({
  name: 'operator',
  options: OPERATOR_OPTIONS,
  async start(options, log) {
    const config = new KubeConfig();
    config.loadFromDefault();
    const natsNamespace = options.natsNamespace || options.ownNamespace;
    const nats = { host: options.natsHost, port: options.natsPort, namespace: natsNamespace };
    const operator = await createOperator({
      config,
      log,
      namespace: options.namespace || undefined,
      concurrency: options.concurrency,
      health: { host: options.host, port: options.port },
      leaderElection: options.leaderElection
        ? { namespace: options.ownNamespace, name: 'telestack-operator' }
        : undefined,
      images: {
        services: options.imageServices,
        postgresql: options.imagePostgresql,
        centrifugo: options.imageCentrifugo,
        supertokens: options.imageSupertokens,
        minio: options.imageMinio,
      },
      checkRules,
      nats,
      bus:
        options.natsHost === ''
          ? undefined
          : ({ client }) =>
              new NatsAccounts({
                client,
                namespace: options.ownNamespace,
                log,
                servers: `nats://${nats.host}:${nats.port}`,
              }),
    });
    collectProcessMetrics(operator.manager.metrics);
    const end = new AbortController();
    const running = operator.run(end.signal).then((outcome) => {
      // Ended by itself: a process that no longer leads starts anew.
      if (outcome === 'lost') process.kill(process.pid, 'SIGTERM');
      return outcome;
    });
    running.catch((error: unknown) => {
      log('The operator has ended.', error);
      process.kill(process.pid, 'SIGTERM');
    });
    return {
      description: 'Running projects.',
      async close() {
        end.abort();
        if ((await running) === 'lost') throw internal('The leadership was lost.');
      },
    };
  },
});
