import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Shell } from './shell';

/** Says short confirmations to everyone, and who came and left to those who cannot see it. */
export function Announcer({ shell }: { readonly shell: Shell }): VNode {
  const [news, setNews] = useState('');
  const place = shell.place.value;
  const people = place.type === 'document' ? place.people : undefined;
  useEffect(() => {
    if (people === undefined) return undefined;
    let before = people.current;
    return people.subscribe((after) => {
      const sentence = shell.parts.announcePeople(before, after);
      before = after;
      if (sentence !== '') setNews(sentence);
    });
  }, [people, shell]);
  return (
    <>
      <div class="off-screen" role="status" aria-live="polite">
        {news}
      </div>
      <div class="note" role="status" aria-live="polite" data-shown={shell.note.value !== ''}>
        {shell.note.value}
      </div>
    </>
  );
}
