import { systemClock } from '../../clock.ts';
import { LatchkeyError } from '../../errors.ts';
import { recordAt, textsAt } from '../../manifests/objects.ts';
import { parseCiphertext } from '../../sealed/ciphertext.ts';
import type { KeyRing } from '../../sealed/key-ring.ts';
import { createOpener } from '../../sealed/opener.ts';
import { labelOf } from '../../sealed/scope.ts';
import { sealValue } from '../../sealed/seal-value.ts';
import type { SealingCertificate } from '../../sealed/sealing-certificate.ts';
import { controllerForm } from './controller-form.ts';
import { sealingCertificate } from './certificate-source.ts';
import type { SealedObject } from './sealed-object.ts';
import type { Sources } from './sources.ts';

/** The values of a SealedSecret sealed anew, by key; those that the newest key sealed already are left out. */
export type SealAnew = (sealed: SealedObject) => Promise<ReadonlyMap<string, string>>;

/**
 * With private keys here, without them by the cluster's controller, which cannot say what is sealed with its newest key.
 *
 * @throws LatchkeyError; what it makes throws LK-SEALED for a SealedSecret that does not open whole
 */
export async function sealerAnew(sources: Sources): Promise<SealAnew> {
  if (sources.ring !== undefined) return byKeys(sources.ring, await sealingCertificate(sources));
  const service = await sources.cluster.service();
  return async (sealed) => {
    const answer = await service.reEncrypt(controllerForm(sealed), sources.signal);
    const texts = textsAt(recordAt(answer, 'spec'), 'encryptedData');
    return new Map([...sealed.encryptedData.keys()].map((key) => [key, sealedText(texts, key)]));
  };
}

/** What the controller sealed under this key: a text that is none would be lost as a value. */
function sealedText(texts: Readonly<Record<string, string>>, key: string): string {
  const text = Object.hasOwn(texts, key) ? texts[key] : undefined;
  if (text === undefined)
    throw new LatchkeyError(
      'LK-SEALED',
      "the cluster's controller does not open it",
      'Check its scope, namespace and name; with --private-key a message says more.',
    );
  parseCiphertext(text);
  return text;
}

function byKeys(ring: KeyRing, certificate: SealingCertificate): SealAnew {
  const opener = createOpener({ ring: () => ring, clock: systemClock, withoutKeys: '' });
  return async ({ sealedFor, encryptedData }) => {
    const anew = new Map<string, string>();
    for (const [key, text] of encryptedData) {
      const opened = await opener.open({ text, sealedFor }, { left: Number.POSITIVE_INFINITY });
      if (opened.key.fingerprint === certificate.fingerprint) continue;
      const value = new Uint8Array(opened.value.reveal());
      anew.set(key, await sealValue(value, labelOf(sealedFor), certificate.publicKey));
    }
    return anew;
  };
}
