// `npm run bailiwick` starts in the repository's root; the command means the folder that it was called from.
process.chdir(process.env['INIT_CWD'] ?? process.cwd())
await import('../packages/bailiwick/src/cli/main.ts')
