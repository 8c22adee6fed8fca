import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { placeKey } from '../presence/who-is-where';
import { useClock } from './clock';
import { DocumentItem, FORGET_HINT } from './document-item';
import { documentName } from './document-name';
import { useObservable } from './observe';
import type { Shell } from './shell';
import { useWhoIsWhere } from './use-who-is-where';
import { walkDocuments } from './walk-documents';

/** Fewer are found by looking. */
const WORTH_FILTERING = 12;

/** Recently opened documents, as one stop of the Tab key; arrow keys walk, Enter opens, Delete asks to forget. */
export function DocumentList({ shell }: { readonly shell: Shell }): VNode {
  const documents = useObservable(shell.parts.recent.list).value;
  const now = useClock().value;
  const whoIsWhere = useWhoIsWhere(shell).value;
  const onThisDeviceAlone = useObservable(shell.parts.onThisDeviceAlone).value.map(placeKey);
  const sought = useSignal('');
  /** Where the keys were last. */
  const walkedTo = useSignal<string | undefined>(undefined);
  if (documents.length === 0) return <p class="list-empty">Documents that you open are listed here.</p>;
  const isFiltered = documents.length >= WORTH_FILTERING;
  const words = isFiltered ? sought.value.trim().toLocaleLowerCase() : '';
  const listed = words === '' ? documents : documents.filter((entry) => documentName(entry).toLocaleLowerCase().includes(words));
  const place = shell.place.value;
  const open = place.type === 'document' ? place.session.address : place.type === 'home' ? undefined : place.address;
  const keys = listed.map(({ address }) => placeKey(address));
  const openKey = open && placeKey(open);
  const stop = [walkedTo.value, openKey].find((key) => key !== undefined && keys.includes(key)) ?? keys[0];
  return (
    <div class="documents-place">
      {isFiltered && <Filter sought={sought} />}
      {listed.length === 0 && (
        <p class="list-empty" role="status">
          No document here is called that.
        </p>
      )}
      <p id={FORGET_HINT} hidden>
        Delete forgets it.
      </p>
      <ul class="documents" data-testid="document-list" hidden={listed.length === 0} onKeyDown={walkDocuments}>
        {listed.map((document, index) => (
          <DocumentItem
            key={keys[index]}
            shell={shell}
            document={document}
            isCurrent={keys[index] === openKey}
            isTabStop={keys[index] === stop}
            isHereAlone={onThisDeviceAlone.includes(keys[index] ?? '')}
            attendees={whoIsWhere.get(keys[index] ?? '')}
            now={now}
            onFocus={() => {
              walkedTo.value = keys[index];
            }}
          />
        ))}
      </ul>
    </div>
  );
}

function Filter({ sought }: { readonly sought: { value: string } }): VNode {
  return (
    <input
      type="search"
      class="field documents-filter"
      data-testid="filter-documents"
      aria-label="Filter the documents"
      placeholder="Filter"
      autocomplete="off"
      spellcheck={false}
      value={sought.value}
      onInput={(event) => {
        sought.value = event.currentTarget.value;
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || sought.value === '') return walkDocuments(event);
        // The drawer stays open for it.
        event.preventDefault();
        sought.value = '';
      }}
    />
  );
}
