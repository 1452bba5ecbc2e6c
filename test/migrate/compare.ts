// What two applications see, place by place.

import type { Application } from './application.ts';

/** Everything that programs see, by its place: `Deployment shop, app, env PASSWORD`. */
export function linesOf(application: Application): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(application).flatMap(([workload, containers]) => {
      if (typeof containers === 'string') return [[workload, containers] as const];
      return Object.entries(containers).flatMap(([name, { env, files }]) => [
        ...Object.entries(env).map(([key, value]) => [`${workload}, ${name}, env ${key}`, value] as const),
        ...Object.entries(files).map(
          ([path, { bytes, mode }]) =>
            [`${workload}, ${name}, file ${path}`, `${mode.toString(8)} ${JSON.stringify(bytes)}`] as const,
        ),
      ]);
    }),
  );
}

/** A line for each place where they see something else. */
export function differencesOf(before: Application, after: Application): readonly string[] {
  const [was, is] = [linesOf(before), linesOf(after)];
  const places = [...new Set([...was.keys(), ...is.keys()])].sort();
  return places
    .filter((place) => was.get(place) !== is.get(place))
    .map((place) => `${place}: ${was.get(place) ?? 'nothing'} -> ${is.get(place) ?? 'nothing'}`);
}
