import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import type { Address, AwsStoreName, Source } from '../../request/plan.ts';
import type { ObjectReader } from '../eso/object-reader.ts';
import { objectAddress, type Named, STORES, storeOf } from './object-address.ts';
import type { ProvidedFile } from './provider-class.ts';
import type { Parameters } from './read-parameters.ts';
import { translatePath } from './translate-path.ts';

/** What an object takes from around it. */
export interface ObjectSurroundings extends Parameters {
  /** Asked where neither the class nor an ARN names one; '' where nobody does. */
  readonly defaultRegion: string;
  warn(reader: ObjectReader, name: string, text: string): void;
}

const PERMISSION = /^[0-7]{4}$/;
/** The provider sets nothing else: it has Go take what it read for plain permission bits. */
const PERMISSION_BITS = 0o777;

/** The files of one entry of `objects`: its whole value, then what its `jmesPath` takes out. Without those that are wrong. */
export function readObject(reader: ObjectReader, surroundings: ObjectSurroundings): readonly ProvidedFile[] {
  const name = reader.required('objectName', 'Write the name or the ARN of a secret or parameter.');
  const type = typeOf(reader);
  const alias = reader.text('objectAlias') ?? '';
  const mode = modeOf(reader, surroundings);
  const source = name === undefined ? undefined : sourceOf(reader, name, type, surroundings);
  const parts = reader.objects('jmesPath').map((part) => partOf(part, source, mode, surroundings));
  const from = alias === '' ? 'objectName' : 'objectAlias';
  const path = pathOf(reader, from, alias === '' ? (name ?? '') : alias, surroundings);
  const whole = fileOf(path, mode, source, reader);
  return [whole, ...parts].flatMap((file) => file ?? []);
}

function fileOf(
  path: string | undefined,
  mode: number | undefined,
  source: Source | undefined,
  reader: ObjectReader,
): ProvidedFile | undefined {
  if (path === undefined || source === undefined) return undefined;
  return { path, ...(mode === undefined ? {} : { mode }), source, place: reader.place() };
}

function partOf(
  part: ObjectReader,
  source: Source | undefined,
  inherited: number | undefined,
  surroundings: ObjectSurroundings,
): ProvidedFile | undefined {
  const jmesPath = part.required('path', 'Write the JMESPath expression of one value.');
  const alias = part.required('objectAlias', 'Write the name of the file.');
  const mode = modeOf(part, surroundings) ?? inherited;
  const path = alias === undefined ? undefined : pathOf(part, 'objectAlias', alias, surroundings);
  return jmesPath === undefined || source === undefined
    ? undefined
    : fileOf(path, mode, { ...source, jmesPath }, part);
}

/** `undefined` where none is written; `wrong`: it has been noted. */
function typeOf(reader: ObjectReader): AwsStoreName | 'wrong' | undefined {
  const words = Object.keys(STORES) as (keyof typeof STORES)[];
  const text = reader.text('objectType') ?? (reader.has('objectType') ? undefined : '');
  if (text === undefined) return 'wrong';
  if (text === '') return undefined;
  if (text === 'ssm') {
    const remedy = 'Write objectType: ssmparameter.';
    reader.note('objectType', { message: '"ssm" is no type of object', remedy });
  } else reader.choice('objectType', words, 'secretsmanager');
  return Object.hasOwn(STORES, text) ? STORES[text as keyof typeof STORES] : 'wrong';
}

function modeOf(reader: ObjectReader, { warn }: ObjectSurroundings): number | undefined {
  const text = reader.text('filePermission') ?? '';
  if (text === '') return undefined;
  if (!PERMISSION.test(text)) {
    const remedy = 'Write four octal digits, such as "0440".';
    reader.note('filePermission', { code: 'LK-MODE', message: `${quoted(text)} is no file mode`, remedy });
    return undefined;
  }
  const mode = Number.parseInt(text, 8);
  if (mode > PERMISSION_BITS) {
    warn(
      reader,
      'filePermission',
      'setuid, setgid and sticky are left out, as the AWS provider leaves them out',
    );
  }
  return mode & PERMISSION_BITS;
}

function pathOf(
  reader: ObjectReader,
  field: string,
  text: string,
  { translation }: ObjectSurroundings,
): string | undefined {
  if (text === '') return undefined;
  let path: string | undefined;
  reader.attempt(field, () => {
    path = translatePath(text, translation);
  });
  return path;
}

function sourceOf(
  reader: ObjectReader,
  name: string,
  type: AwsStoreName | 'wrong' | undefined,
  surroundings: ObjectSurroundings,
): Source | undefined {
  const { region, defaultRegion } = surroundings;
  let source: Source | undefined;
  if (type === 'wrong') return undefined;
  reader.attempt('objectName', () => {
    const store = storeOf(name, type);
    const asked = { name: region ?? defaultRegion, fixed: region !== undefined };
    const named = { name, ...versionsOf(reader) };
    const address = objectAddress(store, named, asked);
    const failover = failoverOf(reader, store, named, surroundings);
    source = { text: name, address, ...(failover === undefined ? {} : { failover }) };
  });
  return source;
}

function versionsOf(reader: ObjectReader | undefined): Omit<Named, 'name'> {
  return {
    version: reader?.text('objectVersion') ?? '',
    label: reader?.text('objectVersionLabel') ?? '',
  };
}

/** The other object that is asked in `failoverRegion`. What it does not say itself is as in the first. */
function failoverOf(
  reader: ObjectReader,
  store: AwsStoreName,
  first: Named,
  { failoverRegion }: ObjectSurroundings,
): Address | undefined {
  const object = reader.object('failoverObject');
  const name = object?.text('objectName') ?? '';
  const own = versionsOf(object);
  if (object === undefined || (name === '' && own.label === '')) return undefined;
  if (failoverRegion === undefined) {
    const message = 'no failoverRegion is named, so it is never asked';
    object.note(undefined, {
      message,
      remedy: 'Write parameters.failoverRegion, or leave failoverObject out.',
    });
    return undefined;
  }
  if (name !== '' && (reader.text('objectAlias') ?? '') === '') {
    const message = 'with a failoverObject it must be there';
    reader.note('objectAlias', { message, remedy: 'Write the name of the file for both objects.' });
  }
  if (name !== '' && own.version !== first.version) {
    const message = 'it differs from that of the first object';
    object.note('objectVersion', { message, remedy: 'Write the same version for both, or none.' });
    return undefined;
  }
  let address: Address | undefined;
  object.attempt('objectName', () => {
    if (name === '' && first.name.startsWith('arn:')) throw ofFirstRegion();
    const named = {
      name: name === '' ? first.name : name,
      version: first.version,
      label: own.label === '' ? first.label : own.label,
    };
    address = objectAddress(store, named, { name: failoverRegion, fixed: true });
  });
  return address;
}

function ofFirstRegion(): LatchkeyError {
  return new LatchkeyError(
    'LK-DEFINITION',
    "it is missing, and the first object's ARN is of another region",
    'Write the name or the ARN that is asked in failoverRegion.',
  );
}
