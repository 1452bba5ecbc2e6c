import { parseTemplate } from '../../templates/template.ts';
import type { ObjectReader } from './object-reader.ts';

/** Notes what is wrong with the template in a field. */
export function checkTemplate(reader: ObjectReader, name: string, text: string): void {
  reader.attempt(name, () => parseTemplate(text, { name }));
}
