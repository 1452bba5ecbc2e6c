// `npm run cluster`: a cluster for playing, until Ctrl-C.

import { once } from 'node:events';
import { dirname } from 'node:path';

import { startCluster } from './start.ts';

const cluster = await startCluster((line) => console.error(line));
console.log(`
ready at ${cluster.url}; audit log, component logs and keys in ${cluster.directory}

  export KUBECONFIG=${cluster.kubeconfig}${
    cluster.kubectl === undefined
      ? ''
      : `\n  export PATH=${dirname(cluster.kubectl)}:$PATH    # kubectl of its version`
  }

No nodes: pods are admitted and stay pending. Ctrl-C ends it and removes everything.`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), cluster.ended]);
await cluster.stop();
