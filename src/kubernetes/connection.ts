/** What TLS and the API server want to know of us, for one request. */
export interface Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: Buffer | string;
    readonly cert?: Buffer | string;
    readonly key?: Buffer | string;
    readonly servername?: string;
    readonly rejectUnauthorized?: false;
  };
}

/** Where the API server is, and as whom we call. */
export interface Connection {
  /** `https://host:port`, with a path only behind a proxy such as Rancher's. */
  readonly server: URL;
  /** Tokens and certificates rotate: ask before each request. What changes seldom is cached inside. */
  authorize(): Promise<Authorization>;
  /** The server called the credentials invalid: the next {@link authorize} reads them again. */
  renew(): void;
}

/** Keeps what `load` gave for `maxAgeMs`. Rejections are not kept. */
export function remembered<T>(
  load: () => Promise<T>,
  maxAgeMs: number,
): { get: () => Promise<T>; drop: () => void } {
  let kept: { readonly value: Promise<T>; readonly until: number } | undefined;
  const drop = (): void => {
    kept = undefined;
  };
  return {
    get: () => {
      if (kept !== undefined && performance.now() < kept.until) return kept.value;
      const value = load();
      kept = { value, until: performance.now() + maxAgeMs };
      value.catch(drop);
      return value;
    },
    drop,
  };
}
