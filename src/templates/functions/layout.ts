import { type Budget } from '../limits.ts';
import { type FunctionTable, int, takes, text } from './signature.ts';

const MARK = '...';

/** At most `width` bytes, with `...` for what is left out; what stands at `offset` is kept. */
function abbreviated(bytes: string, start: number, width: number): string {
  if (width < 4) return '';
  if (bytes.length <= width) return bytes;
  let offset = Math.min(start, bytes.length);
  if (bytes.length - offset < width - 3) offset = bytes.length - (width - 3);
  if (offset <= 4) return bytes.slice(0, width - 3) + MARK;
  if (width < 7) return '';
  if (offset + width - 3 < bytes.length) return MARK + abbreviated(bytes.slice(offset), 0, width - 3);
  return MARK + bytes.slice(bytes.length - (width - 3));
}

interface Wrapping {
  readonly width: number;
  readonly newLine: string;
  /** Cuts words that are longer than a line. */
  readonly cuts: boolean;
}

/** How a line that begins at `offset` ends: what of it is printed, and where the next one begins. */
function nextLine(bytes: string, offset: number, { width, cuts }: Wrapping): readonly [string, number] {
  const space = bytes.slice(offset, offset + width + 1).lastIndexOf(' ');
  if (space !== -1) return [bytes.slice(offset, offset + space), offset + space + 1];
  if (cuts) return [bytes.slice(offset, offset + width), offset + width];
  const later = bytes.indexOf(' ', offset + width);
  return later === -1 ? [bytes.slice(offset), bytes.length] : [bytes.slice(offset, later), later + 1];
}

function wrapped(bytes: string, wrapping: Wrapping, budget: Budget): string {
  const { width, newLine } = wrapping;
  let text = '';
  let offset = 0;
  while (bytes.length - offset > width) {
    budget.spend(1);
    if (bytes[offset] === ' ') {
      offset += 1;
      continue;
    }
    const [line, next] = nextLine(bytes, offset, wrapping);
    // A long last word that is not cut ends the text, without a new line behind it.
    const last = !wrapping.cuts && next === bytes.length && line.length === bytes.length - offset;
    budget.fits(text.length + line.length + newLine.length);
    text += last ? line : line + newLine;
    offset = next;
  }
  return text + bytes.slice(offset);
}

function wrapping(width: bigint, newLine: string, cuts: boolean): Wrapping {
  return { width: Math.max(1, Number(width)), newLine: newLine === '' ? '\n' : newLine, cuts };
}

export const LAYOUT: FunctionTable = {
  abbrev: takes([int, text], ([width, bytes]) => (width < 4n ? bytes : abbreviated(bytes, 0, Number(width)))),
  abbrevboth: takes([int, int, text], ([left, right, bytes]) =>
    right < 4n || (left > 0n && right < 7n) ? bytes : abbreviated(bytes, Number(left), Number(right)),
  ),
  wrap: takes([int, text], ([width, bytes], budget) => wrapped(bytes, wrapping(width, '', false), budget)),
  wrapWith: takes([int, text, text], ([width, newLine, bytes], budget) =>
    wrapped(bytes, wrapping(width, newLine, true), budget),
  ),
};
