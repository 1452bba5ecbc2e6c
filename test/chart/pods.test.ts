// What is said about Latchkey's own pods.

import t from 'tap';

import { containerOf, flagsOf, render, variablesOf } from './render.ts';

t.test('the host network: other ports, and an old pod goes before a new one comes', async (t) => {
  const manifests = render({ serve: { hostNetwork: true, ports: { webhook: 10443, health: 10990 } } });

  const { template, strategy } = manifests.get('Deployment/latchkey-serve').spec;
  t.match(template.spec, { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
  t.same(strategy.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
  t.match(flagsOf(manifests.get('Deployment/latchkey-serve')), {
    '--listen': '0.0.0.0:10443',
    '--health-listen': '0.0.0.0:10990',
  });
});

t.test("proxy variables are the webhook's alone", async (t) => {
  const manifests = render({ proxy: { https: 'http://proxy.example:3128', none: '.svc' } });

  t.match(variablesOf(manifests.get('Deployment/latchkey-serve')), {
    HTTPS_PROXY: 'http://proxy.example:3128',
    NO_PROXY: '.svc',
    NODE_USE_ENV_PROXY: '1',
  });
  t.notMatch(JSON.stringify(manifests.get('Deployment/latchkey-controller')), 'PROXY');
});

t.test('an image by digest, which the fetch image follows', async (t) => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const manifests = render({ image: { repository: 'registry.example/latchkey', tag: 'v2', digest } });

  const image = `registry.example/latchkey:v2@${digest}`;
  const serve = manifests.get('Deployment/latchkey-serve');
  t.equal(containerOf(serve).image, image);
  t.equal(variablesOf(serve)['LATCHKEY_FETCH_IMAGE'], image);
  t.equal(containerOf(manifests.get('Deployment/latchkey-controller')).image, image);
});

t.test('an extra CA is read at start, so a change of it makes new pods', async (t) => {
  const first = render({ extraCA: { pem: 'A' } });
  const second = render({ extraCA: { pem: 'B' } });

  const [a, b] = [first, second].map((manifests) => manifests.get('Deployment/latchkey-serve'));
  t.equal(variablesOf(a)['NODE_EXTRA_CA_CERTS'], '/etc/latchkey/extra-ca/ca.crt');
  t.not(
    a.spec.template.metadata.annotations['latchkey.dev/extra-ca'],
    b.spec.template.metadata.annotations['latchkey.dev/extra-ca'],
  );
  t.match(first.get('ConfigMap/latchkey-extra-ca').data['ca.crt'], 'A');
});

t.test('an autoscaler decides the replicas alone', async (t) => {
  const manifests = render({ serve: { autoscaling: { enabled: true, minReplicas: 3 } } });

  t.equal(manifests.get('Deployment/latchkey-serve').spec.replicas, undefined);
  t.match(manifests.get('HorizontalPodAutoscaler/latchkey-serve').spec, { minReplicas: 3, maxReplicas: 6 });
});

t.test('a single replica has no budget that keeps its node from being drained', async (t) => {
  t.notOk(render({ serve: { replicas: 1 } }).names.includes('PodDisruptionBudget/latchkey-serve'));
});

t.test("Prometheus' kinds are made only where the cluster has them", async (t) => {
  const metrics = {
    serviceMonitor: { enabled: true, labels: { release: 'prom' } },
    prometheusRule: { enabled: true },
  };
  const apiVersions = ['monitoring.coreos.com/v1/ServiceMonitor', 'monitoring.coreos.com/v1/PrometheusRule'];

  const without = render({ metrics });
  const manifests = render({ metrics }, { apiVersions });

  t.notMatch(without.text, 'monitoring.coreos.com');
  t.equal(manifests.get('ServiceMonitor/latchkey').metadata.labels.release, 'prom');
  const { rules } = manifests.get('PrometheusRule/latchkey').spec.groups[0];
  for (const { expr } of rules)
    t.match(expr, /\{\s*namespace="latchkey",service="latchkey(-controller)?"[ ,}]/);
});

t.test('where pods are put is passed on, for each of both', async (t) => {
  const part = {
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'system', operator: 'Exists' }],
    affinity: { podAntiAffinity: {} },
    podAnnotations: { a: 'b' },
    podLabels: { c: 'd' },
    serviceAccountAnnotations: { e: 'f' },
    priorityClassName: '',
  };
  const manifests = render({
    serve: { ...part, topologySpreadConstraints: [] },
    controller: part,
    image: { pullSecrets: ['pull'] },
  });

  for (const name of ['serve', 'controller']) {
    const { metadata, spec } = manifests.get(`Deployment/latchkey-${name}`).spec.template;
    t.match(spec, {
      nodeSelector: part.nodeSelector,
      tolerations: part.tolerations,
      affinity: part.affinity,
      imagePullSecrets: [{ name: 'pull' }],
    });
    t.equal(spec.priorityClassName, undefined);
    t.match(metadata, { annotations: part.podAnnotations, labels: part.podLabels });
    t.same(
      manifests.get(`ServiceAccount/latchkey-${name}`).metadata.annotations,
      part.serviceAccountAnnotations,
    );
  }
  t.same(manifests.get('Deployment/latchkey-serve').spec.template.spec.topologySpreadConstraints, []);
});
