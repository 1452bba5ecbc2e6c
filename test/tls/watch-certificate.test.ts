import t from 'tap';
import { mkdir, rename, symlink, writeFile, readlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import { watchCertificate } from '../../src/tls/watch-certificate.ts';
import { certificateFiles } from '../../src/tls/certificate-source.ts';
import type { TlsMaterial } from '../../src/tls/material.ts';
import { readMaterial } from '../../src/tls/read-material.ts';
import type { Issued } from '../../src/tls/authority.ts';
import { testCertificates } from '../support/certificates.ts';

/** Writes a pair as a Secret volume does: a new directory, then one rename of the link `..data`. */
async function publish(root: string, version: number, pair: Issued): Promise<void> {
  const directory = `..v${String(version)}`;
  await mkdir(join(root, directory));
  await writeFile(join(root, directory, 'tls.crt'), pair.cert);
  await writeFile(join(root, directory, 'tls.key'), pair.key);
  await symlink(directory, join(root, '..data_tmp'));
  await rename(join(root, '..data_tmp'), join(root, '..data'));
}

async function mount(root: string, pair: Issued) {
  await publish(root, 1, pair);
  await symlink('..data/tls.crt', join(root, 'tls.crt'));
  await symlink('..data/tls.key', join(root, 'tls.key'));
  return { certFile: join(root, 'tls.crt'), keyFile: join(root, 'tls.key') };
}

/** Hands out, one by one, what a watch tells; it keeps the process alive meanwhile, which a watch by design does not. */
function listener<T>() {
  const told: T[] = [];
  let wake = () => {};
  return {
    told,
    tell: (value: T) => {
      told.push(value);
      wake();
    },
    async next(count: number): Promise<T> {
      const alive = setInterval(() => {}, 60_000);
      while (told.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      clearInterval(alive);
      return told[count - 1] as T;
    },
  };
}

for (const [how, pollMs] of [
  ['by watching the directory', 600_000],
  ['by polling', 20],
] as const) {
  t.test(`a swapped pair is loaded, a bad one is told and left aside: ${how}`, async (t) => {
    const root = t.testdir();
    const [first, second, third] = await Promise.all([
      testCertificates(),
      testCertificates(),
      testCertificates(),
    ]);
    const files = await mount(root, first.serving);
    const loaded = listener<TlsMaterial>();
    const refused = listener<string>();
    const watch = watchCertificate(await readMaterial(files, Date.now()), {
      source: { ...certificateFiles(files), pollMs },
      clock: systemClock,
      onLoaded: loaded.tell,
      onRefused: refused.tell,
    });

    await publish(root, 2, second.serving);
    t.equal((await loaded.next(1)).cert, second.serving.cert);

    await publish(root, 3, { cert: third.serving.cert, key: first.serving.key });
    t.match(await refused.next(1), /tls\.key is not the key of the certificate$/);
    t.equal(loaded.told.length, 1, 'the old one serves on');

    await publish(root, 4, third.serving);
    t.equal((await loaded.next(2)).cert, third.serving.cert);
    t.equal(refused.told.length, 1);
    watch.close();
    t.equal(await readlink(join(root, '..data')), '..v4');
  });
}

t.test('files that vanish are told once, however often they are looked for, and found again', async (t) => {
  const root = t.testdir();
  const [first, second] = await Promise.all([testCertificates(), testCertificates()]);
  const files = await mount(root, first.serving);
  const loaded = listener<TlsMaterial>();
  const refused = listener<string>();
  const looks = listener<number>();
  const wall = () => {
    looks.tell(looks.told.length);
    return Date.now();
  };
  const watch = watchCertificate(await readMaterial(files, Date.now()), {
    source: { ...certificateFiles(files), pollMs: 10 },
    clock: { ...systemClock, wall },
    onLoaded: loaded.tell,
    onRefused: refused.tell,
  });

  await unlink(join(root, '..data'));
  t.match(await refused.next(1), /cannot be read/);
  await looks.next(looks.told.length + 3);
  t.equal(refused.told.length, 1);
  await publish(root, 2, second.serving);
  await loaded.next(1);

  watch.close();
});

t.test('a pair that the server refuses is told, and tried again when it changes', async (t) => {
  const root = t.testdir();
  const [first, second] = await Promise.all([testCertificates(), testCertificates()]);
  const files = await mount(root, first.serving);
  const refused = listener<string>();
  const watch = watchCertificate(await readMaterial(files, Date.now()), {
    source: { ...certificateFiles(files), pollMs: 20 },
    clock: systemClock,
    onLoaded: () => {
      throw new Error(second.serving.key);
    },
    onRefused: refused.tell,
  });

  await publish(root, 2, second.serving);

  t.equal(await refused.next(1), 'the TLS library refuses the certificate');
  watch.close();
});
