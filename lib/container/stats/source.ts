/** Where the numbers of one container are. */
export interface StatsSource {
  /**
   * The container's directory in each cgroup hierarchy: by controller for v1 ('memory', 'cpuacct', ...), as 'unified' for
   * v2, both on a hybrid machine. A hierarchy that the container does not use is absent, and its numbers are 0.
   */
  cgroups: Readonly<Partial<Record<string, string>>>
  /** A process in the container's network namespace; 0 when there is none. */
  pid: number
}
