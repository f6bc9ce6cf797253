import type { Tool } from '../types.ts'
import { ansible, ansibleMitogen, ansiblePipelining } from './ansible.ts'
import { bundlewrap } from './bundlewrap.ts'
import { cdist } from './cdist.ts'
import { floor } from './floor.ts'
import { itamae } from './itamae.ts'
import { provision } from './provision.ts'
import { pyinfra } from './pyinfra.ts'
import { script } from './script.ts'

/** Everything that is compared: what cannot be beaten, ours, and the peers. */
export const tools: readonly Tool[] = [
  floor,
  script,
  provision,
  ansible,
  ansiblePipelining,
  ansibleMitogen,
  pyinfra,
  itamae,
  bundlewrap,
  cdist,
]
