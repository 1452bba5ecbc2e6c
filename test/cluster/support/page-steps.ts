// PURE the shell commands of a page, in their order, with what the page says that they print.

export interface Step {
  /** The heading above, `### With Helm` for instance. */
  readonly heading: string;
  /** One fence. */
  readonly script: string;
  /** What a quotation right behind the fence says; '' where there is none. White space counts as one space. */
  readonly prints: string;
  /** The quotation is an error: the last command has to fail. */
  readonly fails: boolean;
}

/** Every ```sh fence. A heading is known by its line, so a `#` in a fence is none. */
export function stepsOf(page: string): readonly Step[] {
  const steps: Step[] = [];
  const pattern = /^(#{1,6} .+)$|^```(\w*)\n([\s\S]*?)^```\n(?:\n((?:>.*\n)+))?/gm;
  let heading = '';
  for (const [, head, language, script = '', quotation = ''] of page.matchAll(pattern)) {
    if (head !== undefined) heading = head;
    if (language !== 'sh') continue;
    const prints = asOneLine(quotation.replaceAll(/^> ?/gm, ''));
    steps.push({ heading, script, prints, fails: prints.startsWith('Error') });
  }
  return steps;
}

export function asOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
