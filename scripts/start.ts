// `npm start`: the whole of Telestack in one process, with PostgreSQL and NATS beside it.
import { main } from '@telestack/platform';

process.exitCode = await main(process.argv.slice(2), process.env);

// Everything has stopped; a timer or socket that was forgotten must not keep the terminal. Fires only if there is one.
setTimeout(() => {
  console.error(`Left behind: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit();
}, 2_000).unref();
