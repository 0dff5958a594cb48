// What this run could not show, by name: a test that cannot run here is listed, never counted as passed.
import { existsSync } from 'node:fs'

const missing = []
if (existsSync('/sys/fs/cgroup/cgroup.controllers')) missing.push('cgroup v1 and hybrid limits (this machine has cgroup v2 alone)')
else missing.push('cgroup v2 alone: limits, pressure, device programs as the only mechanism (this machine has v1 controllers)')
if (!existsSync('/proc/driver/nvidia')) missing.push('a real NVIDIA GPU')
missing.push('a reboot of the machine (a removed run root stands for it)', 'aarch64')
console.log(`\nNot shown on this machine:\n${missing.map((line) => `  - ${line}`).join('\n')}`)
