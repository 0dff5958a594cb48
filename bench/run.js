// npm run bench [-- name ...] [--quick]: every benchmark, or those named.
const names = process.argv.slice(2).filter((name) => !name.startsWith('-'))
const quick = process.argv.includes('--quick')
const all = {
  start: async () => (await import('./start.js')).startBench({ quick }),
  exec: async () => (await import('./exec.js')).execBench({ quick }),
  rate: async () => (await import('./rate.js')).rateBench({ quick }),
  many: async () => (await import('./many.js')).manyBench({ quick }),
  logs: async () => (await import('./logs.js')).logsBench({ quick }),
  calls: async () => (await import('./calls.js')).callsBench(),
}
for (const name of names.length ? names : Object.keys(all)) {
  if (!all[name]) {
    console.error(`no benchmark ${name}; there are ${Object.keys(all).join(', ')}`)
    process.exitCode = 1
    continue
  }
  await all[name]()
}
