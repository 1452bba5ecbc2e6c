export type Matches = (text: string) => boolean;
export function compileWhole(text: string): Matches | undefined {
  const re = new RegExp(`^(?:${text})$`);
  return (t) => re.test(t);
}
