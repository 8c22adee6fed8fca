/** Switches that hand the app to whoever reaches a port or a pipe: for development, refused in an installed app. */
const DEBUG_SWITCHES = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'inspect-port',
  'inspect-wait',
] as const;

/** The first such switch in use, or `undefined` when the app may start. */
export function refusedSwitch(isPackaged: boolean, hasSwitch: (name: string) => boolean): string | undefined {
  return isPackaged ? DEBUG_SWITCHES.find(hasSwitch) : undefined;
}
