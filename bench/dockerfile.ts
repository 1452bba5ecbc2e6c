import type { ImageConfig } from './image-layout.ts';

/** What the last stage of our Dockerfile says of the running container. Only the forms that it uses are understood. */
export function readDockerfile(text: string): ImageConfig {
  const stage =
    text
      .replaceAll('\\\n', ' ')
      .split(/^FROM /m)
      .at(-1) ?? '';
  const all = (instruction: string): readonly string[] =>
    [...stage.matchAll(new RegExp(`^${instruction} (.+)$`, 'gm'))].map(([, value]) => value ?? '');
  const one = (instruction: string): string => {
    const [value, ...others] = all(instruction);
    if (value === undefined || others.length > 0)
      throw new Error(`the Dockerfile needs exactly one ${instruction}`);
    return value;
  };
  return {
    Entrypoint: list(one('ENTRYPOINT')),
    Cmd: list(one('CMD')),
    User: one('USER'),
    WorkingDir: one('WORKDIR'),
    Env: all('ENV'),
  };
}

function list(value: string): readonly string[] {
  const parsed: unknown = JSON.parse(value);
  if (!Array.isArray(parsed))
    throw new Error('the Dockerfile needs the form with brackets: there is no shell');
  return parsed.map(String);
}
