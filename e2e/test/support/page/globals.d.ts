/** The bundle of `sdk.ts`, in the page. */
declare const sdk: typeof import('./sdk.ts');
/** The page's client. */
declare const db: import('firebase/firestore').Firestore;
