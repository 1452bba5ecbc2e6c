import t from 'tap';
import { fileAccess, SECRET_VOLUME } from '../../src/delivery/file-access.ts';
import type { FileOwner } from '../../src/delivery/file-access.ts';
import { fetchUser, IMAGE_USER } from '../../src/delivery/fetch-user.ts';
import type { Plan } from '../../src/request/plan.ts';
import type { Pod, SecurityContext } from '../../src/request/pod.ts';

const IMAGE_OWNER: FileOwner = { user: IMAGE_USER, fsGroupReads: false };

function planOf(mode: number): Plan {
  return {
    delivery: 'secret',
    items: [{ slot: { kind: 'file', path: 'a' }, template: [], place: { label: 'file a', field: 'f' } }],
    bulks: [],
    inPlace: [],
    targets: ['app'],
    mountPath: '/m',
    fileMode: mode,
    preflight: 'off',
  };
}

function podOf(own: object, common?: SecurityContext): Pod {
  const spec = {
    containers: [
      { name: 'app', securityContext: own },
      { name: 'other', securityContext: { runAsUser: 9 } },
    ],
  };
  return { metadata: {}, spec: common === undefined ? spec : { ...spec, securityContext: common } };
}

interface Case {
  readonly name: string;
  readonly mode: number;
  readonly pod: Pod;
  readonly owner: FileOwner;
  readonly expected: 'readable' | 'refused' | 'doubtful';
}

const CASES: readonly Case[] = [
  {
    name: 'everyone reads 0444',
    mode: 0o444,
    pod: podOf({ runAsUser: 5 }),
    owner: SECRET_VOLUME,
    expected: 'readable',
  },
  {
    name: 'root reads its 0400',
    mode: 0o400,
    pod: podOf({ runAsUser: 0 }),
    owner: SECRET_VOLUME,
    expected: 'readable',
  },
  {
    name: 'a user does not read 0400 of root',
    mode: 0o400,
    pod: podOf({ runAsUser: 5 }),
    owner: SECRET_VOLUME,
    expected: 'refused',
  },
  {
    name: 'a user does not read 0440 of root',
    mode: 0o440,
    pod: podOf({ runAsUser: 5 }),
    owner: SECRET_VOLUME,
    expected: 'refused',
  },
  {
    name: 'a user in group 0 reads 0440 of root',
    mode: 0o440,
    pod: podOf({ runAsUser: 5, runAsGroup: 0 }),
    owner: SECRET_VOLUME,
    expected: 'readable',
  },
  {
    name: 'with fsGroup the kubelet makes 0400 of a Secret readable',
    mode: 0o400,
    pod: podOf({ runAsUser: 5 }, { fsGroup: 7 }),
    owner: SECRET_VOLUME,
    expected: 'readable',
  },
  {
    name: 'with fsGroup 0400 of ours stays unreadable',
    mode: 0o400,
    pod: podOf({ runAsUser: 5 }, { fsGroup: 7 }),
    owner: IMAGE_OWNER,
    expected: 'refused',
  },
  {
    name: 'with fsGroup 0440 of ours is readable',
    mode: 0o440,
    pod: podOf({ runAsUser: 5 }, { fsGroup: 7 }),
    owner: IMAGE_OWNER,
    expected: 'readable',
  },
  {
    name: 'the owner reads 0400',
    mode: 0o400,
    pod: podOf({ runAsUser: 5 }),
    owner: { user: 5, fsGroupReads: false },
    expected: 'readable',
  },
  {
    name: 'the owner does not read 0040',
    mode: 0o040,
    pod: podOf({ runAsUser: 5 }),
    owner: { user: 5, fsGroupReads: false },
    expected: 'refused',
  },
  {
    name: 'root reads what another user owns',
    mode: 0o400,
    pod: podOf({ runAsUser: 0 }),
    owner: IMAGE_OWNER,
    expected: 'readable',
  },
  {
    name: 'root without capabilities does not',
    mode: 0o400,
    pod: podOf({ runAsUser: 0, capabilities: { drop: ['ALL'] } }),
    owner: IMAGE_OWNER,
    expected: 'refused',
  },
  {
    name: 'nobody knows whom the image runs as',
    mode: 0o400,
    pod: podOf({}),
    owner: SECRET_VOLUME,
    expected: 'doubtful',
  },
  {
    name: 'a user of the image that is not root does not read 0400',
    mode: 0o400,
    pod: podOf({}, { runAsNonRoot: true }),
    owner: SECRET_VOLUME,
    expected: 'refused',
  },
  {
    name: "the container's user wins over the pod's",
    mode: 0o400,
    pod: podOf({ runAsUser: 5 }, { runAsUser: 0 }),
    owner: SECRET_VOLUME,
    expected: 'refused',
  },
];

for (const { name, mode, pod, owner, expected } of CASES) {
  t.test(name, async (t) => {
    const { problems, warnings } = fileAccess(pod, planOf(mode), owner);

    t.match(
      problems,
      expected === 'refused' ? [{ code: 'LK-MODE', message: /container "app" could not read/ }] : [],
    );
    t.equal(problems.length, expected === 'refused' ? 1 : 0);
    t.equal(warnings.length, expected === 'doubtful' ? 1 : 0);
  });
}

t.test('a mode of its own is blamed on the file that has it', async (t) => {
  const plan = planOf(0o444);
  const items = plan.items.map((item) => ({
    ...item,
    slot: { kind: 'file', path: 'a', mode: 0o400 } as const,
  }));

  const { problems } = fileAccess(podOf({ runAsUser: 5 }), { ...plan, items }, SECRET_VOLUME);

  t.match(problems, [{ place: 'file a' }]);
});

const USERS = [
  [
    'the common user of the targets',
    podOf({ runAsUser: 5, runAsGroup: 6 }),
    { runAsUser: 5, runAsGroup: 6, runAsNonRoot: true },
  ],
  ['root where all targets are root', podOf({ runAsUser: 0 }), { runAsUser: 0, runAsNonRoot: false }],
  ['what the image says where nothing is said', podOf({}), { runAsNonRoot: true }],
] as const;

for (const [name, pod, expected] of USERS) {
  t.test(`our container runs as ${name}`, async (t) => {
    t.strictSame(fetchUser(pod, planOf(0o444)).securityContext, expected);
  });
}

t.test("our container does not inherit a pod's user that a target overrides", async (t) => {
  const pod = podOf({ runAsUser: 5 }, { runAsUser: 0 });
  const plan = { ...planOf(0o444), targets: ['app', 'init'] };
  const mixed = { ...pod, spec: { ...pod.spec, initContainers: [{ name: 'init' }] } };

  t.strictSame(fetchUser(mixed, plan).securityContext, { runAsUser: IMAGE_USER, runAsNonRoot: true });
});
