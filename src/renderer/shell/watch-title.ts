import type { Observable } from '../../shared/observable';
import type { Replica } from '../documents/replica';

/** Tells the title at once and whenever it changes, also after the replica was replaced. Returns its own end. */
export function watchTitle(replica: Observable<Replica>, tell: (title: string) => void): () => void {
  let { title } = replica.current;
  const onChange = () => tell(title.toString());
  title.observe(onChange);
  const endReplica = replica.subscribe((next) => {
    title.unobserve(onChange);
    title = next.title;
    title.observe(onChange);
    onChange();
  });
  onChange();
  return () => {
    title.unobserve(onChange);
    endReplica();
  };
}
