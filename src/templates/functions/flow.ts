import { Fault } from '../template-error.ts';
import { type FunctionTable, takes, text } from './signature.ts';

export const FLOW: FunctionTable = {
  // The text may have been made of a value, so it is not told.
  fail: takes([text], () => {
    throw new Fault('the template itself says that it fails', 'Look at what stands around fail.');
  }),
};
