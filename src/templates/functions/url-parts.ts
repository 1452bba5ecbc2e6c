import { Fault } from '../template-error.ts';

/** The parts of a URL as Go's net/url takes it apart. Path and fragment are decoded, the query is not. */
export interface UrlParts {
  readonly scheme: string;
  readonly opaque: string;
  /** `undefined` for none, as `user@` differs from `@` and from nothing. */
  readonly user: UserPart | undefined;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

export interface UserPart {
  readonly name: string;
  readonly password: string | undefined;
}

const HOST = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"\u0080-\u00ff]/;
const USER = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const PORT = /^(?::[0-9]*)?$/;
const IPV6 = /^(?=.*:.*:)[0-9A-Fa-f:.]{2,45}(?:%.+)?$/;

function malformed(): Fault {
  return new Fault('the text is not a URL', 'Give it a URL, with everything encoded that is part of a name.');
}

/** Resolves `%XX`. */
function unescaped(text: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw malformed();
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

const NOTHING: UrlParts = {
  scheme: '',
  opaque: '',
  user: undefined,
  host: '',
  path: '',
  query: '',
  fragment: '',
};

/** Throws {@link Fault} where Go's parser does. */
export function parseUrl(url: string): UrlParts {
  if (/[\0-\x1f\x7f]/.test(url)) throw malformed();
  const [main, fragment = ''] = cut(url, '#');
  const parts = { ...NOTHING, fragment: unescaped(fragment) };
  if (main === '*') return { ...parts, path: main };
  if (main.startsWith(':')) throw malformed();
  const [, scheme = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(main) ?? [];
  const [rest, query = ''] = cut(main.slice(scheme === '' ? 0 : scheme.length + 1), '?');
  return { ...parts, query, ...hierarchy(rest, scheme.toLowerCase()) };
}

/** What stands between the scheme and the query. */
function hierarchy(rest: string, scheme: string): Partial<UrlParts> {
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { scheme, opaque: rest };
    if ((rest.split('/')[0] ?? '').includes(':')) throw malformed();
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  if (!hasAuthority) return { scheme, path: unescaped(rest) };
  const slash = rest.indexOf('/', 2);
  const end = slash === -1 ? rest.length : slash;
  return { scheme, ...authority(rest.slice(2, end), scheme), path: unescaped(rest.slice(end)) };
}

function authority(text: string, scheme: string): Pick<UrlParts, 'user' | 'host'> {
  const at = text.lastIndexOf('@');
  const host = parseHost(text.slice(at + 1), scheme);
  return { user: at === -1 ? undefined : parseUser(text.slice(0, at)), host };
}

export function parseUser(text: string): UserPart {
  if (!USER.test(text)) throw malformed();
  const [name, password] = cut(text, ':');
  return { name: unescaped(name), password: password === undefined ? undefined : unescaped(password) };
}

/** Only bytes beyond ASCII may be encoded in a host. */
function unescapedHost(host: string): string {
  if (HOST.test(host.replaceAll('%', '')) || /%(?!25)[0-7]/.test(host)) throw malformed();
  return unescaped(host);
}

function parseHost(host: string, scheme: string): string {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) throw malformed();
  if (bracket === 0) {
    const end = host.lastIndexOf(']');
    const address = unescaped(host.slice(1, Math.max(end, 1)));
    if (end === -1 || !PORT.test(host.slice(end + 1)) || !IPV6.test(address)) throw malformed();
    return `[${address}]${host.slice(end + 1)}`;
  }
  // A list of hosts is let pass for databases, which have no other way to name several.
  const colon = /^https?$/.test(scheme) ? host.indexOf(':') : host.lastIndexOf(':');
  if (colon !== -1 && !PORT.test(host.slice(colon))) throw malformed();
  return unescapedHost(host);
}

/** The host without its port and without the brackets of an IPv6 address. */
export function hostnameOf(host: string): string {
  const colon = host.lastIndexOf(':');
  const name = colon !== -1 && PORT.test(host.slice(colon)) ? host.slice(0, colon) : host;
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
}
