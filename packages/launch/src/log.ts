/** Where the launchers tell what they do: one line per event, without a line break. */
export type Log = (line: string) => void;
