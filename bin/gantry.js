#!/usr/bin/env node
try {
  const { runProcess } = await import('../dist/cli/process-exit.js')
  await runProcess()
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('dist/cli')) throw error
  console.error("gantry: this copy has not been built yet; run 'npm run build' in it first")
  process.exitCode = 1
}
