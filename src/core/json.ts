/** Plain data: what YAML, JSON, variables and registered results are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A set of named values. */
export type JsonObject = { readonly [key: string]: Json }
