/**
 * The service worker of the editor in a browser: it keeps the page, so that what is on this device can be read and written when
 * the relay that the page comes from is away. (Service Workers, W3C)
 *
 * R1  The relay's page comes first. The kept one is for when there is none: no connection, none in {@link PATIENCE_MS}, or a proxy
 *     that finds no relay.
 * R2  What is kept is the newest page that came whole, with what it starts with; nothing of older ones, and nothing of anybody else
 *     who answers at this address.
 * R3  Nothing else is touched: no document, no presence, no link. What opens a document stands behind the `#` and is never sent.
 *
 * It imports nothing: a service worker's script is one file.
 */

/** What of a service worker's surroundings is used. The library's types know pages alone. */
interface Surroundings {
  readonly registration: { readonly navigationPreload?: { enable(): Promise<void> } };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: LifeEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: AskedEvent) => void): void;
}

interface LifeEvent {
  waitUntil(work: Promise<unknown>): void;
}

interface AskedEvent extends LifeEvent {
  readonly request: Request;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}

const KEPT = 'weft-page';
const PAGE = '/';
const PATIENCE_MS = 5_000;
/** What no other page has, whoever may answer at this address one day. */
const OURS = '<div id="app" data-weft';

const surroundings = globalThis as unknown as Surroundings;

surroundings.addEventListener('install', (event) => {
  event.waitUntil(fetch(PAGE).then(keep).then(surroundings.skipWaiting.bind(surroundings)));
});

surroundings.addEventListener('activate', (event) => {
  // The page is asked for while this worker is still on its way.
  event.waitUntil(Promise.all([surroundings.registration.navigationPreload?.enable(), surroundings.clients.claim()]));
});

surroundings.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== 'GET' || origin !== location.origin) return;
  if (event.request.mode === 'navigate' && isPage(pathname)) event.respondWith(answerPage(event));
  else if (pathname.startsWith('/assets/')) event.respondWith(answerAsset(event.request));
});

function isPage(path: string): boolean {
  return path === PAGE || /^\/d\/[^/]+\/?$/.test(path);
}

/** R1 */
async function answerPage(event: AskedEvent): Promise<Response> {
  const answer = await withPatience(event.preloadResponse.then((preloaded) => preloaded ?? fetch(event.request)));
  if (answer?.ok) {
    event.waitUntil(keep(answer.clone()));
    return answer;
  }
  const isAway = answer === undefined || answer.status >= 500;
  const kept = isAway ? await keptAt(PAGE) : undefined;
  return kept ?? answer ?? Response.error();
}

async function answerAsset(request: Request): Promise<Response> {
  return (await keptAt(request.url)) ?? (await fetch(request));
}

function withPatience(answer: Promise<Response>): Promise<Response | undefined> {
  const none = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  return Promise.race([answer.catch(() => undefined), none]);
}

async function keptAt(address: string): Promise<Response | undefined> {
  const cache = await caches.open(KEPT);
  return cache.match(address, { ignoreVary: true });
}

/** R2: the parts first; a page without them would be worth nothing. */
async function keep(answer: Response): Promise<void> {
  const page = await answer.text();
  if (!answer.ok || !page.includes(OURS)) return;
  const cache = await caches.open(KEPT);
  const parts = new Set(
    [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, part]) => new URL(part as string, location.origin).href),
  );
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = [...parts].filter((part) => !kept.has(part));
  await cache.addAll(missing);
  await cache.put(PAGE, new Response(page, { headers: answer.headers }));
  for (const old of kept) if (!parts.has(old) && new URL(old).pathname !== PAGE) await cache.delete(old);
}
