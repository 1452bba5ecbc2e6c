// `npm run cluster`: a cluster for playing, until Ctrl-C. With `-- --node`, pods of some images run in it.

import { once } from 'node:events';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

import { startWholeCluster } from './node/start-whole.ts';
import { startCluster } from './start.ts';

const { values } = parseArgs({ options: { node: { type: 'boolean', default: false } } });
const tell = (line: string) => console.error(line);
const cluster = values.node ? await startWholeCluster({ tell }) : await startCluster(tell);
const nodes = values.node
  ? 'One node, on which containers are processes of this machine: of the images latchkey (dist/), node and busybox.'
  : 'No nodes: pods are admitted and stay pending. With `npm run cluster -- --node` there is one.';
console.log(`
ready at ${cluster.url}; audit log, component logs and keys in ${cluster.directory}

  export KUBECONFIG=${cluster.kubeconfig}${
    cluster.kubectl === undefined
      ? ''
      : `\n  export PATH=${dirname(cluster.kubectl)}:$PATH    # kubectl of its version`
  }

${nodes}
Ctrl-C ends it and removes everything.`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), cluster.ended]);
await cluster.stop();
