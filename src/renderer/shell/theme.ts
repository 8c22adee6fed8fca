import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Settings } from '../../shared/settings';
import { smallStorage } from './small-storage';

const CHOSEN = 'weft.theme';
const chosen = signal(rememberedTheme());
const systemIsDark = signal(false);

/** Light or dark, as it is shown now. */
export const shownTheme: ReadonlySignal<'light' | 'dark'> = computed(() =>
  chosen.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : chosen.value,
);

/** Shows what the system asks for, or what was chosen the last time: settings are read only after the first picture. */
export function showTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  systemIsDark.value = dark.matches;
  dark.addEventListener('change', ({ matches }) => {
    systemIsDark.value = matches;
  });
  effect(() => {
    document.documentElement.dataset.theme = shownTheme.value;
  });
}

/** From now on, as the settings say. */
export function followTheme(settings: ReadonlySignal<Settings>): void {
  effect(() => {
    chosen.value = settings.value.theme;
    smallStorage.setItem(CHOSEN, settings.value.theme);
  });
}

function rememberedTheme(): Settings['theme'] {
  const theme = smallStorage.getItem(CHOSEN);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}
