const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export interface Decoded {
  readonly bytes: Uint8Array;
  /** The text is base64 by the rules: its alphabet, its padding, and no more than line breaks between. */
  readonly isBase64: boolean;
}

/**
 * `isBinary`: the bytes that a text stands for in base64, exactly as KES decodes it. That is lenient: the alphabet of
 * URLs counts too, foreign characters are skipped, and what follows the padding is lost.
 */
export function decodeBinary(text: string): Decoded {
  return { bytes: Buffer.from(text, 'base64'), isBase64: BASE64.test(text.replace(/[\t\n\r ]/g, '')) };
}
