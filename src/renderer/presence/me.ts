import type { Observable } from '../../shared/observable';
import { cleanName } from '../../shared/protocol/presence';
import type { Replica } from '../documents/replica';
import type { PersonColor } from './person-colors';

/** Who I am to the others. */
export interface Me {
  readonly name: string;
  readonly color: PersonColor;
}

/** y-codemirror clients paint selections in `colorLight`: the colour at a fifth. */
const LIGHT_ALPHA = '33';

/** Tells the others my name and colour, again after the replica was replaced. Returns its own end. */
export function publishMe(replica: Observable<Replica>, me: Observable<Me>): () => void {
  const publish = () => {
    const { name, color } = me.current;
    const { awareness } = replica.current;
    const user = { name: cleanName(name), color: color.hex, colorLight: `${color.hex}${LIGHT_ALPHA}` };
    // A replica that has been away has no state at all, and awareness ignores single fields then.
    awareness.setLocalState({ ...awareness.getLocalState(), user });
  };
  publish();
  const ends = [replica.subscribe(publish), me.subscribe(publish)];
  return () => {
    for (const end of ends) end();
  };
}
