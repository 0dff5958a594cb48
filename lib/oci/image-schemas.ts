/** zod schemas of the image documents. Unknown fields are dropped, as the specification asks of readers; `null`, which Go writes for an empty list, reads as absent. */
import { z } from 'zod'
import type { Descriptor, ImageConfig, ImageIndex, ImageRunConfig, Manifest } from './image-spec.js'

const absent = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .union([schema, z.null()])
    .transform((value) => (value === null ? undefined : value) as z.output<Schema> | undefined)
    .optional()

const text = absent(z.string())
const texts = absent(z.array(z.string()))
const textMap = absent(z.record(z.string(), z.string()))
const keySet = absent(z.record(z.string(), z.object({})))
const count = absent(z.number().int())

/** `sha256:` and 64 digits, or `sha512:` and 128: the registered algorithms. */
export const digestSchema = z
  .string()
  .regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/, 'must be a digest such as sha256:<64 hex digits>')

const platform = z.object({
  architecture: z.string(),
  os: z.string(),
  'os.version': text,
  'os.features': texts,
  variant: text,
})

export const descriptorSchema: z.ZodType<Descriptor> = z.object({
  mediaType: z.string().min(1),
  digest: digestSchema,
  size: z.number().int().nonnegative(),
  urls: texts,
  annotations: textMap,
  data: text,
  platform: absent(platform),
  artifactType: text,
})

const schemaVersion = z.literal(2)

/** CVE-2021-41190: one document must not be read as both a manifest and an index. */
const never = (other: string) => z.undefined(`a document with both its own list and '${other}' is ambiguous`).optional()

export const manifestSchema: z.ZodType<Manifest> = z.object({
  schemaVersion,
  mediaType: text,
  artifactType: text,
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
  manifests: never('manifests'),
  subject: absent(descriptorSchema),
  annotations: textMap,
})

export const imageIndexSchema: z.ZodType<ImageIndex> = z.object({
  schemaVersion,
  mediaType: text,
  artifactType: text,
  manifests: z.array(descriptorSchema),
  layers: never('layers'),
  config: never('config'),
  subject: absent(descriptorSchema),
  annotations: textMap,
})

const healthcheck = z.object({
  Test: texts,
  Interval: count,
  Timeout: count,
  StartPeriod: count,
  StartInterval: count,
  Retries: count,
})

export const imageRunConfigSchema: z.ZodType<ImageRunConfig> = z.object({
  User: text,
  ExposedPorts: keySet,
  Env: texts,
  Entrypoint: texts,
  Cmd: texts,
  Volumes: keySet,
  WorkingDir: text,
  Labels: textMap,
  StopSignal: text,
  ArgsEscaped: absent(z.boolean()),
  Healthcheck: absent(healthcheck),
  OnBuild: texts,
  Shell: texts,
})

const history = z.object({
  created: text,
  author: text,
  created_by: text,
  comment: text,
  empty_layer: absent(z.boolean()),
})

export const imageConfigSchema: z.ZodType<ImageConfig> = z.object({
  created: text,
  author: text,
  architecture: z.string(),
  os: z.string(),
  'os.version': text,
  'os.features': texts,
  variant: text,
  config: absent(imageRunConfigSchema),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(digestSchema) }),
  history: absent(z.array(history)),
})
