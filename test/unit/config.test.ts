import { describe, expect, it } from 'vitest';
import { parseConfig, type RelayConfig } from '../../server/config';
import { DEFAULT_LIMITS, NO_LIMITS } from '../../server/rooms/limits';

const ENV = { HOME: '/home/ada' };

function configOf(argv: string[], env: Record<string, string> = ENV, platform: NodeJS.Platform = 'linux'): RelayConfig {
  const command = parseConfig(argv, env, platform);
  if (command.type !== 'run') throw new Error(JSON.stringify(command));
  return command.config;
}

function problemsOf(argv: string[], env: Record<string, string> = ENV): readonly string[] {
  const command = parseConfig(argv, env, 'linux');
  return command.type === 'wrong' ? command.problems : [];
}

describe('the configuration of a relay', () => {
  it('listens on loopback, keeps texts in LevelDB, lets nobody in without a link, and has every default limit', () => {
    expect(configOf([])).toEqual({
      host: '127.0.0.1',
      port: 4321,
      data: '/home/ada/.local/share/weft-relay',
      store: 'leveldb',
      documents: 'text',
      access: 'links',
      tokens: undefined,
      origins: [],
      publicUrl: undefined,
      trustedProxies: [],
      tls: undefined,
      limits: DEFAULT_LIMITS,
      logLevel: 'info',
    });
  });

  it.each([
    [['--host', '0.0.0.0'], { host: '0.0.0.0' }],
    [['--host', '[::1]'], { host: '::1' }],
    [['--port=0'], { port: 0 }],
    [['--port', '1', '--port', '2'], { port: 2 }],
    [['--data', './here'], { data: './here' }],
    [['--store', 'memory'], { store: 'memory' }],
    [['--documents', 'any'], { documents: 'any' }],
    [['--access', 'open'], { access: 'open' }],
    [['--access', 'open', '--access', 'links'], { access: 'links' }],
    [['--log', 'silent'], { logLevel: 'silent' }],
    [['--tls-cert', 'a.pem', '--tls-key=b.pem'], { tls: { certificate: 'a.pem', key: 'b.pem' } }],
    [['--origin', 'https://A.example', '--origin=app://weft'], { origins: ['https://a.example', 'app://weft'] }],
    [['--origin', 'https://a.example, https://b.example'], { origins: ['https://a.example', 'https://b.example'] }],
    [
      ['--trusted-proxy', '127.0.0.1,10.0.0.0/8', '--trusted-proxy=fd00::/8'],
      {
        trustedProxies: [
          { address: '127.0.0.1', bits: 32 },
          { address: '10.0.0.0', bits: 8 },
          { address: 'fd00::', bits: 8 },
        ],
      },
    ],
    [['--public-url', 'https://notes.example:443/'], { publicUrl: 'https://notes.example' }],
  ])('reads %j', (argv, expected) => {
    expect(configOf(argv)).toMatchObject(expected);
  });

  it.each([
    ['10MiB', 10 * 1024 * 1024],
    ['1.5 KiB', 1536],
    ['2MB', 2_000_000],
    ['4096', 4096],
  ])('reads a size of %s', (word, bytes) => {
    expect(configOf(['--limit-document-bytes', word]).limits.documentBytes).toBe(bytes);
  });

  it.each([
    ['30s', 30_000],
    ['2min', 120_000],
    ['250ms', 250],
    ['250', 250],
  ])('reads a time of %s', (word, milliseconds) => {
    expect(configOf(['--limit-grace-ms', word]).limits.graceMs).toBe(milliseconds);
  });

  it('has a flag and a variable for every limit, and each sets its own', () => {
    for (const name of Object.keys(DEFAULT_LIMITS)) {
      const flag = `limit-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      expect(configOf([`--${flag}`, '7']).limits).toEqual({ ...DEFAULT_LIMITS, [name]: 7 });
      const variable = `WEFT_RELAY_${flag.toUpperCase().replaceAll('-', '_')}`;
      expect(configOf([], { ...ENV, [variable]: '7' }).limits).toEqual({ ...DEFAULT_LIMITS, [name]: 7 });
    }
  });

  it('raises all limits with --no-limits, but those that are named', () => {
    expect(configOf(['--no-limits']).limits).toEqual(NO_LIMITS);
    expect(configOf(['--limit-room-peers', '3', '--no-limits']).limits).toEqual({ ...NO_LIMITS, roomPeers: 3 });
  });

  it('R2 takes variables, lets a flag win, and an empty variable is none', () => {
    const env = {
      ...ENV,
      WEFT_RELAY_PORT: '99',
      WEFT_RELAY_HOST: '',
      WEFT_RELAY_ORIGIN: 'https://a.example, https://b.example',
      WEFT_RELAY_NO_LIMITS: '1',
    };
    expect(configOf([], env)).toMatchObject({
      port: 99,
      host: '127.0.0.1',
      origins: ['https://a.example', 'https://b.example'],
      limits: NO_LIMITS,
    });
    expect(configOf(['--port', '7'], env).port).toBe(7);
  });

  it.each([
    [['--prot', '1'], 'There is no flag --prot; did you mean --port?'],
    [['--frobnicate'], 'There is no flag --frobnicate; see --help.'],
    [['-p', '1'], 'There is no flag -p; see --help.'],
    [['4400'], '"4400" is not a flag; flags start with two dashes, see --help.'],
    [['--port'], '--port needs a value, see --help.'],
    [['--no-limits=yes'], '--no-limits takes no value.'],
    [['--port', '65536'], '--port has to be a port from 0 to 65535; 0 picks a free one, not "65536".'],
    [['--port=-1'], '--port has to be a port from 0 to 65535; 0 picks a free one, not "-1".'],
    [['--store', 'mongo'], '--store has to be leveldb or memory, not "mongo".'],
    [['--access', 'closed'], '--access has to be open or links, not "closed".'],
    [['--host='], '--host has to be an address or a name without a port, such as 127.0.0.1 or 0.0.0.0, not "".'],
    [['--host', 'a:1'], '--host has to be an address or a name without a port, such as 127.0.0.1 or 0.0.0.0, not "a:1".'],
    [['--limit-document-bytes', '0'], '--limit-document-bytes has to be a size from 1 B to 1024 GiB, such as 10MiB, not "0".'],
    [
      ['--limit-document-bytes', '10 parsecs'],
      '--limit-document-bytes has to be a size from 1 B to 1024 GiB, such as 10MiB, not "10 parsecs".',
    ],
    [['--limit-ping-ms', '30d'], '--limit-ping-ms has to be a time from 1ms to 24 days, such as 30s, not "30d".'],
    [['--limit-ping-ms', '600h'], '--limit-ping-ms has to be a time from 1ms to 24 days, such as 30s, not "600h".'],
    [['--limit-room-peers', '1.5'], '--limit-room-peers has to be a whole number from 1 to 2147483648, not "1.5".'],
    [['--tls-cert', 'a.pem'], 'A certificate for TLS needs its key; name that with --tls-key.'],
    [['--tls-key', 'a.pem'], 'A key for TLS needs its certificate; name that with --tls-cert.'],
    [
      ['--trusted-proxy', 'localhost'],
      '--trusted-proxy has to be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8, not "localhost".',
    ],
    [
      ['--trusted-proxy', '10.0.0.0/33'],
      '--trusted-proxy has to be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8, not "10.0.0.0/33".',
    ],
    [
      ['--trusted-proxy', '0.0.0.0/0'],
      '--trusted-proxy has to be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8, not "0.0.0.0/0".',
    ],
    [['--trusted-proxy', '127.0.0.1,'], '--trusted-proxy has to be addresses or networks, such as 127.0.0.1 or 10.0.0.0/8, not "".'],
    [['--origin', '*'], '--origin has to be one origin without a path, such as https://notes.example, not "*".'],
    [
      ['--public-url', 'https://a.example/x'],
      '--public-url has to be an http or https address without a path, such as https://notes.example, not "https://a.example/x".',
    ],
  ])('R1 says what is wrong with %j', (argv, sentence) => {
    expect(problemsOf(argv)).toEqual([sentence]);
  });

  it.each([
    [['--host', '0.0.0.0'], true],
    [['--public-url', 'https://notes.example'], true],
    // Behind it are others, whose connections come from this machine.
    [['--trusted-proxy', '127.0.0.1'], true],
    [['--host', '::1'], false],
    [['--host', '0.0.0.0', '--access', 'open'], false],
    [['--public-url', 'https://notes.example', '--jwks', 'https://notes.example/keys'], false],
  ])('refuses a relay in memory at which nobody could make a document: %j', (argv, isRefused) => {
    expect(problemsOf(['--store', 'memory', ...argv])).toEqual(
      isRefused ? ['With --store memory there is no relay key, and others need one to make documents; add --access open, or tokens.'] : [],
    );
    expect(problemsOf(argv)).toEqual([]);
  });

  it('R1 finds all problems at once', () => {
    expect(problemsOf(['--prot', '1', '--store', 'x', '--port', 'y'], { ...ENV, WEFT_RELAY_DOCUMENTS: 'z' })).toHaveLength(4);
  });

  it('R3 leaves foreign variables alone, and reports one that is nearly ours', () => {
    const env = { ...ENV, WEFT_RELAY_SERVICE_HOST: '10.0.0.1', WEFT_RELAY_PORT_4321_TCP_PROTO: 'tcp' };
    expect(problemsOf([], env)).toEqual([]);
    expect(problemsOf([], { ...ENV, WEFT_RELAY_STROE: 'memory' })).toEqual([
      'There is no variable WEFT_RELAY_STROE; did you mean WEFT_RELAY_STORE?',
    ]);
  });

  it('finds the place for data on each platform, and asks for one where there is none', () => {
    expect(configOf([], { XDG_DATA_HOME: '/data', HOME: '/h' }).data).toBe('/data/weft-relay');
    // The XDG specification: a relative one is to be ignored.
    expect(configOf([], { XDG_DATA_HOME: 'data', HOME: '/h' }).data).toBe('/h/.local/share/weft-relay');
    expect(configOf([], ENV, 'darwin').data).toBe('/home/ada/Library/Application Support/Weft Relay');
    expect(configOf([], { LOCALAPPDATA: 'C:\\L' }, 'win32').data).toBe('C:\\L\\Weft Relay');
    expect(problemsOf([], {})).toEqual(['This platform names no place for data; say where with --data.']);
    expect(problemsOf(['--store', 'memory'], {})).toEqual([]);
  });

  it('lists every flag in the help, also when another word is wrong', () => {
    const command = parseConfig(['--help', '--prot'], ENV);
    const text = command.type === 'help' ? command.text : '';
    const flags = [
      'host',
      'port',
      'data',
      'store',
      'documents',
      'origin',
      'public-url',
      'trusted-proxy',
      'access',
      'jwt-secret-file',
      'jwks',
      'log',
      'no-limits',
      'help',
      'version',
    ];
    for (const flag of flags) expect(text).toContain(`  --${flag} `);
    expect(text).toContain('--limit-document-bytes <size>');
    expect(text.match(/--limit-/g)).toHaveLength(Object.keys(DEFAULT_LIMITS).length);
    expect(parseConfig(['--version'], ENV)).toEqual({ type: 'version' });
  });

  it('takes --to with repair alone', () => {
    expect(parseConfig(['repair'], ENV, 'linux')).toEqual({ type: 'repair', data: '/home/ada/.local/share/weft-relay', to: undefined });
    expect(parseConfig(['repair', '--data', 'a', '--to=b'], ENV, 'linux')).toEqual({ type: 'repair', data: 'a', to: 'b' });
    expect(parseConfig(['repair', '--to', ' '], ENV, 'linux')).toEqual({ type: 'wrong', problems: ['--to has to be a folder, not " ".'] });
    expect(parseConfig(['--to', 'b'], ENV, 'linux').type).toBe('wrong');
    expect(parseConfig(['repair', '--new'], ENV, 'linux').type).toBe('wrong');
  });
});
