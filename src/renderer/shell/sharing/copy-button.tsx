import { useSignal } from '@preact/signals';
import { Check, Copy } from 'lucide';
import type { VNode } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from '../icon';
import type { Shell } from '../shell';

const COPIED_SHOWN_MS = 2_000;

interface CopyButtonProps {
  readonly shell: Shell;
  readonly words: string;
  /** What it copies, for whoever does not see where it stands: “link for writing”. */
  readonly what: string;
  /** An icon alone. */
  readonly isSmall?: boolean;
  readonly isFirst?: boolean;
  /** May have to be made first. */
  readonly text: () => string | Promise<string>;
  /** One sentence; `undefined` when it went well. */
  readonly onTrouble: (sentence: string | undefined) => void;
}

/** Copies a text and says so. Where the platform does not let a page copy, the text is shown instead, selected. */
export function CopyButton(props: CopyButtonProps): VNode {
  const { shell, words, what, isSmall = false, isFirst = false, text, onTrouble } = props;
  const state = useSignal<'idle' | 'working' | 'copied'>('idle');
  const byHand = useSignal<string | undefined>(undefined);
  useEffect(() => {
    if (state.value !== 'copied') return undefined;
    const timer = setTimeout(() => {
      state.value = 'idle';
    }, COPIED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state.value, state]);
  const copy = async () => {
    if (state.peek() === 'working') return;
    state.value = 'working';
    onTrouble(undefined);
    try {
      const copied = await text();
      const isCopied = await shell.parts.bridge.copyText(copied).then(
        () => true,
        () => false,
      );
      byHand.value = isCopied ? undefined : copied;
      state.value = isCopied ? 'copied' : 'idle';
    } catch (error) {
      state.value = 'idle';
      onTrouble(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <button
        type="button"
        class={isSmall ? 'icon-button' : 'button copy-button'}
        title={isSmall ? words : undefined}
        data-first={isFirst}
        aria-label={`${words}: ${what}`}
        aria-busy={state.value === 'working'}
        onClick={() => void copy()}
      >
        <Icon node={state.value === 'copied' ? Check : Copy} size={15} />
        {!isSmall && <span>{state.value === 'copied' ? 'Copied' : words}</span>}
      </button>
      <span class="off-screen" role="status">
        {state.value === 'copied' ? `Copied: ${what}.` : ''}
      </span>
      {byHand.value !== undefined && <ByHand text={byHand.value} />}
    </>
  );
}

function ByHand({ text }: { readonly text: string }): VNode {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  return (
    <div class="by-hand">
      <label for={id}>The browser does not let this page copy; copy it from here:</label>
      <input id={id} ref={field} class="field" type="text" readOnly value={text} onFocus={(event) => event.currentTarget.select()} />
    </div>
  );
}
