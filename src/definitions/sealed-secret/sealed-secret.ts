import type { Place } from '../../request/plan.ts';
import type { Scope } from '../../sealed/scope.ts';

/** A text of a mapping, with its place. */
export interface Entry {
  readonly key: string;
  readonly text: string;
  readonly place: Place;
}

/** A SealedSecret, read and checked by itself. */
export interface SealedSecretSpec {
  readonly name: string;
  /** By its own annotations; its template's say nothing of that. */
  readonly scope: Scope;
  readonly encryptedData: readonly Entry[];
  readonly template: {
    readonly type: { readonly value: string; readonly place: Place };
    readonly immutable: boolean;
    readonly labels: readonly Entry[];
    readonly annotations: readonly Entry[];
    /** Go templates over the opened values. A null takes a key out of the Secret. */
    readonly data: readonly (Entry | { readonly key: string; readonly omitted: true })[];
  };
  /** `skip-set-owner-references`: the Secret stays when the SealedSecret goes. */
  readonly owned: boolean;
  readonly warnings: readonly string[];
}
