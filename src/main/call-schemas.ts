/** What each call of the bridge may be given: checked before anything is done with it. */
import { z } from 'zod';
import type { BridgeCalls } from '../shared/bridge';
import { isRelayOrigin, LARGEST_FONT, PERSON_COLORS, SMALLEST_FONT } from '../shared/settings';

/** UTF-16 units; a document at a relay may not be larger. */
const LONGEST_TEXT = 32 * 1024 * 1024;

const nothing = z.tuple([]);

const textFile = z.strictObject({
  name: z.string().max(1_000),
  text: z.string().max(LONGEST_TEXT),
  lineEnding: z.enum(['\n', '\r\n', '\r']),
});

const settingsChange = z.strictObject({
  name: z.exactOptional(z.string().max(64)),
  color: z.exactOptional(
    z.union([
      z
        .int()
        .min(0)
        .max(PERSON_COLORS - 1),
      z.undefined(),
    ]),
  ),
  theme: z.exactOptional(z.enum(['system', 'light', 'dark'])),
  wrapLines: z.exactOptional(z.boolean()),
  fontSize: z.exactOptional(z.number().min(SMALLEST_FONT).max(LARGEST_FONT)),
  sidebar: z.exactOptional(z.boolean()),
  newDocumentsAt: z.exactOptional(z.string().refine((text) => text === '' || isRelayOrigin(text))),
});

type CallSchemas = { readonly [Name in keyof BridgeCalls]: z.ZodType<Parameters<BridgeCalls[Name]>> };

export const CALL_SCHEMAS: CallSchemas = {
  readSettings: nothing,
  changeSettings: z.tuple([settingsChange]),
  bundledRelay: nothing,
  restartRelay: nothing,
  openWindow: nothing,
  openTextFile: nothing,
  saveTextFile: z.tuple([textFile]),
  openExternal: z.tuple([z.string().max(2_048)]),
  copyText: z.tuple([z.string().max(LONGEST_TEXT)]),
  setMenuState: z.tuple([z.strictObject({ documentOpen: z.boolean() })]),
};
