import { describe, expect, test } from 'vitest'
import { applyChanges } from '../../../lib/image/changes.js'

describe('Dockerfile instructions', () => {
  test.each([
    [['CMD ["a","b c"]'], { Cmd: ['a', 'b c'] }],
    [['cmd echo $HOME'], { Cmd: ['/bin/sh', '-c', 'echo $HOME'] }],
    [['ENTRYPOINT []'], { Entrypoint: [] }],
    [['CMD [bad'], { Cmd: ['/bin/sh', '-c', '[bad'] }],
    [['ENV A=1 B="two words" C=\'x y\' D=a\\ b'], { Env: ['A=1', 'B=two words', 'C=x y', 'D=a b'] }],
    [['ENV OLD the rest = of it'], { Env: ['OLD=the rest = of it'] }],
    [['ENV A=1', 'ENV A=2 B='], { Env: ['A=2', 'B='] }],
    [['LABEL a.b=c "k e y"="v=w"'], { Labels: { 'a.b': 'c', 'k e y': 'v=w' } }],
    [['LABEL __proto__=x'], { Labels: JSON.parse('{"__proto__":"x"}') }],
    [['WORKDIR /a', 'WORKDIR b/../c'], { WorkingDir: '/a/c' }],
    [['WORKDIR ../..'], { WorkingDir: '/' }],
    [['USER 1000:1000'], { User: '1000:1000' }],
    [['EXPOSE 80 53/UDP 8000-8002'], { ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8000/tcp': {}, '8001/tcp': {}, '8002/tcp': {} } }],
    [['VOLUME /data /x/../y'], { Volumes: { '/data': {}, '/y': {} } }],
    [['VOLUME ["/a b"]'], { Volumes: { '/a b': {} } }],
    [['STOPSIGNAL SIGQUIT'], { StopSignal: 'SIGQUIT' }],
  ])('%j', (changes, expected) => {
    expect(applyChanges({}, changes)).toEqual(expected)
  })

  test('the configuration handed in stays as it is', () => {
    const config = { Env: ['A=1'] }
    expect(applyChanges(config, ['ENV B=2']).Env).toEqual(['A=1', 'B=2'])
    expect(config).toEqual({ Env: ['A=1'] })
  })

  test.each(['', 'RUN x', 'FROM a', 'CMD', 'ENV', 'ENV A', 'ENV A=1 b', 'EXPOSE x', 'EXPOSE 0', 'EXPOSE 9-8', 'EXPOSE 70000', 'VOLUME data', 'STOPSIGNAL nope', 'USER a b', 'CMD a\0b', 7])('%j is refused', (change) => {
    expect(() => applyChanges({}, [change as string])).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  })
})
