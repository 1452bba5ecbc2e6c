/** What sealed-secrets makes of a SealedSecret. */
export type OriginalSecret =
  | { readonly refused: true }
  | {
      readonly type: string;
      /** In base64. */
      readonly data: Readonly<Record<string, string>>;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
      readonly finalizers: readonly string[];
      readonly immutable: boolean;
      /** Whether the Secret goes with its SealedSecret. */
      readonly owned: boolean;
    };
