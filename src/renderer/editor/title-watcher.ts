import type { EditorView } from '@codemirror/view';
import type { Observable } from '../../shared/observable';
import type { Replica } from '../documents/replica';
import type { ChangingExtensions } from './extensions';
import { languageOfTitle, type TitleLanguage } from './language-of-title';

/** Keeps the editor's language in step with the title, whoever changes it, in whichever replica. Returns its own end. */
export function watchTitle(view: EditorView, replica: Observable<Replica>, changing: ChangingExtensions): () => void {
  let { title } = replica.current;
  let shown: TitleLanguage | undefined;
  let ended = false;

  const load = async (wanted: TitleLanguage) => {
    try {
      const language = await wanted.load();
      if (!ended && shown === wanted) changing.setLanguage(view, language);
    } catch (error) {
      console.error(`the parser for ${wanted.name} could not be loaded`, error);
    }
  };
  const look = () => {
    const wanted = languageOfTitle(title.toString());
    if (wanted.name === shown?.name && wanted.kind === shown.kind) return;
    shown = wanted;
    changing.setKind(view, wanted.kind);
    void load(wanted);
  };
  const lookSoon = () => queueMicrotask(() => ended || look());

  title.observe(lookSoon);
  const stopWatchingReplica = replica.subscribe((next) => {
    title.unobserve(lookSoon);
    title = next.title;
    title.observe(lookSoon);
    lookSoon();
  });
  look();
  return () => {
    ended = true;
    stopWatchingReplica();
    title.unobserve(lookSoon);
  };
}
