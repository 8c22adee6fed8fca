import type { Settings } from '../../shared/settings';
import { friendlyName } from '../presence/friendly-name';
import type { Me } from '../presence/me';
import { personColor, pickColor } from '../presence/person-colors';

const MADE_UP_NAME = 'weft.made-up-name';

/**
 * Me as the settings say; what they leave open is filled with a made-up name and the colour that goes with it, or with one that was
 * free in the open document.
 */
export function meFrom(settings: Settings, madeUpName: string, freeColor?: number): Me {
  const name = settings.name.trim() === '' ? madeUpName : settings.name.trim();
  return {
    name,
    color: settings.color === undefined && freeColor === undefined ? pickColor(name) : personColor(settings.color ?? freeColor ?? 0),
  };
}

/** The made-up name of this device: the same at each start, until a person chooses one. */
export function madeUpName(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined, random: () => number): string {
  const known = storage?.getItem(MADE_UP_NAME) ?? '';
  if (known !== '') return known;
  const name = friendlyName(random);
  storage?.setItem(MADE_UP_NAME, name);
  return name;
}

/** One or two letters for an avatar. */
export function initials(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== '');
  const first = [...(words[0] ?? '')][0] ?? '?';
  const second = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return `${first}${second}`.toLocaleUpperCase();
}
