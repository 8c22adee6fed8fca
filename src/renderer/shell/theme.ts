import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Settings } from '../../shared/settings';

const chosen = signal<Settings['theme']>('system');
const systemIsDark = signal(false);

/** Light or dark, as it is shown now. */
export const shownTheme: ReadonlySignal<'light' | 'dark'> = computed(() =>
  chosen.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : chosen.value,
);

/** Shows what the settings and the system ask for, from now on. */
export function followTheme(settings: ReadonlySignal<Settings>): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  systemIsDark.value = dark.matches;
  dark.addEventListener('change', ({ matches }) => {
    systemIsDark.value = matches;
  });
  effect(() => {
    chosen.value = settings.value.theme;
  });
  effect(() => {
    document.documentElement.dataset.theme = shownTheme.value;
  });
}
