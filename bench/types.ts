/**
 * What the parts of the benchmark say to each other.
 */

/** A thing that is to be so on a host, in no tool's words. */
export type Wanted =
  | { readonly kind: 'directory'; readonly path: string; readonly mode: string }
  | { readonly kind: 'file'; readonly path: string; readonly content: string; readonly mode: string }
  | { readonly kind: 'line'; readonly path: string; readonly line: string }
  | { readonly kind: 'user'; readonly name: string; readonly shell: string; readonly comment: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'sysctl'; readonly key: string; readonly value: string }
  | { readonly kind: 'command'; readonly run: string; readonly creates: string }

/** A host as a tool reaches it: as root, with the key of `Place`. */
export interface Target {
  readonly name: string
  readonly address: string
  readonly port: number
}

/** Where a tool finds what it needs, and may write. */
export interface Place {
  /** Empty at first, of this tool alone. */
  readonly folder: string
  /** A private key in OpenSSH's format. */
  readonly key: string
  /** A known_hosts file with the keys of all targets. */
  readonly knownHosts: string
  readonly targets: readonly Target[]
}

export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What it prints when nothing was changed on any host; a run that claims a change was no run without changes. */
  readonly unchanged?: RegExp
}

/** One contestant: a tool, or a way to use it. */
export interface Tool {
  /** A short word for tables and file names, such as `ansible-pipelining`. */
  readonly name: string
  /** How the page names it, such as "Ansible, pipelining and forks". */
  readonly title: string
  /** Debian packages that it needs on the controller. */
  readonly packages: readonly string[]
  /** Its version in one line; nothing where it cannot be had here. */
  version(): Promise<string | undefined>
  /** Writes its files and says how it is run. What is run is the same for the first run and for one without changes. */
  prepare(wanted: readonly Wanted[], place: Place): Promise<Command>
}
