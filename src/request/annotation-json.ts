/** What an annotation of ours says; undefined for what is no JSON, since anybody can write one. */
export function annotationJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
