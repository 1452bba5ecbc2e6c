import { Document, visit } from 'yaml';

// What a terminal or a CI log could take for more than text. Line ends between lines are ours.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const UNSAFE_BUT_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** JSON in which every unprintable character is an escape. */
export function safeJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, undefined, indent).replaceAll(UNSAFE_BUT_LINES, (character) =>
    [...Array(character.length).keys()].map((index) => `\\u${hex(character.charCodeAt(index), 4)}`).join(''),
  );
}

/**
 * YAML in which every unprintable character is an escape, and which parsers of YAML 1.1, as the API server's, read alike.
 */
export function safeYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return;
      // Only between double quotes can YAML escape a character.
      if (node.value.replaceAll('\n', '').search(UNSAFE) !== -1) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document
    .toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER })
    .replaceAll(UNSAFE_BUT_LINES, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
    });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
