import { describe, expect, test } from 'vitest'
import { familiarName, formatReference, parseReference } from '../../../lib/image/index.js'

const digest = `sha256:${'a'.repeat(64)}`

describe('image names are docker\'s', () => {
  test.each([
    ['bb', 'docker.io/library/bb:latest', 'bb:latest'],
    ['bb:latest', 'docker.io/library/bb:latest', 'bb:latest'],
    ['docker.io/bb', 'docker.io/library/bb:latest', 'bb:latest'],
    ['docker.io/library/bb:latest', 'docker.io/library/bb:latest', 'bb:latest'],
    ['index.docker.io/library/bb', 'docker.io/library/bb:latest', 'bb:latest'],
    ['user/app:1.0', 'docker.io/user/app:1.0', 'user/app:1.0'],
    ['library/x/y', 'docker.io/library/x/y:latest', 'library/x/y:latest'],
    ['localhost/x', 'localhost/x:latest', 'localhost/x:latest'],
    ['localhost:5000/x', 'localhost:5000/x:latest', 'localhost:5000/x:latest'],
    ['127.0.0.1:5000/a/b:T_1.-x', '127.0.0.1:5000/a/b:T_1.-x', '127.0.0.1:5000/a/b:T_1.-x'],
    ['[::1]:5000/a', '[::1]:5000/a:latest', '[::1]:5000/a:latest'],
    ['Registry/a', 'Registry/a:latest', 'Registry/a:latest'],
    ['reg.example.com/a__b/c-d.e', 'reg.example.com/a__b/c-d.e:latest', 'reg.example.com/a__b/c-d.e:latest'],
    [`bb@${digest}`, `docker.io/library/bb@${digest}`, `bb@${digest}`],
    [`bb:1@${digest}`, `docker.io/library/bb:1@${digest}`, `bb:1@${digest}`],
  ])('%s', (text, full, familiar) => {
    expect(formatReference(parseReference(text))).toBe(full)
    expect(familiarName(parseReference(text))).toBe(familiar)
  })

  test.each([
    ['', /empty/], ['Upper', /upper-case/], ['a b', /not lower-case/], ['a//b', /a part of it is empty/], ['/a', /empty/], ['a/', /empty/], ['-a', /not lower-case/], ['a_', /not lower-case/], ['a___b', /not lower-case/],
    ['a:', /tag/], ['a:-x', /tag/], [`a:${'x'.repeat(129)}`, /tag/], ['a@sha256:1', /digest/], ['a@md5:x', /digest/], ['a@', /digest/], ['f'.repeat(64), /an id/], ['x'.repeat(300), /longer/],
    ['bad_host.com/a', /registry/], ['a.b:99999999/x', /registry/], ['../etc/passwd', /./], ['a\0b', /./], [7, /./], [undefined, /./],
  ])('%j is none', (text, message) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION', message: expect.stringMatching(message) }))
  })
})
