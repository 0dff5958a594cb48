/** Paths of the kernel's file systems that are hidden or read-only in a container: Docker's current lists. */
import { existsSync } from 'node:fs'
import { machine } from '../options.js'

const MASKED = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts', // moby's GHSA-6fw5-f8r9-fgfm: its timing gives keystrokes away
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap', // moby's GHSA-jq35-85cj-fj4p: power gives computations away
]

export const readonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
]

let masked: readonly string[] | undefined

/** With the throttle counters of each processor that has them. Read once a process. */
export function maskedPaths(): readonly string[] {
  masked ??= [...MASKED, ...throttleCounters()]
  return masked
}

function throttleCounters(): string[] {
  return machine()
    .cpus.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
    .map((cpu) => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`)
    .filter((path) => existsSync(path))
}
