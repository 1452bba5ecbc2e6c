// `npm run demo:cluster`: Latchkey installed into a real control plane with its own chart, and watched with kubectl. AWS is played by
// a double that verifies the cluster's tokens; pods are processes of this machine. Nothing is left behind.

import { fileURLToPath } from 'node:url';

import { startAws, startGround } from '../../test/cluster/support/installed.ts';
import { run, type Ran } from '../../test/cluster/support/tools.ts';
import { heading, say, show } from './print.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const REGION = 'eu-central-1';

say('A Kubernetes control plane, helm and kubectl, from their Go modules. Where they are not built yet, that takes minutes, once.');
const ground = await startGround({ tell: say });
const aws = await startAws(ground);
const role = `arn:aws:iam::${aws.account}:role/shop`;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close().then(() => process.exit(1)));

try {
  await install();
  await giveSecrets();
  await refuse();
  await dryRun();
  await rotateAndSweep();
  await uninstall();
} finally {
  await close();
}

async function install(): Promise<void> {
  heading('1. Install the chart');
  await command('kubectl create namespace latchkey');
  const where = `--set aws.region=${REGION} --set aws.endpointUrl=${aws.url}`;
  // The defaults are an hour and ten minutes.
  const soon = '--set controller.sweepAfter=1s --set controller.sweepEvery=1s';
  await command(`helm install latchkey charts/latchkey --namespace latchkey --hide-notes --wait ${where} ${soon}`);
  await command('kubectl get pods --namespace latchkey', { shows: /latchkey-serve.*1\/1 +Running/ });
}

async function giveSecrets(): Promise<void> {
  heading('2. A Deployment that asks');
  aws.role(role, { trust: [{ subject: 'system:serviceaccount:default:shop' }] });
  aws.ssm.put('/demo/shop/password', 'correct horse', { region: REGION });
  aws.secrets.put('demo/shop', JSON.stringify({ key: 'k'.repeat(64) }), { region: REGION });
  say('In AWS: the parameter /demo/shop/password, the secret demo/shop, a role that trusts the service account.');
  await command('kubectl create serviceaccount shop');
  await command(`kubectl annotate serviceaccount shop eks.amazonaws.com/role-arn=${role}`);
  await command('cat examples/demo/shop.yaml');
  await command('kubectl apply -f examples/demo/shop.yaml');
  await command('kubectl rollout status deployment/shop --timeout=2m');
  await until('kubectl logs deployment/shop', /DB_URL is postgres:\/\/shop:correct%20horse@db\/shop, the file has 64 bytes/);
  say('The pods refer to a Secret that was there before them; no value is in them:');
  await command(`kubectl get pods -l app=shop -o jsonpath={range.items[*]}{.spec.containers[0].env}{"\\n"}{end}`, {
    shows: /secretKeyRef/,
  });
  await command('kubectl get secrets');
}

async function refuse(): Promise<void> {
  heading('3. Refusals');
  say('A wrong annotation is refused at kubectl apply:');
  await command('kubectl apply -f examples/demo/wrong.yaml', { fails: true, shows: /LK-UNKNOWN/ });
  say('A parameter that is not there is a warning, and then the ReplicaSet cannot make its pod:');
  await command('kubectl apply -f examples/demo/waiting.yaml', { shows: /Warning: .*LK-NOT-FOUND/ });
  await until('kubectl get events --field-selector reason=FailedCreate -o custom-columns=OBJECT:.involvedObject.name,MESSAGE:.message', /LK-NOT-FOUND/);
  say('Put the parameter, and the pod comes by itself:');
  aws.ssm.put('/demo/shop/token', 'a-token', { region: REGION });
  await command('kubectl rollout status deployment/waiting --timeout=3m');
  await until('kubectl logs deployment/waiting', /TOKEN is a-token/);
}

async function dryRun(): Promise<void> {
  heading('4. A dry run: the pod as it would be, and no Secret');
  const annotations = '--annotations=latchkey.dev/env.TOKEN=ssm:/demo/shop/token';
  const overrides = '--overrides={"spec":{"serviceAccountName":"shop"}}';
  const before = await secrets();
  await command(`kubectl run probe --image=busybox --dry-run=server ${annotations} ${overrides} -o jsonpath={.spec.containers[0].env}`, {
    shows: /secretKeyRef/,
  });
  if ((await secrets()).join() !== before.join()) throw new Error('the dry run made a Secret');
  say('');
  say(`Secrets before and after: ${String(before.length)}`);
}

async function rotateAndSweep(): Promise<void> {
  heading('5. A new value, and the sweeper');
  const before = await secrets();
  say('In AWS: a new password.');
  aws.ssm.put('/demo/shop/password', 'battery staple', { region: REGION });
  await command('kubectl rollout restart deployment/shop');
  await command('kubectl rollout status deployment/shop --timeout=2m');
  await until('kubectl logs deployment/shop', /battery%20staple/);
  await command('kubectl get secrets');
  const [old = ''] = before.filter((name) => name.includes('latchkey-shop-'));
  say('No pod needs the old one any more. The sweeper takes it, when no pod can be on its way that does:');
  await command(`kubectl wait --for=delete secret/${old} --timeout=3m`);
  await command('kubectl get secrets');
}

async function uninstall(): Promise<void> {
  heading('6. Uninstall: what pods use stays');
  await command('helm uninstall latchkey --namespace latchkey', { shows: /2 managed Secrets are in use by pods/ });
  await command('kubectl get secrets --all-namespaces', { shows: /latchkey-shop-/ });
  await until('kubectl logs deployment/shop', /battery%20staple/);
  say('');
  say('Such a cluster for yourself: `npm run cluster -- --node`. What to type in it: docs/install.md.');
}

interface Expectation {
  readonly fails?: boolean;
  /** What has to be in its output. */
  readonly shows?: RegExp;
}

/** Prints a command and what it really prints. Throws when it is not what this demo says. */
async function command(line: string, { fails = false, shows = /^/ }: Expectation = {}): Promise<void> {
  say('');
  say(`$ ${line}`);
  const { code, output } = await execute(line);
  show(output);
  if ((code !== 0) !== fails || !shows.test(output)) throw new Error(`not what it should have printed: ${line}`);
}

/** The same, for what controllers do in their own time: asks until it is there. */
async function until(line: string, shows: RegExp): Promise<void> {
  const end = performance.now() + 60_000;
  while (!shows.test((await execute(line)).output) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await command(line, { shows });
}

/** No shell: words are parted by blanks, and nothing is quoted. */
async function execute(line: string): Promise<Ran> {
  const [name = '', ...args] = line.split(' ');
  const { helm, kubectl } = ground.programs;
  return await run({ helm, kubectl }[name] ?? name, args, { env: ground.env, cwd: CHECKOUT });
}

async function secrets(): Promise<readonly string[]> {
  const found = await ground.api.list('/api/v1/namespaces/default/secrets');
  return found.map(({ metadata }) => String(metadata.name)).toSorted();
}

async function close(): Promise<void> {
  await ground.stop();
  await aws.close();
}
