/** What an option's text is read as. Durations become milliseconds, sizes bytes. */
export type OptionType = 'string' | 'int' | 'bool' | 'duration' | 'bytes';

type ValueOf<T extends OptionType> = T extends 'string' ? string : T extends 'bool' ? boolean : number;

export interface Option<T extends OptionType = OptionType> {
  /** Environment variable; an empty one counts as not set. */
  readonly env?: string;
  /** Command line flag without its dashes; a bool also takes --no-<flag>. A flag beats the environment. */
  readonly flag?: string;
  readonly type: T;
  /** Without one, the option is undefined when it is not given. */
  readonly default?: ValueOf<T>;
  readonly description: string;
  /** The only texts that are allowed. */
  readonly choices?: readonly string[];
  /** Least and greatest number. */
  readonly min?: number;
  readonly max?: number;
  /** Its value is shown nowhere. */
  readonly secret?: boolean;
}

type AnyOption = { [T in OptionType]: Option<T> }[OptionType];

export type OptionsSpec = Readonly<Record<string, AnyOption>>;

type Parsed<O extends AnyOption> = O extends { readonly choices: readonly (infer C extends string)[] }
  ? C
  : ValueOf<O['type']>;

/** The object that a spec's options are parsed to. */
export type OptionsOf<S extends OptionsSpec> = {
  readonly [K in keyof S]: S[K] extends { readonly default: string | number | boolean }
    ? Parsed<S[K]>
    : Parsed<S[K]> | undefined;
};

/** Names the options of a program. Throws where two share a flag or a variable, which is a mistake of the programmer. */
export function defineOptions<const S extends OptionsSpec>(spec: S): S {
  const taken = new Set<string>();
  for (const [key, { env, flag }] of Object.entries<AnyOption>(spec)) {
    if (env === undefined && flag === undefined) throw new Error(`The option ${key} cannot be set`);
    for (const name of [env, flag && `--${flag}`]) {
      if (name === undefined) continue;
      if (taken.has(name)) throw new Error(`Two options are set by ${name}`);
      taken.add(name);
    }
  }
  return spec;
}
