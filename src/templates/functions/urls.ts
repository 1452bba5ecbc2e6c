import { Fault } from '../template-error.ts';
import { Dict } from '../values/value.ts';
import { dict, type FunctionTable, takes, text } from './signature.ts';
import { hostnameOf, parseUrl, parseUser, type UrlParts, type UserPart } from './url-parts.ts';

/** What each part of a URL may hold as it is. */
const KEPT = {
  path: /[^A-Za-z0-9\-_.~$&+,/:;=@]/g,
  fragment: /[^A-Za-z0-9\-_.~$&+,/:;=?@!()*]/g,
  user: /[^A-Za-z0-9\-_.~$&+,;=]/g,
  host: /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/g,
} as const;

function escaped(bytes: string, part: keyof typeof KEPT): string {
  return bytes.replace(
    KEPT[part],
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function writtenUser({ name, password }: UserPart): string {
  return escaped(name, 'user') + (password === undefined ? '' : `:${escaped(password, 'user')}`);
}

function writtenPath({ path, host, scheme, user }: UrlParts): string {
  if (path === '*') return path;
  const written = escaped(path, 'path');
  if (written !== '' && !written.startsWith('/') && host !== '') return `/${written}`;
  const first = scheme === '' && host === '' && user === undefined;
  return first && (written.split('/')[0] ?? '').includes(':') ? `./${written}` : written;
}

/** A URL of its parts, encoded where that is needed. */
function written(parts: UrlParts): string {
  const { scheme, opaque, user, host, path, query, fragment } = parts;
  let url = scheme === '' ? '' : `${scheme}:`;
  if (opaque === '') {
    if (host !== '' || user !== undefined || (scheme !== '' && path !== '')) url += '//';
    if (user !== undefined) url += `${writtenUser(user)}@`;
    url += escaped(host, 'host') + writtenPath(parts);
  } else url += opaque;
  if (query !== '') url += `?${query}`;
  return fragment === '' ? url : `${url}#${escaped(fragment, 'fragment')}`;
}

function partsOf(url: string): Dict {
  const { user, ...parts } = parseUrl(url);
  return new Dict([
    ...Object.entries(parts),
    ['hostname', hostnameOf(parts.host)],
    ['userinfo', user === undefined ? '' : writtenUser(user)],
  ]);
}

function joined(parts: Dict): string {
  const part = (name: string): string => {
    const value = parts.entries.get(name) ?? '';
    if (typeof value === 'string') return value;
    throw new Fault(`the part "${name}" of the URL is no string`, 'Convert it with toString.');
  };
  const userinfo = part('userinfo');
  // The user is taken out of a URL that is made for it, so that it must not end there.
  if (/[/?#]/.test(userinfo)) throw new Fault('the userinfo of the URL has a character that must be encoded');
  return written({
    scheme: part('scheme'),
    opaque: part('opaque'),
    user: userinfo === '' ? undefined : parseUser(userinfo),
    host: part('host'),
    path: part('path'),
    query: part('query'),
    fragment: part('fragment'),
  });
}

export const URLS: FunctionTable = {
  urlParse: takes([text], ([url]) => partsOf(url)),
  urlJoin: takes([dict], ([parts]) => joined(parts ?? new Dict())),
};
