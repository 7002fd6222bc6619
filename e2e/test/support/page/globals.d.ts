/** The bundle of `sdk.ts`, in the page. */
declare const sdk: typeof import('./sdk.ts');
/** The page's client. */
declare const db: import('firebase/firestore').Firestore;
/** What `listen` of a test leaves in the page. */
declare const until: (wanted: string) => Promise<string[]>;
/** Sizes of the snapshots that a test's listener got. */
declare const sizes: number[];
