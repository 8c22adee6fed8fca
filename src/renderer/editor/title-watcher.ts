import type { EditorView } from '@codemirror/view';
import type { Observable } from '../../shared/observable';
import type { Replica } from '../documents/replica';
import type { ChangingExtensions } from './extensions';
import { languageOfTitle, type TitleLanguage } from './language-of-title';

/**
 * Parsers go over everything that they have parsed with each key, if only to keep it: 0.7 ms for each megabyte. Longer texts
 * are plain until they are a good deal shorter, in UTF-16 units.
 */
export const LARGEST_STYLED = 3_000_000;
const STYLED_AGAIN = 2_500_000;

/**
 * Keeps the editor's language in step with the title, whoever changes it, in whichever replica, and takes it away from a text
 * that is too long for it. Returns its own end.
 */
export function watchTitle(view: EditorView, replica: Observable<Replica>, changing: ChangingExtensions): () => void {
  let { title, content } = replica.current;
  let shown: TitleLanguage | undefined;
  let isLong = false;
  let ended = false;

  const load = async (wanted: TitleLanguage) => {
    try {
      const language = await wanted.load();
      if (!ended && shown === wanted && !isLong) changing.setLanguage(view, language);
    } catch (error) {
      console.error(`the parser for ${wanted.name} could not be loaded`, error);
    }
  };
  const look = () => {
    const wanted = languageOfTitle(title.toString());
    if (wanted.name === shown?.name && wanted.kind === shown.kind) return;
    shown = wanted;
    changing.setKind(view, wanted.kind);
    if (!isLong) void load(wanted);
  };
  const measure = () => {
    const before = isLong;
    isLong = content.length > (isLong ? STYLED_AGAIN : LARGEST_STYLED);
    if (isLong === before || shown === undefined) return;
    if (isLong) changing.setLanguage(view, []);
    else void load(shown);
  };
  const lookSoon = () => queueMicrotask(() => ended || look());
  // Not from inside of a change: the editor is being told of it.
  const measureSoon = () => {
    if (content.length > STYLED_AGAIN || isLong) queueMicrotask(() => ended || measure());
  };
  const watch = () => {
    title.observe(lookSoon);
    content.observe(measureSoon);
  };
  const unwatch = () => {
    title.unobserve(lookSoon);
    content.unobserve(measureSoon);
  };

  watch();
  const stopWatchingReplica = replica.subscribe((next) => {
    unwatch();
    ({ title, content } = next);
    watch();
    lookSoon();
    measureSoon();
  });
  measure();
  look();
  return () => {
    ended = true;
    stopWatchingReplica();
    unwatch();
  };
}
