import t from 'tap';
import { createHealthServer, type ReadyCheck } from '../../src/admission/health.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

async function start(checks: ReadonlyMap<string, ReadyCheck>) {
  const metrics = createMetrics({ processMetrics: true });
  const server = createHealthServer({ listen: LOOPBACK, checks, metrics });
  const { port } = await server.listen();
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method });
    return {
      status: response.status,
      text: await response.text(),
      type: response.headers.get('content-type'),
    };
  };
  return { server, metrics, get, port };
}

t.test('ready when every check passes; else the failing ones are named', async (t) => {
  const reasons = new Map<string, string>();
  const check = (name: string) => [name, () => reasons.get(name)] as const;
  const { server, get } = await start(new Map([check('certificate'), check('shutdown')]));

  t.match(await get('/readyz'), { status: 200, text: 'ok\n' });
  reasons.set('certificate', 'expired');
  reasons.set('shutdown', 'draining');
  t.match(await get('/readyz'), { status: 503, text: 'certificate: expired\nshutdown: draining\n' });
  t.match(await get('/healthz'), { status: 200 }, 'alive all the same');
  await server.close();
});

t.test('metrics are there, with the process own', async (t) => {
  const { server, metrics, get } = await start(new Map());
  metrics.admission({ decision: 'patch', delivery: 'memory', code: undefined, seconds: 0.004 });

  const page = await get('/metrics?x=1');

  t.match(page.type, /^text\/plain; version=0\.0\.4/);
  t.match(page.text, 'latchkey_admissions_total{decision="patch",delivery="memory",code=""} 1');
  t.match(page.text, 'latchkey_admission_duration_seconds_bucket{le="0.005",decision="patch"} 1');
  t.match(page.text, 'process_resident_memory_bytes');
  await server.close();
});

t.test('other paths and methods get nothing', async (t) => {
  const { server, get } = await start(new Map());

  t.match(await get('/'), { status: 404 });
  t.match(await get('/mutate/pods'), { status: 404 });
  t.match(await get('/metrics', 'POST'), { status: 405 });
  await server.close();
});

t.test('a port that is taken is an error, and no crash', async (t) => {
  const { server, metrics, port } = await start(new Map());

  const second = createHealthServer({ listen: { ...LOOPBACK, port }, checks: new Map(), metrics });

  await t.rejects(second.listen(), { code: 'EADDRINUSE' });
  await server.close();
});
