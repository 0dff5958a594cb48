/** The documents of the OCI image specification, with their exact field names. Docker's own additions are marked. */

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const

export interface Platform {
  architecture: string
  os: string
  'os.version'?: string
  'os.features'?: string[]
  variant?: string
}

/** descriptor.md */
export interface Descriptor {
  mediaType: string
  /** `sha256:<64 hex digits>` */
  digest: string
  /** Bytes. */
  size: number
  urls?: string[]
  annotations?: Record<string, string>
  /** Base64 of the content. */
  data?: string
  platform?: Platform
  artifactType?: string
}

/** manifest.md */
export interface Manifest {
  schemaVersion: 2
  mediaType?: string
  artifactType?: string
  config: Descriptor
  layers: Descriptor[]
  subject?: Descriptor
  annotations?: Record<string, string>
}

/** image-index.md */
export interface ImageIndex {
  schemaVersion: 2
  mediaType?: string
  artifactType?: string
  manifests: Descriptor[]
  subject?: Descriptor
  annotations?: Record<string, string>
}

/** Docker's. Times are nanoseconds; 0 and absent: inherit. */
export interface ImageHealthcheck {
  /** `['NONE']`, `['CMD', ...argv]` or `['CMD-SHELL', text]`; empty: inherit. */
  Test?: string[]
  Interval?: number
  Timeout?: number
  StartPeriod?: number
  StartInterval?: number
  Retries?: number
}

/** config.md, `config`: what a container of the image starts with. */
export interface ImageRunConfig {
  User?: string
  ExposedPorts?: Record<string, object>
  Env?: string[]
  Entrypoint?: string[]
  Cmd?: string[]
  Volumes?: Record<string, object>
  WorkingDir?: string
  Labels?: Record<string, string>
  StopSignal?: string
  ArgsEscaped?: boolean
  /** Docker's. */ Healthcheck?: ImageHealthcheck
  /** Docker's. */ OnBuild?: string[]
  /** Docker's: what runs a command that is a text. */ Shell?: string[]
}

export interface ImageHistory {
  created?: string
  author?: string
  created_by?: string
  comment?: string
  empty_layer?: boolean
}

/** config.md */
export interface ImageConfig {
  /** RFC 3339. */
  created?: string
  author?: string
  architecture: string
  os: string
  'os.version'?: string
  'os.features'?: string[]
  variant?: string
  config?: ImageRunConfig
  rootfs: { type: 'layers'; diff_ids: string[] }
  history?: ImageHistory[]
}
