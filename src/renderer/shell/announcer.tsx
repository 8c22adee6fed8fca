import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { systemClock } from '../documents/clock';
import type { Person } from '../presence/person';
import { watchConnectionNews } from './connection-news';
import { followingOf } from './follow-bar';
import { followNews } from './follow-words';
import type { Shell } from './shell';

/**
 * Says short confirmations to everyone; and to those who cannot see it who came and left, that they may write or only read, and how
 * the connection and saving are doing.
 */
export function Announcer({ shell }: { readonly shell: Shell }): VNode {
  const [news, setNews] = useState('');
  const place = shell.place.value;
  const people = place.type === 'document' ? place.people : undefined;
  const session = place.type === 'document' ? place.session : undefined;
  useEffect(() => {
    if (people === undefined) return undefined;
    let before = people.current;
    return people.subscribe((after) => {
      const sentence = shell.parts.announcePeople(before, after);
      before = after;
      if (sentence !== '') setNews(sentence);
    });
  }, [people, shell]);
  useEffect(() => {
    if (session === undefined) return undefined;
    let before = session.status.current.role;
    return session.status.subscribe(({ role, loaded }) => {
      if (role === before) return;
      before = role;
      // The others see a bar appear; that it went is worth a word to everyone.
      if (role === 'viewer') setNews('You may only read this document now.');
      else if (loaded) shell.say('You can write in this document now.');
    });
  }, [session, shell]);
  useEffect(() => (session === undefined ? undefined : watchConnectionNews(session.status, systemClock, setNews)), [session]);
  const following = followingOf(shell.editor.value);
  useEffect(() => {
    if (people === undefined) return undefined;
    let before: Person | undefined;
    return following.subscribe((id) => {
      const after = id === undefined ? undefined : people.current.find((person) => person.id === id);
      const news = followNews(before, after, people.current);
      before = after;
      if (news.for === 'listeners') setNews(news.sentence);
      else if (news.for === 'everyone') shell.say(news.sentence);
    });
  }, [following, people, shell]);
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
