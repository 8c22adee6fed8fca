/** The process that started the relay as its utility process (Electron), where there is one. */

export type ToParent = { readonly type: 'running'; readonly address: string } | { readonly type: 'failed'; readonly reason: string };

export interface ParentProcess {
  post(message: ToParent): void;
  /** Calls once the parent wants the relay to end, or is gone. */
  onStop(stop: () => void): void;
}

/** What Electron puts on `process` of a utility process. */
interface ParentPort {
  postMessage(message: ToParent): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

export function parentOf(owner: object): ParentProcess | undefined {
  const port = 'parentPort' in owner ? (owner.parentPort as ParentPort | null | undefined) : undefined;
  if (port === undefined || port === null) return undefined;
  return {
    post: (message) => port.postMessage(message),
    onStop: (stop) => {
      port.on('message', ({ data }) => {
        if (typeof data === 'object' && data !== null && 'type' in data && data.type === 'stop') stop();
      });
      port.on('close', stop);
    },
  };
}
