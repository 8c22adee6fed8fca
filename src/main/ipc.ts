/**
 * Answers the calls of the bridge and sends its events.
 *
 * R1 Only the main frame of a page of this app is answered, by exact origin.
 * R2 Arguments are checked by a schema first; what does not fit is refused and never reaches an answer.
 * R3 An answer that throws becomes one sentence for the page; nothing else of the error leaves this process.
 */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import type { ZodType } from 'zod';
import { BRIDGE_CALLS, type BridgeCalls, type BridgeEvents } from '../shared/bridge';
import { isAppUrl } from './app-origin';
import { CALL_SCHEMAS } from './call-schemas';

export type BridgeAnswers = {
  readonly [Name in keyof BridgeCalls]: (
    sender: WebContents,
    ...args: Parameters<BridgeCalls[Name]>
  ) => ReturnType<BridgeCalls[Name]> | Promise<ReturnType<BridgeCalls[Name]>>;
};

type Sender = Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>;

export function answerCalls(ipcMain: Pick<IpcMain, 'handle'>, answers: BridgeAnswers): void {
  for (const name of BRIDGE_CALLS) handle(ipcMain, name, answers);
}

export function sendEvent<Name extends keyof BridgeEvents>(contents: WebContents, name: Name, value: BridgeEvents[Name]): void {
  if (!contents.isDestroyed()) contents.send(`event:${name}`, value);
}

function handle<Name extends keyof BridgeCalls>(ipcMain: Pick<IpcMain, 'handle'>, name: Name, answers: BridgeAnswers): void {
  const schema: ZodType<Parameters<BridgeCalls[Name]>> = CALL_SCHEMAS[name];
  ipcMain.handle(`call:${name}`, async (event, ...given: unknown[]) => {
    if (!isTrusted(event)) return { refused: 'Only the app itself may call this.' };
    const args = schema.safeParse(given);
    if (!args.success) return { refused: `${name} was called with something it does not take.` };
    try {
      return { answer: await answers[name](event.sender, ...args.data) };
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  });
}

function isTrusted({ sender, senderFrame }: Sender): boolean {
  // The frame is null when it has gone, or navigated away, since it called.
  return senderFrame !== null && senderFrame === sender.mainFrame && senderFrame.parent === null && isAppUrl(senderFrame.url);
}
