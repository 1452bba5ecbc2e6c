import { createHash } from 'node:crypto';
import { Fault } from '../template-error.ts';
import { bytesOf } from './encodings.ts';
import { type FunctionTable, takes, text } from './signature.ts';

function shaLine(user: string, password: string): string {
  return `${user}:{SHA}${createHash('sha1').update(bytesOf(password)).digest('base64')}`;
}

/** A line of a password file. Only ESO's copy of sprig takes the third argument; and only `sha` has no random salt. */
export const HTPASSWD: FunctionTable = {
  htpasswd: takes([text, text, text], ([user, password, algorithm]) => {
    if (user.includes(':')) throw new Fault('a user name of a password file has no colon');
    if (algorithm === 'sha') return shaLine(user, password);
    throw new Fault(
      'only the algorithm "sha" is supported, as bcrypt salts with random bytes',
      'Store the line of the password file in AWS.',
    );
  }),
};
