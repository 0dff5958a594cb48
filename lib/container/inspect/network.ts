/** `NetworkSettings` of docker inspect. Bridges come later: the only network is none or the host's. */
import type { NormalisedSpec } from '../options.js'
import type { ContainerInfo } from '../types.js'

export function dockerNetworkSettings(info: ContainerInfo, spec: NormalisedSpec) {
  const shared = spec.network.startsWith('container:')
  const live = info.pid > 0
  return {
    Bridge: '',
    SandboxID: '',
    SandboxKey: live && spec.network === 'none' ? `/proc/${info.pid}/ns/net` : '',
    Ports: {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: '',
    Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    MacAddress: '',
    Networks: shared ? {} : { [spec.network]: endpoint() },
  }
}

function endpoint() {
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    MacAddress: '',
    DriverOpts: null,
    GwPriority: 0,
    NetworkID: '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  }
}
