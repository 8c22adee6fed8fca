import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom. A folder may import itself, the folders named here, and packages; `never` lists packages and
 * globals that it must not touch, because of what it is for.
 */
const LAW: readonly { folder: string; mayImport: readonly string[]; never?: readonly RegExp[]; packages?: readonly RegExp[] }[] = [
  {
    folder: 'src/shared',
    mayImport: [],
    packages: [/^lib0\//],
    never: [/\bDate\.now\b/, /\bMath\.random\b/, /\bsetTimeout\b/, /\bprocess\./],
  },
  {
    folder: 'server/rooms',
    mayImport: ['src/shared'],
    packages: [/^yjs$/, /^lib0\//, /^y-protocols\//, /^node:worker_threads$/],
    never: [/\bDate\.now\b/, /\bMath\.random\b/, /\bset(Timeout|Interval|Immediate)\(/, /\bprocess\.(env|argv|hrtime)\b/],
  },
  { folder: 'server/storage', mayImport: ['src/shared', 'server/rooms'] },
  { folder: 'server/transports', mayImport: ['src/shared', 'server/rooms', 'server/access'] },
  { folder: 'server/access', mayImport: ['src/shared', 'server/rooms'] },
  { folder: 'server', mayImport: ['src/shared', 'server/rooms', 'server/storage', 'server/transports', 'server/access'] },
  { folder: 'src/main', mayImport: ['src/shared'] },
  { folder: 'src/preload', mayImport: ['src/shared'], packages: [/^electron$/] },
  { folder: 'src/renderer/documents', mayImport: ['src/shared'], never: [/from 'preact/] },
  { folder: 'src/renderer/streams', mayImport: ['src/shared'], never: [/from 'preact/] },
  { folder: 'src/renderer/presence', mayImport: ['src/shared', 'src/renderer/documents', 'src/renderer/streams'], never: [/from 'preact/] },
  {
    folder: 'src/renderer/session',
    mayImport: ['src/shared', 'src/renderer/documents', 'src/renderer/streams'],
    never: [/from 'preact/],
  },
  {
    folder: 'src/renderer/editor',
    mayImport: ['src/shared', 'src/renderer/documents', 'src/renderer/presence', 'src/renderer/session'],
    never: [/from 'preact/],
  },
  {
    folder: 'src/renderer/shell',
    mayImport: ['src/shared', 'src/renderer/documents', 'src/renderer/presence', 'src/renderer/session', 'src/renderer/editor'],
  },
  {
    folder: 'src/renderer',
    mayImport: [
      'src/shared',
      'src/renderer/documents',
      'src/renderer/streams',
      'src/renderer/presence',
      'src/renderer/session',
      'src/renderer/editor',
      'src/renderer/shell',
    ],
  },
];

const root = resolve(import.meta.dirname, '..');
const folders = LAW.map((rule) => rule.folder).sort((a, b) => b.length - a.length);
const files = ['src', 'server'].flatMap((folder) => sourcesBelow(folder));

describe('the import law', () => {
  it('covers every source file', () => {
    expect(files.filter((file) => folderOf(file) === undefined)).toEqual([]);
    expect(files.length).toBeGreaterThan(15);
  });

  for (const rule of LAW) {
    const own = files.filter((file) => folderOf(file) === rule.folder);
    it.skipIf(own.length === 0)(`holds in ${rule.folder}`, () => {
      expect(own.flatMap((file) => breaches(file, readFileSync(join(root, file), 'utf8'), rule))).toEqual([]);
    });
  }

  it('sees a breach when there is one', () => {
    const rooms = LAW.find((rule) => rule.folder === 'server/rooms');
    if (rooms === undefined) throw new Error('no rule for rooms');
    const file = 'server/rooms/example.ts';
    expect(breaches(file, "import { readFile } from 'node:fs';", rooms)).toHaveLength(1);
    expect(breaches(file, "import { LevelStore } from '../storage/leveldb-store';", rooms)).toHaveLength(1);
    expect(breaches(file, 'const now = Date.now();', rooms)).toHaveLength(1);
    expect(breaches(file, "export type { Role } from '../../src/shared/protocol/roles';", rooms)).toEqual([]);
    expect(breaches(file, "const later = await import('../transports/http');", rooms)).toHaveLength(1);
    expect(breaches(file, 'import { listen } from "../listen";', rooms)).toHaveLength(1);
  });
});

describe('files', () => {
  it('have no names that say nothing', () => {
    const dumps = /(^|\/)(utils?|helpers?|common|types|constants|misc|index)\.(ts|tsx)$/;
    expect(files.filter((file) => dumps.test(file))).toEqual([]);
  });

  it('export no value that only they use', () => {
    const readers = [...files, ...['test', 'scripts', 'bench/src'].flatMap(sourcesBelow)];
    const words = new Map(readers.map((file) => [file, new Set(readFileSync(join(root, file), 'utf8').match(/[\w$]+/g))]));
    const isUsedBesides = (name: string, file: string) => [...words].some(([reader, its]) => reader !== file && its.has(name));
    const exported = files.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/^export (?:async )?(?:const|function\*?|class) ([\w$]+)/gm)].map(
        ([, name = '']) => [name, file] as const,
      ),
    );
    expect(exported.filter(([name, file]) => !isUsedBesides(name, file))).toEqual([]);
    expect(exported.length).toBeGreaterThan(300);
  });
});

function breaches(file: string, text: string, rule: (typeof LAW)[number]): string[] {
  const found: string[] = [];
  const code = text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');
  for (const name of importsOf(code)) {
    if (name.startsWith('.')) {
      const target = relative(root, resolve(root, dirname(file), name));
      const folder = folderOf(target) ?? target;
      const isOwn = folder === rule.folder || target === 'package.json';
      if (!isOwn && !rule.mayImport.includes(folder)) found.push(`${file} imports ${target}`);
    } else if (rule.packages !== undefined && !rule.packages.some((allowed) => allowed.test(name))) {
      found.push(`${file} imports the package ${name}`);
    }
  }
  for (const pattern of rule.never ?? []) if (pattern.test(code)) found.push(`${file} touches ${pattern}`);
  return found;
}

function importsOf(code: string): string[] {
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"]+)\1/g)].map(([, , name = '']) => name);
}

function folderOf(path: string): string | undefined {
  return folders.find((folder) => path.startsWith(`${folder}/`));
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.endsWith('.config.ts') && !name.endsWith('.d.ts'));
}
