import { useSignal } from '@preact/signals';
import { Check, CircleAlert, Minus, X } from 'lucide';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Findings } from '../session/doctor';
import type { DocumentSession } from '../session/document-session';
import type { SessionStatus } from '../session/status';
import { useClock } from './clock';
import { type DoctorCase, type DoctorLine, doctorFacts, doctorLines, doctorReport, verdict } from './doctor-words';
import { Icon } from './icon';
import { Modal } from './modal';
import { useObservable } from './observe';
import type { ShellParts } from './parts';
import { CopyButton } from './sharing/copy-button';
import type { Shell } from './shell';
import { readingWords, truthWords } from './status-words';

/** What works between this device and the relay of the open document, what is blocked, and what to do about it. */
export function DoctorDialog({ shell }: { readonly shell: Shell }): VNode | null {
  const place = shell.place.value;
  const { examine } = shell.parts;
  const isOpen = place.type === 'document';
  useEffect(() => {
    // The document is gone from under it.
    if (!isOpen) shell.dialog.value = undefined;
  }, [isOpen, shell]);
  return isOpen ? <Doctor key={place.session} shell={shell} session={place.session} examine={examine} /> : null;
}

interface DoctorProps {
  readonly shell: Shell;
  readonly session: DocumentSession;
  readonly examine: ShellParts['examine'];
}

function Doctor({ shell, session, examine }: DoctorProps): VNode {
  const { findings, again } = useExamination(session, examine);
  const trouble = useSignal<string | undefined>(undefined);
  const now = useClock().value;
  const doctorCase: DoctorCase = { relay: session.address.relay, status: useObservable(session.status).value, findings };
  const { tone, sentence } = verdict(doctorCase);
  const { bridge } = shell.parts;
  const report = () => doctorReport(doctorCase, `Weft ${bridge.version} (${bridge.platform})`, Date.now());
  const close = () => {
    shell.dialog.value = undefined;
  };
  return (
    <Modal label="Connection" class="doctor" onClose={close}>
      <header class="modal-head">
        <h2>Connection</h2>
        <button type="button" class="icon-button" aria-label="Close" title="Close" onClick={close}>
          <Icon node={X} />
        </button>
      </header>
      <p class={`verdict is-${tone}`} role="status" data-testid="verdict">
        {sentence}
      </p>
      <Truth status={doctorCase.status} now={now} />
      <ul class="doctor-lines" aria-busy={!findings.isOver}>
        {doctorLines(doctorCase).map((line) => (
          <DoctorItem key={line.name} line={line} />
        ))}
      </ul>
      <dl class="doctor-facts">
        {doctorFacts(doctorCase, now).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {trouble.value !== undefined && (
        <p class="field-note wrong" role="alert">
          {trouble.value}
        </p>
      )}
      <div class="modal-ways">
        {/* It keeps the focus while it works. */}
        <button type="button" class="button" aria-disabled={!findings.isOver} onClick={again}>
          Check again
        </button>
        <CopyButton
          shell={shell}
          words="Copy report"
          what="what is on this page, without anything that lets anybody in"
          isFirst
          text={report}
          onTrouble={(words) => {
            trouble.value = words;
          }}
        />
      </div>
    </Modal>
  );
}

/** What the status bar says in a word, explained. */
function Truth({ status, now }: { readonly status: SessionStatus; readonly now: number }): VNode | null {
  const { words, explanation } = status.role === 'viewer' ? readingWords(status, undefined, now) : truthWords(status, now);
  if (words === '') return null;
  return (
    <p class="doctor-truth" data-testid="truth-explained">
      <strong>{words}.</strong> {explanation}
    </p>
  );
}

/** One begins with the dialog and ends with it; another may be asked for when one is over. */
function useExamination(
  session: DocumentSession,
  examine: DoctorProps['examine'],
): { readonly findings: Findings; readonly again: () => void } {
  const begin = () => {
    const { relay, document } = session.address;
    // An id that is the address is that of a relay that was never met.
    const relayId = session.relayId === relay ? undefined : session.relayId;
    return examine({ relay, relayId, document, secret: session.currentSecret() });
  };
  const [examination, setExamination] = useState(begin);
  useEffect(() => () => examination.stop(), [examination]);
  const findings = useObservable(examination.findings).value;
  const again = () => {
    if (findings.isOver) setExamination(begin());
  };
  return { findings, again };
}

const ICONS = { works: Check, blocked: CircleAlert, unneeded: Minus } as const;
const SAID = { works: 'works', blocked: 'blocked', unneeded: 'not needed', checking: 'being tried' } as const;

function DoctorItem({ line: { name, state, sentence } }: { readonly line: DoctorLine }): VNode {
  return (
    <li class={`doctor-line is-${state}`}>
      {state === 'checking' ? <i class="doctor-wait" aria-hidden="true" /> : <Icon node={ICONS[state]} />}
      <span class="doctor-name">
        {name}
        <span class="off-screen"> {SAID[state]}</span>
      </span>
      <span class="doctor-sentence">{sentence}</span>
    </li>
  );
}
