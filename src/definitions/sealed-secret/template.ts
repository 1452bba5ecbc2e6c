import { parseTemplate, type Template } from '../../templates/template.ts';

/** Throws TemplateError for what cannot be read, and for functions that we do not have. */
export function parsedTemplate(key: string, text: string): Template {
  return parseTemplate(text, { name: key, dialect: 'sealed-secrets' });
}

/** As the original renders: a key that is missing is `<no value>`. */
export const RENDERING = { missingKey: 'default', noValue: 'print' } as const;
