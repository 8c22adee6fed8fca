import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import type { Health } from '../../shared/protocol/routes';
import { RelayKeyField } from './relay-key-field';
import { needsKey, originsOf, relayFacts } from './relay-words';
import type { Shell } from './shell';

/** What came of asking an address which relay is there. */
type Answer =
  | { readonly type: 'none' }
  | { readonly type: 'asking' }
  | { readonly type: 'wrong'; readonly reason: string }
  /** `hasKey`: whether this device has what is needed to make documents there. */
  | { readonly type: 'found'; readonly origin: string; readonly health: Health; readonly hasKey: boolean };

/** Where new documents of the app live: at the relay of this computer, or at one that a team runs. */
export function NewDocumentsSetting({ shell }: { readonly shell: Shell }): VNode {
  const id = useId();
  const chosen = shell.settings.value.newDocumentsAt;
  const isTeam = useSignal(chosen !== '');
  const text = useSignal(chosen);
  const answer = useSignal<Answer>({ type: 'none' });
  const ask = async (origins: readonly string[]) => {
    answer.value = origins.length === 0 ? NO_ADDRESS : { type: 'asking' };
    const found = await firstRelay(shell, origins);
    if (answer.peek().type === 'asking') answer.value = found;
    return found;
  };
  // What was chosen before is looked at too: its key may be missing, or another by now.
  useEffect(() => {
    if (chosen !== '') void ask([chosen]);
  }, []);
  const use = async () => {
    const found = await ask(originsOf(text.peek()));
    if (found.type !== 'found') return;
    text.value = found.origin;
    await shell.changeSettings({ newDocumentsAt: found.origin });
  };
  return (
    <div class="new-documents">
      <fieldset class="setting stacked">
        <legend>New documents live</legend>
        <div class="choices wide">
          {[false, true].map((team) => (
            <label key={String(team)} class="choice">
              <input
                type="radio"
                name={id}
                checked={isTeam.value === team}
                onChange={() => {
                  isTeam.value = team;
                  answer.value = { type: 'none' };
                  if (!team) void shell.changeSettings({ newDocumentsAt: '' });
                }}
              />
              <span>{team ? 'At a team’s relay' : 'On this computer'}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {isTeam.value && (
        <>
          <form
            class="relay-address"
            onSubmit={(event) => {
              event.preventDefault();
              void use();
            }}
          >
            <label for={`${id}-address`}>Address of the relay</label>
            <div>
              <input
                id={`${id}-address`}
                class="field"
                type="text"
                inputMode="url"
                data-testid="team-relay"
                autocomplete="off"
                spellcheck={false}
                placeholder="https://relay.example"
                value={text}
                aria-invalid={answer.value.type === 'wrong'}
                aria-describedby={`${id}-note`}
                onInput={(event) => {
                  text.value = event.currentTarget.value;
                  answer.value = { type: 'none' };
                }}
              />
              <button type="submit" class="button" aria-busy={answer.value.type === 'asking'}>
                Use it
              </button>
            </div>
            <p id={`${id}-note`} class={`field-note${answer.value.type === 'wrong' ? ' wrong' : ''}`} role="status">
              {noteOf(answer.value, chosen)}
            </p>
          </form>
          {answer.value.type === 'found' && needsKey(answer.value.health) && !answer.value.hasKey && (
            <TeamKey
              shell={shell}
              relay={answer.value.origin}
              onKept={() => {
                if (answer.peek().type === 'found')
                  answer.value = { ...(answer.peek() as Extract<Answer, { type: 'found' }>), hasKey: true };
              }}
            />
          )}
        </>
      )}
    </div>
  );
}

const NO_ADDRESS: Answer = { type: 'wrong', reason: 'That is no address of a relay, like https://relay.example.' };

async function firstRelay(shell: Shell, origins: readonly string[]): Promise<Answer> {
  let reason = '';
  for (const origin of origins) {
    const lookup = await shell.parts.lookUpRelay(origin);
    if (lookup.type === 'found') {
      const key = needsKey(lookup.health) ? await shell.parts.keyring.relayKey(origin) : undefined;
      const hasKey = key !== undefined && (await shell.parts.checkRelayKey(origin, key)).type !== 'wrong';
      return { type: 'found', origin, health: lookup.health, hasKey };
    }
    reason = lookup.reason;
  }
  return reason === '' ? NO_ADDRESS : { type: 'wrong', reason };
}

function noteOf(answer: Answer, chosen: string): string {
  switch (answer.type) {
    case 'none':
      return chosen === '' ? 'It is asked who it is before anything goes there.' : '';
    case 'asking':
      return 'Asking who is there…';
    case 'wrong':
      return answer.reason;
    case 'found': {
      const { origin, health, hasKey } = answer;
      const key = needsKey(health) ? [hasKey ? 'This device has its key.' : 'It makes documents for those alone who have its key:'] : [];
      return [...relayFacts(origin, health), ...key].join(' ');
    }
  }
}

function TeamKey({ shell, relay, onKept }: { readonly shell: Shell; readonly relay: string; readonly onKept: () => void }): VNode {
  const isTrying = useSignal(false);
  const trouble = useSignal<string | undefined>(undefined);
  const keep = async (key: string) => {
    isTrying.value = true;
    trouble.value = undefined;
    try {
      const verdict = await shell.parts.checkRelayKey(relay, key);
      if (verdict.type !== 'right') {
        trouble.value = verdict.reason;
        return;
      }
      await shell.parts.keyring.keepRelayKey(relay, key);
      onKept();
    } catch (error) {
      trouble.value = error instanceof Error ? error.message : String(error);
    } finally {
      isTrying.value = false;
    }
  };
  return <RelayKeyField words="Keep the key" isTrying={isTrying.value} trouble={trouble.value} onKey={keep} />;
}
