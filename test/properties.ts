import fc from 'fast-check'

export { default as fc } from 'fast-check'

// The same cases at every run, so that a change is judged by what it changes; PROVISION_SEED=random looks for new ones.
const seed = process.env.PROVISION_SEED ?? '20260131'
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) })
