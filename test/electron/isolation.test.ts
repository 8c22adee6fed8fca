/** The sandbox as seen from inside a page of the app, and what the page is refused. */
import { expect, test } from 'vitest';
import { BRIDGE_CALLS } from '../../src/shared/bridge';
import { describeWithElectron, type PageWindow, relayAddress, startApp, until } from '../support/electron';

/** Trusted Types know nothing of it: what refuses it is `script-src` alone. As text, because only the page is to see an import. */
const IMPORT_FOREIGN = `(async () => {
  const violation = new Promise((resolve) => document.addEventListener('securitypolicyviolation', resolve, { once: true }));
  const imported = import('data:text/javascript,globalThis.foreignRan = true').catch(() => undefined);
  await imported;
  return { ran: 'foreignRan' in window, refusedBy: 'foreignRan' in window ? undefined : (await violation).effectiveDirective };
})()`;

await describeWithElectron('a page of the app', () => {
  test('is sandboxed, isolated, and has the bridge and nothing of Node', async () => {
    const { app, page } = await startApp();
    expect(new URL(page.url()).origin === 'null' ? page.url() : page.url()).toMatch(/^app:\/\/weft\//);
    const inside = await page.evaluate(() => ({
      node: ['require', 'process', 'module', 'Buffer', 'global', '__dirname', 'ipcRenderer', 'electron'].filter((name) => name in window),
      bridge: Object.keys((window as unknown as PageWindow).bridge).sort(),
      isFrozen: Object.isFrozen((window as unknown as PageWindow).bridge),
      origin: location.origin,
      isSecure: isSecureContext,
    }));
    expect(inside).toEqual({
      node: [],
      bridge: [...BRIDGE_CALLS, 'kind', 'on', 'platform', 'version'].sort(),
      isFrozen: true,
      origin: 'app://weft',
      isSecure: true,
    });
    await page.evaluate(() => (window as unknown as PageWindow).bridge.openWindow());
    await until(
      () => app.windows().length,
      (count) => count === 2,
    );
    const preferences = await app.evaluate(({ webContents }) =>
      webContents.getAllWebContents().map((contents) => {
        // Typed for those who write an app, not for those who test one.
        const { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity } = (
          contents as unknown as { getLastWebPreferences(): Record<string, unknown> }
        ).getLastWebPreferences();
        return {
          sandbox,
          contextIsolation,
          nodeIntegration,
          webviewTag: webviewTag === true,
          webSecurity,
          spellcheck: contents.session.isSpellCheckerEnabled(),
          throttled: contents.getBackgroundThrottling(),
        };
      }),
    );
    const right = {
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
      // Its dictionaries come from the network, except on macOS.
      spellcheck: process.platform === 'darwin',
      throttled: false,
    };
    expect(preferences).toEqual([right, right]);
  });

  test('has the policy in force: no inline script, no eval, no foreign script, no frame', async () => {
    const { page } = await startApp();
    const policy = await page.evaluate(async () => (await fetch('/')).headers.get('content-security-policy'));
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    const results = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
      const script = document.createElement('script');
      try {
        script.textContent = 'window.inlineRan = true';
      } catch {
        violations.push('trusted-types');
      }
      document.body.append(script);
      const frame = document.createElement('iframe');
      frame.src = 'app://weft/';
      document.body.append(frame);
      // In a turn of its own: the debugger that runs this may evaluate whatever the page may not.
      const evaluated = await new Promise((resolve) =>
        setTimeout(() => {
          try {
            resolve(Reflect.apply(Reflect.get(globalThis, 'eval'), undefined, ['1 + 1']));
          } catch {
            resolve('refused');
          }
        }),
      );
      while (!violations.includes('frame-src')) await new Promise((resolve) => requestAnimationFrame(resolve));
      script.remove();
      frame.remove();
      return { ran: 'inlineRan' in window, evaluated, violations };
    });
    expect(results.ran).toBe(false);
    expect(results.evaluated).toBe('refused');
    expect(results.violations).toEqual(expect.arrayContaining(['trusted-types', 'frame-src']));
    expect(await page.evaluate(IMPORT_FOREIGN)).toEqual({ ran: false, refusedBy: 'script-src-elem' });
  });

  test('stays where it is: no navigation, no window, no way to a file', async () => {
    const { app, page } = await startApp();
    const before = page.url();
    for (const address of ['https://example.org/', 'app://evil/', 'app://weft.evil/', 'file:///etc/passwd', 'data:text/html,x']) {
      await page.evaluate((href) => {
        const link = document.createElement('a');
        link.href = href;
        document.body.append(link);
        link.click();
        link.target = '_blank';
        link.click();
        link.remove();
      }, address);
    }
    expect(await page.evaluate(() => [window.open('https://example.org/'), window.open('app://weft/'), window.open('')])).toEqual([
      null,
      null,
      null,
    ]);
    expect(
      await page.evaluate(() =>
        (window as unknown as PageWindow).bridge.openExternal('file:///etc/passwd').catch((error: Error) => error.message),
      ),
    ).toBe('Only web and mail addresses are opened.');
    // A round trip through both processes: whatever was going to happen has happened.
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    expect(page.url()).toBe(before);
    expect(app.windows()).toHaveLength(1);
  });

  test('is served by a table: whatever is not in the build is 404', async () => {
    const { page } = await startApp();
    const statuses = await page.evaluate(async () => {
      const paths = [
        '/../../etc/passwd',
        '/%2e%2e/%2e%2e/package.json',
        '/..%2f..%2fpackage.json',
        '/assets\\..\\x',
        '/main/main.js',
        '/../main/main.js',
      ];
      return Promise.all(paths.map(async (path) => (await fetch(`app://weft${path}`)).status));
    });
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404]);
    expect(await page.evaluate(async () => (await fetch('/')).status)).toBe(200);
    expect(
      await page.evaluate(() =>
        fetch('app://host.evil/').then(
          (answer) => answer.status,
          () => 'refused',
        ),
      ),
    ).not.toBe(200);
  });

  test('cannot be imitated: the bridge refuses a strange page and a frame', async () => {
    const { app, page } = await startApp();
    await relayAddress(page);
    const answers = await app.evaluate(async ({ BrowserWindow, app: electron }) => {
      const preload = `${electron.getAppPath()}/out/preload/preload.cjs`;
      const ask = 'window.bridge ? window.bridge.readSettings().then(() => "answered", (error) => error.message) : "no bridge"';
      const stranger = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true, nodeIntegrationInSubFrames: true } });
      await stranger.loadURL('data:text/html,<iframe srcdoc="x"></iframe>');
      const frames = stranger.webContents.mainFrame.framesInSubtree;
      const said = await Promise.all(frames.map((frame) => frame.executeJavaScript(ask) as Promise<string>));
      stranger.destroy();
      return said;
    });
    expect(answers).toEqual(['Only the app itself may call this.', 'Only the app itself may call this.']);
  });

  test('asks for nothing of the system in vain, and gets nothing', async () => {
    const { page } = await startApp();
    const states = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read'];
      return Promise.all(names.map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state));
    });
    expect(states.filter((state) => state === 'granted')).toEqual([]);
  });
});
