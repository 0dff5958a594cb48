import type { ImageRunConfig } from '../oci/index.js'

/** What PATH is where an image does not say it: docker's. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What a container's root is made of. Treat it as read-only: it is shared. */
export interface Rootfs {
  /** 'sha256:...' */ imageId: string
  /** As people write it: 'bb:latest', 'host'. */ imageName: string
  /** Directories to mount an overlay over, top first. */ layers: string[]
  /** What belongs into the root besides: the host image's /usr. */ mounts: { source: string; target: string; readOnly: boolean }[]
  /** The image's configuration. PATH is always among its Env. */ config: ImageRunConfig
}
