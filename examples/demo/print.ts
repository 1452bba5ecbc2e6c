/** Text for a terminal or a file; colour only where somebody looks. */
const colour = process.stdout.isTTY;

export function heading(text: string): void {
  process.stdout.write(colour ? `\n\u001b[1m${text}\u001b[0m\n\n` : `\n== ${text}\n\n`);
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Indented; added and removed lines of a diff are coloured. */
export function show(text: string): void {
  for (const line of text.trimEnd().split('\n')) process.stdout.write(`  ${paint(line)}\n`);
}

function paint(line: string): string {
  if (!colour) return line;
  if (line.startsWith('+')) return `\u001b[32m${line}\u001b[0m`;
  return line.startsWith('-') ? `\u001b[31m${line}\u001b[0m` : line;
}
