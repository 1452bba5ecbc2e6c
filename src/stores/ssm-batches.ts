import type { Fetched } from '../request/evaluate.ts';
import type { Address } from '../request/plan.ts';
import { SecretValue } from '../secret-value.ts';

/** A parameter as the API returns it. */
export interface SsmParameter {
  readonly Name?: string | undefined;
  readonly ARN?: string | undefined;
  readonly Value?: string | undefined;
  readonly Version?: number | undefined;
  /** `:3` or `:label`, as it was asked. */
  readonly Selector?: string | undefined;
}

const MAX_NAMES = 10;

/** The name as GetParameters takes it: `NAME`, `NAME:3`, `NAME:label`. */
export function requestName({ name, selector }: Address): string {
  return selector === undefined ? name : `${name}:${selector}`;
}

/**
 * Cuts addresses into requests of at most ten names. Two addresses that may mean the same parameter (another version,
 * or its ARN beside its name) never share a request: the answers could not be told apart for certain.
 */
export function batches(addresses: readonly Address[]): readonly (readonly Address[])[] {
  const open: { readonly addresses: Address[]; readonly parameters: Set<string> }[] = [];
  for (const address of addresses) {
    const parameter = parameterOf(address.name);
    let batch = open.find(
      ({ addresses, parameters }) => addresses.length < MAX_NAMES && !parameters.has(parameter),
    );
    if (batch === undefined) {
      batch = { addresses: [], parameters: new Set() };
      open.push(batch);
    }
    batch.addresses.push(address);
    batch.parameters.add(parameter);
  }
  return open.map(({ addresses }) => addresses);
}

/** An ARN does not tell `/name` from `name`, so the leading slash does not count. */
function parameterOf(name: string): string {
  const arn = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter\/(.*)$/s.exec(name);
  return arn?.[1] ?? name.replace(/^\//, '');
}

/** Whether a returned parameter answers this address. The order of an answer says nothing: it is alphabetical. */
export function answers(parameter: SsmParameter, { name, selector }: Address): boolean {
  if (parameter.Name !== name && parameter.ARN !== name) return false;
  const returned = parameter.Selector?.replace(/^:/, '') ?? '';
  if (returned !== '') return returned === selector;
  // Emulators leave the selector out; a version can still be checked.
  return selector === undefined || !/^\d+$/.test(selector) || String(parameter.Version) === selector;
}

/** The value with what identifies it; `undefined` for an answer that has no value. */
export function fetchedParameter(parameter: SsmParameter | undefined): Fetched | undefined {
  if (parameter?.Value === undefined) return undefined;
  return {
    value: new SecretValue(parameter.Value),
    version: String(parameter.Version ?? ''),
    arn: parameter.ARN ?? '',
    name: parameter.Name ?? '',
  };
}
