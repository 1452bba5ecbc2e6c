// What a template is made of. `at` is the place in the template's text, in UTF-16 units; strings are bytes (utf8.ts).

export interface Text {
  readonly kind: 'text';
  readonly text: string;
}

/** `{{ pipeline }}`: printed, unless it declares or sets a variable. */
export interface Action {
  readonly kind: 'action';
  readonly pipeline: Pipeline;
  readonly at: number;
}

/** `if` and `with` differ only in what `.` is inside; `range` runs its body for each element. */
export interface Control {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: Body;
  readonly otherwise: Body | undefined;
  readonly at: number;
}

export interface TemplateCall {
  readonly kind: 'template';
  readonly name: string;
  readonly pipeline: Pipeline | undefined;
  readonly at: number;
}

export interface Jump {
  readonly kind: 'break' | 'continue';
}

export type Statement = Text | Action | Control | TemplateCall | Jump;
export type Body = readonly Statement[];

export interface Pipeline {
  readonly kind: 'pipeline';
  /** `$x :=` and `$i, $x :=` */
  readonly variables: readonly string[];
  /** `=` instead of `:=` */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly at: number;
}

export interface Command {
  readonly operands: readonly [Operand, ...Operand[]];
  readonly at: number;
}

/** A number has each type that Go would take it for. */
export interface NumberLiteral {
  readonly kind: 'number';
  readonly integer: bigint | undefined;
  readonly float: number;
  /** What it is where no type is asked for. */
  readonly ideal: 'integer' | 'float';
  readonly at: number;
}

export type Literal =
  | { readonly kind: 'nil'; readonly at: number }
  | { readonly kind: 'bool'; readonly value: boolean; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | NumberLiteral;

export type Operand =
  | Literal
  | Pipeline
  | { readonly kind: 'dot'; readonly at: number }
  | { readonly kind: 'field'; readonly names: readonly string[]; readonly at: number }
  | {
      readonly kind: 'variable';
      readonly variable: string;
      readonly names: readonly string[];
      readonly at: number;
    }
  | { readonly kind: 'function'; readonly name: string; readonly at: number }
  | {
      readonly kind: 'chain';
      readonly of: Operand;
      readonly names: readonly string[];
      readonly at: number;
    };

/** A call of a function as it stands in the text, wherever that is. */
export interface Mention {
  readonly name: string;
  readonly at: number;
}

export interface Parsed {
  readonly main: Body;
  /** Those of `define` and `block`, and the main one under its own name. */
  readonly templates: ReadonlyMap<string, Body>;
  readonly mentions: readonly Mention[];
}
