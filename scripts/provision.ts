// `npm run provision -- …`: the command line from the sources, without a build.
await import('../src/cli.ts')
