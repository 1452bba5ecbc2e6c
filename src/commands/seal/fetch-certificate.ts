import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 256 * 1024;
const MAX_REDIRECTS = 5;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * A certificate by URL. Whoever can change it on its way reads what is sealed with it: plain HTTP is taken from this machine
 * alone, where `kubectl port-forward` ends.
 *
 * @throws LatchkeyError LK-CONFIG
 */
export async function fetchCertificate(address: string, signal: AbortSignal): Promise<string> {
  let url = checked(address, address);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await get(url, address, signal);
    const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
    if (location === null) return await textOf(answer, address);
    await answer.body?.cancel();
    if (!URL.canParse(location, url)) break;
    url = checked(new URL(location, url).href, address);
  }
  throw failed(address, 'leads from one address to the next');
}

function checked(text: string, address: string): URL {
  if (!URL.canParse(text)) throw failed(address, 'is no URL');
  const url = new URL(text);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))) return url;
  throw new LatchkeyError(
    'LK-CONFIG',
    `the certificate of ${quoted(address, 300)} would come over plain HTTP`,
    'Use https, or fetch it yourself, compare its fingerprint and name the file.',
  );
}

async function get(url: URL, address: string, signal: AbortSignal): Promise<Response> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    return await fetch(url, { redirect: 'manual', signal: limit });
  } catch {
    throw failed(address, 'does not answer');
  }
}

async function textOf(answer: Response, address: string): Promise<string> {
  if (!answer.ok) throw failed(address, `answers ${String(answer.status)}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    throw failed(address, 'does not answer in full');
  }
  if (size > MAX_BYTES) throw failed(address, 'answers more than a certificate');
  return Buffer.concat(chunks).toString('latin1');
}

function failed(address: string, what: string): LatchkeyError {
  return new LatchkeyError('LK-CONFIG', `--cert: ${quoted(address, 300)} ${what}`, 'Check the address.');
}
