import { LatchkeyError } from '../errors.ts';
import type { Address, Find } from '../request/plan.ts';
import type { Caller } from './aws-caller.ts';
import { nameMatcher } from './name-matcher.ts';
import { MAX_MEMBERS, tooManyMatches, tooMuchToSearch } from './search.ts';
import type { ListedSecret, SecretsManagerClient } from './secrets-manager-calls.ts';

/** Pages of a hundred. */
const MAX_PAGES = 50;

/**
 * The addresses of the secrets that a search finds. Rejects with the SDK's errors.
 *
 * ListSecrets filters by prefixes, and by tag keys and tag values each for themselves, so that what comes back is a
 * superset: names and tags are compared here once more.
 */
export async function findSecrets(
  { find, region }: Address & { readonly find: Find },
  call: Caller<SecretsManagerClient>,
  signal: AbortSignal,
): Promise<readonly Address[] | LatchkeyError> {
  const matches = nameMatcher(find);
  if (matches instanceof LatchkeyError) return matches;
  const found: Address[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const question = { prefix: find.prefix, tags: find.tags ?? {}, nextToken };
    const answer = await call((client) => client.listSecrets(question, signal));
    for (const secret of answer.SecretList ?? []) {
      const name = secret.Name ?? '';
      if (isMeant(secret, find) && matches(name)) found.push({ store: 'secretsmanager', region, name });
    }
    if (found.length > MAX_MEMBERS) return tooManyMatches('secrets');
    nextToken = answer.NextToken;
    if (nextToken === undefined || nextToken === '') return found;
  }
  return tooMuchToSearch('secrets');
}

function isMeant({ Name = '', Tags = [] }: ListedSecret, { prefix = '', tags = {} }: Find): boolean {
  return (
    Name.startsWith(prefix) &&
    Object.entries(tags).every(([key, value]) => Tags.some((tag) => tag.Key === key && tag.Value === value))
  );
}
