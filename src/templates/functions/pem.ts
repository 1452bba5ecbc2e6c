import { Fault } from '../template-error.ts';
import { type FunctionTable, takes, text } from './signature.ts';

/** One block of a PEM text. */
export interface PemBlock {
  readonly type: string;
  /** Lines such as `Proc-Type: 4,ENCRYPTED`. */
  readonly headers: readonly string[];
  readonly der: Buffer;
}

const BEGIN = '-----BEGIN ';
const END = '\n-----END ';

interface Reader {
  readonly text: string;
  /** The first end behind a place, remembered: many beginnings may share one. */
  end: number;
}

function endBehind(reader: Reader, at: number): number {
  if (reader.end !== -1 && reader.end < at) reader.end = reader.text.indexOf(END, at);
  return reader.end;
}

function bodyOf(body: string): Pick<PemBlock, 'headers' | 'der'> | undefined {
  const lines = body.split('\n').map((line) => line.trim());
  const first = lines.findIndex((line) => !line.includes(':'));
  const headers = lines.slice(0, first === -1 ? lines.length : first);
  const base64 = lines.slice(headers.length).join('').replace(/[ \t]/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return { headers, der: Buffer.from(base64, 'base64') };
}

/** The block that begins at a place; undefined when none that is whole does. */
function blockAt(reader: Reader, at: number): (PemBlock & { readonly end: number }) | undefined {
  const { text } = reader;
  const lineEnd = text.indexOf('\n', at);
  const [, type] = /^-----BEGIN (.*)-----[ \t\r]*$/.exec(text.slice(at, lineEnd === -1 ? at : lineEnd)) ?? [];
  // An empty body ends right behind its first line.
  const end = endBehind(reader, lineEnd);
  if (type === undefined || end === -1) return undefined;
  const closing = `${END}${type}-----`;
  const body = bodyOf(text.slice(lineEnd + 1, Math.max(end, lineEnd + 1)));
  const trailer = text.slice(end + closing.length).split('\n', 1)[0] ?? '';
  if (!text.startsWith(closing, end) || trailer.trim() !== '' || body === undefined) return undefined;
  return { type, ...body, end: end + closing.length };
}

export interface PemText {
  readonly blocks: readonly PemBlock[];
  /** What stands behind the last block. */
  readonly rest: string;
}

/** The blocks of a PEM text; what stands between them, and blocks that are broken, are passed over. */
export function readPem(text: string): PemText {
  const blocks: PemBlock[] = [];
  const reader = { text, end: text.indexOf(END) };
  let end = 0;
  for (let at = text.indexOf(BEGIN); at !== -1;) {
    const atLineStart = at === 0 || text[at - 1] === '\n';
    const block = atLineStart ? blockAt(reader, at) : undefined;
    if (block !== undefined) {
      blocks.push(block);
      end = block.end;
    }
    at = text.indexOf(BEGIN, block?.end ?? at + BEGIN.length);
  }
  return { blocks, rest: text.slice(end).replace(/^[ \t\r]*\n/, '') };
}

export function pemBlocks(text: string): readonly PemBlock[] {
  return readPem(text).blocks;
}

/** A block in lines of 64 characters. */
export function pemText({ type, headers, der }: PemBlock): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  const head = headers.length === 0 ? [] : [...headers, ''];
  return [`-----BEGIN ${type}-----`, ...head, ...lines, `-----END ${type}-----`, ''].join('\n');
}

export function certificatePem(der: Buffer): string {
  return pemText({ type: 'CERTIFICATE', headers: [], der });
}

/** The blocks of one type, written anew. Text in which there is none at all is an error. */
function filtered(type: string, input: string): string {
  const from = input.indexOf('-----BEGIN');
  const { blocks, rest } = readPem(from === -1 ? input : input.slice(from));
  const kept = blocks.filter((block) => block.type.toLowerCase() === type.toLowerCase());
  if (kept.length === 0 && rest !== '') {
    throw new Fault(
      'there is no such block in the PEM text',
      'Give it PEM text, and the type of a block in it.',
    );
  }
  return kept.map(pemText).join('');
}

/** What only ESO has. */
export const PEM_FUNCTIONS: FunctionTable = {
  filterPEM: takes([text, text], ([type, input]) => filtered(type, input)),
};
