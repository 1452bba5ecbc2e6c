// The part of JavaScript that templates may have. `at` is the place in the template's text.

export type Expression = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null | undefined }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pattern'; readonly source: string; readonly flags: string }
  | { readonly kind: 'template'; readonly texts: readonly string[]; readonly parts: readonly Expression[] }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [key: Expression, value: Expression])[] }
  | {
      readonly kind: 'member';
      readonly of: Expression;
      readonly key: Expression;
      /** `?.`: nothing of nothing is nothing. */
      readonly optional: boolean;
    }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'unary'; readonly sign: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'conditional';
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: 'function'; readonly parameters: readonly string[]; readonly body: Block | Expression }
);

export interface Block {
  readonly kind: 'block';
  readonly statements: readonly Statement[];
}

export type Statement = { readonly at: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly value: Expression; readonly escapes: boolean }
  | {
      readonly kind: 'declare';
      readonly name: string;
      readonly value: Expression;
      readonly constant: boolean;
    }
  | { readonly kind: 'assign'; readonly name: string; readonly value: Expression }
  | { readonly kind: 'expression'; readonly value: Expression }
  | { readonly kind: 'return'; readonly value: Expression | undefined }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly yes: Block;
      readonly no: Block | undefined;
    }
  | { readonly kind: 'for'; readonly name: string; readonly of: Expression; readonly body: Block }
);
