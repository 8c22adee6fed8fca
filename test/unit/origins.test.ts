import { describe, expect, it } from 'vitest';
import { isOwnHost, ownNames } from '../../server/access/hosts';
import { type AccessRules, corsHeaders, judge, preflightHeaders } from '../../server/access/origins';

const names = ownNames('Desk.example.lan', 'https://docs.example:8443');
const rules: AccessRules = { names, origins: ['https://good.example', 'http://localhost:5173'], publicOrigin: 'https://docs.example:8443' };

describe('Host', () => {
  const own = [
    '127.0.0.1',
    '127.0.0.1:4321',
    '192.168.1.20:4321',
    '[::1]:4321',
    '[::1]',
    'localhost',
    'LOCALHOST:4321',
    'desk:4321',
    'desk.local',
    'desk.example.lan:1',
    'docs.example:8443',
    'docs.example',
  ];
  const foreign = [
    undefined,
    '',
    'evil.test',
    'evil.test:4321',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    'evil-localhost',
    'localhost.',
    '0x7f.1',
    '2130706433',
    '127.1',
    '[evil.test]',
    '[127.0.0.1]',
    '::1',
    'localhost:4321:80',
    'localhost:port',
    'localhost@evil.test',
    'localhost, evil.test',
    'local',
    'desk.local.evil.test',
    'docs.example.evil.test',
    'xdocs.example',
    'localhost/',
  ];

  it.each(own)('R1: %s is the relay', (host) => expect(isOwnHost(host, names)).toBe(true));
  it.each(foreign)('R1: %s is not', (host) => expect(isOwnHost(host, names)).toBe(false));

  it('a machine without a usable name adds no empty one', () => {
    expect([...ownNames('', undefined)]).toEqual(['localhost']);
    expect([...ownNames('.local', undefined)]).not.toContain('');
  });
});

describe('Origin', () => {
  const host = '127.0.0.1:4321';
  const table: readonly (readonly [origin: string | undefined, verdict: 'own' | 'foreign' | 'refused'])[] = [
    [undefined, 'own'],
    ['http://127.0.0.1:4321', 'own'],
    ['https://127.0.0.1:4321', 'own'],
    ['https://docs.example:8443', 'own'],
    ['app://weft', 'foreign'],
    ['https://good.example', 'foreign'],
    ['http://localhost:5173', 'foreign'],
    ['http://localhost:4321', 'refused'],
    ['http://127.0.0.1:4322', 'refused'],
    ['http://127.0.0.1', 'refused'],
    ['https://evil.example', 'refused'],
    ['null', 'refused'],
    ['', 'refused'],
    ['file://', 'refused'],
    ['https://good.example.evil.com', 'refused'],
    ['https://evilgood.example', 'refused'],
    ['https://good.example:444', 'refused'],
    ['http://good.example', 'refused'],
    ['https://good.example/', 'refused'],
    ['https://GOOD.example', 'refused'],
    ['https://good.example, https://evil.example', 'refused'],
    ['app://weft.evil', 'refused'],
    ['app://weft/', 'refused'],
    ['ftp://127.0.0.1:4321', 'refused'],
    ['http://user@127.0.0.1:4321', 'refused'],
    ['http://127.0.0.1:4321.evil.test', 'refused'],
    ['*', 'refused'],
  ];

  it.each(table)('R2, R3: %s is %s', (origin, expected) => {
    const verdict = judge({ host, origin }, rules);
    if (expected === 'refused') expect(verdict).toEqual({ type: 'refused', rejection: 'wrong-origin' });
    else expect(verdict).toEqual({ type: 'admitted', foreignOrigin: expected === 'foreign' ? origin : undefined });
  });

  it('R1: a foreign name is refused even for a page that it served itself', () => {
    const rebinding = judge({ host: 'evil.test:4321', origin: 'http://evil.test:4321' }, rules);
    expect(rebinding).toEqual({ type: 'refused', rejection: 'wrong-host' });
  });

  it('R3: a default port may be named by a proxy and left out by the browser', () => {
    expect(judge({ host: 'docs.example:443', origin: 'https://docs.example' }, rules).type).toBe('admitted');
    expect(judge({ host: 'docs.example:443', origin: 'http://docs.example' }, rules).type).toBe('refused');
  });
});

describe('CORS headers', () => {
  it('R4: name one foreign origin, never all, and always vary', () => {
    expect(corsHeaders('app://weft')).toEqual({ Vary: 'Origin', 'Access-Control-Allow-Origin': 'app://weft' });
    expect(corsHeaders(undefined)).toEqual({ Vary: 'Origin' });
  });

  it('R4: allow the private network to whoever asks for it in a preflight', () => {
    expect(preflightHeaders(true)).toHaveProperty('Access-Control-Allow-Private-Network', 'true');
    expect(preflightHeaders(false)).not.toHaveProperty('Access-Control-Allow-Private-Network');
  });
});
